"""Asks what a breakpoint asks besides its place, and says its log messages."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from ..ir import Breakpoint, BreakpointKind, Phase, Place, Run
from ..ir.conditions import AFTER, Terms, terms_of
from ..ir.expression import Parsed
from ..protocol.refusal import Refusal
from .expressions import Expression
from .operands import Functions

if TYPE_CHECKING:
    from .recorder import Observer, Recorder

# A breakpoint whose place was come to, with its index in the list of all.
Hit = tuple[int, Breakpoint]
# Names of an expression with their values.
Names = dict[str, object]
# Sorts events of one record: scopes by their frame, the op behind them; an op and what it is
# stepped into for stand at the same record, and are told apart by the op.
Key = tuple[int, int, int]

# Takes a text for the user, and where the run was when it was said.
Say = Callable[[str, Place | None], None]

AT_OP = 1 << 62


def key_of(place: Place) -> Key:
    """Where an event stands among all of a run."""
    return place.record, AT_OP if place.op >= 0 else place.frame, place.op


def is_late(point: Breakpoint) -> bool:
    """It is asked after the op, and stops there."""
    return bool(terms_of(point).names & AFTER)


@dataclass(slots=True)
class Tally:
    """What came of one breakpoint in this run.

    Attributes:
        since: the first event that was asked about; those before it were not.
        held: events at which the condition held, in order.
        stops: those of them that the hit rule picked.
        told: a failed evaluation has stopped the run already.
    """

    since: Key
    held: list[Key] = field(default_factory=list[Key])
    stops: set[Key] = field(default_factory=set[Key])
    told: bool = False

    def forget_from(self, key: Key) -> None:
        """The run comes by here once more: after a rewind, what came later has not been."""
        if not self.held or self.held[-1][:2] < key[:2]:
            return
        again = (n for n, old in enumerate(self.held) if old == key or old[:2] > key[:2])
        start = next(again, len(self.held))
        self.stops.difference_update(self.held[start:])
        del self.held[start:]


class Judge:
    """For one run, on the model's thread.

    Attributes:
        recorder: of the run that is going on.
        problem: why the last stop is one though nothing could be asked, else "".
    """

    def __init__(
        self, run: Run, functions: Functions, say: Callable[[str, Place | None], None]
    ) -> None:
        self.recorder: Recorder | None = None
        self.problem = ""
        self._run = run
        self._functions = functions
        self._say = say
        self._tallies: dict[Breakpoint, Tally] = {}

    def before(self, hits: Sequence[Hit], place: Place) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        """Which of these breakpoints stop here, and which are to be asked after the op."""
        now: list[Hit] = []
        late: list[Hit] = []
        self.problem = ""
        for index, point in hits:
            terms = terms_of(point)
            if terms.plain:
                now.append((index, point))
                continue
            local = _locals(point, terms)
            if place.op >= 0 and (terms.names & AFTER) - local.keys():
                late.append((index, point))
                continue
            given = self.recorder.given if self.recorder is not None else ()
            if self._stops(point, terms, place, {**self.named(place, given), **local}):
                now.append((index, point))
        return tuple(now), tuple(late)

    def after(
        self,
        hits: Sequence[Hit],
        place: Place,
        given: Sequence[object],
        outputs: Sequence[object],
    ) -> tuple[Hit, ...]:
        """Which of those that wait for an op's outputs stop after it."""
        self.problem = ""
        names = {**self.named(place, given), **self.outputs(outputs)}
        return tuple(
            (index, point)
            for index, point in hits
            if self._stops(
                point, terms_of(point), place, {**names, **_locals(point, terms_of(point))}
            )
        )

    def rewound(self, place: Place) -> None:
        """The run goes on from here once more: nothing behind it has been come to."""
        key = key_of(place)
        for tally in self._tallies.values():
            tally.forget_from(key)
            tally.since = min(tally.since, key)

    def observe(self, observer: Observer | None) -> None:
        """Have the run call this after each op, or nothing."""
        if self.recorder is not None:
            self.recorder.observe = observer

    def tally(self, point: Breakpoint) -> Tally | None:
        """What came of a breakpoint so far, None where it was never come to."""
        return self._tallies.get(bare(point))

    def outputs(self, outputs: Sequence[object]) -> Names:
        """The names that stand for an op's outputs."""
        first = outputs[0] if outputs else None
        found: Names = {"output": first, "outputs": tuple(outputs), "shape": None, "dtype": None}
        if self._functions.is_tensor(first):
            found["dtype"] = self._functions.dtype(first)
            with contextlib.suppress(Refusal):  # ragged
                found["shape"] = self._functions.shape(first)
        return found

    def say(self, text: str) -> None:
        """A line for the user."""
        self._say(text, None)

    def holds(self, condition: Parsed, names: Mapping[str, object]) -> bool:
        """A condition's verdict. Raises Refusal."""
        return _compiled(condition.text).holds(names, self._functions)

    def _stops(self, point: Breakpoint, terms: Terms, place: Place, names: Names) -> bool:
        key = key_of(place)
        tally = self._tallies.setdefault(bare(point), Tally(key))
        tally.forget_from(key)
        names["hits"] = len(tally.held) + 1
        if terms.condition is not None:
            try:
                if not self.holds(terms.condition, names):
                    return False
            except Refusal as error:
                if tally.told:
                    return False
                tally.told = True
                label = point.label or point.where
                self.problem = f"The condition of the breakpoint “{label}” cannot be asked: {error}"
                return True
        tally.held.append(key)
        if terms.hits is not None and not terms.hits.holds(len(tally.held)):
            return False
        if terms.message:
            self._say(self._message(terms, names), place)
            return False
        tally.stops.add(key)
        return True

    def _message(self, terms: Terms, names: Names) -> str:
        return "".join(
            self._told(part, names) if isinstance(part, Parsed) else part for part in terms.message
        )

    def _told(self, part: Parsed, names: Names) -> str:
        try:
            return _compiled(part.text).say(names, self._functions)
        except Refusal as error:
            return f"<{error}>"

    def named(self, place: Place, given: Sequence[object]) -> Names:
        """The names that are known before an op has run."""
        graph = self._run.graph
        phase = self.recorder.phase if self.recorder is not None else Phase.FORWARD
        return {
            "index": place.record,
            "op": graph.ops[place.op].type if place.op >= 0 else "",
            "module": graph.scopes[place.scope].path,
            "phase": phase.value,
            "inputs": tuple(item for item in given if self._functions.is_tensor(item)),
        }


def bare(point: Breakpoint) -> Breakpoint:
    """Without what is no part of what it asks."""
    kind, where = point.kind, point.where
    return Breakpoint(kind, where, condition=point.condition, hits=point.hits, log=point.log)


@lru_cache(maxsize=512)
def _compiled(text: str) -> Expression:
    return Expression(text)


def _locals(point: Breakpoint, terms: Terms) -> Names:
    """Of the frame that a line breakpoint stands in: those variables that are asked about."""
    if point.kind is not BreakpointKind.LINE or not terms.names:
        return {}
    file, _, line = point.where.rpartition(":")
    frame = inspect.currentframe()
    while frame is not None:
        if str(frame.f_lineno) == line and os.path.abspath(frame.f_code.co_filename) == file:
            variables = frame.f_locals
            return {name: variables[name] for name in terms.names if name in variables}
        frame = frame.f_back
    return {}
