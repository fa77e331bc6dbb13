"""The flat list that the filter leaves of the execution list."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from .marked import Marked
from .node_model import Node, NodeModel
from .outline import Outline
from .row import Row
from .rows import Rows


class ResultModel(NodeModel):
    """Ops that have every word of the filter in their type, note or path."""

    def __init__(self, marked: Marked, parent: QObject | None = None) -> None:
        self._outline: Outline | None = None
        self._marked = marked
        self._haystacks: list[str] = []
        self._ops: list[int] = []
        super().__init__(parent)

    def show_outline(self, outline: Outline | None) -> None:
        """Another run, or none."""
        self._outline = outline
        self._haystacks.clear()
        self.search("")

    def search(self, text: str) -> list[int]:
        """Show the ops that match; their indices."""
        self.beginResetModel()
        self.restart()
        words = text.lower().split()
        self._ops = (
            [op for op, hay in enumerate(self._hay()) if all(word in hay for word in words)]
            if words
            else []
        )
        self.endResetModel()
        return self._ops

    def op_of(self, node: Node) -> int:
        """The op that a row shows."""
        return node.key[1]

    def expandable(self, node: Node) -> bool:
        return False

    def build(self, node: Node) -> list[Node]:
        return [self.make(("op", op)) for op in self._ops] if node is self.root else []

    def row_of(self, node: Node, opened: bool) -> Row:
        assert self._outline is not None
        op = node.key[1]
        row = Rows(self._outline, self._marked, set()).op(op, 0)
        graph = self._outline.graph
        path = graph.scopes[graph.ops[op].scope].path
        return replace(row, right=row.mark.value or path, pill=row.pill)

    def hint(self, node: Node) -> str:
        if self._outline is None:
            return ""
        return Rows(self._outline, self._marked, set()).op_hint(node.key[1])

    def _hay(self) -> list[str]:
        outline = self._outline
        if outline is None:
            return []
        for op in range(len(self._haystacks), len(outline.graph.ops)):
            self._haystacks.append(outline.haystack(op))
        return self._haystacks
