"""In the timeline, the place of a backward pass that there is none of yet."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from ..theme import colour, hub
from .painting import draw_text, face, text_width

WIDTH, HEIGHT = 150, 15


class PassOffer(QAbstractButton):
    """Says that there is none, or that a click runs one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.resize(WIDTH, HEIGHT)
        self.show_offer(False, "")
        self.hide()
        hub().changed.connect(self.update)

    def show_offer(self, enabled: bool, hint: str) -> None:
        """Whether a pass can be run now; `hint` says what a click does, or why it does nothing."""
        self.setText("Run backward…" if enabled else "Backward · not recorded")
        self.setAccessibleName(self.text())
        self.setToolTip(hint)
        self.setEnabled(enabled)
        shape = Qt.CursorShape.PointingHandCursor if enabled else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def sizeHint(self) -> QSize:
        """As high as the blocks beside it."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed field with the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        enabled = self.isEnabled()
        pen = QPen(colour("line2"), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(colour("hover" if enabled and self.underMouse() else "panel"))
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, 3, 3)
        faced = face(11, 500 if enabled else 400)
        x = (self.width() - text_width(self.text(), faced)) / 2
        tint = colour("accent" if enabled else "text3")
        draw_text(painter, x, self.height() / 2, self.text(), faced, tint)
