"""Moves over what has run lead where the gate's led while it ran."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.gate import Command, Gate, Move, Stop
from opscope.tracers.engine.places import Past
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.watch import Note, Watch
from opscope.tracers.ir import Breakpoint, BreakpointKind, Place, Run, RunState
from tests.fake_program import NumpyModel

MOVES = (Move.INTO, Move.OVER, Move.OUT)


@dataclass
class Walk:
    """A finished run, with the stops that commands led to."""

    run: Run
    past: Past
    commands: list[Move]
    stops: list[Place]


def walk(commands: list[Move], points: list[Breakpoint] | None = None, turns: int = 3) -> Walk:
    """Run the fake model under these commands, then with Into."""
    model = NumpyModel(f"loop {turns}")
    builder = GraphBuilder()
    model.draw_map(Recorder(model.backend, builder), lambda stage: None)
    builder.mapping = False
    run = Run(graph=builder.graph)
    stops: list[Place] = []
    given: list[Move] = []

    def hold(stop: Stop) -> Command:
        stops.append(stop.place)
        move = commands[len(given)] if len(given) < len(commands) else Move.INTO
        given.append(move)
        return Command(move)

    watch = Watch(Note())
    gate = Gate(run, hold, list)
    gate.breakpoints = points or []
    watch.follow(run, gate)
    recorder = Recorder(model.backend, builder, watch, run=run)
    model.execute(recorder)
    recorder.finish()
    run.state = RunState.FINISHED
    return Walk(run, Past(run, watch.log, gate.skips), given, stops)


@pytest.mark.parametrize("seed", range(25))
def test_any_walk_leads_through_the_same_places_again(seed: int):
    dice = random.Random(seed)
    live = walk([dice.choice(MOVES) for _ in range(dice.randint(1, 30))])
    moves = {Move.INTO: live.past.into, Move.OVER: live.past.over, Move.OUT: live.past.out}
    place: Place | None = live.past.first(live.run.head)
    seen: list[Place] = []
    for command in live.commands:
        assert place is not None
        seen.append(place)
        place = moves[command](place)
    assert place is None
    assert seen == live.stops


def test_back_into_is_the_same_way_backwards():
    live = walk([])
    place = live.run.head
    found: list[Place] = []
    while (earlier := live.past.back_into(place)) != place:
        found.append(earlier)
        place = earlier
    assert found == list(reversed(live.stops))


@pytest.mark.parametrize("command", [Move.OVER, Move.OUT])
def test_back_over_undoes_a_step_over(command: Move):
    stops = walk([command] * 40).stops
    live = walk([Move.OVER] * 40)
    for before, after in zip(live.stops, live.stops[1:], strict=False):
        assert live.past.back_over(after) == before
    assert stops


def test_back_out_leads_to_the_scopes_entry():
    live = walk([])
    graph = live.run.graph
    inside = next(p for p in live.stops if p.op >= 0 and graph.ops[p.op].type == "add")
    entry = live.past.back_out(inside)
    assert (entry.op, graph.scopes[entry.scope].path) == (-1, "block")
    assert live.past.back_out(entry) == live.past.first(live.run.head)


def test_breakpoints_hit_where_they_hit_live():
    graph = walk([]).run.graph
    source = graph.sources[graph.ops[1].source]
    points = [
        Breakpoint(BreakpointKind.TYPE, "s*"),
        Breakpoint(BreakpointKind.MODULE, "block"),
        Breakpoint(BreakpointKind.OP, graph.ops[3].key),
        Breakpoint(BreakpointKind.TYPE, "relu", enabled=False),
    ]
    live = walk([], points)
    all_points = [*points, Breakpoint(BreakpointKind.LINE, f"{source.file}:{source.line}")]
    hits = {p: live.past.hits(p, all_points) for p in live.stops if live.past.hits(p, all_points)}
    named = [
        (graph.ops[p.op].type if p.op >= 0 else graph.scopes[p.scope].path, found)
        for p, found in hits.items()
    ]
    assert named[:4] == [("scale", (0,)), ("block", (1,)), ("matmul", (4,)), ("add", (2,))]
    assert [name for name, _ in named[4:]] == ["sub", "square"] * 3 + ["softmax"]
    place: Place | None = live.past.first(live.run.head)
    forward = [place]
    while place is not None and (place := live.past.onward(place, all_points)) is not None:
        forward.append(place)
    assert forward == list(hits)
    back = live.past.backward(live.run.head, all_points)
    assert back == forward[-1]


def test_to_prefers_what_lies_ahead():
    live = walk([])
    sub = next(p for p in live.stops if p.op >= 0 and live.run.graph.ops[p.op].type == "sub")
    first = live.past.first(live.run.head)
    assert live.past.to(first, sub.op, -1) == sub
    assert live.past.to(live.run.head, sub.op, -1) == sub
    assert live.past.to(first, -1, sub.scope) == live.past.back_into(sub)
    assert live.past.to(first, 10_000, -1) is None
