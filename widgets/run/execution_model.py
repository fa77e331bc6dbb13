"""The tree of the execution list: scopes, ops, and folded blocks."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt

from ...tracers.ir import Selection
from .folding import Fold, Group, Progress, fold, groups, states
from .marked import Marked
from .node_model import Key, Node, NodeModel
from .outline import Item, Outline
from .row import Row
from .rows import Rows

_LONG = 1000  # a scope with more rows shows them in ranges: views lay out every open row
_RANGE = 500
_PASSES = -1


def key_of(row: Item | Fold) -> Key:
    """The key of an outline's row."""
    if isinstance(row, Fold):
        return row.progress.value, row.anchor
    return ("op", row) if row >= 0 else ("scope", ~row)


class ExecutionModel(NodeModel):
    """Follows an outline; folds are laid out anew as blocks are entered and left.

    Shows all that runs in order, with each backward pass as one row; or the backward passes alone.
    """

    def __init__(self, marked: Marked, parent: QObject | None = None) -> None:
        self.outline: Outline | None = None
        self._marked = marked
        self._folds: dict[Key, Fold] = {}
        self._groups: dict[int, list[Group]] = {}
        self._states: dict[int, tuple[Progress, ...]] = {}
        self._open: set[int] = set()
        self._ranges: dict[Key, int] = {}
        self._backward = False
        self._base = 0  # the scope whose rows are at the top; _PASSES: a row for each backward pass
        super().__init__(parent)

    def show_outline(self, outline: Outline | None) -> None:
        """Another run, or none."""
        self.outline = outline
        self._backward = False
        self._start_anew()

    @property
    def backward(self) -> bool:
        """The backward passes are shown."""
        return self._backward

    def show_pass(self, backward: bool) -> None:
        """Show what is in the backward passes, or all that runs in order."""
        if backward != self._backward:
            self._backward = backward
            self._start_anew()

    def path(self, item: Item) -> list[Item]:
        """The rows from the top down to an op or scope; [] where the pass shown has it not."""
        if self.outline is None:
            return []
        path, passes = self.outline.path(item), self.outline.phases
        roots = {~root for root in passes.roots} if passes.any_backward else set[Item]()
        at = next((at for at, row in enumerate(path) if row in roots), -1)
        if not self._backward:
            return path[: at + 1] if at >= 0 else path
        if at < 0:
            return []
        return path[at:] if self._base == _PASSES else path[at + 1 :]

    def _start_anew(self) -> None:
        outline = self.outline
        self.beginResetModel()
        self._base = self._top()
        self._folds.clear()
        self._ranges.clear()
        self._groups.clear()
        self._states.clear()
        self._open = outline.open_scopes() if outline else set()
        self.restart()
        self.endResetModel()

    def follow(self, scopes: set[int], appended: dict[int, list[int]]) -> None:
        """Show what the outline found to be new."""
        if self._top() != self._base:
            self._start_anew()
            return
        for scope in scopes:
            self._groups.pop(scope, None)
            node = self._scope_node(scope)
            if node is not None and node.children is not None:
                self._lay_out(node, scope)
        for scope, ops in appended.items():
            node = self._scope_node(scope)
            if node is None or node.children is None:
                continue
            if len(self._shown(scope)) > _LONG:
                self._lay_out(node, scope)
            else:
                first = len(node.children)
                children = node.children + [self.make(("op", op)) for op in ops]
                self.beginInsertRows(self.index_of(node), first, len(children) - 1)
                self.adopt(node, children, first)
                self.endInsertRows()

    def refold(self) -> None:
        """Fold blocks that were left, unfold those that were entered."""
        if self.outline is None:
            return
        self._open = self.outline.open_scopes()
        for scope, found in list(self._groups.items()):
            node = self._scope_node(scope)
            if not found or node is None or node.children is None:
                continue
            marks = states(self.outline, self._shown(scope), found, self._open)
            if marks != self._states[scope]:
                self._lay_out(node, scope)

    def reveal(self, item: Item) -> Node | None:
        """The node of an op or scope, with every node around it made; None for the root."""
        if self.outline is None:
            return None
        node = self.root
        for row in self.path(item):
            children = self.children_of(node)
            scope = self._base if node is self.root else node.key[1]
            if children and children[0].key in self._ranges:
                at = self._shown(scope).index(row) // _RANGE
                self.children_of(children[at])
            elif row < 0 and self._groups.get(scope):
                for child in children:
                    if child.key in self._folds and ~row in self._folds[child.key].scopes:
                        self.children_of(child)
            found = self.found(key_of(row))
            if found is None:
                return None
            node = found
        return None if node is self.root else node

    def pick(self, node: Node) -> Selection:
        """What a click on a row selects."""
        kind, index = node.key
        if kind == "op":
            return Selection(op=index)
        if kind == "scope":
            op = self.outline.graph.scopes[index].op if self.outline else -1
            if self.outline and op >= 0 and self.outline.run.executions(op):
                return Selection(op=op)  # it ran as one: its value is there to see
            return Selection(scope=index)
        if node.key in self._ranges:
            first = self._slice(node)[0]
            return Selection(op=first) if first >= 0 else Selection(scope=~first)
        return Selection(scope=self._folds[node.key].scopes[0])

    def repaint(self, ops: set[int]) -> None:
        """Ops that ran: their rows, where the view has come by them, look different."""
        for op in ops:
            node = self.found(("op", op))
            if node is not None and node.parent is not None:
                index = self.index_of(node)
                self.dataChanged.emit(index, index, [Qt.ItemDataRole.DisplayRole])

    def expandable(self, node: Node) -> bool:
        kind, index = node.key
        if kind == "op":
            return self.outline is not None and len(self.outline.hosted.get(index, ())) > 1
        return not self._is_leaf(node)

    def build(self, node: Node) -> list[Node]:
        if self.outline is None:
            return []
        kind, index = node.key
        if kind == "op":
            return [self.make(("scope", scope)) for scope in self.outline.hosted[index]]
        if node.key in self._ranges:
            return [self.make(key_of(row)) for row in self._slice(node)]
        if node.key in self._folds:
            return [self.make(("scope", scope)) for scope in self._folds[node.key].scopes]
        return self._rows(index if kind == "scope" else self._base)

    def row_of(self, node: Node, opened: bool) -> Row:
        assert self.outline is not None
        rows = Rows(self.outline, self._marked, self._open)
        kind, index = node.key
        depth = node.depth
        if kind == "op":
            return rows.op(index, depth, opened, self.expandable(node))
        if kind == "scope":
            return replace(rows.scope(index, depth, opened), leaf=self._is_leaf(node))
        if node.key in self._ranges:
            return rows.range(self._slice(node), self._ranges[node.key] * _RANGE, depth, opened)
        return rows.fold(self._folds[node.key], depth, opened)

    def hint(self, node: Node) -> str:
        if self.outline is None:
            return ""
        rows = Rows(self.outline, self._marked, self._open)
        kind, index = node.key
        if kind == "op":
            return rows.op_hint(index)
        return rows.scope_hint(index) if kind == "scope" else ""

    def _scope_node(self, scope: int) -> Node | None:
        return self.root if scope == self._base else self.found(("scope", scope))

    def _top(self) -> int:
        """The scope whose rows are at the top."""
        outline = self.outline
        if outline is None or not self._backward or not outline.phases.any_backward:
            return 0
        roots = outline.phases.roots
        begun = len(roots) == 1 and roots[0] < len(outline.counts) and outline.counts[roots[0]]
        return roots[0] if begun else _PASSES

    def _shown(self, scope: int) -> list[Item]:
        """The rows of a scope."""
        assert self.outline is not None
        if scope == _PASSES:
            return [~root for root in self.outline.phases.roots]
        return self.outline.shown(scope)

    def _is_leaf(self, node: Node) -> bool:
        """A backward pass among what is forward: its rows are shown by themselves."""
        kind, index = node.key
        if kind != "scope" or self._backward or self.outline is None:
            return False
        passes = self.outline.phases
        return passes.any_backward and index in passes.roots

    def _rows(self, scope: int) -> list[Node]:
        """The nodes that a scope shows now, folds included."""
        outline = self.outline
        assert outline is not None
        rows = self._shown(scope)
        if len(rows) > _LONG:
            self._groups.pop(scope, None)
            return [self._range(scope, part) for part in range(-(-len(rows) // _RANGE))]
        if scope not in self._groups:
            self._groups[scope] = groups(outline, rows)
        found = self._groups[scope]
        self._states[scope] = states(outline, rows, found, self._open)
        nodes: list[Node] = []
        for row in fold(rows, found, self._states[scope]):
            if isinstance(row, Fold):
                self._folds[key_of(row)] = row
            nodes.append(self.make(key_of(row)))
        return nodes

    def _range(self, scope: int, part: int) -> Node:
        key = (f"rows {part}", scope)
        self._ranges[key] = part
        return self.make(key)

    def _slice(self, node: Node) -> list[Item]:
        """The rows in a range."""
        assert self.outline is not None
        first = self._ranges[node.key] * _RANGE
        return self._shown(node.key[1])[first : first + _RANGE]

    def _lay_out(self, node: Node, scope: int) -> None:
        """Bring a node's rows up to date with the fewest removals and insertions."""
        before = dict(self._folds)
        old = {child.key for child in self.children_of(node)}
        new = self._rows(scope)
        kept = [child for child in new if child.key in old]
        for child in kept:
            if child.key in before:
                self._trim(child, before[child.key])
        self._sync(node, new)
        for child in kept:
            if child.key in self._ranges and child.children is not None:
                self._sync(child, self.build(child))
            elif child.key in self._folds:
                self._extend(child)

    def _sync(self, node: Node, new: list[Node]) -> None:
        """Replace what lies between the equal rows at either end."""
        old = self.children_of(node)
        head = 0
        while head < min(len(old), len(new)) and old[head] is new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] is new[-1 - tail]:
            tail += 1
        index = self.index_of(node)
        if head < len(old) - tail:
            self.beginRemoveRows(index, head, len(old) - tail - 1)
            gone = old[head : len(old) - tail]
            self.adopt(node, old[:head] + old[len(old) - tail :], head)
            for child in gone:
                child.parent = None
            self.endRemoveRows()
        if head < len(new) - tail:
            for child in new[head : len(new) - tail]:
                if child.key in self._folds or child.key in self._ranges:
                    child.children = None
            self.beginInsertRows(index, head, len(new) - tail - 1)
            self.adopt(node, new, head)
            self.endInsertRows()

    def _trim(self, node: Node, before: Fold) -> None:
        """Drop blocks that left a fold which stays."""
        scopes = set(self._folds[node.key].scopes)
        if node.children is None or scopes.issuperset(before.scopes):
            return
        for row in range(len(node.children) - 1, -1, -1):
            if node.children[row].key[1] not in scopes:
                self.beginRemoveRows(self.index_of(node), row, row)
                self.adopt(node, node.children[:row] + node.children[row + 1 :], row)
                self.endRemoveRows()

    def _extend(self, node: Node) -> None:
        """Take blocks into a fold which stays; they stand at either end of it."""
        if node.children is None:
            return
        for row, scope in enumerate(self._folds[node.key].scopes):
            child = self.make(("scope", scope))
            if row < len(node.children) and node.children[row] is child:
                continue
            self.beginInsertRows(self.index_of(node), row, row)
            self.adopt(node, [*node.children[:row], child, *node.children[row:]], row)
            self.endInsertRows()
