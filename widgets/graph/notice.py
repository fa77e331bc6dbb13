"""Says that a layout takes a while, and lets the user give it up or ask for it again."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from ..theme import colour, hub, ui_font


class Notice(QWidget):
    """A small card at the top of the canvas.

    Signals:
        pressed: its button was pressed.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._words = QLabel(self)
        self._words.setFont(ui_font(12))
        self.button = QPushButton(self)
        self.button.clicked.connect(self.pressed)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._words)
        row.addWidget(self.button)
        hub().changed.connect(self._tint)
        self._tint()
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def say(self, words: str, button: str) -> None:
        """Show up with these words."""
        self._words.setText(words)
        self.button.setText(button)
        self.setAccessibleName(words)
        self.adjustSize()
        self.centre()
        self.show()
        self.raise_()

    def centre(self) -> None:
        """Stand in the middle of the upper side."""
        self.move((self._ground.width() - self.width()) // 2, 14)

    def _tint(self) -> None:
        palette = self._words.palette()
        palette.setColor(self._words.foregroundRole(), colour("text2"))
        self._words.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour("line2"))
        painter.setBrush(colour("raised"))
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, 8, 8)
        painter.end()
