"""The path from the model down to where the user is, each part of which can be gone to."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import colour, paint_icon, ui_font


class Crumbs(QWidget):
    """The path from the model down to where the user is.

    Signals:
        picked: int, the scope of the part that was clicked.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[tuple[str, int]] = []
        self._areas: list[tuple[QRectF, int]] = []
        self._chosen = -1  # the part that the keyboard is on
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_path(self, parts: Sequence[tuple[str, int]]) -> None:
        """Names and scopes, outermost first."""
        if list(parts) != self._parts:
            self._parts = list(parts)
            self._chosen = min(self._chosen, len(parts) - 1)
            self.setAccessibleName("Path: " + ", ".join(name for name, _ in parts))
            self._areas = self._laid_out()
            self.update()

    def part_area(self, part: int) -> QRect:
        """Where a part is; empty where it gave way."""
        found = (area for area, at in self._areas if at == part)
        return next(found, QRectF()).toAlignedRect()

    def _laid_out(self) -> list[tuple[QRectF, int]]:
        """Place of each part; the outer ones give way where there is no room."""
        room, chevron = float(self.width()), 22.0
        widths = [
            QFontMetricsF(ui_font(12, 600 if last else 400)).horizontalAdvance(name)
            for name, last in self._weighted()
        ]
        first = 0
        while first < len(widths) - 1 and sum(widths[first:]) + chevron * (
            len(widths) - first - 1
        ) > room - (24 if first else 0):
            first += 1
        areas: list[tuple[QRectF, int]] = []
        x = 24.0 if first else 0.0
        for at in range(first, len(widths)):
            areas.append((QRectF(x, 0, widths[at] + 1, self.height()), at))
            x += widths[at] + chevron
        return areas

    def _weighted(self) -> list[tuple[str, bool]]:
        last = len(self._parts) - 1
        return [(name, at == last) for at, (name, _) in enumerate(self._parts)]

    def resizeEvent(self, event: object) -> None:
        """Other parts may have room now."""
        self._areas = self._laid_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grey parts, chevrons, the last part bold."""
        painter = QPainter(self)
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._areas and self._areas[0][1] > 0:
            painter.setPen(colour("text3"))
            painter.setFont(ui_font(12))
            painter.drawText(QRectF(0, 0, 20, self.height()), middle, "…")
        for area, at in self._areas:
            last = at == len(self._parts) - 1
            painter.setFont(ui_font(12, 600 if last else 400))
            painter.setPen(colour("text1" if last else "text3"))
            painter.drawText(area, middle, self._parts[at][0])
            if at == self._chosen and self.hasFocus():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(colour("accent"), 2))
                middle_y = area.center().y()
                left = max(area.left() - 4, 1.0)
                ring = QRectF(left, middle_y - 11, area.right() + 4 - left, 22)
                painter.drawRoundedRect(ring, 5, 5)
            if not last:
                box = QRectF(area.right() + 4, (self.height() - 13) / 2, 13, 13)
                paint_icon(painter, "chevron-right", box, colour("text3"))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard begins at the innermost part."""
        self._choose(len(self._parts) - 1)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No part has a ring."""
        self.update()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move along the path, Enter goes to a part."""
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._choose(self._chosen + (1 if key == Qt.Key.Key_Right else -1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if 0 <= self._chosen < len(self._parts):
                self.picked.emit(self._parts[self._chosen][1])
        else:
            super().keyPressEvent(event)

    def _choose(self, part: int) -> None:
        first = self._areas[0][1] if self._areas else 0
        self._chosen = min(max(part, first), len(self._parts) - 1)
        if self._chosen >= 0:
            self.setAccessibleDescription(f"At {self._parts[self._chosen][0]}. Enter goes there")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be clicked."""
        over = any(area.contains(event.position()) for area, _ in self._areas)
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select the scope that was clicked."""
        for area, at in self._areas:
            if area.contains(event.position()):
                self.picked.emit(self._parts[at][1])
