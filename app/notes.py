"""The user's notes on ops and modules: written, changed, removed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ..tracers.ir import Graph, Selection, is_inlined, op_counts
from ..widgets.notes import MOST, MOST_TEXT, Note, Noted


class Notes(QObject):
    """Signals:
    changed: the list is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Note] = []

    @property
    def rows(self) -> list[Note]:
        """In the order in which they were written."""
        return list(self._rows)

    def load(self, rows: Iterable[Note]) -> None:
        """Replace all: another model is opened."""
        self._rows = list(rows)[:MOST]
        self.changed.emit()

    def put(self, note: Note) -> None:
        """Write a note, in the place of one on the same; one without words is removed."""
        text = note.text.strip()[:MOST_TEXT]
        if not text:
            self.remove(note)
            return
        note = replace(note, text=text)
        for index, row in enumerate(self._rows):
            if same(row, note):
                self._rows[index] = note
                break
        else:
            self._rows = [*self._rows, note][-MOST:]
        self.changed.emit()

    def remove(self, note: Note) -> None:
        """Remove the note on the same."""
        self._rows = [row for row in self._rows if not same(row, note)]
        self.changed.emit()

    def find(self, note: Note) -> Note | None:
        """The note on the same, whatever it says."""
        return next((row for row in self._rows if same(row, note)), None)


def same(one: Note, other: Note) -> bool:
    """They are on the same op or module."""
    return (one.module, one.where) == (other.module, other.where)


def note_on(graph: Graph, selection: Selection) -> Note | None:
    """An empty note on what is selected; None where that has no name of its own."""
    if 0 <= selection.op < len(graph.ops):
        return Note(graph.ops[selection.op].key, "", graph.op_label(selection.op))
    if 0 < selection.scope < len(graph.scopes) and graph.scopes[selection.scope].key:
        scope = graph.scopes[selection.scope]
        return Note(scope.key, "", scope.path or scope.name, module=True)
    return None


def noted(graph: Graph, rows: Iterable[Note]) -> Noted:
    """Where the notes are in a graph; what it lacks is left out."""
    on_ops = {row.where: row.text for row in rows if not row.module}
    on_scopes = {row.where: row.text for row in rows if row.module}
    if not on_ops and not on_scopes:
        return Noted()
    ops: dict[int, str] = {}
    if on_ops:
        ops = {at: on_ops[op.key] for at, op in enumerate(graph.ops) if op.key in on_ops}
    scopes = {
        at: on_scopes[scope.key]
        for at, scope in enumerate(graph.scopes)
        if at and scope.key in on_scopes
    }
    around = {scope for op in ops for scope in graph.scope_chain(graph.ops[op].scope)}
    around |= {other for scope in scopes for other in graph.scope_chain(scope)[:-1]}
    for op, text in list(ops.items()):
        if graph.ops[op].inner >= 0:  # drawn as the box of what is inside
            scopes.setdefault(graph.ops[op].inner, text)
    counts = op_counts(graph) if scopes else []
    for scope, text in scopes.items():
        if is_inlined(graph, counts, scope) and counts[scope]:
            ops.setdefault(_inside(graph, scope), text)
    return Noted(ops, scopes, frozenset(around))


def where_of(graph: Graph, note: Note) -> Selection | None:
    """What a note is on; None where the graph lacks it."""
    rows = graph.scopes if note.module else graph.ops
    at = next((index for index, row in enumerate(rows) if row.key == note.where), -1)
    if at < 0:
        return None
    return Selection(scope=at) if note.module else Selection(op=at)


def _inside(graph: Graph, scope: int) -> int:
    """The op that an inlined scope is drawn as."""
    inside = {scope}
    for at in range(scope + 1, len(graph.scopes)):  # parents always come first
        if graph.scopes[at].parent in inside:
            inside.add(at)
    return next((at for at, op in enumerate(graph.ops) if op.scope in inside), -1)
