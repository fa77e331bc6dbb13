"""TensorFlow functions stepped op by op: calls, branches, loops, variables."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Ended, Recorder
from opscope.tracers.ir import OUTSIDE, Graph, Place, Presence, Run, ScopeKind, ValueKind
from opscope.tracers.tensorflow.loader import LOADER
from opscope.tracers.tensorflow.program import TensorFlowProgram

from .tf_gates import Entering

pytestmark = pytest.mark.xdist_group("tensorflow")


@dataclass
class Traced:
    """A function with its map and one run of it."""

    program: TensorFlowProgram
    graph: Graph
    run: Run
    history: History

    def keys(self) -> list[str]:
        return [self.graph.ops[record.op].key for record in self.run.records]

    def output(self, record: int, slot: int = 0) -> Any:
        return self.history.get((record, slot)).numpy()

    def op(self, key: str) -> int:
        return [op.key for op in self.graph.ops].index(key)


def trace(target: object, *args: Any, into: bool = True, **kwargs: Any) -> Traced:
    """Open, draw the map, run once; nothing may run that the map does not have."""
    program = LOADER.open(target, (args, kwargs), LoadOptions(exact=True), lambda _: None)
    assert isinstance(program, TensorFlowProgram)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    builder.mapping = False
    mapped = (len(builder.graph.ops), len(builder.graph.scopes), len(builder.graph.values))
    history = History(1 << 30)
    recorder = Recorder(program.backend, builder, Entering() if into else None, history)
    program.execute(recorder)
    recorder.finish()
    graph = builder.graph
    assert (len(graph.ops), len(graph.scopes), len(graph.values)) == mapped
    return Traced(program, graph, recorder.run, history)


def assert_exact(traced: Traced, into: bool = True) -> None:
    program = traced.program
    builder = GraphBuilder(traced.graph)
    gate = Entering() if into else None
    result = program.verify(lambda: Recorder(program.backend, builder, gate), 3)
    assert result.equal
    assert result.exact
    assert result.plain_seconds > 0
    assert result.traced_seconds > 0


@tf.function
def halve(x: Any) -> Any:
    return x / 2.0


@tf.function
def branching(x: Any) -> Any:
    if tf.reduce_sum(x) > 0.0:
        y = halve(x)
        y += 1.0
    else:
        y = x - 1.0
    return y * 3.0


def test_ops_calls_and_branches_have_scopes_and_source_lines():
    traced = trace(branching, tf.ones([2]))
    assert traced.keys() == [
        "/Sum:0",
        "/Greater:0",
        "/if/then/halve/RealDiv:0",
        "/if/then/AddV2:0",
        "/Mul:0",
    ]
    assert traced.output(4).tolist() == [4.5, 4.5]
    graph = traced.graph
    kinds = {scope.path: scope.kind for scope in graph.scopes}
    assert kinds["if"] is ScopeKind.BRANCH
    assert kinds["if.then.halve"] is ScopeKind.FUNCTION
    first = branching.python_function.__code__.co_firstlineno
    lines = {}
    for op in graph.ops:
        source = graph.sources[op.source]
        assert source.file == __file__
        lines[op.key] = (source.function, source.line - first)
    assert lines["/Greater:0"] == ("branching", 2)
    assert lines["/if/then/AddV2:0"] == ("branching", 4)
    assert lines["/if/else/Sub:0"] == ("branching", 6)
    assert lines["/if/then/halve/RealDiv:0"][0] == "halve"
    assert_exact(traced)


def test_the_branch_not_taken_is_skipped():
    traced = trace(branching, -tf.ones([2]))
    presences = {op.key: op.presence for op in traced.graph.ops}
    assert presences["/if/then/AddV2:0"] is Presence.SKIPPED
    assert presences["/if/else/Sub:0"] is Presence.EXPECTED
    assert presences["/StatelessIf:0"] is Presence.EXPECTED
    assert traced.output(len(traced.run.records) - 1).tolist() == [-6.0, -6.0]


def test_case_takes_the_last_branch_for_an_index_out_of_range():
    @tf.function
    def choose(index: Any, x: Any) -> Any:
        return tf.switch_case(index, [lambda: x + 1.0, lambda: x * 10.0, lambda: -x])

    for index, key in ((0, "/case/0/AddV2:0"), (1, "/case/1/Mul:0"), (9, "/case/2/Neg:0")):
        traced = trace(choose, tf.constant(index), tf.constant(2.0))
        assert traced.keys() == [key]
        assert_exact(traced)


@tf.function
def nested(n: Any) -> Any:
    total = 0
    i = 0
    while i < n:
        j = 0
        while j < i:
            if j % 2 == 0:
                total += j
            j += 1
        i += 1
    return total


def test_loops_are_gone_through_pass_by_pass():
    traced = trace(nested, tf.constant(4))
    adds = traced.op("/while/while/if/then/AddV2:0")
    turns = [
        traced.run.turns(traced.run.records[index].frame) for index in traced.run.executions(adds)
    ]
    assert turns == [(1, 0), (2, 0), (3, 0), (3, 2)]
    scopes = {scope.key: scope for scope in traced.graph.scopes}
    loop = scopes["/while"]
    assert loop.kind is ScopeKind.LOOP
    assert traced.graph.ops[loop.op].type == "StatelessWhile"
    assert traced.graph.ops[loop.op].inner == traced.graph.scopes.index(loop)
    assert traced.run.executions(loop.op) == []
    assert traced.graph.ops[loop.op].presence is Presence.EXPECTED
    assert all(op.presence is Presence.EXPECTED for op in traced.graph.ops)
    assert_exact(traced)


def test_a_loop_stepped_over_runs_as_one_op():
    traced = trace(nested, tf.constant(4), into=False)
    assert traced.keys() == ["/StatelessWhile:0"]
    body = traced.op("/while/AddV2:0")
    assert traced.graph.ops[body].presence is Presence.EXPECTED
    assert_exact(traced, into=False)


def test_inputs_of_records_name_where_values_come_from():
    traced = trace(branching, tf.ones([2]))
    graph, run = traced.graph, traced.run
    last = run.records[4]
    assert last.inputs[0] == (3, 0)
    kind, slot = last.inputs[1]
    assert kind == OUTSIDE
    constant = graph.values[slot]
    assert constant.kind is ValueKind.CONSTANT
    tensor: Any = traced.program.value(constant)
    assert tensor.numpy() == 3.0
    given = graph.values[run.records[0].inputs[0][1]]
    assert (given.kind, given.name, given.shape) == (ValueKind.INPUT, "x", (2,))


def test_map_fn_and_tensor_arrays():
    @tf.function
    def squares(x: Any) -> Any:
        return tf.map_fn(lambda row: row * row, x)

    @tf.function
    def running(x: Any) -> Any:
        out = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        total = tf.constant(0.0)
        for i in tf.range(tf.shape(x)[0]):
            total += x[i]
            out = out.write(i, total)
        return out.stack()

    x = tf.constant([1.0, 2.0, 3.0])
    traced = trace(squares, x)
    assert traced.output(len(traced.run.records) - 1).tolist() == [1.0, 4.0, 9.0]
    assert_exact(traced)
    traced = trace(running, x)
    assert traced.output(len(traced.run.records) - 1).tolist() == [1.0, 3.0, 6.0]
    assert_exact(traced)


class Counter(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = tf.Variable(0.0)
        self.weight = tf.Variable([2.0, 3.0])

    @tf.function
    def __call__(self, x: Any) -> Any:
        before = self.count + 1.0
        self.count.assign_add(tf.reduce_sum(x * self.weight))
        for _ in tf.range(2):
            self.count.assign(self.count * 2.0)
        return before, self.count.read_value()


def test_assigned_variables_start_anew_with_every_run():
    module = Counter()
    traced = trace(module, tf.ones([2]))
    graph = traced.graph
    outputs = [traced.program._outputs[k].numpy() for k in range(2)]
    assert outputs == [1.0, 20.0]
    types = [graph.ops[record.op].type for record in traced.run.records]
    assert types.count("AssignAddVariableOp") == 1
    assert types.count("AssignVariableOp") == 2
    assert types.count("ReadVariableOp") >= 4  # of `count` alone: `weight` is never assigned
    names = {(value.kind, value.name) for value in graph.values if value.op < 0}
    assert (ValueKind.PARAMETER, "weight") in names
    assert (ValueKind.PARAMETER, "count") in names
    recorder = Recorder(traced.program.backend, GraphBuilder(graph), Entering())
    traced.program.execute(recorder)
    again = [traced.program._outputs[k].numpy() for k in range(2)]
    assert again == outputs
    assert_exact(traced)
    assert_exact(traced, into=False)


def test_a_parameter_is_read_without_an_op_of_its_own():
    weight = tf.Variable([[1.0], [2.0]], name="weight")

    @tf.function
    def apply(x: Any) -> Any:
        return tf.matmul(x, weight)

    traced = trace(apply, tf.ones([1, 2]))
    assert traced.keys() == ["/MatMul:0"]
    value = traced.graph.values[traced.graph.ops[0].inputs[1]]
    assert (value.kind, value.name, value.shape) == (ValueKind.PARAMETER, "weight", (2, 1))
    tensor: Any = traced.program.value(value)
    assert tensor.numpy().tolist() == [[1.0], [2.0]]


def test_seeded_random_ops_repeat():
    @tf.function
    def noisy(x: Any) -> Any:
        return x + tf.random.normal([3], seed=4) + tf.random.stateless_uniform([3], [1, 2])

    tf.random.set_seed(3)
    traced = trace(noisy, tf.zeros([3]))
    first = traced.output(len(traced.run.records) - 1)
    recorder = Recorder(traced.program.backend, GraphBuilder(traced.graph))
    traced.program.execute(recorder)
    assert (traced.program._outputs[0].numpy() == first).all()
    assert_exact(traced)


def test_strings_and_pruned_ops():
    @tf.function
    def words(text: Any) -> Any:
        tf.strings.length(text)  # feeds nothing
        return tf.strings.upper(tf.strings.join([text, "!"]))

    traced = trace(words, tf.constant(["a", "é"]))
    presences = {op.type: op.presence for op in traced.graph.ops}
    assert presences["StringLength"] is Presence.PRUNED
    assert presences["StringUpper"] is Presence.EXPECTED
    record = traced.run.records[-1]
    assert record.outputs[0].dtype == "string"
    assert "A!" in record.outputs[0].text
    assert_exact(traced)


def test_identity_is_shown_where_the_user_wrote_it():
    @tf.function
    def same(x: Any) -> Any:
        return tf.identity(x, name="mine"), x

    traced = trace(same, tf.ones([2]))
    assert traced.keys() == ["/Identity:0"]


def test_keyword_and_python_arguments():
    @tf.function
    def scale(x: Any, factor: float, *, offset: Any) -> Any:
        return x * factor + offset

    traced = trace(scale, tf.ones([2]), 3.0, offset=tf.constant(1.0))
    assert traced.output(1).tolist() == [4.0, 4.0]
    names = [value.name for value in traced.graph.values if value.kind is ValueKind.INPUT]
    assert names == ["x", "offset"]
    assert_exact(traced)


def test_plain_functions_are_traced_with_autograph():
    def countdown(n: Any) -> Any:
        while n > 3:
            n -= 2
        return n

    traced = trace(countdown, tf.constant(8))
    assert traced.graph.op_label(0) == "StatelessWhile"
    assert traced.program._outputs[0].numpy() == 2
    assert_exact(traced)


def test_an_op_that_fails_is_recorded_with_its_message():
    @tf.function
    def gather(x: Any, i: Any) -> Any:
        return tf.gather(x * 2.0, i)

    program = LOADER.open(
        gather, ((tf.ones([3]), tf.constant(7)), {}), LoadOptions(), lambda _: None
    )
    recorder = Recorder(program.backend, GraphBuilder())
    with pytest.raises(tf.errors.InvalidArgumentError):
        program.execute(recorder)
    assert [record.error != "" for record in recorder.run.records] == [False, True]
    assert "indices" in recorder.run.records[1].error


def stops(traced: Traced, moves: list[Command]) -> list[tuple[str, int]]:
    """Where a real gate stops: key of the op or path of the scope, with the visit."""
    found: list[tuple[str, int]] = []
    run = Run(graph=traced.graph)

    def hold(stop: Stop) -> Command:
        scope, op = stop.place.scope, stop.place.op
        name = traced.graph.ops[op].key if op >= 0 else traced.graph.scopes[scope].path
        stack = traced.program.stack()
        found.append((name, stack[0][3] if stack else -1))
        if not moves:
            raise Ended
        return moves.pop(0)

    gate = Gate(run, hold, tuple)
    builder = GraphBuilder(traced.graph, mapping=False)
    recorder = Recorder(traced.program.backend, builder, gate, None, run=run)
    try:
        traced.program.execute(recorder)
    except Ended:
        found.append(("ended", 0))
    return found


def test_the_gate_steps_into_and_over_loops_and_branches():
    traced = trace(nested, tf.constant(3))
    into = stops(traced, [Command(Move.INTO)] * 4)
    assert [name for name, _ in into] == [
        "/StatelessWhile:0",
        "while",
        "/while/cond/Less:0",
        "/while/StatelessWhile:0",
        "while.while",
        "ended",
    ]
    over = stops(traced, [Command(Move.OVER)])
    assert over == [("/StatelessWhile:0", 0)]
    passes = stops(traced, [Command(Move.INTO), *[Command(Move.OVER)] * 4])
    assert [name for name, _ in passes] == ["/StatelessWhile:0"] + ["while"] * 4
    assert len({visit for _, visit in passes[1:]}) == 4


def test_cancelling_a_loop_enters_it():
    @tf.function
    def endless(n: Any) -> Any:
        while n > 0:
            n = n * 3 % 7 + 1
        return n

    program = LOADER.open(endless, ((tf.constant(1),), {}), LoadOptions(), lambda _: None)
    assert isinstance(program, TensorFlowProgram)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)

    class Ending:
        """Over the loop; inside it, which only a cancelled loop gets to, the run ends."""

        def at_scope(self, place: Place, leaf: bool) -> None:
            raise Ended

        def at_op(self, place: Place, can_enter: bool) -> bool:
            return False

        def left(self, frame: int) -> None:
            """Nothing to do."""

    threading_cancel = _cancel_when_running(program)
    with pytest.raises(Ended):
        program.execute(Recorder(program.backend, builder, Ending()))
    threading_cancel()


def _cancel_when_running(program: TensorFlowProgram) -> Callable[[], None]:
    """A thread that cancels as soon as a loop runs as one op; the call joins it."""
    import threading

    done = threading.Event()

    def work() -> None:
        while not done.wait(0.01):
            program.cancel()

    thread = threading.Thread(target=work)
    thread.start()

    def join() -> None:
        done.set()
        thread.join(10)
        assert not thread.is_alive()

    return join


def test_outputs_that_are_inputs_or_constants():
    @tf.function
    def through(x: Any) -> Any:
        return {"same": x, "seven": tf.constant(7), "none": None}

    traced = trace(through, tf.ones([2]))
    assert traced.keys() == []
    assert_exact(traced)


def test_default_mode_says_how_far_off_it_is():
    @tf.function
    def dense(x: Any) -> Any:
        return tf.nn.relu(tf.matmul(x, x) + 1.0)

    program = LOADER.open(
        dense, ((tf.random.stateless_normal([8, 8], [1, 2]),), {}), LoadOptions(), lambda _: None
    )
    result = program.verify(lambda: Recorder(program.backend, GraphBuilder()))
    assert not result.exact
    assert result.max_abs_diff is not None
    assert result.max_abs_diff < 1e-4
    assert result.equal or "--exact" in result.note


def test_kept_values_do_not_follow_later_assignments():
    variable = tf.Variable(np.zeros(4, np.float32))

    @tf.function
    def bump() -> Any:
        first = variable.read_value()
        variable.assign_add(tf.ones([4]))
        return first, variable.read_value()

    traced = trace(bump)
    reads = [
        index
        for index, record in enumerate(traced.run.records)
        if traced.graph.ops[record.op].type == "ReadVariableOp"
    ]
    assert traced.output(reads[0]).tolist() == [0.0] * 4
    assert traced.output(reads[-1]).tolist() == [1.0] * 4


def test_runs_without_a_seed_repeat_too():
    @tf.function
    def drop(x: Any) -> Any:
        return tf.nn.dropout(x, 0.5)

    assert_exact(trace(drop, tf.ones([64])))


def test_compiled_functions_are_said_to_round_otherwise():
    @tf.function(jit_compile=True)
    def fused(x: Any) -> Any:
        return tf.nn.softmax(tf.matmul(x, x))

    traced = trace(fused, tf.random.stateless_normal([4, 4], [1, 2]))
    assert [op.type for op in traced.graph.ops] == ["MatMul", "Softmax"]
    assert any("jit_compile" in note for note in traced.program.facts.notes)
    result = traced.program.verify(lambda: Recorder(traced.program.backend, GraphBuilder()))
    assert result.max_abs_diff is not None
    assert result.max_abs_diff < 1e-6


def test_gradients_through_a_loop():
    @tf.function
    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for _ in tf.range(3):
                y = tf.sin(y)
        return tape.gradient(y, x)

    traced = trace(slope, tf.constant([0.3, 0.6]))
    loops = [scope for scope in traced.graph.scopes if scope.kind is ScopeKind.LOOP]
    assert [loop.path for loop in loops] == ["while", "backward.while"]
    assert_exact(traced)
    assert_exact(traced, into=False)


class Linear(tf.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = tf.Variable(tf.ones([size, size]))

    def __call__(self, x: Any) -> Any:
        return tf.matmul(x, self.weight)


class Stack(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [Linear(2), Linear(2)]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = tf.nn.relu(layer(x))
        return x


def test_modules_inside_a_module_are_scopes():
    traced = trace(Stack(), tf.ones([1, 2]))
    assert [scope.path for scope in traced.graph.scopes[1:]] == ["layers.0", "layers.1"]
    names = [value.name for value in traced.graph.values if value.kind is ValueKind.PARAMETER]
    assert names == ["layers.0.weight", "layers.1.weight"]
    assert_exact(traced)


def test_how_far_a_run_is_from_tensorflows_own_is_known_where_another_run_shows_nowhere():
    program = LOADER.open(halve, ((tf.constant([1.0, 3.0]),), {}), LoadOptions(), lambda _: None)
    assert isinstance(program, TensorFlowProgram)
    assert program.deviation() is None
    program.execute(Recorder(program.backend, GraphBuilder()))
    assert program.deviation() == 0.0

    @tf.function
    def tells(x: Any) -> Any:
        tf.print("x is", x, output_stream="file:///dev/null")
        return x * 2.0

    program = LOADER.open(tells, ((tf.constant([1.0]),), {}), LoadOptions(), lambda _: None)
    assert isinstance(program, TensorFlowProgram)
    program.execute(Recorder(program.backend, GraphBuilder()))
    assert program.deviation() is None


def test_a_closed_run_lets_go_of_its_values_without_the_garbage_collector():
    program = LOADER.open(nested, ((tf.constant(3),), {}), LoadOptions(), lambda _: None)
    gc.collect()
    gc.disable()
    try:
        history = History(1 << 30)
        recorder = Recorder(program.backend, GraphBuilder(), Entering(), history)
        program.execute(recorder)
        recorder.finish()
        values = [weakref.ref(history.get(ref)) for ref in history]
        assert len(values) > 20
        del history, recorder
        left = [value() for value in values if value() is not None]
        assert len(left) <= 1, "the outputs alone, for comparison with a plain run"
    finally:
        gc.enable()
