"""Every kind of watch on values of NumPy: live, over what ran, and where a value was let go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.before import read_before
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.judge import Judge
from opscope.tracers.engine.late import Late
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.value_conditions import Execution, ValueConditions
from opscope.tracers.engine.values import Values
from opscope.tracers.engine.watching import MOST, Telling, Watching
from opscope.tracers.engine.watchpoints import Watchpoints
from opscope.tracers.ir import OUTSIDE, Phase, Place, Ref, ScopeKind, TensorSummary, ValueKind
from opscope.tracers.ir.watchpoint import WatchHit, Watchpoint, parse_watch
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.protocol.watch_mirror import WatchMirror
from tests.fake_program import NumpyBackend, NumpyModel


class Glancing(NumpyBackend):
    """Puts the statistics of finite values off; notes of what it has computed them."""

    moving = frozenset[str]()
    spreading = frozenset[str]()

    def __init__(self) -> None:
        self.computed: list[float] = []

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        assert isinstance(value, np.ndarray)
        if not np.isfinite(value).all():
            return self.keep(value), super().summarize(value)
        pending = TensorSummary(value.shape, value.dtype.name, nbytes=value.nbytes, pending=True)
        return self.keep(value), pending

    def summarize_all(self, values: Sequence[object]) -> list[TensorSummary]:
        for value in values:
            assert isinstance(value, np.ndarray)
            self.computed.append(float(value.flat[0]))
        return [self.summarize(value) for value in values]


class Bench:
    """A recorder whose ops give what a test wants, with watchpoints on it."""

    def __init__(self, budget: int = 1 << 20, backend: NumpyBackend | None = None) -> None:
        program = NumpyModel("")
        program.backend = backend or program.backend
        self.history = History(budget)
        builder = GraphBuilder()
        self.x: Ref = (OUTSIDE, builder.external(ValueKind.INPUT, "x", (2,), "float32"))
        self.recorder = Recorder(program.backend, builder, keeper=self.history)
        self.run = self.recorder.run
        late = Late(program.backend, self.run, self.history)
        self.recorder.late = late if late.works else None
        values = Values(program, self.run, self.history, late)
        judge = Judge(self.run, program.backend.functions, lambda *_: None)
        judge.recorder = self.recorder
        self.conditions = ValueConditions(self.run, values, program.backend, judge, late)
        self.stops: list[str] = []
        functions = program.backend.functions
        self.points = Watchpoints(self.run, self.conditions, functions, self._stop)
        self.mirror = WatchMirror()
        self.points.telling = Telling(self.mirror.follow)
        self.points.attach(self.recorder)
        self._program = program  # its inputs are weak

    def _stop(self, place: Place, given: object, outputs: object, why: str) -> None:
        self.stops.append(why)

    def op(self, type_: str, *values: Any, phase: Phase = Phase.FORWARD) -> int:
        """Run an op that gives this; its record."""
        self.recorder.phase = phase
        arrays = [np.asarray(value, np.float32) for value in values]
        return self.recorder.after(self.recorder.before(type_, [self.x]), arrays)

    def gate(self, value: Any, turn: int = -1) -> int:
        """Call a module with one op in it."""
        kind = ScopeKind.MODULE if turn < 0 else ScopeKind.LOOP
        self.recorder.enter("gate", kind, "Gate", turn=turn)
        record = self.op("relu", value)
        self.recorder.leave()
        return record

    def watch(self, *texts: str, stop: bool = True, before: Any = None) -> None:
        self.points.set([Watchpoint(text, stop) for text in texts], read_before(before))

    def ask(self, text: str, record: int) -> str:
        """What a watch says of a record, "" for nothing."""
        hit = self.conditions.hit(parse_watch(text), Execution(record, self.run.records[record]))
        return "" if hit is None else hit.what

    def recheck(self) -> None:
        while not self.points.recheck(10.0):
            pass

    def hits(self, text: str) -> list[int]:
        self.points.tell()
        return [hit.record for hit in self.mirror.results[text].hits]


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("text", "hit", "free", "what"),
    [
        ("nan", [1, NAN], [1, INF], "1 element is so, first NaN at [1]"),
        ("inf", [1, -INF], [1, NAN], "1 element is so, first −Inf at [1]"),
        ("absmax>3", [-4, 1], [3, -3], "1 element is so, first −4 at [0]"),
        ("range 0..1", [0.5, 2], [0, 1], "it ranges from 0.5 to 2"),
        ("zero", [0, 0], [0, 1], "every element is 0"),
        ("dead>0.4", [0, 1], [2, 1], "50.0% of 2 elements are 0"),
        ("saturated>0.9", [0, 1, 1], [0, 0.5, 1], "100.0% of 3 elements are at the least"),
        ("constant", [2, 2], [2, 1], "every element is 2"),
        ("output.sum() > 4", [3, 2], [3, 1], "this holds"),
    ],
)
def test_each_kind_on_values(text: str, hit: list[float], free: list[float], what: str):
    bench = Bench()
    bench.watch(text)
    first, second = bench.op("a", hit), bench.op("b", free)
    said = bench.ask(text, first)
    assert said.replace("-", "−").startswith(what.replace("-", "−")), said
    assert bench.ask(text, second) == ""
    assert bench.hits(text) == [first]
    assert len(bench.stops) == 1


@pytest.mark.parametrize(
    ("text", "hit", "free"),
    [
        ("vanishing<1e-3", [1e-5, 0], [1, 0]),
        ("exploding>10", [11, 0], [10, 0]),
        ("exploding>10", [NAN, 0], [10, 0]),
    ],
)
def test_kinds_of_gradients_are_asked_of_backward_ops_alone(
    text: str, hit: list[float], free: list[float]
):
    bench = Bench()
    bench.watch(text)
    bench.op("a", hit)
    found = bench.op("b", hit, phase=Phase.BACKWARD)
    bench.op("c", free, phase=Phase.BACKWARD)
    assert bench.hits(text) == [found]
    assert bench.stops[0].startswith("Watchpoint: gradient ")


def test_only_one_pass_is_watched():
    bench = Bench()
    bench.watch("constant in backward", "zero in forward", stop=False)
    bench.op("a", [0, 0])
    bench.op("b", [0, 0], phase=Phase.BACKWARD)
    assert bench.hits("constant in backward") == [1]
    assert bench.hits("zero in forward") == [0]
    assert bench.stops == []


@pytest.mark.parametrize("turning", [True, False])
def test_what_changes_since_the_pass_before(turning: bool):
    bench = Bench()
    texts = ("changes>0.5", "changes>50%")
    bench.watch(*texts, stop=False)
    for turn, value in enumerate(([10, 2], [10.4, 2], [10.4, 3], [10.4, 9])):
        bench.gate(value, turn if turning else -1)
    assert bench.hits(texts[0]) == [2, 3]
    assert bench.hits(texts[1]) == [3], "6 is over half of 10.4"
    said = bench.ask(texts[1], 3)
    assert said == "an element was 3 in the pass before and is 9 at [1], 0.577 of the largest"
    assert bench.ask("changes>0", 0) == "", "the first is held against none"


def test_nan_that_stays_is_no_change_and_another_shape_is_one():
    bench = Bench()
    for value in ([NAN, 1], [NAN, 1], [0, 1], [0, 1, 2]):
        bench.gate(value)
    assert bench.ask("changes>1e9", 1) == ""
    assert "was NaN in the pass before and is 0 at [0]" in bench.ask("changes>1e9", 2)
    assert bench.ask("changes>1e9", 3) == "its shape was [2] in the pass before"


def test_statistics_are_held_against_the_run_before():
    bench = Bench()
    record = bench.op("a", [1, 3])
    key = bench.run.graph.ops[0].key
    with pytest.raises(Refusal, match="no run before"):
        bench.ask("changes>0 since run", record)
    for greatest, text, what in (
        (3.0, "changes>0 since run", ""),
        (2.0, "changes>0.5 since run", "its greatest was 2 in the run before and is 3"),
        (2.0, "changes>1 since run", ""),
        (None, "changes>1 since run", "its greatest was not finite in the run before and is 3"),
        (2.0, "changes>60% since run", ""),
        (2.0, "changes>40% since run", "its greatest was 2 in the run before and is 3"),
    ):
        table = {key: [[[1.0, greatest, 2.0, 5.0**0.5]]]}
        bench.conditions.before = read_before(table)
        assert bench.ask(text, record) == what
    with pytest.raises(Refusal, match="no table of the run before"):
        read_before({key: [[["much", 1, 2, 3]]]})


def test_what_ran_before_is_asked_once_in_order_and_told():
    bench = Bench()
    for value in ([0, 5], [0, 1], [7, 7]):
        bench.op("a", value)
    bench.watch("absmax>4", "output.shape == (3,)", "inputs[3] > 1")
    bench.recheck()
    assert bench.hits("absmax>4") == [0, 2]
    assert bench.stops == [], "what has run stops nothing"
    assert bench.mirror.results["output.shape == (3,)"].times == 0
    assert "there is no item 3" in bench.mirror.results["inputs[3] > 1"].problem
    bench.op("a", [9, 9])
    assert bench.hits("absmax>4") == [0, 2, 3]
    assert bench.stops == ["Watchpoint: |x| > 4 at a"]
    bench.points.rewound(1)
    assert bench.hits("absmax>4") == [0]


def test_what_was_let_go_is_missed_until_it_is_seen_anew():
    bench = Bench(budget=8)
    given = ([0, 5], [0, 1], [7, 7])
    for value in given:
        bench.op("a", value)
    bench.watch("output.max() > 4")
    bench.recheck()
    assert bench.hits("output.max() > 4") == [2]
    assert bench.points.missed() == {0, 1}
    assert bench.mirror.results["output.max() > 4"].missed == 2
    seen = bench.points.anew()
    for record, value in enumerate(given):
        row = bench.run.records[record]
        seen(Place(record, row.op), (), [np.asarray(value, np.float32)])
    assert bench.hits("output.max() > 4") == [0, 2]
    assert bench.points.missed() == frozenset()


def test_a_watchpoint_set_while_the_model_runs_is_asked_from_the_next_op_on():
    bench = Bench()
    bench.op("a", [5, 5])
    bench.watch("absmax>4", stop=False)
    bench.op("a", [6, 6])
    assert bench.hits("absmax>4") == [1]
    assert bench.mirror.results["absmax>4"].left == 1
    bench.recheck()
    assert bench.hits("absmax>4") == [0, 1]
    bench.watch()
    bench.op("a", [7, 7])
    bench.recheck()
    assert bench.recorder.watching is None


def test_statistics_that_were_put_off_are_computed_for_what_is_watched_alone():
    backend = Glancing()
    bench = Bench(backend=backend)
    bench.watch("absmax>4 @ a", "nan", "inf")
    for value in ([1, 2], [3, 4], [5, 6]):
        bench.op("a", value)
        bench.op("b", np.add(value, 100))
    assert backend.computed == [1, 3, 5], "b is watched for NaN, which a glance can tell"
    assert bench.hits("absmax>4 @ a") == [4]
    bench.op("b", [NAN, 0])
    assert bench.hits("nan") == [6]
    assert backend.computed == [1, 3, 5]


def test_more_hits_than_are_listed_are_counted():
    point = Watchpoint("nan")
    each = Watching(point, parse_watch("nan"), 0)
    for record in range(MOST + 5):
        each.add(WatchHit(record, 0, "1 NaN"))
    assert (each.times, len(each.hits)) == (MOST + 5, MOST)
    each.forget_from(7)
    assert (each.times, each.hits, each.next, each.end) == (0, [], 0, 7)
