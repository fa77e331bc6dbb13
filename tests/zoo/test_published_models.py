"""Published architectures have the same bits, traced or not. Run by `make zoo`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opscope.app.cli import main
from opscope.tracers.ir import Phase, Presence

from ..debuggee.torch_runs import open_model, trace
from . import published_models as published
from .backward import choose_backward, training_step

pytestmark = [pytest.mark.zoo, pytest.mark.filterwarnings("ignore")]

# Where a run without data takes another path than the run itself.
_OTHER_PATH = {"DeBERTa": 2}
_WITHOUT_GRADIENT = {"GPT-2 beams", "GPT-2 sampling"}


@pytest.mark.parametrize("name", sorted(published.ROWS))
def test_a_traced_run_has_the_bits_of_a_plain_one(name):
    model, args, kwargs = published.ROWS[name].build()
    traced = trace(model, *args, **kwargs)
    verification = traced.verify()
    assert verification.equal
    assert verification.max_abs_diff == 0.0
    odd = [op.key for op in traced.graph.ops if op.presence is not Presence.EXPECTED]
    assert len(odd) == _OTHER_PATH.get(name, 0), odd


def test_a_saved_folder_is_traced_from_the_command_line(tmp_path: Path, capfd):
    model, _, _ = published.ROWS["GPT-2"].build()
    model.save_pretrained(tmp_path / "gpt2")
    report = tmp_path / "report.json"
    words = [str(tmp_path / "gpt2"), "--input", "1x8:int64:0..90", "--verify"]
    assert main(["trace", *words, "--json", str(report)]) == 0, capfd.readouterr()
    told = json.loads(report.read_text())
    assert told["verify"]["equal"]
    assert told["run"]["ops"] > 50


@pytest.mark.parametrize("name", sorted(published.ROWS))
def test_a_run_written_as_source_replays_with_the_same_bits(name):
    model, args, kwargs = published.ROWS[name].build()
    source = open_model(model, *args, **kwargs).fx_source()  # replayed, or refused
    assert "return torch.fx.GraphModule(" in source


@pytest.mark.parametrize("name", sorted(published.ROWS))
def test_gradients_have_the_bits_of_plain_ones(name):
    model, args, kwargs = published.ROWS[name].build()
    traced = trace(training_step(model), *args, mapped=False, **kwargs)
    backward = [row for row in traced.run.records if row.phase is Phase.BACKWARD]
    assert bool(backward) == ("generating" not in name and name not in _WITHOUT_GRADIENT)
    assert traced.verify().equal


@pytest.mark.parametrize("name", ["BERT", "Llama", "ViT", "GAT", "UNet"])
def test_a_chosen_backward_pass_has_the_bits_of_a_plain_one(name):
    model, args, kwargs = published.ROWS[name].build()
    traced = trace(model, *args, **kwargs)
    assert choose_backward(traced)
    assert traced.verify().equal
