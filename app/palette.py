"""Ctrl+K: search commands, ops and modules; Enter carries out or selects."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Category, Run, ScopeKind, Selection
from ..widgets import theme
from .action_set import ActionSet, key_text
from .actions import all_actions
from .search import Entry, Search

_WIDTH = 640
_ROW = 34
_ROWS = 12
_TOP = 84
_SLICE = 0.008  # seconds of searching between two looks at the user's keys
_DISABLED = 40.0
_MENUS = ("Run", "View", "Edit", "File", "Help")  # the likeliest first
_SCOPE_ICONS = {
    ScopeKind.MODULE: "box",
    ScopeKind.FUNCTION: "square-function",
    ScopeKind.BRANCH: "split",
    ScopeKind.LOOP: "repeat",
    ScopeKind.GROUP: "layers",
}
_Index = QModelIndex | QPersistentModelIndex


def entries_of(actions: ActionSet, run: Run | None, ops_only: bool = False) -> list[Entry]:
    """Everything that can be found."""
    found: list[Entry] = []
    if not ops_only:
        for row in sorted(all_actions(), key=lambda row: _MENUS.index(row.menu)):
            weight = 0.0 if actions[row.id].isEnabled() else _DISABLED
            text = row.title.rstrip("…")
            key = key_text(row.key) if row.key else ""
            found.append(Entry("action", row.id, text, row.menu, key, row.icon, weight))
    if run is None:
        return found
    graph = run.graph
    paths = [scope.path for scope in graph.scopes]
    for index, op in enumerate(graph.ops):
        path = paths[op.scope]
        note = f"{op.note}  {path}" if op.note and path else op.note or path
        found.append(Entry("op", str(index), op.type, note, str(index + 1), op.category.value, 1.0))
    if not ops_only:
        for index, scope in enumerate(graph.scopes):
            if index:
                call = f" call {scope.call}" if scope.call > 1 else ""
                note = f"{scope.type}{call}"
                mark = _SCOPE_ICONS.get(scope.kind, "box")
                name = scope.path or scope.name
                found.append(Entry("module", str(index), name, note, "", mark, 0.5))
    return found


class _Results(QAbstractListModel):
    """The best entries for the query."""

    def __init__(self, actions: ActionSet, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._entries: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        """Replace all rows, if they differ."""
        if entries != self._entries:
            self.beginResetModel()
            self._entries = entries
            self.endResetModel()

    def entry(self, row: int) -> Entry:
        """One row."""
        return self._entries[row]

    def usable(self, entry: Entry) -> bool:
        """It can be picked now."""
        return entry.kind != "action" or self._actions[entry.target].isEnabled()

    def rowCount(self, parent: _Index | None = None) -> int:
        """A flat list."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, for those who listen instead of looking; the delegate paints."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        entry = self._entries[index.row()]
        return " ".join(part for part in (entry.text, entry.note, entry.tail) if part)


class _Rows(QStyledItemDelegate):
    """Paints one entry on one line."""

    def __init__(self, results: _Results, parent: QObject) -> None:
        super().__init__(parent)
        self._results = results

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """All rows are alike."""
        return QSize(100, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Mark, text, note, and the key or number at the right."""
        entry = self._results.entry(index.row())
        styled: Any = option
        rect: QRect = styled.rect
        chosen = bool(styled.state & QStyle.StateFlag.State_Selected)
        box = QRectF(rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection"))
            painter.drawRoundedRect(box.adjusted(6, 1, -6, -1), 5, 5)
        usable = self._results.usable(entry)
        quiet = ("text2" if chosen else "text3") if usable else "not_run"
        ink = "text1" if usable else "not_run"
        self._mark(painter, entry, box, quiet)
        painter.setFont(theme.ui_font(11))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour(quiet))
        tail_width = painter.fontMetrics().horizontalAdvance(entry.tail)
        painter.drawText(
            box.adjusted(0, 0, -18, 0), middle | Qt.AlignmentFlag.AlignRight, entry.tail
        )
        left, room = box.left() + 44, box.width() - 44 - 18 - tail_width - 16
        font = theme.ui_font(12, 600 if entry.kind == "op" else 500)
        left += self._words(painter, entry.text, left, box, room, font, ink)
        rest = room - (left - box.left() - 44) - 10
        if rest > 30:
            self._words(painter, entry.note, left + 10, box, rest, theme.ui_font(11), quiet)
        painter.restore()

    def _words(
        self,
        painter: QPainter,
        text: str,
        left: float,
        box: QRectF,
        room: float,
        font: QFont,
        token: str,
    ) -> float:
        painter.setFont(font)
        painter.setPen(theme.colour(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(room))
        width = painter.fontMetrics().horizontalAdvance(shown)
        spot = QRectF(left, box.top(), width + 2, box.height())
        painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, shown)
        return width

    def _mark(self, painter: QPainter, entry: Entry, box: QRectF, token: str) -> None:
        middle = box.center().y()
        if entry.kind == "op":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.theme().category(Category(entry.mark)))
            painter.drawRoundedRect(QRectF(box.left() + 22, middle - 4, 8, 8), 2, 2)
        else:
            spot = QRectF(box.left() + 18, middle - 8, 16, 16)
            theme.paint_icon(painter, entry.mark or "chevron-right", spot, theme.colour(token))


class Palette(QWidget):
    """Covers its window, and goes when something is picked, on Escape, or on a click beside it.

    Signals:
        picked: Selection; an op or module.
        closed: it is gone.
    """

    picked = Signal(Selection)
    closed = Signal()

    def __init__(
        self, actions: ActionSet, run: Run | None, parent: QWidget, *, ops_only: bool = False
    ) -> None:
        super().__init__(parent)
        self._host = parent
        self._actions = actions
        self._before: QWidget | None = None
        self._search = Search(entries_of(actions, run, ops_only))
        self._panel = QFrame(self)
        self._panel.setObjectName("palette")
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(
            "Op, number or module…" if ops_only else "Op, module, command…"
        )
        self.edit.setFont(theme.ui_font(14))
        self.edit.setAccessibleName("Search")
        self.edit.addAction(theme.icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.edit.textChanged.connect(self._ask)
        self.edit.installEventFilter(self)
        self.results = _Results(actions, self)
        self.list = QListView()
        self.list.setModel(self.results)
        self.list.setItemDelegate(_Rows(self.results, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._clicked)
        self.count = QLabel()
        self.count.setProperty("kind", "text3")
        self.count.setFont(theme.ui_font(11))
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._advance)
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addWidget(self.edit)
        column.addWidget(self.list)
        column.addWidget(self.count)
        self._dress()
        parent.installEventFilter(self)

    def _dress(self) -> None:
        shown = theme.theme()
        ground = shown.raised
        self._panel.setStyleSheet(
            f"#palette {{ background: {ground}; border: 1px solid {shown.line2};"
            " border-radius: 10px; }"
            f"QLineEdit {{ background: transparent; border: none; border-bottom: 1px solid"
            f" {shown.line2}; border-radius: 0; min-height: 44px; padding: 0 8px; }}"
            "QListView { background: transparent; border: none; }"
            "QListView::item, QListView::item:selected, QListView::item:hover {"
            " background: transparent; }"
            "QLabel { padding-left: 18px; }"
        )

    def open(self) -> None:
        """Show it over the window, ready to type into."""
        self._before = self.window().focusWidget()
        self.setGeometry(self._host.rect())
        self._place()
        self.show()
        self.raise_()
        self.edit.setFocus()
        self._ask("")

    def close_palette(self) -> None:
        """Take it away; the focus goes back to where it was."""
        self._timer.stop()
        self._host.removeEventFilter(self)
        self.hide()
        if self._before is not None:
            self._before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def _place(self) -> None:
        width = min(_WIDTH, self.width() - 32)
        rows = min(_ROWS, max(4, (self.height() - _TOP - 140) // _ROW))
        self.list.setFixedHeight(rows * _ROW + 4)
        self._panel.setFixedWidth(width)
        self._panel.adjustSize()
        self._panel.move((self.width() - width) // 2, min(_TOP, max(8, self.height() // 12)))

    def _ask(self, text: str) -> None:
        self._search.begin(text)
        self._timer.start()
        self._advance()

    def _advance(self) -> None:
        done = self._search.advance(_SLICE)
        if done:
            self._timer.stop()
        elif not self._search.found:
            return
        self.results.show(self._search.best())
        if self.results.rowCount():
            self.list.setCurrentIndex(self.results.index(0))
        found = self._search.found
        if not self.edit.text():
            self.count.setText("Enter picks · Esc closes")
        elif found == 0:
            self.count.setText("Nothing fits")
        else:
            self.count.setText(f"{found:,} found" if found > 1 else "1 found")

    def _clicked(self, index: QModelIndex) -> None:
        self._pick(index.row())

    def _pick(self, row: int) -> None:
        if row < 0:
            return
        entry = self.results.entry(row)
        if not self.results.usable(entry):
            return
        self.close_palette()
        if entry.kind == "action":
            self._actions.trigger(entry.target)
        elif entry.kind == "op":
            self.picked.emit(Selection(op=int(entry.target)))
        else:
            self.picked.emit(Selection(scope=int(entry.target)))

    def _key(self, event: QKeyEvent) -> bool:
        """True where a key was for the list."""
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _ROWS,
            Qt.Key.Key_PageUp: -_ROWS,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._finish()
            last = self.results.rowCount() - 1
            row = min(max(self.list.currentIndex().row() + steps[key], 0), max(last, 0))
            self.list.setCurrentIndex(self.results.index(row))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
            self._pick(self.list.currentIndex().row())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    def _finish(self) -> None:
        """Complete the search under way, so that a quick Enter picks the best of all."""
        if self._timer.isActive():
            while not self._search.advance(1.0):
                pass
            self._advance()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the list, typed in the line; the window's size."""
        if watched is self.edit:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # the window's keys rest while this is open
                return True
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._key(event)
        elif watched is self._host and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._host.rect())
            self._place()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the panel closes."""
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.close_palette()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window, and cast a soft shadow."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 90 if theme.theme() is theme.DARK else 40))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for spread in range(1, 9):
            painter.setPen(QPen(QColor(0, 0, 0, 22 - 2 * spread), 2))
            box = QRectF(self._panel.geometry()).adjusted(-spread, -spread + 4, spread, spread + 4)
            painter.drawRoundedRect(box, 10 + spread, 10 + spread)
