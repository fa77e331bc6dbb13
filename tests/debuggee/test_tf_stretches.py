"""Ops of a TensorFlow program that run at once give what they give one by one."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.edits import Edits
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import (
    OUTSIDE,
    Breakpoint,
    BreakpointKind,
    Edit,
    EditKind,
    Place,
    Run,
    RunState,
    TensorRequest,
    ValueRef,
)
from opscope.tracers.protocol.client import Client
from opscope.tracers.tensorflow import compiled, kernels, stretches
from opscope.tracers.tensorflow.loader import LOADER
from opscope.tracers.tensorflow.program import TensorFlowProgram
from opscope.tracers.tensorflow.stretches import Stretch

from .tf_gates import Entering

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.fixture(autouse=True)
def any_op_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "LONG", 1e9)


class Inside(Entering):
    """Steps into every loop, and stops nowhere."""

    def lets_pass(self) -> bool:
        return True


class Traced:
    """A program, to be run any number of times."""

    def __init__(self, target: object, *args: Any, budget: int = 1 << 30) -> None:
        program = LOADER.open(target, (args, {}), LoadOptions(exact=True), lambda _: None)
        assert isinstance(program, TensorFlowProgram)
        self.program = program
        self.builder = GraphBuilder()
        self.budget = budget
        program.draw_map(Recorder(program.backend, self.builder), lambda _: None)
        self.builder.mapping = False
        self.history = History(budget)
        self.run = Run(graph=self.builder.graph)
        self.functions: list[str] = []  # that ran at once in the last run

    def once(self, gate: Any = None, edits: Sequence[Edit] = (), late: bool = False) -> Run:
        """Run under a gate."""
        self.start(lambda _: gate, edits, late)
        return self.run

    def start(self, gate_of: Any, edits: Sequence[Edit] = (), late: bool = False) -> Any:
        """Run under a gate that is made for the run; the gate."""
        self.history = History(self.budget)
        self.run = Run(graph=self.builder.graph)
        gate = gate_of(self.run)
        recorder = Recorder(self.program.backend, self.builder, gate, self.history, run=self.run)
        recorder.late = putting_off(self.program.backend, self.run, self.history) if late else None
        if edits:
            recorder.edits = Edits(self.run, self.program.backend)
            recorder.edits.replace(edits)
            recorder.edits.anew()
        self.functions.clear()
        plainly = kernels.run

        def watched(name: str, *rest: Any) -> Any:
            if name.startswith("opscope_stretch"):
                self.functions.append(name)
            return plainly(name, *rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled.kernels, "run", watched)
            self.program.execute(recorder)
        recorder.finish()
        if recorder.late is not None:
            recorder.late.settle()
        return gate

    def prepare(self) -> None:
        while not self.program.prepare():
            pass

    def values(self) -> list[list[Any]]:
        """Of every output of every record: dtype, shape and bytes."""
        return [
            [_bits(self.history.get((record, slot))) for slot in range(len(row.outputs))]
            for record, row in enumerate(self.run.records)
        ]

    def parts(self) -> list[Stretch]:
        known = self.program._stretches._parts.values()
        return [part for parts in known for part in parts if isinstance(part, Stretch)]


def _bits(value: Any) -> Any:
    if value is None or value.dtype in (tf.resource, tf.variant, tf.string):
        return None
    return value.dtype.name, tuple(value.shape), np.asarray(value).tobytes()


def told(run: Run) -> list[Any]:
    """All that a run tells, but for times."""
    rows = [
        (row.op, row.frame, row.phase, row.inputs, row.outputs, row.source, row.error)
        for row in run.records
    ]
    return [rows, run.frames, run.head]


def network() -> tuple[Any, Any]:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    x = inputs
    for _ in range(3):
        y = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization()(y)
        y = layers.ReLU()(y)
        x = layers.Concatenate()([x, y])
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(5, "softmax")(x))
    return model, tf.random.stateless_normal((2, 16, 16, 3), (0, 1))


def chain(x: Any, ops: int = 12) -> Any:
    for number in range(ops):
        x = tf.sin(x) + float(number)
    return x


@tf.function
def branching(x: Any) -> Any:
    y = chain(x)
    y = chain(y * 2.0) if tf.reduce_sum(x) > 0.0 else chain(-y)
    return tf.nn.softmax(chain(y))


def test_a_network_gives_the_same_bits_and_tells_the_same():
    traced = Traced(*network())
    first, values = told(traced.once(late=True)), traced.values()
    assert traced.functions == []
    traced.prepare()
    assert told(traced.once(late=True)) == first
    assert traced.values() == values
    assert len(traced.functions) == len(traced.parts()) == 1
    assert all(value is not None for row in values for value in row)
    in_stretches = sum(len(part.ops) for part in traced.parts())
    assert in_stretches > 0.9 * len(traced.run.records)


def test_both_sides_of_a_branch_and_what_is_around_it():
    for x in (tf.ones([3]), -tf.ones([3])):
        traced = Traced(branching, x)
        first, values = told(traced.once()), traced.values()
        traced.prepare()
        assert told(traced.once()) == first
        assert traced.values() == values
        assert len(traced.functions) == 3


def test_a_recurrent_cell_in_a_loop_is_made_after_some_passes(monkeypatch: pytest.MonkeyPatch):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((12, 4))
    model = keras.Model(inputs, layers.LSTM(6)(inputs))
    traced = Traced(model, tf.random.stateless_normal((2, 12, 4), (0, 1)))
    first, values = told(traced.once(Inside())), traced.values()
    assert traced.functions == []
    other = Traced(model, tf.random.stateless_normal((2, 12, 4), (0, 1)))
    monkeypatch.setattr(stretches, "OFTEN", 4)
    assert told(other.once(Inside())) == first
    assert other.values() == values
    (name,) = set(other.functions)
    assert other.functions == [name] * (1 + 12 - 4), "the fourth pass was held against it"


def test_random_numbers_and_effects_are_in_no_stretch():
    total = tf.Variable(tf.zeros([4]))

    @tf.function
    def steps(x: Any) -> Any:
        y = chain(x)
        total.assign_add(y)
        return chain(y + total)

    traced = Traced(steps, tf.ones([4]))
    first, values = told(traced.once()), traced.values()
    traced.prepare()
    assert told(traced.once()) == first
    assert traced.values() == values
    assert len(traced.functions) == 2, "one before the assignment, one behind it"
    types = {node.type for part in traced.parts() for node in part.ops}
    assert types == {"Sin", "AddV2"}

    @tf.function
    def random(x: Any) -> Any:
        return chain(x) + tf.random.uniform([4], seed=2)

    drawn = Traced(random, tf.ones([4]))
    drawn.once()
    drawn.prepare()
    drawn.once()
    assert (drawn.functions, drawn.parts()) == ([], []), "its kernels are dropped before each run"


def test_a_failing_op_stops_there_with_its_inputs():
    wrong = tf.Variable(0)

    @tf.function
    def picks(x: Any) -> Any:
        y = chain(x)
        return chain(tf.gather(y, wrong) + 1.0)

    traced = Traced(picks, tf.ones([4]))
    traced.once()
    traced.prepare()
    traced.once()
    assert len(traced.functions) == 1
    wrong.assign(9)
    traced.program._start = lambda: None
    with pytest.raises(tf.errors.InvalidArgumentError, match="indices = 9"):
        traced.once()
    assert len(traced.functions) == 1, "it was tried"
    last = traced.run.records[-1]
    assert traced.run.graph.ops[last.op].type == "GatherV2"
    assert "indices = 9" in last.error
    assert len(traced.run.records) == 25
    read = traced.history.get(last.inputs[0])
    assert np.asarray(read).shape == (4,)
    assert last.inputs[1][0] == OUTSIDE


class Stopping(Gate):
    """Breakpoints on types, and where they stopped."""

    def __init__(self, run: Run, *types: str) -> None:
        super().__init__(run, self._stand_still, lambda: ())
        self.stops: list[Place] = []
        self.breakpoints = [Breakpoint(BreakpointKind.TYPE, type_) for type_ in types]
        self.begin(Command(Move.CONTINUE))

    def _stand_still(self, stop: Stop) -> Command:
        self.stops.append(stop.place)
        return Command(Move.CONTINUE)


@pytest.fixture
def ready() -> Traced:
    traced = Traced(*network())
    traced.once()
    traced.prepare()
    traced.once()
    assert traced.functions
    return traced


def test_a_breakpoint_switches_it_off(ready: Traced):
    values = ready.values()
    for type_, stops in (("MaxPool", 0), ("Relu", 3)):
        gate = ready.start(lambda run, type_=type_: Stopping(run, type_))
        assert ready.functions == []
        assert len(gate.stops) == stops
        assert ready.values() == values
    gate = ready.start(Stopping)
    assert (ready.functions != [], gate.stops) == (True, [])


def test_a_pause_during_it_stops_at_the_next_op(ready: Traced, monkeypatch: pytest.MonkeyPatch):
    values, first = ready.values(), told(ready.run)
    at_once = Stretch.run
    gates: list[Stopping] = []

    def paused(part: Stretch, inputs: list[Any]) -> Any:
        found = at_once(part, inputs)
        gates[0].pause()
        return found

    def stopping(run: Run) -> Stopping:
        gates.append(Stopping(run))
        return gates[0]

    monkeypatch.setattr(Stretch, "run", paused)
    ready.start(stopping)
    assert [place.record for place in gates[0].stops] == [0]
    assert ready.values() == values
    assert told(ready.run) == first


def test_an_edit_switches_it_off_and_reaches_what_reads_it(ready: Traced):
    keys = [ready.run.graph.ops[row.op].key for row in ready.run.records]
    values = ready.values()
    place = next(n for n, key in enumerate(keys) if key.endswith("Relu:0"))
    ready.once(edits=[Edit(1, keys[place], EditKind.CONSTANT, "0")])
    assert ready.functions == []
    assert not np.asarray(ready.history.get((place, 0))).any()
    assert ready.values()[:place] == values[:place]
    assert ready.values()[-1] != values[-1]
    ready.prepare()
    ready.once()
    assert ready.functions, "what was edited is not held against the function"
    assert ready.values() == values


def test_an_op_that_was_not_run_alone_has_the_time_that_it_took_last(ready: Traced):
    alone = Traced(*network())
    first = [row.duration for row in alone.once().records]
    alone.prepare()
    in_stretch = {node.ident for part in alone.parts() for node in part.ops}
    again = [row.duration for row in alone.once().records]
    rows = alone.run.records
    carried = [
        one == other
        for one, other, row in zip(first, again, rows, strict=True)
        if alone.run.graph.ops[row.op].key.rpartition("/")[2] in in_stretch
    ]
    assert all(carried)
    assert len(carried) >= 20


def test_few_bytes_cut_it(monkeypatch: pytest.MonkeyPatch):
    whole = Traced(branching, tf.ones([1000]))
    whole.once()
    assert max(len(part.ops) for part in whole.parts()) == 26
    monkeypatch.setattr(stretches, "BOUND", 40_000)  # ten outputs
    cut = Traced(branching, tf.ones([1000]))
    first, values = told(cut.once()), cut.values()
    assert {len(part.ops) for part in cut.parts()} == {10}
    cut.prepare()
    assert told(cut.once()) == first
    assert cut.values() == values
    assert len(cut.functions) == len(cut.parts()) == 6


def test_no_more_than_a_quarter_of_what_is_kept_is_there_at_once():
    for outputs, longest in ((9, 9), (1, 0)):
        traced = Traced(branching, tf.ones([1000]), budget=4 * outputs * 4000)
        traced.once()
        assert max((len(part.ops) for part in traced.parts()), default=0) == longest


def test_what_is_let_go_was_summarised_before():
    traced = Traced(branching, tf.random.stateless_normal([1000], (0, 1)))
    outputs = [row.outputs for row in traced.once(late=True).records]
    traced.prepare()
    traced.budget = 20_000  # no stretch of such a run would be so long
    parts = traced.program._stretches._parts
    for (body, _), found in list(parts.items()):
        parts[body, traced.budget // stretches.SHARE] = found
    run = traced.once(late=True)
    assert traced.functions
    assert traced.history.dropped > 50
    assert [row.outputs for row in run.records] == outputs


def test_what_gives_other_bits_is_never_used(monkeypatch: pytest.MonkeyPatch):
    traced = Traced(branching, tf.ones([8]))
    traced.once()
    values = traced.values()
    call = compiled.Compiled.__call__

    def otherwise(self: Any, inputs: list[Any]) -> list[Any]:
        found = call(self, inputs)
        return [*found[:-1], found[-1] + 1e-6]

    monkeypatch.setattr(compiled.Compiled, "__call__", otherwise)
    traced.prepare()
    monkeypatch.undo()
    traced.once()
    assert traced.functions == []
    assert traced.values() == values


def test_the_functions_go_with_the_program():
    traced = Traced(branching, tf.ones([8]))
    traced.once()
    traced.prepare()
    traced.once()
    names = set(traced.functions)
    assert names
    context = compiled.context.context()
    assert all(context.has_function(name) for name in names)
    program = weakref.ref(traced.program)
    del traced
    gc.collect()
    assert program() is None
    assert not any(context.has_function(name) for name in names)


MODEL = """
import tensorflow as tf


@tf.function
def waves(x):
    for number in range(40):
        x = tf.sin(x) + float(number)
    return x


def build():
    return waves, (tf.constant([1.0, 2.0, 3.0]),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


def seen(client: Client) -> list[Any]:
    run = client.run
    return [
        (row.op, row.frame, row.inputs, client.tensor(TensorRequest(ValueRef(index, 0))).data)
        for index, row in enumerate(run.records)
    ]


def test_a_session_rewinds_over_what_ran_at_once(client: Client, tmp_path: Path):
    file = tmp_path / "waves.py"
    file.write_text(MODEL)
    client.launch({"spec": f"{file}:build", "stopOnEntry": False, "python": sys.executable})
    client.wait_state("finished")
    run, before = client.run, seen(client)
    for record in (70, 5):  # made meanwhile, so that the second time it runs at once
        told = client.step("opscope/rewind", {"record": record})
        assert "text" not in told
        assert (run.state, len(run.records)) == (RunState.PAUSED, record)
        client.step("next", {"granularity": "instruction"})
        assert len(run.records) == record + 1
        client.step("continue")
        client.wait_state("finished")
        assert seen(client) == before


def test_what_runs_behind_a_rewind_goes_at_once_after_a_while(client: Client, tmp_path: Path):
    file = tmp_path / "waves.py"
    file.write_text(MODEL)
    client.launch({"spec": f"{file}:build", "stopOnEntry": False, "python": sys.executable})
    client.wait_state("finished")
    run = client.run
    carried = False
    for _ in range(20):  # the function is made while the run stands, as soon as nothing is asked
        before = [row.duration for row in run.records]
        client.step("opscope/rewind", {"record": 5})
        client.step("continue")
        client.wait_state("finished")
        carried = [row.duration for row in run.records] == before
        if carried:
            break
    assert carried
    assert len(run.records) == 80
