"""Elements that are followed over the runs of a model: each run adds what it gave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import (
    OUTSIDE,
    Edit,
    Form,
    Run,
    RunState,
    TensorPiece,
    TensorRequest,
    ValueRef,
)
from .desk import Desk
from .formatting import shape_text
from .indexing import Element
from .pieces import array_of

MOST = 8  # elements at a time
_MOVING = (RunState.RUNNING, RunState.LOADING, RunState.DIED)


@dataclass(frozen=True, slots=True)
class Anchor:
    """An element by names that survive a new run.

    Attributes:
        where: key of the op; the name of a value that no op makes.
        turn: which execution of the op, from 0; -1 for a value that no op makes.
    """

    where: str
    turn: int
    slot: int
    element: Element

    def same_value(self, other: Anchor) -> bool:
        """Both are elements of one value."""
        return replace(self, element=()) == replace(other, element=())


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run gave.

    Attributes:
        number: of the run, from 1 for the first that was read.
        value: None where there is none.
        why: what made it another run; or why there is no value.
        edits: those in force.
    """

    number: int
    value: complex | str | None
    why: str
    edits: tuple[str, ...] = ()


@dataclass(slots=True)
class _Followed:
    anchor: Anchor
    readings: list[Reading] = field(default_factory=list["Reading"])
    due: str = ""  # why it is to be read again; "" where it is not


def anchor_of(run: Run, ref: ValueRef, element: Element) -> Anchor | None:
    """The names of an element; None where the value has none."""
    record, slot = ref.made_by(run)
    if record == OUTSIDE and 0 <= slot < len(run.graph.values):
        name = run.graph.values[slot].name
        return Anchor(name, -1, 0, element) if name else None
    if not 0 <= record < len(run.records):
        return None
    op = run.records[record].op
    return Anchor(run.graph.ops[op].key, run.executions(op).index(record), slot, element)


class Names:
    """Finds what anchors name in one run, while its graph grows."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ops: dict[str, int] = {}
        self._values: dict[str, int] = {}
        self._seen = (0, 0)

    def find(self, anchor: Anchor) -> ValueRef | None:
        """The value as this run has it; None where it has none so far."""
        graph = self._run.graph
        ops, values = self._seen
        for index in range(ops, len(graph.ops)):
            self._ops[graph.ops[index].key] = index
        for index in range(values, len(graph.values)):
            if graph.values[index].op < 0 and graph.values[index].name:
                self._values.setdefault(graph.values[index].name, index)
        self._seen = len(graph.ops), len(graph.values)
        if anchor.turn < 0:
            index = self._values.get(anchor.where, -1)
            return ValueRef(OUTSIDE, index) if index >= 0 else None
        executions = self._run.executions(self._ops.get(anchor.where, -1))
        if anchor.turn >= len(executions):
            return None
        record = executions[anchor.turn]
        return ValueRef(record, anchor.slot) if self._has(record, anchor.slot) else None

    def _has(self, record: int, slot: int) -> bool:
        return slot < len(self._run.records[record].outputs)


class OverRuns(QObject):
    """Reads what is followed whenever a run stands that may have other values.

    Signals:
        changed: something is followed or no longer, or was read.
    """

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._run: Run | None = None
        self._names: Names | None = None
        self._followed: list[_Followed] = []

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """What is followed, the newest last."""
        return tuple(each.anchor for each in self._followed)

    def readings(self, anchor: Anchor) -> tuple[Reading, ...]:
        """What the runs gave, oldest first."""
        return next((tuple(e.readings) for e in self._followed if e.anchor == anchor), ())

    def of_value(self, run: Run, ref: ValueRef) -> tuple[Anchor, ...]:
        """What is followed of a value."""
        here = anchor_of(run, ref, ())
        return tuple(a for a in self.anchors if here is not None and a.same_value(here))

    def follow(self, anchor: Anchor) -> None:
        """Read an element now, and in each run to come."""
        if anchor not in self.anchors:
            del self._followed[: max(len(self._followed) - MOST + 1, 0)]
            self._followed.append(_Followed(anchor, due="followed from here"))
            self.changed.emit()
            self.read()

    def leave(self, anchor: Anchor) -> None:
        """Follow an element no longer; what was read is forgotten."""
        self._followed = [each for each in self._followed if each.anchor != anchor]
        self.changed.emit()

    def forget(self) -> None:
        """Follow nothing: another model comes."""
        self._followed.clear()
        self._desk.drop()
        self.changed.emit()

    def show_run(self, run: Run | None) -> None:
        """Another run: all is to be read anew."""
        if run is self._run:
            return
        self._run, self._names = run, None if run is None else Names(run)
        if run is not None:
            for each in self._followed:
                each.due = "restarted"

    def show_other_values(self) -> None:
        """Part of the run is run again, or edits changed it."""
        for each in self._followed:
            each.due = each.due or "run again"

    def read(self) -> None:
        """Ask for what is due, as far as it is there and the run stands."""
        run, names = self._run, self._names
        if run is None or names is None or run.state in _MOVING:
            return
        for each in self._followed:
            if not each.due or self._desk.is_asked(each.anchor):
                continue
            ref = names.find(each.anchor)
            if ref is not None:
                self._ask(run, each, ref)

    def _ask(self, run: Run, each: _Followed, ref: ValueRef) -> None:
        anchor = each.anchor
        if ref.record >= 0:
            shape = run.records[ref.record].outputs[ref.slot].shape
            inside = len(shape) == len(anchor.element) and all(
                place < extent for place, extent in zip(anchor.element, shape, strict=True)
            )
            if not inside:
                self._take(run, each, None, f"its shape is {shape_text(shape)}")
                return

        def take(piece: TensorPiece) -> None:
            value = np.ravel(array_of(piece))[0]
            self._take(run, each, value if isinstance(value, str) else value.item(), "")

        def refused(sentence: str) -> None:
            if sentence:
                self._take(run, each, None, sentence)

        self._desk.ask(anchor, TensorRequest(ref, Form.PLANE, anchor.element), take, refused)

    def _take(self, run: Run, each: _Followed, value: complex | str | None, lack: str) -> None:
        if run is not self._run or not each.due:
            return
        why, each.due = each.due, ""
        edits = tuple(edit_words(edit) for edit in run.edits if edit.enabled)
        last = each.readings[-1] if each.readings else None
        if last is not None and why == "run again" and same(last.value, value):
            return
        number = 1 if last is None else last.number + 1
        each.readings.append(Reading(number, value, lack or why, edits))
        self.changed.emit()


def same(one: object, other: object) -> bool:
    """Equal, or both NaN."""
    return one == other or (one != one and other != other)


def edit_words(edit: Edit) -> str:
    """ "output of softmax in h.5.attn = x * 2"."""
    what = edit.text or edit.kind.value
    return f"{edit.label or edit.where} = {what}"
