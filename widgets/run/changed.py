"""Which ops the user's edits touched, and how the panes say so."""

from __future__ import annotations

from ...tracers.ir import Change, Difference, Edit, EditKind, Run
from ..tensor.formatting import number

# What is written beside an op; never a colour alone.
SIGNS = {
    Difference.EDITED: "edited",
    Difference.CHANGED: "Δ",
    Difference.ADDED: "new",
    Difference.REMOVED: "gone",
}
_HINTS = {
    Difference.EDITED: "You edited this op",
    Difference.CHANGED: "Differs from the run without edits",
    Difference.ADDED: "Ran only with the edits",
    Difference.REMOVED: "Ran only without the edits",
}
_RANK = {
    Difference.EDITED: 3,
    Difference.ADDED: 2,
    Difference.CHANGED: 1,
    Difference.REMOVED: 0,
}


class Changed:
    """The changes of a run by record and by op.

    Attributes:
        records: the change of each record that has one.
        ops: of an op's changes the one that says most.
    """

    def __init__(self, run: Run | None = None) -> None:
        self.records: dict[int, Change] = {}
        self.ops: dict[int, Change] = {}
        for change in () if run is None else run.changes:
            if change.record >= 0:
                self.records[change.record] = change
            known = self.ops.get(change.op)
            if known is None or _RANK[change.how] > _RANK[known.how]:
                self.ops[change.op] = change

    def of(self, op: int, record: int) -> Change | None:
        """What is to be said of an op as it ran in a record, -1 where it did not run."""
        if record >= 0:
            return self.records.get(record)
        found = self.ops.get(op)
        return found if found is not None and found.how is Difference.REMOVED else None


def hint(change: Change) -> str:
    """A tooltip's line."""
    largest = largest_words(change)
    words = [part for part in (change.text, largest) if part]
    return f"{_HINTS[change.how]}: {', '.join(words)}" if words else _HINTS[change.how]


def largest_words(change: Change) -> str:
    """The largest difference of two elements, "" where it is not known."""
    return "" if change.largest is None else f"by {number(change.largest)} at most"


def edit_words(edit: Edit) -> str:
    """What a value becomes, in a word or two."""
    if edit.kind is EditKind.CONSTANT:
        return f"= {edit.text}"
    if edit.kind is EditKind.FILE:
        return edit.text.replace("\\", "/").rpartition("/")[2]
    if edit.kind is EditKind.NOISE:
        return f"± noise {edit.text}"
    return "zeros" if edit.kind is EditKind.ZERO else edit.text


def change_count(run: Run | None) -> int:
    """How many ops are listed as touched by the edits."""
    return 0 if run is None else len(run.changes)
