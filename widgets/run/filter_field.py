"""The field above the execution list."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ..theme import colour, hub, paint_icon, ui_font
from .painting import draw_text, face, text_width


class FilterField(QLineEdit):
    """A line edit with a sign at its left and the key that leads to it at its right.

    Signals:
        entered: Return or the Down key: go on to the results.
        left: Escape: the filter is given up.
    """

    entered = Signal()
    left = Signal()

    def __init__(self, hint: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = hint
        self._key = key
        self.setFixedHeight(28)
        self.setFont(ui_font(12))
        self.setAccessibleName(hint)
        self.setTextMargins(24, 0, 8, 0)
        hub().changed.connect(self._restyle)
        self._restyle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        quiet = colour("text3")
        paint_icon(painter, "list-filter", QRectF(9, 7, 14, 14), quiet)
        if not self.text():
            draw_text(painter, 29, self.height() / 2, self._hint, face(), quiet)
            if not self.hasFocus():
                x = self.width() - 8 - text_width(self._key, face())
                draw_text(painter, x, self.height() / 2, self._key, face(), quiet)
        painter.end()

    def _restyle(self) -> None:
        border = colour("line2" if colour("panel").lightness() > 128 else "field").name()
        self.setStyleSheet(
            f"QLineEdit {{ background: {colour('field').name()}; color: {colour('text1').name()};"
            f" border: 1px solid {border}; border-radius: 6px; padding: 0;"
            f" selection-background-color: {colour('selection').name()}; }}"
            f"QLineEdit:focus {{ border-color: {colour('accent').name()}; }}"
        )
