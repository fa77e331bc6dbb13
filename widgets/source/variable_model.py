"""Variables of a frame as a tree, level by level as it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, overload

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal

from ..run.node_model import Index

PAGE = 100  # children asked for at a time
_NOWHERE = QModelIndex()

Path = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Variable:
    """A row. `group` is a heading such as "Locals"; `more` stands for children not yet asked for.

    Attributes:
        reference: what its children are asked for with, 0 where it has none.
        total: how many children there are.
        record, slot: of a tensor the place in the run; record is -1 for a value from outside.
    """

    name: str
    value: str = ""
    type: str = ""
    reference: int = 0
    total: int = 0
    record: int = -1
    slot: int = -1
    group: bool = False
    more: bool = False
    parent: Variable | None = None
    row: int = 0
    number: int = 0  # the model's own
    children: list[Variable] = field(default_factory=list["Variable"])
    loaded: int = 0
    waiting: bool = False

    @property
    def path(self) -> Path:
        """Names from the heading down to this one."""
        found: list[str] = []
        at = self
        while at.parent is not None:
            found.append(at.name)
            at = at.parent
        return tuple(reversed(found))

    @property
    def has_place(self) -> bool:
        """It is a tensor that the run knows: it can be looked at."""
        return self.slot >= 0


def variable_of(row: Mapping[str, Any]) -> Variable:
    """From a DAP Variable."""
    made = Variable(str(row.get("name", "")), str(row.get("value", "")), str(row.get("type", "")))
    made.reference = int(row.get("variablesReference") or 0)
    count = row.get("indexedVariables") or row.get("namedVariables")
    made.total = int(count) if count else (1 << 30 if made.reference else 0)
    place = row.get("opscope")
    if isinstance(place, dict):
        known = cast("dict[str, Any]", place)
        made.record, made.slot = int(known["record"]), int(known["slot"])
    return made


def group_of(row: Mapping[str, Any]) -> Variable:
    """From a DAP Scope."""
    made = Variable(str(row.get("name", "")), group=True)
    made.reference = int(row.get("variablesReference") or 0)
    made.total = int(row.get("namedVariables") or 0)
    return made


class VariableModel(QAbstractItemModel):
    """Signals:
    wanted: (Variable, start, count); its children shall come by `show_children`.
    """

    wanted = Signal(object, int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: list[Variable] = []
        self.root = self._restart()

    def show_groups(self, groups: Sequence[Variable]) -> None:
        """Another frame, or none."""
        self.beginResetModel()
        self.root = self._restart()
        self._adopt(self.root, groups)
        self.endResetModel()

    def show_children(self, owner: Variable, rows: Sequence[Variable]) -> bool:
        """Children that were asked for; False where their owner is gone since."""
        if not owner.waiting or not self._holds(owner):
            return False
        owner.waiting = False
        at = self.index_of(owner)
        first = owner.loaded
        if first < len(owner.children):  # the row that stands for the rest
            self.beginRemoveRows(at, first, first)
            del owner.children[first]
            self.endRemoveRows()
        owner.loaded += len(rows)
        if len(rows) < PAGE:
            owner.total = owner.loaded
        fresh = list(rows)
        if owner.loaded < owner.total:
            rest = owner.total - owner.loaded
            text = f"{rest:,} more" if owner.total < 1 << 30 else "more"
            fresh.append(Variable(text, more=True))
        if fresh:
            self.beginInsertRows(at, first, first + len(fresh) - 1)
            self._adopt(owner, fresh)
            self.endInsertRows()
        return True

    def ask(self, owner: Variable) -> None:
        """Ask for the next children, unless that is under way."""
        if owner.reference and not owner.waiting and owner.loaded < owner.total:
            owner.waiting = True
            count = min(PAGE, owner.total - owner.loaded)
            self.wanted.emit(owner, owner.loaded, count)

    def variable(self, index: Index) -> Variable:
        """The row of an index."""
        if not index.isValid():
            return self.root
        return self._made[index.internalId()]

    def index_of(self, variable: Variable) -> QModelIndex:
        """Where a row stands."""
        if variable.parent is None:
            return QModelIndex()
        return self.createIndex(variable.row, 0, variable.number)

    def _restart(self) -> Variable:
        self._made = [Variable("")]
        return self._made[0]

    def _adopt(self, owner: Variable, children: Sequence[Variable]) -> None:
        for child in children:
            child.parent, child.row, child.number = owner, len(owner.children), len(self._made)
            owner.children.append(child)
            self._made.append(child)

    def _holds(self, variable: Variable) -> bool:
        at = variable
        while at.parent is not None:
            at = at.parent
        return at is self.root

    # What Qt asks.

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        children = self.variable(parent).children
        if column == 0 and 0 <= row < len(children):
            return self.createIndex(row, 0, children[row].number)
        return QModelIndex()

    @overload
    def parent(self) -> QObject | None: ...

    @overload
    def parent(self, child: Index) -> QModelIndex: ...

    def parent(self, child: Index | None = None) -> QObject | QModelIndex | None:
        if child is None:
            return super().parent()
        above = self.variable(child).parent
        return QModelIndex() if above is None else self.index_of(above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return len(self.variable(parent).children)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        at = self.variable(parent)
        return bool(at.children) or bool(at.reference and at.total)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        at = self.variable(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return at.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            hint = "opens in the inspector" if at.has_place else ""
            return ", ".join(part for part in (at.name, at.value, at.type, hint) if part)
        if role == Qt.ItemDataRole.ToolTipRole and not at.more:
            lines = (at.name, at.value, at.type if at.type != at.value else "")
            return "\n".join(line for line in lines if line)
        return None
