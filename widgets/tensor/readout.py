"""The card that names the element under the cursor, and the marks that point at it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ..theme import DARK, colour, ui_font
from .raster import Grid

# Dark in both themes: it lies on a picture that is dark in both.
_GROUND = QColor(16, 18, 22, 236)
_EDGE = QColor(DARK.line2)
_STRONG = QColor("#FFFFFF")
_SOFT = QColor(DARK.text2)
_HAIR = QColor(255, 255, 255, 120)
_SHADE = QColor(0, 0, 0, 90)
_LEAST = 7.0  # px of a frame that must be seen


def draw_card(painter: QPainter, at: QRectF, inside: QRectF, value: str, where: str) -> QRectF:
    """Draw the card beside the cell `at`, within `inside`; return where it lies."""
    bold, plain = ui_font(12, 600), ui_font(11)
    first = QFontMetricsF(bold).horizontalAdvance(value)
    second = QFontMetricsF(plain).horizontalAdvance(where)
    width = max(first, second) + 20
    card = QRectF(at.right() + 10, at.top() - 48, width, 41)
    if card.right() > inside.right():
        card.moveRight(max(at.left() - 10, inside.left() + width))
    if card.top() < inside.top():
        card.moveTop(min(at.bottom() + 8, inside.bottom() - 41))
    painter.setPen(QPen(_EDGE, 1))
    painter.setBrush(_GROUND)
    painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
    painter.setPen(_STRONG)
    painter.setFont(bold)
    painter.drawText(QPointF(card.left() + 9, card.top() + 17), value)
    painter.setPen(_SOFT)
    painter.setFont(plain)
    painter.drawText(QPointF(card.left() + 9, card.top() + 33), where)
    return card


def draw_cross(painter: QPainter, cell: QRectF, area: QRectF) -> None:
    """Hair lines from the cell to both scales, and a frame around the cell."""
    middle = cell.center()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(_HAIR, 1))
    painter.drawLine(QPointF(area.left(), middle.y()), QPointF(cell.left() - 2, middle.y()))
    painter.drawLine(QPointF(middle.x(), cell.bottom() + 2), QPointF(middle.x(), area.bottom()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    frame = cell.adjusted(-1, -1, 1, 1)
    if frame.width() < 7:
        frame.adjust(-(7 - frame.width()) / 2, 0, (7 - frame.width()) / 2, 0)
    if frame.height() < 7:
        frame.adjust(0, -(7 - frame.height()) / 2, 0, (7 - frame.height()) / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_SHADE, 3))
    painter.drawRoundedRect(frame, 1.5, 1.5)
    painter.setPen(QPen(_STRONG, 1.5))
    painter.drawRoundedRect(frame, 1.5, 1.5)


def draw_sources(painter: QPainter, grid: Grid, cells: Mapping[tuple[int, int], float]) -> None:
    """A frame around each cell, the stronger the more it gave."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (row, column), strength in cells.items():
        frame = QRectF(grid.cell(row, column)).adjusted(-0.5, -0.5, 0.5, 0.5)
        wide, high = max(_LEAST - frame.width(), 0) / 2, max(_LEAST - frame.height(), 0) / 2
        frame.adjust(-wide, -high, wide, high)
        tint = QColor(colour("accent"))
        tint.setAlphaF(0.35 + 0.65 * min(max(strength, 0.0), 1.0))
        for pen in (QPen(_SHADE, 3.5), QPen(tint, 2)):
            painter.setPen(pen)
            painter.drawRoundedRect(frame, 2, 2)
