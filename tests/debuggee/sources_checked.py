"""Runs a model as the debuggee does, and asks where elements of its values came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import Late
from opscope.tracers.engine.provenance import Sources
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.values import Values
from opscope.tracers.ir import Ref, Run
from opscope.tracers.ir.provenance import Feed, Provenance, Way

ALL = 1 << 20


@dataclass
class Followed:
    """A run whose values can be asked about."""

    run: Run
    values: Values
    history: History
    sources: Sources

    def record(self, type_: str) -> int:
        """The newest record of a type of op."""
        rows = list(enumerate(self.run.records))
        types = [self.run.graph.ops[row.op].type for _, row in rows]
        assert type_ in types, types
        return max(index for index, row in rows if self.run.graph.ops[row.op].type == type_)

    def ask(self, type_: str, *index: int, slot: int = 0) -> Provenance:
        """All that an element of the newest output of a type of op came from."""
        found = self.sources.of((self.record(type_), slot), index, ALL)
        assert found.problem == "", found.problem
        return found

    def array(self, ref: Ref) -> Any:
        """A value in float64."""
        backend = self.sources._backend
        return np.asarray(backend.cut(self.values.peek(ref), ()), np.float64)


def follow(loader: Any, target: Any, *args: Any, budget: int = 1 << 30) -> Followed:
    """Run a model; loops of the framework's own are one op."""
    program = loader.open(target, (args, {}), LoadOptions(name="model"), lambda _: None)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder, statistics=False), lambda _: None)
    builder.mapping = False
    history = History(budget)
    recorder = Recorder(program.backend, builder, keeper=history)
    program.execute(recorder)
    recorder.finish()
    run = recorder.run
    values = Values(program, run, history, Late(program.backend, run, history))
    return Followed(run, values, history, Sources(run, values, program))


def dense(feed: Feed) -> Any:
    """The contributions in the shape of their input."""
    found = np.zeros(feed.shape)
    for source in feed.elements:
        assert source.contribution is not None
        found[source.index] = source.contribution
    return found


def feed_of(found: Provenance, slot: int) -> Feed:
    """What it says of one input."""
    return next(feed for feed in found.feeds if feed.slot == slot)


def ways(found: Provenance) -> set[Way]:
    """Of all inputs."""
    return {feed.way for feed in found.feeds}
