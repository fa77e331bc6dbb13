"""The flat list of the ops that were found; of very many, a part at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from .found import Ints
from .marked import Marked
from .node_model import Node, NodeModel
from .outline import Outline
from .row import Row
from .rows import Rows

MOST = 1000  # rows at once: views lay out every row there is
_EARLIER, _LATER = "earlier", "later"


class ResultModel(NodeModel):
    """One row for each op, and one at either end for those that are left out there."""

    def __init__(self, marked: Marked, parent: QObject | None = None) -> None:
        self._outline: Outline | None = None
        self._marked = marked
        self._ops: Ints = np.zeros(0, np.int32)
        self._first = 0
        super().__init__(parent)

    def show_outline(self, outline: Outline | None) -> None:
        """Another run, or none."""
        self._outline = outline
        self.show_ops(np.zeros(0, np.int32))

    def show_ops(self, ops: Ints) -> None:
        """Show these ops, ascending, from the first on; the same ones stay as they are."""
        if len(ops) != len(self._ops) or bool((ops != self._ops).any()):
            self._ops = ops
            self._show_from(0)

    def reveal(self, op: int) -> Node | None:
        """The row of an op, with the part of the list around it; None where it is not there."""
        place = int(np.searchsorted(self._ops, op))
        if place >= len(self._ops) or int(self._ops[place]) != op:
            return None
        if not self._first <= place < self._first + MOST:
            self._show_from(place - MOST // 2)
        self.children_of(self.root)
        return self.found(("op", op))

    def turn(self, node: Node) -> Node | None:
        """Show the part that a row at either end stands for; the first op that came in sight."""
        if node.key[0] == _LATER:
            place = self._first + MOST
            self._show_from(place - MOST // 2)
        else:
            place = self._first - 1
            self._show_from(place - MOST // 2)
        return self.reveal(int(self._ops[place]))

    def op_of(self, node: Node) -> int:
        """The op that a row shows; -1 for a row at either end."""
        return node.key[1] if node.key[0] == "op" else -1

    def expandable(self, node: Node) -> bool:
        return False

    def build(self, node: Node) -> list[Node]:
        if node is not self.root:
            return []
        end = self._first + MOST
        rows = [self.make(("op", op)) for op in self._ops[self._first : end].tolist()]
        if self._first:
            rows.insert(0, self.make((_EARLIER, 0)))
        if end < len(self._ops):
            rows.append(self.make((_LATER, 0)))
        return rows

    def row_of(self, node: Node, opened: bool) -> Row:
        assert self._outline is not None
        kind, op = node.key
        if kind == _EARLIER:
            return Row(0, f"{self._first:,} earlier…", group=True, leaf=True)
        if kind == _LATER:
            left = len(self._ops) - self._first - MOST
            return Row(0, f"{left:,} more…", group=True, leaf=True)
        row = Rows(self._outline, self._marked, set()).op(op, 0)
        graph = self._outline.graph
        path = graph.scopes[graph.ops[op].scope].path
        return replace(row, right=row.mark.value or path, pill=row.pill)

    def hint(self, node: Node) -> str:
        if self._outline is None or node.key[0] != "op":
            return ""
        return Rows(self._outline, self._marked, set()).op_hint(node.key[1])

    def _show_from(self, first: int) -> None:
        self.beginResetModel()
        self.restart()
        self._first = max(min(first, len(self._ops) - MOST), 0)
        self.endResetModel()
