"""What a recorded run keeps for the window: read with care, since the file may be anybody's."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

from ..tracers.ir import OUTSIDE, Breakpoint, BreakpointKind, Run, Selection
from ..tracers.ir.watchpoint import Watchpoint
from ..tracers.protocol.json_ir import from_json, to_json
from ..widgets.graph.bookmarks import SLOTS, Bookmark
from ..widgets.notes import MOST, MOST_TEXT, Note
from ..widgets.tensor.pins import MOST as MOST_PINS
from ..widgets.tensor.subject import Subject, resolve

log = logging.getLogger(__name__)

_ROWS = 2_000  # of one kind, and entries of one list
_LONG = 4_000  # letters of a name, a condition or a watch
_LARGEST = 1 << 53
_DEPTH = 4
_LINE = re.compile(r".+:\d{1,9}", re.DOTALL)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned value, by names: of an op's execution, or of what comes from outside.

    Attributes:
        where: the op's key, or the value's name.
        nth: which execution of the op, from 0; -1 of a value from outside.
        choice: which of the op's values, outputs first.
    """

    where: str
    nth: int = -1
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Extras:
    """All that is kept."""

    breakpoints: tuple[Breakpoint, ...] = ()
    watchpoints: tuple[Watchpoint, ...] = ()
    notes: tuple[Note, ...] = ()
    views: tuple[Bookmark, ...] = ()
    pins: tuple[Pin, ...] = ()


def encode(extras: Extras) -> Json:
    """As JSON."""
    return to_json(extras)


def decode(data: object) -> Extras:
    """From JSON; rows of the wrong kind, or out of bounds, are left out."""
    row = cast(Json, data) if isinstance(data, dict) else {}
    return Extras(
        breakpoints=tuple(
            point
            for point in _rows(Breakpoint, row.get("breakpoints"), "breakpoints")
            if point.kind is not BreakpointKind.LINE or _LINE.fullmatch(point.where)
        ),
        watchpoints=tuple(_rows(Watchpoint, row.get("watchpoints"), "watchpoints")),
        notes=tuple(
            note
            for note in _rows(Note, row.get("notes"), "notes", MOST_TEXT)
            if note.where and note.text.strip()
        )[:MOST],
        views=tuple(mark for mark in _rows(Bookmark, row.get("views"), "views") if _sees(mark)),
        pins=tuple(_rows(Pin, row.get("pins"), "pins"))[:MOST_PINS],
    )


def pin_of(run: Run, subject: Subject) -> Pin | None:
    """A pinned value by its names; None where it has none."""
    if 0 <= subject.record < len(run.records) and subject.op >= 0:
        nth = run.executions(subject.op).index(subject.record)
        return Pin(run.graph.ops[subject.op].key, nth, subject.chosen)
    choice = subject.choice
    if choice is not None and choice.ref.record == OUTSIDE and choice.ref.slot >= 0:
        name = run.graph.values[choice.ref.slot].name
        return Pin(name) if name else None
    return None


def pinned(run: Run, pins: Sequence[Pin]) -> list[Subject]:
    """The values that pins name, as far as the run has them."""
    found: list[Subject] = []
    for pin in pins:
        subject = _subject(run, pin)
        if subject is not None and subject not in found:
            found.append(subject)
    return found


def _subject(run: Run, pin: Pin) -> Subject | None:
    graph = run.graph
    if pin.nth < 0:
        at = next((i for i, v in enumerate(graph.values) if v.op < 0 and v.name == pin.where), -1)
        return resolve(run, Selection(value=at)) if at >= 0 else None
    op = next((i for i, row in enumerate(graph.ops) if row.key == pin.where), -1)
    records = run.executions(op) if op >= 0 else []
    if pin.nth >= len(records):
        return None
    subject = resolve(run, Selection(op=op, record=records[pin.nth]))
    return subject.choosing(pin.choice) if 0 <= pin.choice < len(subject.choices) else None


def _rows(kind: type[Any], data: object, name: str, longest: int = _LONG) -> list[Any]:
    given = cast("list[object]", data) if isinstance(data, list) else []
    found: list[Any] = []
    for row in given[:_ROWS]:
        try:
            if _sane(row, longest):
                found.append(from_json(kind, row))
        except (ValueError, OverflowError):
            continue
    if len(found) < len(given) or (data is not None and not isinstance(data, list)):
        log.info("the file's %s: %d of %d are none", name, len(given) - len(found), len(given))
    return found


def _sane(value: object, longest: int, depth: int = 0) -> bool:
    """Nothing in it is huge, or deep."""
    if isinstance(value, str):
        return len(value) <= longest
    if isinstance(value, (int, float)):
        return abs(value) < _LARGEST
    if value is None or depth >= _DEPTH:
        return value is None
    if isinstance(value, dict):
        inner: list[object] = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    else:
        return False
    return len(inner) <= _ROWS and all(_sane(one, longest, depth + 1) for one in inner)


def _sees(mark: Bookmark) -> bool:
    numbers = (mark.across, mark.down, mark.zoom)
    return mark.slot in SLOTS and all(map(isfinite, numbers)) and 0 < mark.zoom < 100
