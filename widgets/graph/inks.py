"""Pens, brushes and laid-out text for the graph, made once for each theme."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QPainter,
    QPen,
    QStaticText,
    QTransform,
)

from ...tracers.ir import Category
from ..theme import Theme, icon_pixmap, mono_font, ui_font


def faint(colour: QColor, alpha: float) -> QColor:
    """A colour with some of what is beneath showing through."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


def mixed(one: QColor, two: QColor, share: float) -> QColor:
    """`share` of `one`, the rest of `two`."""
    return QColor.fromRgbF(
        one.redF() * share + two.redF() * (1 - share),
        one.greenF() * share + two.greenF() * (1 - share),
        one.blueF() * share + two.blueF() * (1 - share),
    )


def dashed(colour: QColor, width: float = 1.0, dash: float = 3.0) -> QPen:
    """A dashed pen; `dash` is in pixels."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([dash / width, dash / width])
    return pen


class Inks:
    """Everything the painters draw with, in one theme."""

    def __init__(self, theme: Theme) -> None:
        def ink(token: str) -> QColor:
            return QColor(getattr(theme, token))

        self.dark = theme.name == "dark"
        self.canvas = ink("canvas")
        self.raised = ink("raised")
        self.text1, self.text2, self.text3 = ink("text1"), ink("text2"), ink("text3")
        self.not_run = ink("not_run")
        self.line, self.line2 = ink("line"), ink("line2")
        self.accent = ink("accent")
        self.current, self.current_fill = ink("current"), ink("current_fill")
        self.current_ring = self.current if self.dark else ink("current_text")
        self.breakpoint = ink("breakpoint")
        self.warn = ink("warn")
        self.error = ink("breakpoint")
        self.weight = ink("weight")
        self.edge = ink("edge")
        self.loop, self.function = ink("loop"), ink("function")
        self.grid = mixed(ink("text3"), self.canvas, 0.17)
        self.level = faint(self.text1, 0.028)
        self.level_loop = faint(self.loop, 0.07)
        self.categories = {category: theme.category(category) for category in Category}
        self.edge_pen = QPen(self.edge, 1.5)
        self.edge_pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        self.future = mixed(self.edge, self.canvas, 0.62)
        self.future_pen = dashed(self.future, 1.3)
        self.accent_pen = QPen(self.accent, 2.0)
        self.weight_pen = QPen(faint(self.weight, 0.8), 1.2)
        self.outline = QPen(self.line2, 1.0)
        self.dashes = dashed(mixed(self.not_run, self.canvas, 0.6), 1.0)
        self.fill = QBrush(self.raised)
        self.hollow = QBrush(self.canvas)


class Face(IntEnum):
    """The fonts of the graph."""

    NAME = 0
    NOTE = 1
    SMALL = 2
    WIRE = 3


class Words:
    """Draws short texts, each laid out once."""

    def __init__(self) -> None:
        self._laid: dict[tuple[Face, str, int], tuple[QStaticText, float, float]] = {}
        self._fonts = (ui_font(12, 600), ui_font(12), ui_font(11), mono_font(10))
        self._metrics = [QFontMetricsF(font) for font in self._fonts]

    def width(self, text: str, face: Face) -> float:
        """Width of a text."""
        return self._lay(text, face, 0)[1]

    def cut(self, text: str, face: Face, room: float) -> str:
        """A text cut to `room`."""
        return self._lay(text, face, int(room))[0].text()

    def draw(
        self,
        painter: QPainter,
        x: float,
        middle: float,
        text: str,
        face: Face,
        ink: QColor,
        room: float = 0.0,
    ) -> float:
        """Draw from `x`, vertically centred on `middle`, cut to `room` if given; where it ends."""
        laid, width, height = self._lay(text, face, int(room))
        painter.setFont(self._fonts[face])
        painter.setPen(ink)
        painter.drawStaticText(QPointF(x, middle - height / 2), laid)
        return x + width

    def _lay(self, text: str, face: Face, room: int) -> tuple[QStaticText, float, float]:
        found = self._laid.get((face, text, room))
        if found is None:
            metrics = self._metrics[face]
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) if room else text
            laid = QStaticText(shown)
            laid.setTextFormat(Qt.TextFormat.PlainText)
            laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            laid.prepare(QTransform(), self._fonts[face])
            found = (laid, metrics.horizontalAdvance(shown), laid.size().height())
            self._laid[face, text, room] = found
        return found


@lru_cache(maxsize=4)
def inks(theme: Theme) -> Inks:
    """The inks of a theme."""
    return Inks(theme)


def draw_icon(painter: QPainter, name: str, rect: QRectF, tint: QColor) -> None:
    """Draw an icon as sharp as the painter's scale and screen need."""
    scale = painter.worldTransform().m11() * painter.device().devicePixelRatioF()
    ratio = min(4.0, max(1.0, round(scale * 4) / 4))
    pixmap = icon_pixmap(name, tint, round(rect.width()), ratio)
    painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
