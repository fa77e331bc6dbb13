"""How the graph shows what the user's edits touched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QPen

from ...tracers.ir import Change, Difference, Graph
from ..run.changed import SIGNS, hint
from .inks import Inks, dashed
from .markers import Marks

INSIDE = SIGNS[Difference.CHANGED]  # on a closed group that holds such an op


def change_of(marks: Marks, members: Sequence[int]) -> Change | None:
    """The change of the first op of a node that has one."""
    if not marks.changes:
        return None
    return next((marks.changes[op] for op in members if op in marks.changes), None)


def holds_change(marks: Marks, graph: Graph, scopes: Sequence[int]) -> bool:
    """An op inside one of these groups was touched."""
    inside = set(scopes)
    known = (op for op in marks.changes if op < len(graph.ops))
    return any(not inside.isdisjoint(graph.scope_chain(graph.ops[op].scope)) for op in known)


def change_pen(change: Change, ink: Inks) -> QPen:
    """The outline of an op; dashed where it did not run."""
    gone = change.how is Difference.REMOVED
    return dashed(ink.warn, 1.2) if gone else QPen(ink.warn, 1.4)


def change_words(marks: Marks, members: Sequence[int]) -> str:
    """For the screen reader, after the op's own words."""
    change = change_of(marks, members)
    return "" if change is None else f", {hint(change)}"
