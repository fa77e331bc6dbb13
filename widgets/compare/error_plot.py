"""What is painted along the forward pass: scales, lines, marks and blocks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ..run.painting import draw_text, face, fill_round, mix, mono_face
from ..run.track import Segment
from ..theme import colour
from .error_scale import Floats, LogScale

ABOVE = 8  # px that marks stand out above the plot
_APART = 22  # px between two numbers of the scale
_BLOCK = 15
_NAMED = 6.0  # px below which a block is a stripe


@dataclass(frozen=True, slots=True)
class ErrorPlot:
    """Where things stand.

    Attributes:
        count: how many places there are from left to right.
    """

    area: QRectF
    scale: LogScale
    count: int

    def x_of(self, number: int) -> float:
        """Of a place."""
        return self.area.left() + (number + 0.5) * self.area.width() / max(self.count, 1)

    def y_of(self, error: float) -> float:
        """Of an error."""
        return self.area.bottom() - self.scale.place(error) * self.area.height()

    def scales(self, painter: QPainter, tolerance: float) -> None:
        """Powers of ten, and the tolerance as a dashed line."""
        area, faced = self.area, mono_face(10)
        ticks = self.scale.ticks()
        room = max(int(area.height() // _APART), 1)
        for place, text in ticks[:: -(-len(ticks) // room)]:
            y = round(area.bottom() - place * area.height())
            painter.fillRect(QRectF(area.left(), y, area.width(), 1), colour("line"))
            left = area.left() - 8 - faced.width(text)
            draw_text(painter, left, y, text, faced, colour("text3"))
        pen = QPen(mix(colour("text1"), colour("panel"), 0.7), 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        y = round(self.y_of(tolerance)) + 0.5
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def after(self, painter: QPainter, number: int) -> None:
        """What comes from a place on has another ground."""
        area, x = self.area, self.x_of(number)
        tint = QColor(colour("warn"))
        tint.setAlphaF(0.08)
        wide = area.right() - x
        painter.fillRect(QRectF(x, area.top() - ABOVE, wide, area.height() + ABOVE), tint)

    def line(self, painter: QPainter, values: Floats, pen: QPen) -> None:
        """A curve; where an error is not known (below 0), it goes on from the one before."""
        known = np.flatnonzero(values >= 0)
        if not len(known):
            return
        area = self.area
        across = area.left() + (known + 0.5) * area.width() / max(self.count, 1)
        down = area.bottom() - self.scale.places(values[known]) * area.height()
        if len(known) > 2 * max(area.width(), 1):  # of many, the worst in each column of pixels
            columns = across.astype(np.int64)
            starts = np.flatnonzero(np.r_[True, columns[1:] != columns[:-1]])
            across, down = across[starts], np.minimum.reduceat(down, starts)
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if len(points) == 1:
            painter.drawPoint(points[0])
        # One by one: a long path's outline takes Qt many times as long.
        painter.drawLines([QLineF(a, b) for a, b in itertools.pairwise(points)])

    def start(self, painter: QPainter, number: int, error: float | None, words: str) -> None:
        """The first divergence: a line, its words, a dot at its error."""
        area, x, faced = self.area, round(self.x_of(number)), face(11, 600)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        tall = area.height() + ABOVE
        painter.fillRect(QRectF(x - 1, area.top() - ABOVE, 2, tall), colour("warn"))
        width = faced.width(words)
        left = x - 8 - width if x - 8 - width > area.left() else x + 8
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_text(painter, left, area.top() - 3, words, faced, colour("warn"))
        if error is not None:
            self._dot(painter, QPointF(x, self.y_of(error)), 4.5, "warn")

    def later(self, painter: QPainter, number: int) -> None:
        """A divergence after the first: a tick."""
        x, top = round(self.x_of(number)), self.area.top()
        painter.setPen(QPen(mix(colour("warn"), colour("panel"), 0.6), 1))
        painter.drawLine(QPointF(x, top - ABOVE), QPointF(x, top + 4))

    def cursor(self, painter: QPainter, number: int, error: float) -> None:
        """The place that is looked at; the error below 0 where it is not known."""
        area, x = self.area, round(self.x_of(number))
        tall = area.height() + ABOVE
        painter.fillRect(QRectF(x, area.top() - ABOVE, 1, tall), colour("accent"))
        if error >= 0:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._dot(painter, QPointF(x + 0.5, self.y_of(error)), 4, "accent")

    def blocks(self, painter: QPainter, segments: Sequence[Segment], here: int, top: float) -> None:
        """The modules along the pass; the one with the place `here` stands out."""
        each = self.area.width() / max(self.count, 1)
        drawn = float("-inf")
        for segment in segments:
            left = self.area.left() + each * segment.start
            right = self.area.left() + each * segment.stop - 1.5
            if right - left < 1 and left - drawn < 1:
                continue
            drawn = right
            rect = QRectF(left, top, max(right - left, 1.5), _BLOCK)
            now = segment.start <= here < segment.stop
            token = "selection" if now else "hover"
            if rect.width() < _NAMED:
                painter.fillRect(rect, colour(token))
                continue
            fill_round(painter, rect, 3, colour(token))
            faced = face(11, 500 if now else 400)
            width = faced.width(segment.label)
            if segment.label and width + 8 <= rect.width():
                ink = colour("accent" if now else "text2")
                x = rect.center().x() - width / 2
                draw_text(painter, x, rect.center().y(), segment.label, faced, ink)

    def _dot(self, painter: QPainter, at: QPointF, radius: float, token: str) -> None:
        painter.setPen(QPen(colour("panel"), 1.5))
        painter.setBrush(colour(token))
        painter.drawEllipse(at, radius, radius)


def draw_legend(
    painter: QPainter, rows: Sequence[tuple[str, QPen]], left: float, right: float, middle: float
) -> None:
    """What the lines are, to end at `right`, if there is room for all."""
    if right - sum(face(11).width(name) + 40 for name, _pen in rows) < left:
        return
    x = right
    for name, pen in reversed(rows):
        x -= face(11).width(name)
        draw_text(painter, x, middle, name, face(11), colour("text3"))
        x -= 24
        painter.setPen(pen)
        painter.drawLine(QPointF(x, middle), QPointF(x + 17, middle))
        x -= 16
