"""The bundled TensorFlow samples open, run, and equal TensorFlow's own run."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.resources.samples.catalogue import samples
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.loading import open_program
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import ScopeKind

from .tf_gates import Entering

pytestmark = pytest.mark.xdist_group("tensorflow")

NAMES = [sample.name for sample in samples() if sample.framework == "TensorFlow"]


def test_there_are_four():
    assert NAMES == ["char_gru", "collatz", "keras_cnn", "saved_model"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_exact(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = open_program({"spec": f"sample:{name}", "exact": True}, lambda _: None)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    recorder = Recorder(program.backend, builder, Entering())
    program.execute(recorder)
    assert recorder.run.records
    assert program.verify(lambda: Recorder(program.backend, builder, Entering())).equal
    loops = [scope.path for scope in builder.graph.scopes if scope.kind is ScopeKind.LOOP]
    assert loops == (["while"] if name in ("char_gru", "collatz") else [])
    if name == "saved_model":
        assert list((tmp_path / "opscope").glob("saved_model-*/saved_model.pb"))
        return
    folder = str(Path(__file__).resolve().parents[2] / "resources" / "samples")
    graph = builder.graph
    assert all(graph.sources[op.source].file.startswith(folder) for op in graph.ops)
