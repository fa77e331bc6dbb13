"""Ctrl+K: search commands, ops, modules, parameters and source; Enter carries out or selects."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Run, Selection
from ..widgets import theme
from ..widgets.run.finding import Finding
from .action_set import ActionSet
from .palette_rows import ROW, Results, Rows
from .palette_search import PaletteSearch
from .search import Entry

_WIDTH = 640
_ROWS = 12
_TOP = 84
_SLICE = 0.008  # seconds of searching between two looks at the user's keys
_HINT = (
    "Enter picks · Esc closes · narrow with type: shape: dtype: scope: param: line: nan: time: …"
)


class Palette(QWidget):
    """Covers its window, and goes when something is picked, on Escape, or on a click beside it.

    Signals:
        picked: Selection; an op or module.
        closed: it is gone.
    """

    picked = Signal(Selection)
    closed = Signal()

    def __init__(
        self,
        actions: ActionSet,
        run: Run | None,
        parent: QWidget,
        *,
        ops_only: bool = False,
        finding: Finding | None = None,
    ) -> None:
        """`finding` shows what is found while the user types, and goes on with what is picked."""
        super().__init__(parent)
        self._host = parent
        self._actions = actions
        self._before: QWidget | None = None
        self._lights = None if ops_only else finding
        if finding is None:
            finding = Finding(self)
            finding.show_run(run)
        self._search = PaletteSearch(actions, run, finding, ops_only)
        self._run = run
        self._kept = False
        self._panel = QFrame(self)
        self._panel.setObjectName("palette")
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(
            "Op, number or module…" if ops_only else "Op, module, parameter, line, command…"
        )
        self.edit.setFont(theme.ui_font(14))
        self.edit.setAccessibleName("Search")
        self.edit.addAction(theme.icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.edit.textChanged.connect(self._ask)
        self.edit.installEventFilter(self)
        self.results = Results(actions, self)
        self.list = QListView()
        self.list.setModel(self.results)
        self.list.setItemDelegate(Rows(self.results, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._clicked)
        self.count = QLabel()
        self.count.setProperty("kind", "text3")
        self.count.setFont(theme.ui_font(11))
        self.count.setWordWrap(True)
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._advance)
        self._warm = QTimer(self, interval=0)
        self._warm.timeout.connect(self._warm_up)
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
        if self._lights is not None and self._lights.text:
            self.edit.setText(self._lights.text)
            self.edit.selectAll()
        else:
            self._ask()

    def close_palette(self) -> None:
        """Take it away; the focus goes back to where it was."""
        self._timer.stop()
        self._host.removeEventFilter(self)
        self.hide()
        if self._lights is not None and not self._kept:
            self._lights.restore()
        if self._before is not None:
            self._before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def _place(self) -> None:
        width = min(_WIDTH, self.width() - 32)
        rows = min(_ROWS, max(4, (self.height() - _TOP - 140) // ROW))
        self.list.setFixedHeight(rows * ROW + 4)
        self._panel.setFixedWidth(width)
        self._panel.adjustSize()
        self._panel.move((self.width() - width) // 2, min(_TOP, max(8, self.height() // 12)))

    def _ask(self) -> None:
        self._search.begin(self.edit.text(), self.edit.cursorPosition())
        self._timer.start()
        self._advance()

    def _advance(self) -> None:
        done = self._search.advance(_SLICE)
        if not done and not self._search.count:
            return
        self.results.show(self._search.entries())
        offers = len(self._search.offers)
        first = offers if self.results.rowCount() > offers else 0
        if self.results.rowCount():
            self.list.setCurrentIndex(self.results.index(first))
            self.list.scrollToTop()
        self._count()
        if done:
            self._timer.stop()
            self._light()
            if not self.edit.text():
                self._warm.start()

    def _count(self) -> None:
        found, count = self._search.found, self._search.count
        wrong = found is not None and bool(found.problem)
        self.count.setStyleSheet(f"color: {theme.theme().warn};" if wrong else "")
        if found is not None and found.problem:
            self.count.setText(found.problem)
        elif not self.edit.text():
            self.count.setText(_HINT)
        elif count == 0:
            self.count.setText("Nothing fits")
        else:
            self.count.setText(f"{count:,} found" if count > 1 else "1 found")

    def _warm_up(self) -> None:
        """Use the time until the first letter."""
        if self._timer.isActive() or self._search.advance(_SLICE):
            self._warm.stop()

    def _light(self) -> None:
        """Show in the panes what would be gone to: not for a command."""
        row = self.list.currentIndex().row()
        if self._lights is None or row < 0:
            return
        chosen = self.results.entry(row).kind
        found = self._search.found
        lit = found is not None and bool(len(found.ops)) and chosen != "action"
        self._lights.preview(found if lit else None)

    def _clicked(self, index: QModelIndex) -> None:
        self._pick(index.row())

    def _pick(self, row: int) -> None:
        if row < 0:
            return
        entry = self.results.entry(row)
        if not self.results.usable(entry):
            return
        if entry.kind == "complete":
            self._complete(int(entry.target))
            return
        self._keep(entry)
        self.close_palette()
        if entry.kind == "action":
            self._actions.trigger(entry.target)
        elif entry.kind == "op":
            self.picked.emit(self._selection(int(entry.target)))
        elif entry.kind == "value":
            self.picked.emit(Selection(value=int(entry.target)))
        elif entry.kind == "module":
            self.picked.emit(Selection(scope=int(entry.target)))
        else:
            self._pick_line(int(entry.target))

    def _selection(self, op: int) -> Selection:
        found = self._search.found
        if found is None or self._run is None:
            return Selection(op=op)
        return found.selection_of(self._run, op)

    def _pick_line(self, source: int) -> None:
        ops = () if self._run is None else self._run.graph.ops
        first = next((index for index, op in enumerate(ops) if op.source == source), -1)
        if first >= 0:
            self.picked.emit(Selection(op=first))

    def _keep(self, entry: Entry) -> None:
        """What was found besides what is picked stays lit, to go on to."""
        found = self._search.found
        if self._lights is None or entry.kind == "action":
            return
        if entry.kind == "line":
            self._kept = True
            self._lights.find(f"line:{entry.text}")
        elif found is not None and len(found.ops) > 1:
            self._kept = True
            self._lights.adopt(found)

    def _complete(self, index: int) -> None:
        text, caret = self._search.offers[index].put_into(self.edit.text())
        self.edit.setText(text)
        self.edit.setCursorPosition(caret)
        self._ask()

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
            self._light()
        elif key == Qt.Key.Key_Tab and self._search.offers:
            self._finish()
            entry = self.results.entry(max(self.list.currentIndex().row(), 0))
            self._complete(int(entry.target) if entry.kind == "complete" else 0)
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
