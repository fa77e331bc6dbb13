"""Paints what a camera sees: only what is in sight, from tiles where that is much."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import cast

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from .. import motion
from ..theme import theme
from .camera import Camera
from .inks import Inks, inks
from .markers import Marks
from .picture import FAR, GUTTER, Picture, draw_grid
from .rearranging import Rearranging, Standing
from .rings import Rings
from .scene import Area
from .tiles import MANY, Content, Tiles, View

GRID = 24.0


class PaintedCamera(Camera):
    """A camera that paints its picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = Tiles(self)
        self.tiles.arrived.connect(self._show_tile)
        self.rearranging = Rearranging(self, self.update)
        self.rings = Rings(self)
        self.beneath: Callable[[QPainter], None] | None = None  # paints behind the graph
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_picture(self, picture: Picture | None, marks: Marks) -> None:
        """Another layout."""
        if picture is not self.picture:
            self.tiles.clear()
            self.rearranging.halt()
            self.rings.halt()
        super().show_picture(picture, marks)

    @property
    def gliding(self) -> bool:
        """What is seen, or part of it, is on its way to where it comes to stand."""
        return super().gliding or self.rearranging.going or self.rings.going

    def standing(self) -> Standing | None:
        """What is seen now, to glide from; None where nothing may move, or it is too small."""
        if self.picture is None or self.zoom < FAR or not (self.isVisible() and motion.moves()):
            return None
        origin, zoom = self.seen
        area = _area(QRectF(self.rect()), origin, zoom)
        return self.rearranging.standing(self.picture, origin.toTuple(), zoom, area)

    def rearrange(self, before: Standing | None) -> None:
        """Let what is shown now glide from where it stood before."""
        origin, zoom = self.seen
        if before is not None and self.picture is not None and zoom == before.zoom:
            self.rearranging.begin(before, self.picture, origin.toTuple())

    def repaint_nodes(self, nodes: Iterable[int], wires: Iterable[int] = ()) -> None:
        """Repaint some nodes with their gutters, and some wires."""
        if self.picture is None:
            return
        region = QRegion()
        for index in nodes:
            if index >= 0:
                grow = 6 * self.zoom + 1
                rect = self.node_rect(index)
                gutter = (GUTTER + 22) * self.zoom
                region += QRectF(rect).adjusted(-gutter, -grow, grow, grow).toAlignedRect()
        scene = self.picture.scene
        for index in wires:
            points = scene.wires[index].points
            for one, two in itertools.pairwise(points):
                a, b = self.to_widget(*one), self.to_widget(*two)
                rect = QRectF(a, b).normalized().adjusted(-6, -6, 6, 6)
                region += rect.toAlignedRect()
            text = self.picture.wires.text_area(index)
            if text is not None:
                corner, end = self.to_widget(text[0], text[1]), self.to_widget(text[2], text[3])
                region += QRectF(corner, end).adjusted(-2, -2, 2, 2).toAlignedRect()
        self.update(region & self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the parts of the region that is asked for."""
        painter = QPainter(self)
        ink = inks(theme())
        region = event.region()
        painter.fillRect(event.rect(), ink.canvas)
        origin, zoom = self.seen
        step = GRID * zoom
        while step < GRID * 0.7:
            step *= 2
        corner = -origin * zoom
        # A QRegion can be walked through, though PySide's type stubs do not say so.
        rects = [QRectF(rect) for rect in cast("Iterable[QRect]", region)]
        if len(rects) > 24:
            rects = [QRectF(event.rect())]
        for rect in rects:
            draw_grid(painter, rect, step, corner + QPointF(13, 12), ink)
        if self.beneath is not None:
            self.beneath(painter)
        if self.picture is not None:
            tiled = self._tiled(zoom)
            if tiled:
                self._draw_tiles(painter, rects, ink)
            painter.scale(zoom, zoom)
            painter.translate(-origin)
            if tiled:
                self.picture.far.marks(painter, zoom, ink, self.marks)
            else:
                areas = [_area(rect, origin, zoom) for rect in rects]
                near = self.rearranging.going and zoom >= FAR
                draw = self.rearranging.draw if near else self.picture.draw
                draw(painter, areas, zoom, ink, self.marks)
                self.rings.draw(painter, ink)
        painter.end()

    def _tiled(self, zoom: float) -> bool:
        """So much is seen that it is put together from tiles."""
        if self.picture is None or zoom >= FAR or len(self.picture.scene.nodes) < MANY:
            return False
        area = _area(QRectF(self.rect()), *self.seen)
        return len(self.picture.scene.nodes_in([area], 0.0)) >= MANY

    def _draw_tiles(self, painter: QPainter, rects: list[QRectF], ink: Inks) -> None:
        picture = self.picture
        assert picture is not None
        picture.wear(self.marks)
        content = Content(picture.far, ink, picture.dress, self.marks.light)
        view = View(*self.seen, self.devicePixelRatioF())
        self.tiles.draw(painter, rects, view, content)
        if not self.gliding:
            self.tiles.want(QRectF(self.rect()), view, content)

    def _show_tile(self, area: QRectF) -> None:
        origin, zoom = self.seen
        rect = QRectF((area.topLeft() - origin) * zoom, (area.bottomRight() - origin) * zoom)
        self.update(rect.toAlignedRect().adjusted(-1, -1, 1, 1) & self.rect())


def _area(rect: QRectF, origin: QPointF, zoom: float) -> Area:
    """A part of the widget in layout coordinates."""
    a, b = origin + rect.topLeft() / zoom, origin + rect.bottomRight() / zoom
    return a.x(), a.y(), b.x(), b.y()
