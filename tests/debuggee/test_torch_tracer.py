"""The live tracer: ops, scopes, lines and values of the real model, run as it is."""

from __future__ import annotations

import random
import sys
import threading

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Ended, Recorder
from opscope.tracers.ir import OUTSIDE, Place, Presence, ValueKind

from ..benchmarks.resnet50 import ResNet50
from . import torch_zoo as zoo
from .torch_runs import Watching, line_of, open_model, same_bits, trace


def inputs_of(traced, record):
    """Names of outside values, and (type, slot) of ops, that a record read."""
    found = []
    for index, slot in traced.run.records[record].inputs:
        if index == OUTSIDE:
            found.append(traced.graph.values[slot].name)
        else:
            found.append((traced.types[index], slot))
    return found


def test_a_resnet_50_is_175_ops():
    torch.manual_seed(0)
    traced = trace(ResNet50().eval(), torch.rand(1, 3, 64, 64))
    counts = {kind: traced.types.count(kind) for kind in set(traced.types)}
    assert counts == {
        "conv2d": 53,
        "batch_norm": 53,
        "relu": 49,
        "add": 16,
        "max_pool2d": 1,
        "adaptive_avg_pool2d": 1,
        "flatten": 1,
        "linear": 1,
    }
    assert len(traced.types) == 175
    assert (traced.facts.source, traced.facts.ops) == ("torch.fx", 175)
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.program.facts.parameters == 25_557_032


def test_scopes_are_named_by_path_and_call():
    traced = trace(*one("shared"))
    assert traced.keys == [
        "/first/linear:0",
        "/tanh:0",
        "/first#2/linear:0",
        "/tanh:1",
        "/first#3/linear:0",
        "/tanh:2",
        "/first#4/linear:0",
    ]
    scope = traced.graph.scopes[1]
    assert (scope.path, scope.type, scope.call) == ("first", "Linear", 1)


def test_values_are_followed_by_identity():
    traced = trace(*one("perceptron"))
    assert inputs_of(traced, 0) == ["x", "body.0.weight", "body.0.bias"]
    assert inputs_of(traced, 1) == [("linear", 0)]
    kinds = {value.name: value.kind for value in traced.graph.values if value.name}
    assert kinds["x"] is ValueKind.INPUT
    assert kinds["body.2.weight"] is ValueKind.PARAMETER


def test_in_place_ops_give_what_they_wrote():
    traced = trace(*one("in place"))
    assert traced.types == ["mul", "add_", "setitem", "clamp_", "sub"]
    assert inputs_of(traced, 4) == [("clamp_", 0), "x"]
    assert inputs_of(traced, 2) == [("add_", 0)]
    added, wiped = traced.value(1), traced.value(2)
    assert added[:, 0].abs().sum() > 0
    assert wiped[:, 0].abs().sum() == 0
    assert same_bits(added[:, 1:], wiped[:, 1:])


def test_a_write_through_a_view_makes_its_base_new():
    traced = trace(*one("through views"))
    assert traced.types == ["clone", "getitem", "fill_", "sum"]
    assert inputs_of(traced, 3) == [("fill_", 1)]
    assert traced.value(0)[0].tolist() != traced.value(2, 1)[0].tolist() == [7, 7, 7, 7]


def test_batch_norm_gives_its_new_statistics():
    traced = trace(*one("dropping"))
    record = traced.records("batch_norm")[0][1]
    assert [summary.shape for summary in record.outputs] == [(4, 5), (5,), (5,)]
    assert traced.types[0] == "add_"  # num_batches_tracked


def test_reads_of_properties_are_no_ops_and_reads_of_values_are():
    def model(x):
        if x.dim() == 2 and x.size(0) == 2 and x.shape[1] == 2 and x.is_floating_point():
            x = x.to(x.dtype).T
        count = int(x.sum())
        flags = [bool(x.max() > 0), x.min().item(), x.tolist(), float(x[0, 0])]
        return x * count, len(x), flags

    traced = trace(model, torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert traced.types == [
        *("to", "T", "sum", "int", "max", "gt", "bool", "min", "item", "tolist", "getitem"),
        *("float", "mul"),
    ]
    read = traced.records("int")[0][1].outputs[0]
    assert (read.shape, read.dtype, read.text) == ((), "int", "10")


def test_operators_have_the_names_of_what_they_do():
    def model(x):
        y = 1 - x
        y = 2 / y + (y // 2) - 2**y
        y *= 3
        y = y @ y
        y **= 2
        a, b = y
        return -a, ~(b > 0), abs(b)

    traced = trace(model, torch.rand(2, 2))
    assert traced.types == [
        *("sub", "div", "floor_divide", "add", "pow", "sub", "mul_", "matmul", "pow_", "unbind"),
        *("neg", "gt", "bitwise_not", "abs"),
    ]


def test_notes_and_attributes_tell_the_arguments():
    def model(x, weight):
        y = F.conv2d(x, weight, stride=2, padding=1).flatten(1)
        y = torch.softmax(y / 8.0, dim=-1).view(2, 8).transpose(0, 1)[:, 1:]
        return F.max_pool2d(x, 2), torch.where(y > 0, y, -1e9), F.dropout(y, 0.25, False)

    traced = trace(model, torch.rand(1, 3, 4, 4), torch.rand(4, 3, 3, 3))
    notes = {op.type: op.note for op in traced.graph.ops}
    assert notes["conv2d"] == "3×3, stride 2"
    assert notes["div"] == "8.0"
    assert notes["softmax"] == "dim=-1"
    assert notes["view"] == "2, 8"
    assert notes["transpose"] == "0, 1"
    assert notes["getitem"] == "[:, 1:]"
    assert notes["max_pool2d"] == "2×2"
    assert notes["where"] == "-1e9"
    assert notes["dropout"] == "p=0.25"
    conv = next(op for op in traced.graph.ops if op.type == "conv2d")
    assert dict(conv.attributes)["padding"] == "1"


def test_each_op_has_the_users_line():
    traced = trace(*one("perceptron"))
    line = traced.line(traced.run.records[0])
    assert line.file == zoo.__file__
    assert line.function == "forward"
    assert line.line == line_of(zoo.__file__, "return self.body(x)")


def test_the_stack_tells_visits_of_a_line_apart():
    seen = []
    program = None

    def model(x):
        for _ in range(2):
            x = x * 2 + 1
        return x

    program = open_model(model, torch.ones(1))
    recorder = Recorder(
        program.backend, GraphBuilder(), Watching(lambda place: seen.append(program.stack()))
    )
    program.execute(recorder)
    rows = [row for stack in seen for row in stack if row[0] == "model"]
    assert {file for _, file, _, _ in rows} == {__file__}
    visits = [visit for _, _, _, visit in rows]
    assert visits[0] == visits[1] != visits[2] == visits[3]


def test_the_stack_has_every_frame_of_the_user_and_no_other():
    stacks = []
    model, args, _ = zoo.make("nest")
    program = open_model(model, *args)
    gate = Watching(lambda place: stacks.append(program.stack()))
    program.execute(Recorder(program.backend, GraphBuilder(), gate))
    (stack,) = stacks
    gate_frames = 2  # the gate of this test is user code, too
    assert [row[:2] for row in stack[gate_frames:]] == [("forward", zoo.__file__)] * 6


def test_an_error_is_recorded_and_raised_as_it_is():
    def model(x):
        y = x + 1
        return y @ torch.ones(7, 7)

    program = open_model(model, torch.ones(2, 3))
    recorder = Recorder(program.backend, GraphBuilder())
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        program.execute(recorder)
    last = recorder.run.records[-1]
    assert recorder.run.graph.ops[last.op].type == "matmul"
    assert last.error.startswith("RuntimeError: ")
    assert nn.Module.__call__ is PLAIN_CALL


PLAIN_CALL = nn.Module.__call__


def test_a_run_ended_by_the_user_leaves_nothing_behind():
    def stop(place: Place) -> None:
        if place.record == 2:
            raise Ended

    model, args, _ = zoo.make("remembering")
    program = open_model(model, *args)
    recorder = Recorder(program.backend, GraphBuilder(), Watching(stop))
    with pytest.raises(Ended):
        program.execute(recorder)
    assert len(recorder.run.records) == 2
    assert nn.Module.__call__ is PLAIN_CALL
    assert model.seen == []
    assert model.total.tolist() == [0, 0, 0]
    model(*args)
    assert len(recorder.run.records) == 2


def test_every_run_starts_from_the_same_state_and_leaves_it():
    model, args, _ = zoo.make("remembering")
    traced = trace(model, *args)
    first = traced.value(len(traced.types) - 1)
    again = Recorder(traced.program.backend, GraphBuilder(), None, traced.history)
    traced.program.execute(again)
    assert same_bits(first, traced.value(len(traced.types) - 1))
    assert (model.calls, model.seen, model.last) == (0, [], None)
    assert model.plain.tolist() == model.total.tolist() == [0, 0, 0]


def test_random_numbers_repeat():
    def model(x):
        noise = float(np.random.rand()) + random.random()
        return F.dropout(x, 0.5) + torch.rand(3) * noise

    program = open_model(model, torch.ones(3))
    results = []
    for _ in range(2):
        result, _ = program.timed(Recorder(program.backend, GraphBuilder()))
        results.append(result)
    assert same_bits(*results)
    assert same_bits(results[0], program.plain())


def test_inputs_are_safe_from_the_model():
    given = torch.zeros(3)
    traced = trace(lambda x: x.add_(1), given)
    assert given.tolist() == [0, 0, 0]
    value = next(v for v in traced.graph.values if v.kind is ValueKind.INPUT)
    assert traced.program.value(value).tolist() == [0, 0, 0]
    assert traced.value(0).tolist() == [1, 1, 1]


def test_values_from_outside_are_found_by_name():
    model, args, _ = zoo.make("tables")
    traced = trace(model, *args)
    found = {v.name: traced.program.value(v) for v in traced.graph.values if v.name}
    assert found["scale"] is model.scale
    assert found["weights.1"] is model.weights[1]
    assert same_bits(found["x"], args[0])
    constants = [v for v in traced.graph.values if v.kind is ValueKind.CONSTANT]
    assert [traced.program.value(v).tolist() for v in constants] == [[0, 1, 2, 3]]


def test_nested_inputs_have_the_names_of_their_places():
    traced = trace(*one("dicts"))
    assert [row[0] for row in traced.program.facts.inputs] == ["batch.a", "batch.b"]


def test_modules_without_children_are_leaves():
    leaves = {}

    class Gate(Watching):
        def at_scope(self, place, leaf):
            leaves[traced_recorder.run.graph.scopes[place.scope].path] = leaf

    model, args, _ = zoo.make("perceptron")
    program = open_model(model, *args)
    traced_recorder = Recorder(program.backend, GraphBuilder(), Gate(lambda place: None))
    program.execute(traced_recorder)
    assert leaves == {"body": False, "body.0": True, "body.1": True, "body.2": True}


def test_ops_and_modules_of_other_threads_are_not_recorded():
    line = nn.Linear(2, 2)

    def model(x):
        worker = threading.Thread(target=lambda: line(torch.ones(2)))
        worker.start()
        worker.join(timeout=10)
        return x + 1

    assert trace(model, torch.ones(2), mapped=False).types == ["add"]


def test_deep_recursion_runs():
    traced = trace(zoo.Nest(400), torch.ones(1), mapped=False)
    assert traced.types == ["add"]
    assert len(traced.run.frames) == 401
    assert sys.getrecursionlimit() < 10_000


def test_modules_made_on_the_way_have_scopes_too():
    traced = trace(lambda x: nn.Softmax(dim=0)(x), torch.ones(3))
    assert traced.keys == ["/Softmax/softmax:0"]


def test_custom_gradients_are_stepped_inside():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2

    traced = trace(lambda x: Double.apply(x) + 1, torch.ones(2, requires_grad=True), mapped=False)
    assert traced.types == ["mul", "add"]
    assert inputs_of(traced, 1) == [("mul", 0)]


def test_inference_mode_and_writes_in_it():
    def model(x):
        with torch.inference_mode():
            y = x * 2
            y.add_(1)
            return y.sum()

    traced = trace(model, torch.ones(2))
    assert traced.types == ["mul", "add_", "sum"]
    assert inputs_of(traced, 2) == [("add_", 0)]


def test_vmap_is_stepped_without_reading_its_values():
    traced = trace(lambda x: torch.vmap(torch.sin)(x) + 1, torch.ones(3), mapped=False)
    assert traced.types[-1] == "add"
    assert "sin" in traced.types


@pytest.mark.filterwarnings("ignore")
def test_script_modules_are_stepped_by_their_own_ops():
    class Inner(nn.Module):
        def forward(self, x):
            return torch.relu(x) * 2

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.jit.trace(Inner(), torch.ones(2))

        def forward(self, x):
            return self.inner(x) + 1

    traced = trace(Outer(), torch.ones(2))
    assert traced.keys == ["/inner/relu:0", "/inner/mul:0", "/add:0"]
    assert inputs_of(traced, 2) == [("mul", 0)]
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.verify().equal


@pytest.mark.filterwarnings("ignore")
def test_compiled_modules_run_as_written():
    model, args, _ = zoo.make("perceptron")
    model.body = torch.compile(model.body)
    traced = trace(model, *args)
    assert traced.keys == ["/body/0/linear:0", "/body/1/relu:0", "/body/2/linear:0"]
    assert inputs_of(traced, 0) == ["x", "body.0.weight", "body.0.bias"]


def test_values_do_not_outlive_their_use_when_nothing_is_kept():
    import weakref

    alive = []

    def model(x):
        y = x * 2
        gone = weakref.ref(y)
        z = y + 1
        del y
        z = z * 3
        alive.append(gone() is not None)
        return z

    program = open_model(model, torch.ones(3))
    program.execute(Recorder(program.backend, GraphBuilder()))
    assert alive == [False]


def one(name):
    model, args, _ = zoo.make(name)
    return (model, *args)
