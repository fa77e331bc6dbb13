"""Conditions, hits and log messages at the gate, while breakpoints change under a standing run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.judge import Judge
from opscope.tracers.engine.recorder import Ended, Recorder
from opscope.tracers.ir import (
    OUTSIDE,
    Breakpoint,
    BreakpointKind,
    Ref,
    Run,
    ScopeKind,
    SourceLine,
    ValueKind,
)
from tests.fake_program import NumpyBackend

OVER, GO = Command(Move.OVER), Command(Move.CONTINUE)
Answer = Command | Callable[["Driver"], Command]


def on_type(where: str, condition: str = "", hits: str = "", log: str = "") -> Breakpoint:
    return Breakpoint(BreakpointKind.TYPE, where, condition=condition, hits=hits, log=log)


def on_line(line: int, condition: str = "", hits: str = "") -> Breakpoint:
    return Breakpoint(BreakpointKind.LINE, f"/m.py:{line}", condition=condition, hits=hits)


class Driver:
    """Runs five passes of a loop over "add" (line 10) and "double" (line 11); x counts up."""

    def __init__(self, answers: list[Answer], points: list[Breakpoint]) -> None:
        self.stops: list[Stop] = []
        self.said: list[str] = []
        self._answers = iter(answers)
        builder = GraphBuilder()
        self.run = Run(graph=builder.graph)
        self.backend = NumpyBackend()
        self.gate = Gate(self.run, self._hold, self._stack)
        self.gate.judge = Judge(
            self.run, self.backend.functions, lambda text, place: self.said.append(text)
        )
        self.gate.breakpoints = points
        self.recorder = Recorder(self.backend, builder, self.gate, run=self.run)
        self.gate.judge.recorder = self.recorder
        self.gate.begin(GO)
        self.raising = -1

    def go(self) -> list[tuple[str, int]]:
        """Run; before which op or between which two it stopped, with the record it stands at."""
        builder = self.recorder.builder
        x: Ref = (OUTSIDE, builder.external(ValueKind.INPUT, "x", (2,), "float32"))
        value = np.zeros(2, np.float32)
        try:
            for turn in range(5):
                self.recorder.enter("loop", ScopeKind.LOOP, "body", turn=turn)
                x, value = self._op("add", x, value, value + 1, 10)
                if turn == self.raising:
                    step = self.recorder.before("double", [x], given=[value])
                    self.recorder.failed(step, ValueError("no"))
                else:
                    x, value = self._op("double", x, value, value * 2, 11)
                self.recorder.leave()
        except Ended:
            pass
        return [self._words(stop) for stop in self.stops]

    def _op(
        self, type_: str, ref: Ref, value: np.ndarray, made: np.ndarray, line: int
    ) -> tuple[Ref, np.ndarray]:
        source = SourceLine("/m.py", line, "loop")
        step = self.recorder.before(type_, [ref], source=source, given=[value])
        return (self.recorder.after(step, [made]), 0), made

    def _words(self, stop: Stop) -> tuple[str, int]:
        op = stop.place.op
        return ("between" if op < 0 else self.run.graph.ops[op].type), stop.place.record

    def _hold(self, stop: Stop) -> Command:
        self.stops.append(stop)
        answer = next(self._answers, None)
        if answer is None:
            raise Ended
        return answer if isinstance(answer, Command) else answer(self)

    def _stack(self) -> list[tuple[str, int, int]]:
        source = self.run.graph.sources[self.run.head.source]
        return [(source.file, source.line, self.run.head.record)]


def test_a_breakpoint_that_goes_while_the_run_stands_before_its_op_is_not_asked():
    def clear(driver: Driver) -> Command:
        driver.gate.breakpoints = []
        return GO

    late = on_type("double", condition="output.max() > 0")
    driver = Driver([clear], [on_type("double"), late])
    assert driver.go() == [("double", 1)]
    assert len(driver.run.records) == 10


def test_one_whose_place_in_the_list_changes_is_told_by_its_new_place():
    late = on_type("double", condition="output.max() > 0")

    def reorder(driver: Driver) -> Command:
        driver.gate.breakpoints = [late]
        return GO

    driver = Driver([reorder], [on_type("double"), on_type("add", hits="9"), late])
    assert driver.go()[:2] == [("double", 1), ("between", 2)]
    assert driver.stops[1].hits == (0,)


def test_one_that_is_set_at_the_op_it_is_on_is_asked_after_that_very_op():
    def add(driver: Driver) -> Command:
        driver.gate.breakpoints = [on_type("double", condition="output.max() == 2")]
        return GO

    assert Driver([add], [on_type("double")]).go() == [("double", 1), ("between", 2)]


def test_a_disabled_one_is_not_asked():
    late = Breakpoint(BreakpointKind.TYPE, "double", enabled=False, condition="output.max() > 0")
    driver = Driver([OVER, OVER, GO], [on_type("add", hits="1"), late])
    assert driver.go() == [("add", 0), ("double", 1), ("between", 2)]
    assert driver.stops[2].reason == "step"


def test_an_op_that_raises_leaves_nothing_to_be_asked_later():
    late = on_type("double", condition="output.max() > 0", hits="2")
    driver = Driver([], [late])
    driver.raising = 0
    assert driver.go() == [("between", 6)], "the failed execution is no hit"


def test_hits_count_only_where_the_condition_holds():
    driver = Driver([GO] * 9, [on_type("add", condition="inputs[0].max() >= 6", hits="% 2")])
    assert driver.go() == [("add", 6)]  # x is 0, 2, 6, 14, 30 before "add"
    assert driver.stops[0].hits == (0,)


def test_a_condition_that_cannot_be_asked_stops_once_and_says_why():
    point = on_type("add", condition="inputs[3].max() > 0")
    driver = Driver([GO] * 9, [point])
    assert driver.go() == [("add", 0)]
    assert driver.stops[0].text == (
        "The condition of the breakpoint “add” cannot be asked: "
        "inputs[3].max() > 0: there is no item 3, only 1."
    )


def test_a_condition_of_many_answers_asks_for_any_or_all():
    driver = Driver([GO] * 9, [on_type("add", condition="output > 0")])
    assert driver.go() == [("between", 1)]
    assert driver.stops[0].text.endswith("is a tensor of 2, no yes or no; use any(…) or all(…).")


def test_comparing_with_nan_is_never_true():
    broken = on_type("add", condition="output.max() * (1e308 * 10 - 1e308 * 10) >= 0")
    seen = on_type("add", condition="isnan(output * (1e308 * 10 - 1e308 * 10)).all()", hits="3")
    driver = Driver([GO] * 9, [broken, seen])
    assert driver.go() == [("between", 5)]
    assert driver.stops[0].hits == (1,)


def test_log_points_talk_and_never_stop():
    points = [
        on_type("double", log="pass {hits}: {output} of {op} at {index}"),
        on_type("add", condition="index == 2", log="{inputs[1]}"),
    ]
    driver = Driver([], points)
    assert driver.go() == []
    assert driver.said[0] == "pass 1: [2, 2] of double at 1"
    assert driver.said[1] == "<inputs[1]: there is no item 1, only 1.>"
    assert driver.said[-1] == "pass 5: [62, 62] of double at 9"


def test_running_to_a_line_stops_at_the_next_visit_of_it():
    to_line = Command(Move.RUN_TO, line="/m.py:11")
    driver = Driver([to_line, to_line, Command(Move.RUN_TO, line="/m.py:99")], [on_line(10)])
    assert driver.go()[:3] == [("add", 0), ("double", 1), ("add", 2)]


def test_two_breakpoints_on_a_line_are_both_told():
    driver = Driver([], [on_line(11, condition="index > 4"), on_line(11, hits="3")])
    assert driver.go() == [("double", 5)]
    assert driver.stops[0].hits == (0, 1)
