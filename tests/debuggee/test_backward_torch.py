"""Backward passes: nodes as ops, tied to forward ops and values, equal to plain ones."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from opscope.resources.samples import train_step as sample
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Ended, Recorder
from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    Breakpoint,
    BreakpointKind,
    OpRecord,
    Phase,
    Presence,
    Ref,
    Run,
    ScopeKind,
)
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.backward import Backward
from opscope.tracers.pytorch.program import TorchProgram

from . import torch_zoo as zoo
from .torch_runs import Traced, line_of, open_model, same_bits, trace


class Net(nn.Module):
    """A residual connection, so that gradients meet."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.rest = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def forward(self, x):
        hidden = self.first(x)
        return self.rest(hidden) + hidden  # they meet


class Tripled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        square = x * x  # all of it
        return gradient * 3 * square


class Two(torch.autograd.Function):
    """Two outputs, two inputs, no gradient for one of them."""

    @staticmethod
    def forward(ctx, x, y):
        return x + y, x - y

    @staticmethod
    def backward(ctx, plus, minus):
        return plus + minus, None


def net_and_input(needs: bool = False) -> tuple[Net, torch.Tensor]:
    torch.manual_seed(0)
    return Net(), torch.randn(3, 4, requires_grad=needs)


def backward(traced: Traced) -> list[tuple[int, OpRecord]]:
    rows = enumerate(traced.run.records)
    return [(index, row) for index, row in rows if row.phase is Phase.BACKWARD]


def name(traced: Traced, ref: Ref) -> Any:
    """Of a value from outside its name; of an output (type, slot)."""
    if ref == NOTHING:
        return None
    record, slot = ref
    return traced.graph.values[slot].name if record == OUTSIDE else (traced.types[record], slot)


def gradients(traced: Traced) -> dict[Any, torch.Tensor]:
    """The newest gradient of each value that has one, by its name."""
    found: dict[Any, torch.Tensor] = {}
    for index, row in backward(traced):
        for slot, ref in enumerate(row.gradient_of):
            if ref != NOTHING:
                found[name(traced, ref)] = traced.value(index, slot)
    return found


def types(traced: Traced) -> list[str]:
    return [traced.types[index] for index, _ in backward(traced)]


def paths(traced: Traced, record: int) -> list[str]:
    chain = traced.graph.scope_chain(traced.graph.ops[traced.run.records[record].op].scope)
    return [traced.graph.scopes[scope].path for scope in chain[1:]]


def test_nodes_are_ops_in_a_scope_tied_to_forward_ops():
    model, x = net_and_input()
    traced = trace(lambda: model(x).square().mean().backward())
    assert types(traced) == [
        "MeanBackward",
        "PowBackward",
        "AddBackward",
        "ReluBackward",
        "AddmmBackward",
        "AccumulateGrad",
        "TBackward",
        "AccumulateGrad",
        "accumulate",
        "AddmmBackward",
        "AccumulateGrad",
        "TBackward",
        "AccumulateGrad",
    ]
    forwards = [
        traced.types[row.forward] if row.forward >= 0 else ""
        for _, row in backward(traced)
        if traced.types[_] not in ("AccumulateGrad",)
    ]
    linear = "linear"
    assert forwards == ["mean", "square", "add", "relu", linear, linear, linear, linear, linear]
    for index, row in backward(traced):
        op = traced.graph.ops[row.op]
        assert paths(traced, index)[0] == "backward"
        if row.forward >= 0:
            assert op.forward == traced.run.records[row.forward].op
            assert paths(traced, index)[1:] == paths(traced, row.forward)
            assert row.source == traced.run.records[row.forward].source
    scopes = {scope.path: scope for scope in traced.graph.scopes}
    assert scopes["backward"].kind is ScopeKind.BACKWARD
    assert traced.keys[backward(traced)[3][0]] == "/backward/model/rest/1/ReluBackward:0"


def test_gradients_are_those_of_a_plain_run():
    model, x = net_and_input()
    traced = trace(lambda: model(x).square().mean().backward())
    hidden = model.first(x)
    rest = model.rest[0](hidden)
    added = F.relu(rest) + hidden
    for value in (hidden, rest, added):
        value.retain_grad()
    added.square().mean().backward()
    found = gradients(traced)
    for path, parameter in model.named_parameters():
        assert same_bits(found[f"model.{path}"], parameter.grad), path
    records = [index for index, _ in traced.records("linear")]
    values = {
        traced.run.records[index].gradient_of[slot]: traced.value(index, slot)
        for index, row in backward(traced)
        for slot in range(len(row.gradient_of))
    }
    assert same_bits(values[records[0], 0], hidden.grad)  # the sum of both ways
    assert same_bits(values[records[1], 0], rest.grad)
    assert same_bits(values[traced.records("add")[0][0], 0], added.grad)


def test_a_part_of_a_gradient_is_not_called_the_gradient():
    model, x = net_and_input()
    traced = trace(lambda: model(x).sum().backward())
    ((index, row),) = traced.records("AddBackward")
    assert [name(traced, ref) for ref in row.gradient_of] == [("relu", 0), None]
    ((_, sum_),) = traced.records("accumulate")
    assert sum_.inputs[0] == (index, 1)
    assert len(sum_.inputs) == 2
    assert [name(traced, ref) for ref in sum_.gradient_of] == [("linear", 0)]


def test_the_leaves_that_gather_gradients_have_the_parameters_names():
    model, x = net_and_input(needs=True)
    traced = trace(lambda: model(x).sum().backward())
    notes = [traced.graph.ops[row.op].note for _, row in traced.records("AccumulateGrad")]
    assert notes == [
        "model.rest.0.bias",
        "model.rest.0.weight",
        "model.first.bias",
        "x",
        "model.first.weight",
    ]
    assert set(notes) <= set(gradients(traced))


@pytest.mark.parametrize(
    "call",
    [
        lambda loss, leaves: loss.backward(),
        lambda loss, leaves: torch.autograd.backward(loss),
        lambda loss, leaves: torch.autograd.backward([loss], [torch.tensor(2.0)]),
        lambda loss, leaves: torch.autograd.grad(loss, leaves),
        lambda loss, leaves: loss.backward(inputs=leaves[:1]),
    ],
    ids=["backward", "autograd.backward", "with a seed", "autograd.grad", "inputs"],
)
def test_however_it_is_called_it_is_recorded_and_equal(call):
    model, x = net_and_input()
    traced = trace(lambda: call(model(x).square().mean(), list(model.parameters())))
    assert "ReluBackward" in types(traced)
    assert traced.verify().equal
    assert traced.presences() == {Presence.EXPECTED}, "the map has the pass, too"


def test_gradients_asked_for_are_the_values_that_go_on():
    model, x = net_and_input(needs=True)

    def penalty():
        loss = model(x).tanh().sum()
        (slope,) = torch.autograd.grad(loss, x, create_graph=True)
        (slope**2).sum().backward()

    traced = trace(penalty)
    ((_, power),) = traced.records("pow")
    assert traced.run.records[power.inputs[0][0]].phase is Phase.BACKWARD
    scopes = [scope.key for scope in traced.graph.scopes if scope.kind is ScopeKind.BACKWARD]
    assert scopes == ["/backward", "/backward#2"]
    second = [row for _, row in traced.records("TanhBackwardBackward")]
    assert traced.types[second[0].forward] == "TanhBackward"
    ((index, twice),) = traced.records("PowBackward")
    assert twice.gradient_of == (power.inputs[0],)
    assert paths(traced, index) == ["backward"]
    assert traced.verify().equal


def test_functions_of_the_users_own_have_their_ops_inside():
    x = torch.randn(4, requires_grad=True)

    def model():
        Tripled.apply(x).sum().backward()
        return x.grad

    traced = trace(model)
    assert types(traced) == [
        "SumBackward",
        "mul",
        "mul",
        "mul",
        "TripledBackward",
        "AccumulateGrad",
    ]
    ((index, row),) = traced.records("TripledBackward")
    assert traced.types[row.forward] == "mul"
    inner = traced.graph.ops[row.op].inner
    assert traced.graph.scopes[inner].path == "TripledBackward"
    assert traced.graph.ops[traced.run.records[index - 1].op].scope == inner
    line = line_of(__file__, "  # all " + "of it")
    assert traced.line(traced.run.records[index - 3]).line == line
    assert same_bits(gradients(traced)["x"], 3 * (x.detach() * x.detach()))
    assert traced.verify().equal


def test_nodes_with_several_outputs_and_gradients_that_are_none():
    x, y = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)

    def model():
        plus, minus = Two.apply(x, y)
        left, right = torch.stack([plus, minus]).unbind()
        return (left * right).sum().backward()

    traced = trace(model)
    ((_, row),) = traced.records("TwoBackward")
    assert len(row.inputs) == 2
    assert [name(traced, ref) for ref in row.gradient_of] == ["x"]
    ((_, stack),) = traced.records("StackBackward")
    assert len(stack.outputs) == 2
    assert traced.verify().equal


def test_hooks_are_seen_in_the_gradient_that_they_change():
    x = torch.ones(3, requires_grad=True)

    def model():
        y = x * 2
        y.register_hook(lambda gradient: gradient * 5)
        z = y + 1
        z.register_hook(lambda gradient: None)  # looks, and changes nothing
        z.sum().backward()
        return x.grad

    traced = trace(model)
    assert types(traced) == [
        "SumBackward",
        "AddBackward",
        "mul",
        "hook",
        "MulBackward",
        "AccumulateGrad",
    ]
    found = gradients(traced)
    assert found["mul", 0].tolist() == [5, 5, 5]
    assert found["x"].tolist() == [10, 10, 10]
    assert traced.verify().equal


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_a_checkpoint_computes_again_is_forward_inside_the_pass(reentrant):
    model, x = net_and_input(needs=True)
    traced = trace(lambda: checkpoint(model, x, use_reentrant=reentrant).sum().backward())
    again = [
        index
        for index, row in enumerate(traced.run.records)
        if row.phase is Phase.FORWARD and "backward" in paths(traced, index)
    ]
    assert [traced.types[index] for index in again if "model.first" in paths(traced, index)]
    for index in again:
        assert "recomputed" in paths(traced, index)
        assert not traced.run.records[index].error
    ((_, relu),) = traced.records("ReluBackward")
    assert relu.phase is Phase.BACKWARD
    assert traced.verify().equal


def test_one_graph_gone_through_twice():
    x = torch.ones(3, requires_grad=True)

    def model():
        y = x.exp().sum()
        y.backward(retain_graph=True)
        y.backward()
        return x.grad

    traced = trace(model)
    keys = [traced.keys[index] for index, _ in traced.records("ExpBackward")]
    assert keys == ["/backward/ExpBackward:0", "/backward#2/ExpBackward:0"]
    first, second = [index for index, _ in traced.records("AccumulateGrad")]
    assert same_bits(2 * traced.value(first), traced.value(second)), "the newest is the sum"
    assert traced.verify().equal


def test_sparse_gradients():
    torch.manual_seed(0)
    table = nn.Embedding(10, 3, sparse=True)
    places = torch.tensor([1, 2, 2])
    traced = trace(lambda: table(places).sum().backward())
    ((index, row),) = traced.records("EmbeddingBackward")
    assert traced.value(index).is_sparse
    assert [name(traced, ref) for ref in row.gradient_of] == ["table.weight"]
    assert gradients(traced)["table.weight"].to_dense()[2].tolist() == [2, 2, 2]
    assert traced.verify().equal


@pytest.mark.parametrize(
    ("spoil", "words", "failing"),
    [
        (lambda y: y.add_(1), "modified by an inplace operation", "ExpBackward"),
        (lambda y: y.sum().backward(), "backward through the graph a second time", "ExpBackward"),
    ],
    ids=["written over", "freed"],
)
def test_a_pass_that_raises_is_an_error_at_its_node(spoil, words, failing):
    x = torch.ones(3, requires_grad=True)

    def model():
        y = x.exp()
        z = (y * 2).sum()
        spoil(y)
        z.backward()

    program = open_model(model)
    recorder = Recorder(program.backend, GraphBuilder())
    with pytest.raises(RuntimeError, match=words):
        program.execute(recorder)
    last = recorder.run.records[-1]
    assert recorder.run.graph.ops[last.op].type == failing
    assert words in last.error
    assert (last.phase, last.forward) == (Phase.BACKWARD, 0)
    assert len(last.inputs) == 1


def test_an_error_before_the_first_node_is_told_too():
    x = torch.ones(3)
    program = open_model(lambda: (x * 2).sum().backward())
    recorder = Recorder(program.backend, GraphBuilder())
    with pytest.raises(RuntimeError, match="does not require grad"):
        program.execute(recorder)
    last = recorder.run.records[-1]
    assert recorder.run.graph.ops[last.op].type == "backward"
    assert "does not require grad" in last.error


def test_a_training_step_is_recorded_whole():
    step, inputs = sample.build()
    traced = trace(step, *inputs)
    assert traced.facts.source == "dry-run"
    assert traced.presences() == {Presence.EXPECTED}
    (optimizer,) = [row for row in traced.graph.scopes if row.path == "optimizer.step"]
    assert optimizer.type == "SGD"
    steps = [
        index for index in range(len(traced.types)) if "optimizer.step" in paths(traced, index)
    ]
    weights = {name(traced, ref) for index in steps for ref in traced.run.records[index].inputs} & {
        f"model.{path}" for path, _ in sample.Classifier().named_parameters()
    }
    assert len(weights) == 22
    verified = traced.verify()
    assert verified.equal
    assert "StraightThroughBackward" in traced.types
    assert any("recomputed" in paths(traced, index) for index in range(len(traced.types)))


def test_a_step_starts_from_the_same_weights_every_time():
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    before = model.weight.detach().clone()

    class Trainer:
        def __init__(self):
            self.net, self.optimizer = model, optimizer

        def step(self, x):
            self.optimizer.zero_grad()
            loss = self.net(x).square().sum()
            loss.backward()
            self.optimizer.step()
            return loss

    traced = trace(Trainer().step, torch.ones(2, 3))
    assert "net.weight" in gradients(traced)
    assert same_bits(model.weight.detach(), before)
    assert model.weight.grad is None
    assert traced.verify().equal


def test_a_tensor_that_nothing_is_known_of_is_told_apart_from_the_parameters():
    x = torch.ones(2)

    def model():
        made = torch.ones(2, requires_grad=True)
        (made * x).sum().backward()
        return made.grad

    traced = trace(model)
    assert name(traced, traced.records("AccumulateGrad")[0][1].gradient_of[0]) == ("ones", 0)


def test_hooks_leave_nothing_on_the_graph():
    model, x = net_and_input()
    engine = torch.autograd.Variable._execution_engine
    program = open_model(lambda: model(x).sum().backward())
    program.execute(Recorder(program.backend, GraphBuilder()))
    node = torch.autograd.graph.get_gradient_edge(model.first.weight).node
    assert not getattr(node, "_post_hooks", None)
    assert torch.autograd.Variable._execution_engine is engine


def test_passes_of_other_threads_are_left_alone():
    x = torch.ones(2, requires_grad=True)
    found = []

    def elsewhere():
        y = torch.ones(2, requires_grad=True)
        y.exp().sum().backward()
        found.append(y.grad)

    def model():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return (x * 2).sum().backward()

    traced = trace(model, mapped=False)
    assert "ExpBackward" not in traced.types
    assert "MulBackward" in traced.types
    assert found[0] is not None


def test_hooks_that_come_on_another_thread_are_held_there():
    """As autograd's device threads do it: the gate holds the thread that asks it."""
    x = torch.ones(2, requires_grad=True)
    main = threading.get_ident()
    asked: list[int] = []

    class Held:
        def at_scope(self, place, leaf):
            """Never stops."""

        def at_op(self, place, can_enter):
            if recorder.phase is Phase.BACKWARD:
                asked.append(threading.get_ident())
            return False

        def left(self, frame):
            """Nothing to do."""

    def model():
        return x.exp().sum().backward()

    program = open_model(model)
    recorder = Recorder(program.backend, GraphBuilder(), Held())
    real = Backward.run

    def run(self, engine, mode, *args, **options):
        def on_a_thread(*args, **options):
            done = []
            thread = threading.Thread(target=lambda: done.append(engine(*args, **options)))
            thread.start()
            thread.join()
            return done[0]

        return real(self, on_a_thread, mode, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backward, "run", run)
        program.execute(recorder)
    assert len(asked) == 3
    assert main not in asked
    kinds = [recorder.run.graph.ops[row.op].type for row in recorder.run.records]
    assert kinds == ["exp", "sum", "SumBackward", "ExpBackward", "AccumulateGrad"]
    assert recorder.run.records[3].forward == 0


class Stepping:
    """A run under a real gate: follows the moves, then continues; notes where it stopped."""

    def __init__(self, target: Any, moves: list[Move], *points: Breakpoint) -> None:
        self.stops: list[str] = []
        program = open_model(target)
        builder = GraphBuilder()
        program.draw_map(Recorder(program.backend, builder, statistics=False), lambda _: None)
        builder.mapping = False
        self.run = Run(graph=builder.graph)
        waiting = iter(moves)

        def hold(stop: Stop) -> Command:
            place = stop.place
            scope = self.run.graph.scopes[place.scope].path
            kind = self.run.graph.ops[place.op].type if place.op >= 0 else f"into {scope}"
            self.stops.append(kind)
            move = next(waiting, Move.CONTINUE)
            return Command(move)

        gate = Gate(self.run, hold, lambda: [row[1:] for row in program.stack()])
        gate.breakpoints = list(points)
        gate.begin(Command(Move.CONTINUE))
        program.execute(Recorder(program.backend, builder, gate, History(1 << 20), run=self.run))


OVER, INTO, OUT = Move.OVER, Move.INTO, Move.OUT


def test_breakpoints_on_type_module_and_line_of_the_forward_op():
    model, x = net_and_input()

    def step():
        model(x).sum().backward()

    by_type = Breakpoint(BreakpointKind.TYPE, "Relu*")
    assert Stepping(step, [], by_type).stops == ["ReluBackward"]
    by_key = Breakpoint(BreakpointKind.OP, "/backward/model/first/TBackward:0")
    assert Stepping(step, [], by_key).stops == ["TBackward"]
    module = Breakpoint(BreakpointKind.MODULE, "model.rest")
    assert Stepping(step, [], module).stops == ["into model.rest", "into model.rest"]
    here = line_of(__file__, "  # they " + "meet")
    line = Breakpoint(BreakpointKind.LINE, f"{__file__}:{here}")
    stops = Stepping(step, [], line).stops
    assert stops[0] == "linear"
    assert "AddBackward" in stops


def test_over_and_into_nodes():
    x = torch.ones(2, requires_grad=True)

    def step():
        Tripled.apply(x).sum().backward()

    point = Breakpoint(BreakpointKind.TYPE, "SumBackward")
    over = Stepping(step, [OVER, OVER, OVER], point).stops
    assert over == ["SumBackward", "TripledBackward", "AccumulateGrad"]
    into = Stepping(step, [INTO, OVER, INTO, OVER, OVER], point).stops
    assert into[:3] == ["SumBackward", "aten.expand", "TripledBackward"]
    assert into[3:] == ["into TripledBackward", "AccumulateGrad"]
    inside = Breakpoint(
        BreakpointKind.LINE, f"{__file__}:{line_of(__file__, '  # all ' + 'of it')}"
    )
    assert Stepping(step, [], inside).stops == ["mul"]


def test_a_run_can_be_ended_in_the_midst_of_a_pass():
    model, x = net_and_input()
    program = open_model(lambda: model(x).sum().backward())
    builder = GraphBuilder()
    run = Run(graph=builder.graph)

    def hold(stop: Stop) -> Command:
        raise Ended

    gate = Gate(run, hold, list)
    gate.breakpoints = [Breakpoint(BreakpointKind.TYPE, "ReluBackward")]
    gate.begin(Command(Move.CONTINUE))
    with pytest.raises(Ended):
        program.execute(Recorder(program.backend, builder, gate, run=run))
    assert not any(record.error for record in run.records)
    assert model.first.weight.grad is None
    model(x).sum().backward()
    assert model.first.weight.grad is not None


def chosen(target: Any, *args: Any, seed: str = "", op: str = "") -> tuple[TorchProgram, Traced]:
    """A forward run, then one with a backward pass from the last op's output, or that of `op`."""
    traced = trace(target, *args)
    index = traced.keys.index(op) if op else len(traced.keys) - 1
    traced.program.choose_backward((index, 0), seed)()
    history = History(1 << 30)
    recorder = Recorder(traced.program.backend, GraphBuilder(traced.graph), keeper=history)
    recorder.builder.mapping = False
    traced.program.execute(recorder)
    recorder.finish()
    made = Traced(traced.program, traced.facts, traced.graph, recorder.run, history)
    return traced.program, made


def test_a_pass_from_an_output_of_a_model_that_only_runs_forward(tmp_path):
    model, x = net_and_input()
    program, traced = chosen(model, x, seed="ones")
    assert program.backward_began == 4
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.verify().equal
    found = gradients(traced)
    model(x).sum().backward()
    for path, parameter in model.named_parameters():
        assert same_bits(found[path], parameter.grad), path


def test_a_seed_from_a_file(tmp_path):
    import numpy as np

    model, x = net_and_input()
    seed = torch.randn(3, 4)
    np.save(tmp_path / "seed.npy", seed.numpy())
    _, traced = chosen(model, x, seed=str(tmp_path / "seed.npy"))
    model(x).backward(seed)
    assert same_bits(gradients(traced)["first.weight"], model.first.weight.grad)
    first = backward(traced)[0][1]
    assert [name(traced, ref) for ref in first.inputs] == ["seed"]
    assert traced.verify().equal


def test_a_pass_from_a_value_in_the_midst_that_was_written_over_later():
    weight = torch.tensor([1.0, 2.0], requires_grad=True)

    def model(x):
        y = x * weight
        y.mul_(3)
        return y.sum()

    _, traced = chosen(model, torch.ones(2), seed="ones", op="/mul:0")
    assert types(traced) == ["MulBackward", "AccumulateGrad"]
    assert gradients(traced)["weight"].tolist() == [1, 1]


def test_inputs_require_gradients_where_nothing_else_does():
    _, traced = chosen(lambda x: (x * x).sum(), torch.tensor([2.0, 3.0]))
    assert gradients(traced)["x"].tolist() == [4, 6]
    assert traced.verify().equal


def test_gradients_are_asked_for_though_the_user_has_turned_them_off():
    model, x = net_and_input()
    with torch.no_grad():
        _, traced = chosen(model, x, seed="ones")
        assert not torch.is_grad_enabled()
    assert "first.weight" in gradients(traced)


@pytest.mark.filterwarnings("ignore")  # torch warns of prototypes that are in there on purpose
@pytest.mark.parametrize("kind", sorted(zoo.ZOO))
def test_the_zoos_gradients_are_equal_bit_for_bit(kind):
    model, args, kwargs = zoo.make(kind)
    traced = trace(model, *args, **kwargs)
    roots = [
        (index, slot)
        for index, row in enumerate(traced.run.records)
        for slot, summary in enumerate(row.outputs)
        if summary.dtype.startswith(("float32", "bfloat16", "complex"))
    ]
    for root in reversed(roots):
        try:
            traced.program.choose_backward(root, "ones")()
            break
        except Refusal:
            continue  # nothing that it depends on has a gradient
    recorder = Recorder(traced.program.backend, GraphBuilder(traced.graph))
    traced.program.execute(recorder)
    made = recorder.run.records[traced.program.backward_began :]
    gathering = {"AccumulateGrad", "accumulate"}
    for record in made:
        type_ = recorder.run.graph.ops[record.op].type
        assert record.phase is Phase.BACKWARD
        assert record.forward >= 0 or type_ in gathering, type_
    verification = traced.verify()
    assert verification.equal
    assert verification.max_abs_diff == 0.0
    assert "not compared" not in verification.note


def test_a_gradient_that_is_not_the_plain_one_is_told():
    turns = iter(range(100))

    class Uneven(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return gradient * next(turns)

    weight = torch.ones(2, requires_grad=True)
    traced = trace(lambda: Uneven.apply(weight).sum().backward(), mapped=False)
    assert not traced.verify().equal


def test_inside_a_transform_a_pass_is_one_op():
    x = torch.tensor([1.0, 2.0])
    traced = trace(lambda x: torch.func.grad(lambda y: (y**3).sum())(x) * 2, x, mapped=False)
    ((index, row),) = traced.records("grad")
    assert row.phase is Phase.BACKWARD
    ((_, doubled),) = traced.records("mul")
    assert traced.verify().equal
    assert index < len(traced.types) - 1
    assert doubled.inputs


def test_a_pass_where_gradients_are_turned_off():
    model, x = net_and_input()

    def step():
        loss = model(x).sum()
        with torch.no_grad():
            return torch.autograd.grad(loss, [model.first.weight])

    traced = trace(step)
    assert traced.verify().equal
    assert "model.first.weight" in gradients(traced)


def test_gradients_scaled_by_a_loss_scaler_and_an_accumulated_step():
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)

    def step(x):
        for part in x.split(2):
            with torch.autocast("cpu", torch.bfloat16):
                loss = model(part).square().mean()
            loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    traced = trace(step, torch.randn(4, 3))
    scopes = [row.key for row in traced.graph.scopes if row.kind is ScopeKind.BACKWARD]
    assert scopes == ["/backward", "/backward#2"]
    assert "ToCopyBackward" in traced.types
    assert traced.verify().equal
