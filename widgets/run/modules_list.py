"""The Modules tab: the model's modules, with how many parameters each has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import prod

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import Graph, Passes, Run, ScopeKind, Selection, ValueKind
from ..pane import Pane
from .node_model import Node, NodeModel
from .row import Row
from .row_view import RowView

_GROWTH_MS = 300  # a run that grows the graph redraws the tree no more often


@dataclass(slots=True)
class Module:
    """A module of the model; it may have been called more than once."""

    scope: int  # its first call
    name: str
    type: str
    path: str
    inside: list[int] = field(default_factory=list[int])
    parameters: int = 0
    scopes: list[int] = field(default_factory=list[int])


def modules_of(graph: Graph) -> list[Module]:
    """The modules of a graph, parents first; the model itself is number 0.

    A backward pass calls none: in it, a module's scope only says where ops belong.
    """
    passes = Passes(graph)
    found = [Module(0, "", "", "", scopes=[0])]
    by_path: dict[str, int] = {}
    of_scope = {0: 0}
    for index, scope in enumerate(graph.scopes[1:], 1):
        outer = of_scope.get(scope.parent, 0)
        if scope.kind is not ScopeKind.MODULE or passes.root(index) >= 0:
            of_scope[index] = outer
            continue
        number = by_path.get(scope.path)
        if number is None:
            number = by_path[scope.path] = len(found)
            found.append(Module(index, scope.name, scope.type, scope.path))
            found[outer].inside.append(number)
        found[number].scopes.append(index)
        of_scope[index] = number
    sizes = _parameters(graph)
    for module in found:
        module.parameters = sizes.get(module.path, 0)
    return found


def _parameters(graph: Graph) -> dict[str, int]:
    """Elements of all parameters whose name lies under each dotted path."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for value in graph.values:
        if value.kind is ValueKind.PARAMETER and value.shape is not None:
            count = prod(extent for extent in value.shape if extent > 0)
            parts = value.name.replace("/", ".").split(".")
            for length in range(len(parts)):
                sizes[".".join(parts[:length])] += count
    return sizes


def amount(count: int) -> str:
    """A count of parameters in three digits ("7.09 M"), "" for none."""
    for unit, size in (("B", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return str(count) if count else ""


class ModulesModel(NodeModel):
    """The module tree."""

    def __init__(self, parent: QObject | None = None) -> None:
        self.modules: list[Module] = []
        self.selected = -1
        self._passes = Passes(Graph())
        super().__init__(parent)

    def show_graph(self, graph: Graph | None) -> None:
        """Another graph, or more of the same."""
        self.beginResetModel()
        self.modules = [] if graph is None else modules_of(graph)
        self._passes = Passes(Graph() if graph is None else graph)
        self.restart()
        self.endResetModel()

    def number_of(self, scope: int) -> int:
        """The module that a scope is a call of, or belongs to in a backward pass; -1 for none."""
        scope = self._passes.forward_scope(scope)
        for number, module in enumerate(self.modules):
            if scope in module.scopes:
                return number
        return -1

    def expandable(self, node: Node) -> bool:
        return bool(self._inside(node))

    def build(self, node: Node) -> list[Node]:
        return [self.make(("module", number)) for number in self._inside(node)]

    def row_of(self, node: Node, opened: bool) -> Row:
        module = self.modules[node.key[1]]
        calls = len(module.scopes)
        return Row(
            node.depth,
            module.name,
            module.type if calls == 1 else f"{module.type}, {calls} calls",
            amount(module.parameters),
            group=True,
            leaf=not module.inside,
            opened=opened,
            selected=node.key[1] == self.selected,
        )

    def hint(self, node: Node) -> str:
        module = self.modules[node.key[1]]
        return f"{module.path}\n{module.type}\n{module.parameters:,} parameters"

    def _inside(self, node: Node) -> list[int]:
        if node is self.root:
            return self.modules[0].inside if self.modules else []
        return self.modules[node.key[1]].inside


class ModulesList(Pane):
    """Picks scopes. The tree is made when the tab is first looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._stale = False
        self._scopes = 0
        self._selection = Selection()
        self._refresh_soon = QTimer(self)
        self._refresh_soon.setSingleShot(True)
        self._refresh_soon.setInterval(_GROWTH_MS)
        self._refresh_soon.timeout.connect(self._refresh)
        self._model = ModulesModel(self)
        self.tree = RowView(self._model, gutter=False)
        self.tree.setAccessibleName("Modules of the model")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self.tree)
        self.tree.row_picked.connect(self._pick)
        self.tree.row_hovered.connect(self._hover)
        self.tree.menu_wanted.connect(self._ask_menu)

    def show_run(self, run: Run | None) -> None:
        self._run = run
        self._stale = True
        if self.isVisible():
            self._refresh()

    def show_growth(self, first_record: int) -> None:
        if self._run is not None and len(self._run.graph.scopes) != self._scopes:
            self._stale = True
            if self.isVisible() and not self._refresh_soon.isActive():
                self._refresh_soon.start()

    def show_selection(self, selection: Selection) -> None:
        self._selection = selection
        if not self._stale:
            self._mark()

    def showEvent(self, event: QShowEvent) -> None:
        self._refresh()

    def _refresh(self) -> None:
        if self._stale:
            self._stale = False
            self._scopes = 0 if self._run is None else len(self._run.graph.scopes)
            opened = self.tree.opened()
            self._model.show_graph(None if self._run is None else self._run.graph)
            top = self._model.children_of(self._model.root)
            if len(top) == 1:
                self.tree.expand(self._model.index_of(top[0]))
            self.tree.reopen(opened)
            self._mark()

    def _mark(self) -> None:
        scope = self._selection.scope
        if self._selection.op >= 0 and self._run is not None:
            scope = self._run.graph.ops[self._selection.op].scope
        self._model.selected = self._model.number_of(scope) if scope > 0 else -1
        self.tree.viewport().update()

    def _pick(self, node: Node) -> None:
        self.picked.emit(Selection(scope=self._model.modules[node.key[1]].scope))

    def _ask_menu(self, node: Node, at: QPoint) -> None:
        self.menu_wanted.emit(Selection(scope=self._model.modules[node.key[1]].scope), at)

    def _hover(self, node: Node | None) -> None:
        wanted = Selection()
        if node is not None:
            wanted = Selection(scope=self._model.modules[node.key[1]].scope)
        self.hovered.emit(wanted)
