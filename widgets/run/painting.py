"""Marks and text that the painted panes share."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from ..theme import colour, mono_font, ui_font

Align = Qt.AlignmentFlag


_MOST_WIDTHS = 4096


class Face:
    """A font with its metrics; remembers how wide the texts were that it drew."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.rise = self.metrics.capHeight() / 2
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """Advance of a line of text."""
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) >= _MOST_WIDTHS:
                self._widths.clear()
            width = self._widths[text] = self.metrics.horizontalAdvance(text)
        return width


@cache
def face(size: int = 12, weight: int = 400) -> Face:
    """Inter with its metrics."""
    return Face(ui_font(size, weight))


@cache
def mono_face(size: int = 12, weight: int = 400) -> Face:
    """JetBrains Mono with its metrics."""
    return Face(mono_font(size, weight))


def text_width(text: str, faced: Face) -> float:
    """Advance of a line of text."""
    return faced.width(text)


def draw_text(
    painter: QPainter,
    x: float,
    middle: float,
    text: str,
    faced: Face,
    tint: QColor,
    room: float = 1e9,
) -> float:
    """Draw one line, its capitals centred on `middle`, elided to `room`; the width it took."""
    if not text:
        return 0.0
    width = faced.width(text)
    if width > room:
        if room < 12:
            return 0.0
        text = faced.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        width = faced.width(text)
    painter.setFont(faced.font)
    painter.setPen(tint)
    painter.drawText(QPointF(x, round(middle + faced.rise)), text)
    return width


def draw_arrow(painter: QPainter, x: float, middle: float, tint: QColor, hollow: bool) -> None:
    """The arrow that says where the run stands, 14×11, its left edge at `x`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = 1.0
    left, right, top, bottom = x + inset, x + 14 - inset, middle - 5.5 + inset, middle + 5.5 - inset
    shape = QPolygonF(
        [
            QPointF(left, top),
            QPointF(x + 8.6, top),
            QPointF(right, middle),
            QPointF(x + 8.6, bottom),
            QPointF(left, bottom),
        ]
    )
    pen = QPen(tint, 1.5 if hollow else 2.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else tint)
    painter.drawPolygon(shape)
    painter.restore()


def draw_dot(
    painter: QPainter, x: float, y: float, radius: float, tint: QColor, hollow: bool = False
) -> None:
    """A filled or hollow circle."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if hollow:
        painter.setPen(QPen(tint, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius -= 0.75
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
    painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.restore()


def draw_chevron(painter: QPainter, x: float, y: float, tint: QColor, opened: bool) -> None:
    """A 4×8 chevron around (x, y); it points down where `opened`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(tint, 1.4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    path = QPainterPath()
    if opened:
        path.moveTo(x - 4, y - 2)
        path.lineTo(x, y + 2)
        path.lineTo(x + 4, y - 2)
    else:
        path.moveTo(x - 2, y - 4)
        path.lineTo(x + 2, y)
        path.lineTo(x - 2, y + 4)
    painter.drawPath(path)
    painter.restore()


def fill_round(painter: QPainter, rect: QRectF, radius: float, tint: QColor) -> None:
    """A filled rounded rectangle without an outline."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


def draw_pill(painter: QPainter, right: float, middle: float, text: str, token: str) -> float:
    """A health pill that ends at `right`; its width."""
    faced = face(11, 600)
    width = text_width(text, faced) + 12
    back = mix(colour(token), colour("panel"), 0.14)
    fill_round(painter, QRectF(right - width, middle - 8, width, 16), 8, back)
    draw_text(painter, right - width + 6, middle, text, faced, colour(token))
    return width


def mix(tint: QColor, under: QColor, share: float) -> QColor:
    """A colour laid over another with the opacity `share`."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        tint.redF() * share + under.redF() * rest,
        tint.greenF() * share + under.greenF() * rest,
        tint.blueF() * share + under.blueF() * rest,
    )
