"""What to watch the values of a run for: `absmax>1e4 @ h.*`. Only the grammar; engine/watched.py
decides.

A watch is a condition, and after an @ the ops that it is asked of: a glob over their place
("h.5.attn.softmax", a module's path, an op's type or its key). Without one, all are. Before the @
stands "in forward" or "in backward" where only one of the passes is meant.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache

from .conditions import NAMES
from .expression import BadExpression, Parsed, parse
from .graph import Graph
from .run import OpRecord, Phase


class WatchKind(str, Enum):
    """What holds where a watch is hit."""

    NAN = "nan"
    INF = "inf"
    ABSMAX = "absmax"  # a finite element is further from 0
    RANGE = "range"  # a finite element is outside
    ZERO = "zero"  # every element is 0
    DEAD = "dead"  # the share of elements that are 0 is larger
    SATURATED = "saturated"  # the share of elements at the least or greatest value is larger
    CONSTANT = "constant"  # all elements, more than one, are equal
    VANISHING = "vanishing"  # a gradient's rms is smaller
    EXPLODING = "exploding"  # a gradient's element is further from 0
    CHANGES = "changes"  # an element is further from what it was
    EXPRESSION = "expression"


class Since(str, Enum):
    """What a value that changes is held against."""

    PASS = "pass"  # the same op's last execution in this run, element by element
    RUN = "run"  # the same execution in the run before a restart, by its statistics


# Numbers where a watch names none.
_DEFAULTS = {
    WatchKind.ABSMAX: 1e4,
    WatchKind.DEAD: 0.9,
    WatchKind.SATURATED: 0.9,
    WatchKind.VANISHING: 1e-8,
    WatchKind.EXPLODING: 1e3,
    WatchKind.CHANGES: 0.1,
}
_BARE = {
    "nan": WatchKind.NAN,
    "inf": WatchKind.INF,
    "zero": WatchKind.ZERO,
    "constant": WatchKind.CONSTANT,
}
_WITH_NUMBER = re.compile(r"(absmax|dead|saturated|vanishing|exploding)\s*(?:([<>])\s*(\S+))?")
_CHANGES = re.compile(r"changes(?:\s*([<>])\s*([^\s%]+)(\s*%)?)?(?:\s+since\s+(\w+))?")
_PHASE = re.compile(r"(.*?)\s+in\s+(forward|backward)", re.DOTALL)
_RANGE = re.compile(r"range\s+(\S+?)\s*\.\.\s*(\S+)")
_SHARES = (WatchKind.DEAD, WatchKind.SATURATED)
KNOWN = (
    "nan, inf, absmax>1e4, range 0..1, zero, dead>0.9, saturated>0.9, constant, vanishing<1e-8,"
    " exploding>1e3, changes>0.1, changes>10% since run, or an expression over output"
)


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch, parsed.

    Attributes:
        number: what is compared with; the lower end of a range.
        high: the upper end of a range.
        where: the glob, "" for all ops.
        phase: which of the passes is meant, None for both.
        relative: of what changes, `number` is a share of the largest |x| before.
        since: what a value that changes is held against.
    """

    text: str
    kind: WatchKind
    number: float = 0.0
    high: float = 0.0
    where: str = ""
    expression: Parsed | None = None
    phase: Phase | None = None
    relative: bool = False
    since: Since = Since.PASS

    def fits(self, graph: Graph, op: int) -> bool:
        """The op is among those that are watched."""
        return not self.where or matches(self.where, graph, op)

    def asks(self, row: OpRecord) -> bool:
        """The execution of an op that fits is one to be asked about."""
        return not row.error and self.phase in (None, row.phase)


@dataclass(frozen=True, slots=True)
class Watchpoint:
    """A watch that the user has set.

    Attributes:
        text: the watch, as `parse_watch` takes it; there is one watchpoint of each.
        stop: the run stops behind the op that hits it; else the hit is only listed.
    """

    text: str
    stop: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WatchHit:
    """An execution that fits a watch.

    Attributes:
        slot: which output of the record.
        what: what is so, in words.
        index: the first element that shows it, () where none alone does.
    """

    record: int
    slot: int
    what: str
    index: tuple[int, ...] = ()


def matches(glob: str, graph: Graph, op: int) -> bool:
    """A glob names an op: by its path and type, the path of a module around it, or its key."""
    row = graph.ops[op]
    if glob == row.key:
        return True  # which may have a bracket in it
    path = graph.scopes[row.scope].path
    place = f"{path}.{row.type}" if path else row.type
    return any(fnmatchcase(name, glob) for name in (place, path, row.type, row.key))


@lru_cache(maxsize=256)
def parse_watch(text: str) -> Watch:
    """Raises BadExpression with one sentence."""
    condition, _, where = (part.strip() for part in _parted(text))
    of_phase = _PHASE.fullmatch(condition)
    if of_phase is not None:
        made = parse_watch(f"{of_phase[1]} @ {where}" if where else of_phase[1])
        if made.phase is not None:
            raise BadExpression("A watch names one pass, or none for both.")
        return replace(made, text=text, phase=Phase(of_phase[2]))
    if not condition:
        raise BadExpression(f"A watch needs a condition: {KNOWN}.")
    word = condition.lower()
    if word in _BARE:
        return Watch(text, _BARE[word], where=where)
    found = _RANGE.fullmatch(word)
    if found is not None:
        low, high = _number(found[1]), _number(found[2])
        if low > high:
            raise BadExpression(f"The range {found[1]}..{found[2]} ends before it starts.")
        return Watch(text, WatchKind.RANGE, low, high, where)
    found = _WITH_NUMBER.fullmatch(word)
    if found is not None:
        return _numbered(text, where, found)
    found = _CHANGES.fullmatch(word)
    if found is not None:
        return _changing(text, where, found)
    parsed = parse(condition)
    unknown = sorted(parsed.names - (NAMES.keys() - {"hits"}))
    if unknown:
        raise BadExpression(f"There is no {unknown[0]} to watch; a watch is {KNOWN}.")
    return Watch(text, WatchKind.EXPRESSION, where=where, expression=parsed)


def problem_of(text: str) -> str:
    """What is wrong with a watch, in one sentence; "" if nothing is."""
    try:
        parse_watch(text)
    except BadExpression as error:
        return str(error)
    return ""


def _parted(text: str) -> tuple[str, str, str]:
    """Condition and glob; an @ without spaces around it is a matrix product."""
    condition, mark, where = text.rpartition(" @ ")
    if not mark:
        return text, "", ""
    if not where.strip():
        raise BadExpression("After the @ a watch names ops, such as h.*; without, leave it out.")
    return condition, mark, where


def _numbered(text: str, where: str, found: re.Match[str]) -> Watch:
    kind = WatchKind(found[1])
    sign = "<" if kind is WatchKind.VANISHING else ">"
    if found[2] is None:
        return Watch(text, kind, _DEFAULTS[kind], where=where)
    if found[2] != sign:
        raise BadExpression(
            f"{kind.value} is watched with {sign}, as in {kind.value}{sign}{_DEFAULTS[kind]:g}."
        )
    number = _number(found[3])
    if kind in _SHARES and not 0 <= number <= 1:
        raise BadExpression(f"{kind.value} takes a share from 0 to 1, not {found[3]}.")
    return Watch(text, kind, number, where=where)


def _changing(text: str, where: str, found: re.Match[str]) -> Watch:
    kind = WatchKind.CHANGES
    if found[1] == "<":
        raise BadExpression("changes is watched with >, as in changes>0.1 or changes>10%.")
    if found[4] not in (None, *(each.value for each in Since)):
        raise BadExpression(
            f"A change is watched since pass or since run, not since {found[4]}; the first is the"
            " op's last execution, the second the run before a restart."
        )
    number = _DEFAULTS[kind] if found[2] is None else _number(found[2])
    if number < 0:
        raise BadExpression("A change has a size, which is never below 0.")
    relative = found[3] is not None
    if relative:
        number /= 100
    since = Since(found[4]) if found[4] else Since.PASS
    return Watch(text, kind, number, where=where, relative=relative, since=since)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadExpression(f"{text} is no number to watch for.") from error
    if math.isnan(number):
        raise BadExpression("Nothing can be compared with NaN; watch for nan instead.")
    return number
