"""The gate's stepping rules, on a model of nested scopes that runs on this thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.recorder import Ended, Recorder
from opscope.tracers.ir import (
    OUTSIDE,
    Breakpoint,
    BreakpointKind,
    Presence,
    Run,
    ScopeKind,
    SourceLine,
    TensorSummary,
    ValueKind,
)


class Numbers:
    """A backend whose values are Python numbers."""

    name = "numbers"

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        return (), type(value).__name__

    def summarize(self, value: object) -> TensorSummary:
        return TensorSummary((), type(value).__name__, nbytes=8)

    def keep(self, value: object) -> object:
        return value

    def cut(self, value: object, index: tuple[int | slice, ...]) -> object:
        return value


# A model as nested lists: a string is an op, (path, [...]) a module call.
Plan = list["str | tuple[str, Plan]"]
MODEL: Plan = [
    "stem",
    ("block", [("block.conv", ["conv"]), "relu", ("block.tail", ["mul", "add"])]),
    ("block", [("block.conv", ["conv"]), "relu", ("block.tail", ["mul", "add"])]),
    "head",
]


def execute(recorder: Recorder, plan: Plan, ref: tuple[int, int]) -> tuple[int, int]:
    for item in plan:
        if isinstance(item, str):
            line = SourceLine("/m.py", 10 + len(item), item)
            step = recorder.before(item, [ref], source=line)
            ref = (recorder.after(step, [1.0]), 0)
        else:
            path, inside = item
            recorder.enter(
                path, ScopeKind.MODULE, "Block", leaf=all(isinstance(i, str) for i in inside)
            )
            ref = execute(recorder, inside, ref)
            recorder.leave()
    return ref


def drawn() -> GraphBuilder:
    builder = GraphBuilder()
    start = builder.external(ValueKind.INPUT, "x", (), "float")
    execute(Recorder(Numbers(), builder), MODEL, (OUTSIDE, start))
    return GraphBuilder(builder.graph, mapping=False)


class Driver:
    """Runs the model, answering each stop with the next command; keeps where it stopped."""

    def __init__(
        self, builder: GraphBuilder, commands: list[Command], points: list[Breakpoint] | None = None
    ) -> None:
        self.stops: list[Stop] = []
        self._commands: Iterator[Command] = iter(commands)
        self.run = Run(graph=builder.graph)
        self.gate = Gate(self.run, self._hold, self._stack)
        self.gate.breakpoints = points or []
        self.recorder = Recorder(Numbers(), builder, self.gate, run=self.run)

    def go(self) -> list[str]:
        """Run; where it stopped, in words."""
        try:
            execute(self.recorder, MODEL, (OUTSIDE, 0))
            self.recorder.finish()
        except Ended:
            pass
        return [self._words(stop) for stop in self.stops]

    def _words(self, stop: Stop) -> str:
        graph, place = self.run.graph, stop.place
        if place.op >= 0:
            return graph.ops[place.op].key
        return f"[{graph.scopes[place.scope].key}]"

    def _hold(self, stop: Stop) -> Command:
        self.stops.append(stop)
        command = next(self._commands, None)
        if command is None:
            raise Ended
        return command

    def _stack(self) -> list[tuple[str, int, int]]:
        line = self.run.graph.sources[self.run.head.source]
        return [(line.file, line.line, 0)]


OVER, INTO, OUT = Command(Move.OVER), Command(Move.INTO), Command(Move.OUT)


def test_into_visits_every_op_and_every_scope_that_holds_more_than_one():
    driver = Driver(drawn(), [INTO] * 50)
    assert driver.go() == [
        "/stem:0",
        "[/block]",
        "/block/conv/conv:0",
        "/block/relu:0",
        "[/block/tail]",
        "/block/tail/mul:0",
        "/block/tail/add:0",
        "[/block#2]",
        "/block#2/conv/conv:0",
        "/block#2/relu:0",
        "[/block#2/tail]",
        "/block#2/tail/mul:0",
        "/block#2/tail/add:0",
        "/head:0",
    ]
    assert driver.stops[0].reason == "entry"
    assert driver.stops[1].reason == "step"


def test_over_runs_a_whole_scope():
    driver = Driver(drawn(), [OVER] * 50)
    assert driver.go() == ["/stem:0", "[/block]", "[/block#2]", "/head:0"]
    assert len(driver.run.records) == 10


def test_over_the_last_op_of_a_scope_comes_out_of_it():
    driver = Driver(drawn(), [INTO] * 6 + [OVER] * 2)
    assert driver.go()[-3:] == ["/block/tail/add:0", "[/block#2]", "/head:0"]


def test_out_leaves_the_scope_that_the_user_sees():
    from_wrapped_op = Driver(drawn(), [INTO, INTO, OUT])
    assert from_wrapped_op.go()[-2:] == ["/block/conv/conv:0", "[/block#2]"]
    from_inner_scope = Driver(drawn(), [INTO] * 5 + [OUT])
    assert from_inner_scope.go()[-2:] == ["/block/tail/mul:0", "[/block#2]"]
    from_the_model = Driver(drawn(), [OUT])
    assert from_the_model.go() == ["/stem:0"]
    assert len(from_the_model.run.records) == 10, "out of the model runs to its end"


def test_run_to_an_op_or_a_scope():
    builder = drawn()
    op = builder.find(0, "head:0")
    assert Driver(builder, [Command(Move.RUN_TO, op=op)]).go() == ["/stem:0", "/head:0"]
    builder = drawn()
    scope = next(i for i, s in enumerate(builder.graph.scopes) if s.key == "/block#2/tail")
    stops = Driver(builder, [Command(Move.RUN_TO, scope=scope)]).go()
    assert stops == ["/stem:0", "[/block#2/tail]"]


@pytest.mark.parametrize(
    ("point", "expected", "reason"),
    [
        (
            Breakpoint(BreakpointKind.OP, "/block#2/relu:0"),
            ["/block#2/relu:0"],
            "instruction breakpoint",
        ),
        (
            Breakpoint(BreakpointKind.TYPE, "re*"),
            ["/block/relu:0", "/block#2/relu:0"],
            "function breakpoint",
        ),
        (
            Breakpoint(BreakpointKind.MODULE, "*.tail"),
            ["[/block/tail]", "[/block#2/tail]"],
            "function breakpoint",
        ),
        (
            Breakpoint(BreakpointKind.LINE, "/m.py:13"),
            ["/block/tail/mul:0", "/block#2/tail/mul:0"],
            "breakpoint",
        ),
        (Breakpoint(BreakpointKind.TYPE, "relu", enabled=False), [], ""),
    ],
)
def test_breakpoints_stop_a_run(point: Breakpoint, expected: list[str], reason: str):
    driver = Driver(drawn(), [Command(Move.CONTINUE)] * 50, [point])
    assert driver.go()[1:] == expected
    assert {stop.reason for stop in driver.stops[1:]} <= {reason}


def test_a_line_with_two_ops_stops_once_in_a_visit():
    # Names of four letters share line 14: stem; conv, relu; conv#2, relu#2; head.
    point = Breakpoint(BreakpointKind.LINE, "/m.py:14")
    stops = Driver(drawn(), [Command(Move.CONTINUE)] * 50, [point]).go()
    assert stops == ["/stem:0", "/block#2/conv/conv:0", "/head:0"]


def test_a_pause_from_another_thread_stops_at_the_next_event():
    driver = Driver(drawn(), [Command(Move.CONTINUE), OVER])
    driver.gate.begin(Command(Move.CONTINUE))
    driver.gate.pause()
    assert driver.go()[:1] == ["/stem:0"]
    assert driver.stops[0].reason == "pause"


def test_ending_the_run_unwinds_it():
    driver = Driver(drawn(), [OVER])
    driver.go()
    assert len(driver.run.records) == 1


def test_what_the_run_adds_and_skips_is_marked():
    builder = drawn()
    recorder = Recorder(Numbers(), builder)
    start = recorder.before("stem", [(OUTSIDE, 0)])
    recorder.after(start, [1.0])
    recorder.after(recorder.before("extra", [(0, 0)]), [1.0])
    recorder.finish()
    presence = {op.key: op.presence for op in builder.graph.ops}
    assert presence["/stem:0"] is Presence.EXPECTED
    assert presence["/extra:0"] is Presence.ADDED
    assert presence["/head:0"] is Presence.SKIPPED
    added = builder.graph.ops[builder.find(0, "extra:0")]
    assert added.inputs == builder.graph.ops[0].outputs
    assert len(added.outputs) == 1
