"""Offers what a query may go on with, in a small list beneath a line edit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from ...tracers.ir import Run
from ..theme import colour, hub, ui_font
from ..watching import watch
from .completing import Completion, completions

_ROW = 24
_LEAST, _MOST = 200, 460  # px of width
_GAP = 3


class QueryCompleter(QObject):
    """Follows what is typed into a field. Tab takes the first offer; Down and Enter another."""

    def __init__(self, field: QLineEdit, run: Callable[[], Run | None]) -> None:
        super().__init__(field)
        self._field = field
        self._run = run
        self._offers: list[Completion] = []
        self.list = QListWidget(field)  # of the window, once it is shown
        self.list.setFont(ui_font(12))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("What the query may go on with")
        self.list.itemClicked.connect(self._clicked)
        self.list.hide()
        field.textEdited.connect(self._offer)
        watch(field, self._see)
        hub().changed.connect(self._tint)
        self._tint()

    def take(self, row: int) -> None:
        """Put an offer in the place of what is typed."""
        text, caret = self._offers[row].put_into(self._field.text())
        self._field.setText(text)
        self._field.setCursorPosition(caret)
        self._offer()

    def _offer(self) -> None:
        field = self._field
        self._offers = completions(field.text(), field.cursorPosition(), self._run())
        self.list.clear()
        if not self._offers:
            self.list.hide()
            return
        self.list.addItems([f"{offer.text}   {offer.about}".rstrip() for offer in self._offers])
        self.list.setCurrentRow(-1)
        self._place()
        self.list.show()
        self.list.raise_()

    def _place(self) -> None:
        field, window = self._field, self._field.window()
        if self.list.parentWidget() is not window:
            self.list.setParent(window)
        metrics = QFontMetricsF(self.list.font())
        rows = [self.list.item(row).text() for row in range(self.list.count())]
        wide = max(metrics.horizontalAdvance(text) for text in rows) + 34
        corner = field.mapTo(window, QPoint(0, field.height() + _GAP))
        room = window.width() - corner.x() - 8
        width = round(min(max(wide, _LEAST, field.width()), _MOST, room))
        self.list.setGeometry(corner.x(), corner.y(), width, _ROW * len(rows) + 10)

    def _see(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.list.hide()
        if self.list.isHidden() or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # it is for the list before all else
            return True
        return event.type() == QEvent.Type.KeyPress and self._key(event.key())

    def _key(self, key: int) -> bool:
        """True where a key was for the list."""
        row, last = self.list.currentRow(), self.list.count() - 1
        if key == Qt.Key.Key_Tab:
            self.take(max(row, 0))
        elif key == Qt.Key.Key_Escape:
            self.list.hide()
        elif key == Qt.Key.Key_Down:
            self.list.setCurrentRow(min(row + 1, last))
        elif key == Qt.Key.Key_Up and row >= 0:
            self.list.setCurrentRow(row - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.take(row)
        else:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.list.hide()
            return False
        return True

    def _clicked(self, item: QListWidgetItem) -> None:
        self.take(self.list.row(item))

    def _tint(self) -> None:
        self.list.setStyleSheet(
            f"QListWidget {{ background: {colour('raised').name()};"
            f" border: 1px solid {colour('line2').name()}; border-radius: 6px; padding: 4px;"
            " outline: none; }"
            f"QListWidget::item {{ color: {colour('text2').name()}; height: {_ROW}px;"
            " padding-left: 8px; border-radius: 4px; }"
            f"QListWidget::item:hover {{ background: {colour('hover').name()}; }}"
            f"QListWidget::item:selected {{ background: {colour('selection').name()};"
            f" color: {colour('text1').name()}; }}"
        )
