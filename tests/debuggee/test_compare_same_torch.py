"""`opscope compare MODEL --against WAY` on PyTorch models."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch

from opscope.app.cli import main
from tests.debuggee.compare_asked import Compared, compared
from tests.debuggee.compare_same_models import write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    write(tmp_path)
    return tmp_path


def against(capsys: pytest.CaptureFixture[str], name: str, way: str, *more: str) -> Compared:
    return compared(capsys, f"same.py:{name}", f"--against={way}", *more)


def stages(found: Compared, graph: int = 0) -> dict[str, bool]:
    """Which stages part."""
    rows = found.told["compilation"]["graphs"][graph]["stages"]
    return {row["name"]: row["parted"] for row in rows}


def test_training_differs_by_its_modes_alone(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "net", "train")
    assert found.code == 1
    assert found.told["a"]["training"] is False
    assert found.told["b"]["training"] is True
    assert [row["b"]["type"] for row in found.told["divergences"]] == ["batch_norm", "dropout"]
    assert {row["cause"]["kind"] for row in found.told["divergences"]} == {"mode"}
    assert found.cause == ("proved", "mode")
    assert any("1 BatchNorm, 1 dropout, and nothing else" in note for note in found.told["notes"])


@pytest.mark.long
def test_a_captured_graph_that_is_not_the_code_is_named(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "asks", "compile:eager")
    assert found.code == 1
    assert found.cause == ("proved", "capture")
    assert found.first["b"]["type"] == "mul in graph 0"
    assert found.first["b"]["line"] > 0


@pytest.mark.long
@pytest.mark.parametrize("way", ["bfloat16", "float16", "float64"])
@pytest.mark.parametrize("name", ["net", "deep"])
def test_another_dtype_is_equal_within_its_digits(
    capsys: pytest.CaptureFixture[str], name: str, way: str
):
    found = against(capsys, name, way)
    assert found.code == 0, found.text
    assert found.told["b"]["dtype"] == way
    assert found.told["tally_a"]["unmatched"] == 0
    assert found.told["largest"] > 0
    if way != "float64":
        assert any("cannot be seen here" in note for note in found.told["notes"])


@pytest.mark.long
def test_what_is_done_in_bfloat16_alone_is_found(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "half", "bfloat16")
    assert found.code == 1
    assert found.first["b"]["type"] == "mul"
    assert found.cause[0] == "proved"
    assert len(found.told["divergences"]) == 1
    assert against(capsys, "half", "float16").code == 0


@pytest.mark.long
def test_values_beyond_float16_are_named_where_they_come_about(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "large", "float16")
    assert found.code == 1
    assert found.place("a") == ("mul", "")
    assert found.cause == ("proved", "range")
    assert "65504" in found.first["cause"]["sentence"]


@pytest.mark.long
def test_random_weights_are_the_same_on_both_sides(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "unseeded", "bfloat16")
    assert found.code == 0
    assert against(capsys, "unseeded", "compile:eager").told["largest"] == 0.0


@pytest.mark.long
def test_two_checkpoints_of_one_model(capsys: pytest.CaptureFixture[str], folder: Path):
    torch.manual_seed(0)
    state = {
        "first.norm.weight": torch.ones(16), "first.norm.bias": torch.zeros(16),
        "first.up.weight": torch.randn(16, 16), "first.up.bias": torch.zeros(16),
        "second.norm.weight": torch.ones(16), "second.norm.bias": torch.zeros(16),
        "second.up.weight": torch.randn(16, 16), "second.up.bias": torch.zeros(16),
        "bn.weight": torch.ones(16), "bn.bias": torch.zeros(16),
        "bn.running_mean": torch.zeros(16), "bn.running_var": torch.ones(16),
        "bn.num_batches_tracked": torch.tensor(0),
        "out.weight": torch.randn(4, 16), "out.bias": torch.zeros(4),
    }  # fmt: skip
    torch.save({"state_dict": {f"module.{name}": row for name, row in state.items()}}, "a.pt")
    other = {**state, "second.up.weight": state["second.up.weight"] * 1.01}
    torch.save(other, "b.pt")
    files = ("--weights-a=a.pt", "--weights-b=b.pt")
    found = compared(capsys, "same.py:net", *files)
    assert found.code == 1
    assert found.place("a") == found.place("b") == ("linear", "second.up")
    assert "second.up.weight" in found.first["cause"]["sentence"]
    assert compared(capsys, "same.py:net", files[0], "--weights-b=a.pt").code == 0
    del other["out.bias"]
    torch.save(other, "c.pt")
    assert main(["compare", "same.py:net", "--against", "weights:c.pt"]) == 2
    assert "c.pt lacks 1 of" in capsys.readouterr().err


@pytest.mark.long
def test_graph_breaks_are_listed_with_reason_and_line(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "breaks", "compile:aot_eager")
    assert found.code == 0
    made = found.told["compilation"]
    assert [graph["ops"] for graph in made["graphs"]] == [4, 8]
    assert len(made["breaks"]) == 1
    assert "print" in made["breaks"][0]["reason"]
    line = Path("same.py").read_text().splitlines()[made["breaks"][0]["line"] - 1]
    assert line.strip() == 'print("between")'
    assert "graph break: same.py:" in found.text
    assert found.told["largest"] == 0.0


@pytest.mark.long
def test_a_backend_that_alters_the_graph_is_the_stage_that_parts(
    capsys: pytest.CaptureFixture[str],
):
    found = against(capsys, "net", "compile:turns_gelu_into_silu")
    assert found.code == 1
    assert stages(found) == {"eager": False, "turns_gelu_into_silu": True}
    assert found.place("a") == ("gelu", "first")
    assert found.first["b"]["type"] == "gelu in graph 0"
    assert found.cause == ("proved", "turns_gelu_into_silu")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_inductor_is_equal_and_parts_where_a_decomposition_does(
    capsys: pytest.CaptureFixture[str],
):
    found = against(capsys, "net", "compile")
    assert found.code == 0
    assert stages(found) == {"eager": False, "aot_eager": False, "inductor": False}
    found = against(capsys, "decomposed", "compile")
    assert found.code == 1
    assert stages(found) == {"eager": False, "aot_eager": False, "inductor": True}
    assert found.place("a") == ("gelu", "first")
    assert found.cause == ("proved", "decomposition")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_inductor_draws_other_random_numbers(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "training", "compile")
    assert stages(found) == {"eager": False, "aot_eager": False, "inductor": True}
    assert found.place("a") == ("dropout", "drop")
    assert found.cause == ("proved", "random")


@pytest.mark.long
def test_without_a_compiler_the_other_stages_are_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CXX", "/nowhere/g++")
    assert main(["compare", "same.py:net", "--against", "compile"]) == 2
    told = capsys.readouterr()
    assert "needs a working C++ compiler" in told.err
    assert "aot_eager bit for bit, inductor could not be run" in told.out


@pytest.mark.long
def test_a_change_since_a_revision(capsys: pytest.CaptureFixture[str], folder: Path):
    for words in (["init", "-q"], ["add", "same.py"]):
        subprocess.run(["git", *words], check=True)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "commit", "-qm", "Before"], check=True)
    text = Path("same.py").read_text()
    Path("same.py").write_text(text.replace("nn.LayerNorm(16)", "nn.LayerNorm(16, eps=1e-2)"))
    found = against(capsys, "net", "git:HEAD", "--trust")
    assert found.code == 1
    assert found.place("a") == ("layer_norm", "first.norm")
    assert found.cause == ("proved", "eps")
    for words, said in ((["git:HEAD"], "add --trust"), (["git:no-such", "--trust"], "no such")):
        assert main(["compare", "same.py:net", "--against", *words]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("net", ["--against", "jit"], "jit is for TensorFlow"),
        ("net", ["--against", "compile:nothing"], "torch.compile knows no backend nothing"),
        ("bare", ["--against", "train"], "uses no module"),
        ("bare", ["--weights-b", "same.py"], "uses no modules"),
    ],
)
def test_a_way_that_does_not_fit_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], name: str, words: list[str], said: str
):
    assert main(["compare", f"same.py:{name}", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("opscope:") == 1


def test_what_makes_no_second_run_is_said_before_anything_runs(
    capsys: pytest.CaptureFixture[str],
):
    for words in ([], ["same.py:net", "--against", "train"], ["--against", "sideways"]):
        with pytest.raises(SystemExit) as ended:
            main(["compare", "same.py:net", *words])
        assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "name a second model, or a way" in told
    assert "--against makes B of A" in told
    assert "is no way to compare" in told
