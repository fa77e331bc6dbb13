"""The pictures of a pair beside each other: A, B, |A − B| and the figures."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ..run.painting import draw_text, face
from ..tensor.colours import Norm, table
from ..tensor.formatting import count, number
from ..tensor.notice import Notice
from ..tensor.scales import draw_bar
from ..theme import colour, hub
from .facts import Facts
from .pair_lines import PairLines
from .pair_map import PairMap
from .planes import Planes
from .side_head import draw_badge

EDGE = 14
_BETWEEN = 20  # px between A and B
_HEAD = 30  # px of the words above a picture
_BAR = 58  # px that the colour bar takes with its numbers
_LEAST, _MOST = 96, 260  # px of a picture's side


class PairStage(QWidget):
    """The pictures, or the lines, or neither."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps = [PairMap(name, self) for name in ("A", "B", "|A − B|")]
        self.lines = PairLines(self)
        self.notice = Notice(self)
        self.facts = Facts(self)
        self._frameworks = ("", "")
        self._planes: Planes | None = None
        self._way = "none"
        self._wide = 0
        hub().changed.connect(self.update)
        self.show_way("none")

    @property
    def way(self) -> str:
        """What is shown: "maps", "lines", "number", "notice" or "none"."""
        return self._way

    def show_way(self, way: str) -> None:
        """Turn to maps, lines, one number, a sentence, or nothing."""
        self._way = way
        for one in self.maps:
            one.setVisible(way == "maps")
        self.lines.setVisible(way == "lines")
        self.notice.setVisible(way == "notice")
        self.facts.setVisible(way != "none")
        self.place()

    def show_frameworks(self, a: str, b: str) -> None:
        """What stands beside the letters."""
        self._frameworks = (a, b)
        self.update()

    def show_planes(self, planes: Planes) -> None:
        """Other values."""
        self._planes = planes
        if self._way == "lines":
            self.lines.show_planes(planes)
        else:
            for one, plane in zip(self.maps, (planes.a, planes.b, planes.off), strict=True):
                last = one is self.maps[2]
                one.show_plane(plane, planes.off_norm if last else planes.norm)
        self.place()

    def set_room(self, width: int) -> None:
        """How wide it is beside a scroll bar, whether there is one or not."""
        self._wide = width
        self.place()

    def _room(self) -> int:
        return self._wide or self.width()

    def side(self) -> int:
        """How wide and high a picture may be."""
        side = (self._room() - 2 * EDGE - _BETWEEN) // 2
        return min(max(side, _LEAST), _MOST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """Put the parts in their places, and be as high as they are together."""
        side, facts = self.side(), self.facts.wanted_height()
        right = self._room() - EDGE
        if self._way == "maps":
            for one in self.maps:
                one.resize(side, side)
            height = max((one.picture_height() for one in self.maps), default=side)
            for one, left in zip(self.maps, (EDGE, right - side, EDGE), strict=True):
                top = _HEAD if one is not self.maps[2] else 2 * _HEAD + height + 4
                one.setGeometry(left, top, side, side)
            lower = 2 * _HEAD + height + 4
            left = EDGE + side + _BAR
            self.facts.setGeometry(left, lower - 2, right - left, facts)
            total = lower + max(height, facts) + 12
        elif self._way == "lines":
            self.lines.setGeometry(0, 0, self.width(), 292)
            self.facts.setGeometry(EDGE, 300, right - EDGE, facts)
            total = 300 + facts
        elif self._way in ("number", "notice"):
            sentence = 74 if self._way == "notice" else 0
            self.notice.setGeometry(EDGE, 0, right - EDGE, sentence)
            self.facts.setGeometry(EDGE, 10 + sentence, right - EDGE, facts)
            total = 14 + sentence + facts
        else:
            total = 0
        if total != self.height():
            self.setFixedHeight(total)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Letters, frameworks, the colour bars."""
        if self._way != "maps" or self._planes is None:
            return
        painter = QPainter(self)
        side = self.side()
        for letter, framework, picture in zip("AB", self._frameworks, self.maps, strict=False):
            x = float(picture.x())
            x += draw_badge(painter, x, _HEAD / 2 - 1, letter) + 8
            draw_text(painter, x, _HEAD / 2 - 1, framework, face(12, 500), colour("text2"))
        third = self.maps[2]
        middle = third.y() - _HEAD / 2 + 1
        x = EDGE + draw_text(painter, EDGE, middle, "|A − B|", face(12, 600), colour("text1"))
        if self._planes.a.reduced:
            part = count(self._planes.a.y.step * self._planes.a.x.step)
            draw_text(painter, x + 8, middle, f"1 in {part} elements", face(11), colour("text3"))
        area = QRectF(third.grid.area).translated(third.pos())
        draw_bar(painter, self._planes.off_norm, area)
        self._draw_scale(painter, side)
        painter.end()

    def _draw_scale(self, painter: QPainter, side: int) -> None:
        """The colours that A and B share, above B at its right end."""
        assert self._planes is not None
        norm = self._planes.norm
        right, middle = self.maps[1].x() + side, _HEAD / 2 - 1
        high, low = number(norm.high, 2), number(norm.low, 2)
        faced = face(10)
        room = side - 26 - face(12, 500).width(self._frameworks[1]) - 12
        if room < faced.width(high) + faced.width(low) + 44:
            return
        x = right - faced.width(high)
        draw_text(painter, x, middle, high, faced, colour("text3"))
        bar = QRectF(x - 5 - 34, middle - 3, 34, 6)
        _paint_colours(painter, norm, bar)
        draw_text(painter, bar.left() - 5 - faced.width(low), middle, low, faced, colour("text3"))


def _paint_colours(painter: QPainter, norm: Norm, bar: QRectF) -> None:
    """A colour scale from left to right."""
    fill = QLinearGradient(bar.topLeft(), bar.topRight())
    colours = table(norm.palette)
    for part in range(0, 257, 16):
        fill.setColorAt(part / 256, QColor.fromRgb(int(colours[min(part, 255)])))
    painter.fillRect(bar, fill)
