"""The map: drawn before a run, op for op what the run then does."""

from __future__ import annotations

import os
import sys

import pytest
import torch
from torch import nn

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Presence, ValueKind

from . import torch_zoo as zoo
from .torch_runs import line_of, open_model, trace


@pytest.mark.parametrize("name", sorted(zoo.ZOO))
def test_map_and_run_agree(name):
    model, args, kwargs = zoo.make(name)
    traced = trace(model, *args, **kwargs)
    assert traced.facts.source == zoo.ZOO[name].map, traced.facts
    assert traced.presences() == {Presence.EXPECTED}
    assert len(set(traced.keys)) == len(traced.keys) == len(traced.graph.ops)
    if traced.facts.source != "recorded":
        assert traced.facts.ops == len(traced.graph.ops)
        assert traced.facts.scopes == len(traced.graph.scopes) - 1
    assert bool(traced.facts.reason) == (traced.facts.source != "torch.fx")


@pytest.mark.parametrize("name", sorted(set(zoo.ZOO) - {"deciding", "masked"}))
def test_map_knows_shapes_edges_and_lines(name):
    model, args, kwargs = zoo.make(name)
    program = open_model(model, *args, **kwargs)
    mapped, ran = GraphBuilder(), GraphBuilder()
    program.draw_map(Recorder(program.backend, mapped), lambda _: None)
    program.execute(Recorder(program.backend, ran))
    assert described(mapped) == described(ran)


def described(builder):
    """Ops with what they read, give and stand on; indices of values replaced by what they are."""
    graph = builder.graph

    def told(index):
        value = graph.values[index]
        if value.kind is ValueKind.OUTPUT:
            return graph.ops[value.op].key, value.slot, value.shape, value.dtype
        return value.kind, value.name, value.shape, value.dtype

    return [
        (
            op.key,
            op.note,
            op.attributes,
            [told(index) for index in op.inputs],
            [told(index) for index in op.outputs],
            graph.sources[op.source] if op.source >= 0 else None,
        )
        for op in graph.ops
    ]


def test_extents_that_follow_from_data_are_unknown():
    model, args, _ = zoo.make("masked")
    program = open_model(model, *args)
    builder = GraphBuilder()
    facts = program.draw_map(Recorder(program.backend, builder), lambda _: None)
    assert facts.source == "torch.fx"
    shapes = {builder.graph.ops[v.op].type: v.shape for v in builder.graph.values if v.op >= 0}
    assert shapes["getitem"] == (-1,)
    assert shapes["nonzero"] == (-1, 2)
    assert program.facts.recording_bytes is None


def test_the_reason_names_the_line_and_torch_fxs_words():
    model, args, _ = zoo.make("deciding")
    program = open_model(model, *args)
    facts = program.draw_map(Recorder(program.backend, GraphBuilder()), lambda _: None)
    line = line_of(zoo.__file__, "while x.norm() > 1:")
    assert facts.source == "recorded"
    assert facts.ops == facts.scopes == 0
    assert f"torch_zoo.py:{line}: symbolically traced variables cannot" in facts.reason
    assert f"torch_zoo.py:{line}: what comes next depends on the data." in facts.reason


def test_without_a_map_what_runs_is_expected():
    model, args, _ = zoo.make("deciding")
    traced = trace(model, *args)
    assert "bool" in traced.types
    assert "item" in traced.types
    assert traced.presences() == {Presence.EXPECTED}


def test_what_the_run_adds_and_skips_is_marked():
    class Moody(nn.Module):
        def forward(self, x):
            return torch.relu(x) if os.environ.get("MOOD") == "good" else torch.tanh(x)

    program = open_model(Moody(), torch.ones(2))
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    builder.mapping = False
    os.environ["MOOD"] = "good"
    try:
        recorder = Recorder(program.backend, builder)
        program.execute(recorder)
        recorder.finish()
    finally:
        del os.environ["MOOD"]
    presences = {op.type: op.presence for op in builder.graph.ops}
    assert presences == {"tanh": Presence.SKIPPED, "relu": Presence.ADDED}


def test_torch_fx_on_another_path_is_found_out():
    class Suspicious(nn.Module):
        def forward(self, x):
            return torch.relu(x) if isinstance(x, torch.Tensor) else torch.tanh(x)

    traced = trace(Suspicious(), torch.ones(2))
    assert traced.facts.source == "dry-run"
    assert "another path" in traced.facts.reason
    assert traced.types == ["relu"]


def test_drawing_the_map_changes_nothing(capfd, recwarn):
    model, args, _ = zoo.make("remembering")

    class Loud(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, x):
            sys.stdout.write("loud")
            sys.stderr.write("louder")
            return self.inner(x + torch.rand(3))

    program = open_model(Loud(), *args)
    before = torch.get_rng_state()
    buffers = [model.total, model.plain]
    program.draw_map(Recorder(program.backend, GraphBuilder()), lambda _: None)
    assert torch.equal(torch.get_rng_state(), before)
    assert (model.calls, model.seen, model.last) == (0, [], None)
    assert buffers == [model.total, model.plain] or all(
        one is other for one, other in zip(buffers, [model.total, model.plain], strict=True)
    )
    assert [b.tolist() for b in buffers] == [[0, 0, 0], [0, 0, 0]]
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_a_dry_run_computes_nothing():
    class Vast(nn.Module):
        def forward(self, x):
            if x.shape[0] > 1:  # torch.fx gives up here
                x = x @ x.T
            return x.sum()

    program = open_model(Vast(), torch.zeros(1).expand(60_000, 4))
    builder = GraphBuilder()
    facts = program.draw_map(Recorder(program.backend, builder), lambda _: None)
    assert facts.source == "dry-run"
    assert program.facts.recording_bytes > 14_000_000_000


def test_functions_are_mapped_with_the_modules_they_use():
    line = nn.Linear(3, 2)

    def model(x):
        return line(x).relu()

    traced = trace(model, torch.ones(1, 3))
    assert traced.facts.source == "torch.fx"
    assert traced.keys == ["/line/linear:0", "/relu:0"]
    assert traced.program.facts.parameters == 8


def test_facts_are_one_line():
    model, args, _ = zoo.make("perceptron")
    program = open_model(model, *args)
    program.draw_map(Recorder(program.backend, GraphBuilder()), lambda _: None)
    facts = program.facts
    assert (facts.parameters, facts.parameter_bytes) == (83, 332)
    assert facts.inputs == (("x", (2, 6), "float32"),)
    assert (facts.device, facts.dtype, facts.training) == ("cpu", "float32", True)
    assert facts.recording_bytes == (2 * 8 + 2 * 8 + 2 * 3) * 4
    assert facts.version == torch.__version__


@pytest.fixture
def bare_op():
    """An op that nothing can run without computing: it has no fake twin."""
    library = torch.library.Library("opscope_tests", "DEF")
    library.define("double(Tensor x) -> Tensor")
    library.impl("double", lambda x: x * 2, "CPU")
    yield torch.ops.opscope_tests.double
    library._destroy()


def test_nodes_of_torch_fx_alone_make_a_map(bare_op):
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, stride=2)
            self.norm = nn.BatchNorm2d(4)
            self.scale = nn.Parameter(torch.ones(1))

        def forward(self, x):
            y = bare_op(x) * self.scale
            y += 1
            y = self.norm(self.conv(y)).relu()
            return torch.flatten(y, 1)[:, : y.shape[1]]

    traced = trace(Odd().eval(), torch.ones(1, 3, 9, 9))
    assert traced.facts.source == "torch.fx"
    assert "shapes are unknown" in traced.facts.reason
    assert traced.types == [
        *("double", "mul", "add_", "conv2d", "batch_norm", "relu", "flatten", "getitem"),
    ]
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.graph.values[traced.graph.ops[0].outputs[0]].shape is None


def test_a_model_that_fails_has_its_map_all_the_same():
    class Broken(nn.Module):
        def forward(self, x):
            return torch.relu(x) @ torch.ones(7, 7)

    program = open_model(Broken(), torch.ones(2, 3))
    builder = GraphBuilder()
    facts = program.draw_map(Recorder(program.backend, builder), lambda _: None)
    assert facts.source == "torch.fx"
    assert "test_torch_map.py" in facts.reason
    assert [op.type for op in builder.graph.ops] == ["relu", "ones", "matmul"]
    assert facts.failure is not None
    assert facts.failure.record == 2
    shapes = [builder.graph.values[index].shape for index in builder.graph.ops[2].inputs]
    assert shapes == [(2, 3), (7, 7)]
