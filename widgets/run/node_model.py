"""A tree model over nodes that are made when the view first asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import overload

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from .row import Row

Index = QModelIndex | QPersistentModelIndex
Key = tuple[str, int]
_NOWHERE = QModelIndex()


@dataclass(eq=False, slots=True)
class Node:
    """A row. `children` is None until the view asked for them; `number` is the model's own."""

    key: Key
    number: int
    parent: Node | None = None
    row: int = 0
    children: list[Node] | None = field(default=None, repr=False)

    @property
    def depth(self) -> int:
        """0 for the rows at the top."""
        depth, above = -1, self.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        return depth


class NodeModel(QAbstractItemModel):
    """Keys name rows for good: a row that goes and comes back is the same node again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: list[Node] = []
        self._by_key: dict[Key, Node] = {}
        self.root = self.make(("root", 0))

    def expandable(self, node: Node) -> bool:
        """The node has rows beneath it."""
        raise NotImplementedError

    def build(self, node: Node) -> list[Node]:
        """The nodes beneath, made with `make`; asked once."""
        raise NotImplementedError

    def row_of(self, node: Node, opened: bool) -> Row:
        """What is painted. `opened`: its rows are shown beneath it."""
        raise NotImplementedError

    def hint(self, node: Node) -> str:
        """The tooltip."""
        return ""

    def make(self, key: Key) -> Node:
        """The node of a key."""
        node = self._by_key.get(key)
        if node is None:
            node = self._by_key[key] = Node(key, len(self._nodes))
            self._nodes.append(node)
        return node

    def found(self, key: Key) -> Node | None:
        """The node of a key, if the view has come by it."""
        return self._by_key.get(key)

    def restart(self) -> None:
        """Forget every node, between beginResetModel and endResetModel."""
        self._nodes.clear()
        self._by_key.clear()
        self.root = self.make(("root", 0))

    def children_of(self, node: Node) -> list[Node]:
        """The rows beneath a node."""
        if node.children is None:
            node.children = []
            self.adopt(node, self.build(node))
        return node.children

    def adopt(self, node: Node, children: list[Node], first: int = 0) -> None:
        """Give a node these children, of which those before `first` are placed already."""
        node.children = children
        for row in range(first, len(children)):
            children[row].parent = node
            children[row].row = row

    def node(self, index: Index) -> Node:
        """The node of an index; the root for the invalid one."""
        return self._nodes[index.internalId()] if index.isValid() else self.root

    def index_of(self, node: Node) -> QModelIndex:
        """The index of a node."""
        if node is self.root:
            return _NOWHERE
        return self.createIndex(node.row, 0, node.number)

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        above = self._nodes[parent.internalId()] if parent.isValid() else self.root
        children = above.children
        if children is None:
            children = self.children_of(above)
        if column != 0 or not 0 <= row < len(children):
            return _NOWHERE
        return self.createIndex(row, 0, children[row].number)

    @overload
    def parent(self) -> QObject | None: ...

    @overload
    def parent(self, child: Index) -> QModelIndex: ...

    def parent(self, child: Index | None = None) -> QObject | QModelIndex | None:
        if child is None:
            return super().parent()
        above = self.node(child).parent
        return _NOWHERE if above is None else self.index_of(above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        node = self.node(parent)
        return len(self.children_of(node)) if node is self.root or self.expandable(node) else 0

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        node = self.node(parent)
        return bool(self.children_of(node)) if node is self.root else self.expandable(node)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.row_of(node, False).name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.row_of(node, False).spoken()
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.hint(node)
        return None
