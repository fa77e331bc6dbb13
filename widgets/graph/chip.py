"""Says over the canvas what is lit, and ends it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from ..theme import colour, hub, paint_icon, ui_font

HEIGHT = 30
PAD = 14


class Chip(QAbstractButton):
    """Words with a cross; a click ends what they tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Show everything again  Esc")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()
        hub().changed.connect(self.update)

    def say(self, words: str) -> None:
        """Show other words; "" hides it."""
        self._words = words
        self.setAccessibleName(f"{words}. Press to show everything again" if words else "")
        self.resize(self.sizeHint())
        self.setVisible(bool(words))
        self.update()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def sizeHint(self) -> QSize:
        """Room for the words and the cross."""
        width = QFontMetricsF(ui_font(12, 500)).horizontalAdvance(self._words)
        return QSize(round(width) + 2 * PAD + 24, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setPen(QPen(colour("accent" if ring else "line2"), 2 if ring else 1))
        painter.setBrush(colour("hover" if self.underMouse() else "panel"))
        edge = 1.0 if ring else 0.5
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(colour("text1"))
        painter.setFont(ui_font(12, 500))
        words = QRectF(PAD, 0, self.width() - 2 * PAD, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)
        cross = QRectF(self.width() - PAD - 13, (self.height() - 13) / 2, 13, 13)
        paint_icon(painter, "x", cross, colour("text3"))
