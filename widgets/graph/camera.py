"""Where the graph is seen from: zoom, pan, fit, and scrolling to a node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QWidget

from .. import motion
from .glide import Glide
from .markers import Marks
from .picture import GUTTER, Picture
from .scene import Look, Node

SMALLEST, LARGEST = 0.02, 3.0
HEADER = 30.0
EDGE = 14  # px kept free around what is scrolled to
SIDE = 38  # the same at the sides, where the markers stand
READING = 0.42  # share of the height at which what is scrolled to stands
READABLE = 0.75  # zoom down to which a graph is shrunk on arrival to fit across
ABOVE, BELOW = 0.08, 0.16  # shares of the height where the place that is followed does not stand
WHOLE = 1e-3  # px by which a shift may miss whole pixels
FINE = 1.1  # a factor below which zooming is not smoothed
SLACK = 120  # px that must stay visible of the graph while it is dragged


class Camera(QWidget):
    """A widget that shows part of a Picture.

    Signals:
        camera_moved: the part of the graph that is shown changed.
    """

    camera_moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self.marks = Marks()
        self.covered = QRect()  # what stands on the canvas, in its coordinates
        self.zoom = 1.0
        self.origin: QPointF = QPointF()
        self._glide = Glide(self, self.update)

    @property
    def seen(self) -> tuple[QPointF, float]:
        """Corner and zoom as they are painted: on a way, or where the camera is."""
        if not self._glide.going:
            return self.origin, self.zoom
        origin, zoom = self._glide.seen()
        return self._sharp(origin, zoom), zoom

    @property
    def gliding(self) -> bool:
        """What is seen is on its way to where the camera is."""
        return self._glide.going

    def show_picture(self, picture: Picture | None, marks: Marks) -> None:
        """Another layout."""
        self._glide.stop()
        self.picture = picture
        self.marks = marks
        self.update()
        self.camera_moved.emit()

    def visible_area(self) -> QRectF:
        """What is seen, in layout coordinates."""
        return QRectF(
            self.origin.x(),
            self.origin.y(),
            self.width() / self.zoom,
            self.height() / self.zoom,
        )

    def to_layout(self, point: QPointF) -> QPointF:
        """A widget point in layout coordinates."""
        return QPointF(
            self.origin.x() + point.x() / self.zoom, self.origin.y() + point.y() / self.zoom
        )

    def to_widget(self, x: float, y: float) -> QPointF:
        """A layout point in widget coordinates."""
        return QPointF((x - self.origin.x()) * self.zoom, (y - self.origin.y()) * self.zoom)

    def node_rect(self, index: int) -> QRect:
        """A node in widget coordinates; of a frame its header."""
        node = self._node(index)
        height = HEADER if node.look is Look.FRAME else node.height
        corner = self.to_widget(node.x, node.y)
        return QRectF(
            corner.x(), corner.y(), node.width * self.zoom, height * self.zoom
        ).toAlignedRect()

    def look_at(self, origin: QPointF, zoom: float | None = None, glide: bool = False) -> None:
        """Move the camera so that `origin` is at the widget's upper left; `glide`: smoothly."""
        before = self.seen
        if zoom is not None:
            self.zoom = min(max(zoom, self._least()), LARGEST)
        self.origin = self._sharp(origin, self.zoom)
        self._glide.stop()
        if (self.origin, self.zoom) == before:
            return
        if glide and self.picture is not None and self.isVisible() and motion.moves():
            self._glide.begin(before, (self.origin, self.zoom))
        elif before[1] == self.zoom:
            self._shift((before[0] - self.origin) * self.zoom)
        else:
            self.update()
        self.camera_moved.emit()

    def _sharp(self, origin: QPointF, zoom: float) -> QPointF:
        """Whole device pixels keep lines sharp."""
        ratio = self.devicePixelRatioF() * zoom
        return QPointF(round(origin.x() * ratio) / ratio, round(origin.y() * ratio) / ratio)

    def _shift(self, by: QPointF) -> None:
        """Move what is painted already by whole pixels, and paint what came into sight."""
        x, y = round(by.x()), round(by.y())
        whole = abs(by.x() - x) < WHOLE and abs(by.y() - y) < WHOLE
        if not whole or not self.devicePixelRatioF().is_integer():
            self.update()
            return
        # Qt moves nothing that is beneath another widget.
        free = QRegion(self.rect()) - self._hidden()
        for part in cast("Iterable[QRect]", free):
            if abs(x) < part.width() and abs(y) < part.height():
                self.scroll(x, y, part)
            else:
                self.update(part)
        self.update(QRegion(self.rect()) - free)

    def _hidden(self) -> QRegion:
        """Where other widgets stand on this one."""
        region = QRegion()
        for child in self.children():
            if isinstance(child, QWidget) and child.isVisible():
                shape = child.mask()
                region += child.geometry() if shape.isEmpty() else shape.translated(child.pos())
        around = self.parentWidget()
        for other in around.children() if isinstance(around, QWidget) else ():
            if isinstance(other, QWidget) and other is not self and other.isVisible():
                region += other.geometry().translated(-self.pos())
        return region & self.rect()

    def pan(self, dx: float, dy: float) -> None:
        """Move the graph by widget pixels, but never out of sight."""
        x, y = self.origin.x() - dx / self.zoom, self.origin.y() - dy / self.zoom
        if self.picture is not None:
            scene, slack = self.picture.scene, SLACK / self.zoom
            area = self.visible_area()
            x = min(max(x, slack - area.width()), scene.width - slack)
            y = min(max(y, slack - area.height()), scene.height - slack)
        self.look_at(QPointF(x, y))

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom about a widget point, the middle by default."""
        self.zoom_to(self.zoom * factor, about)

    def zoom_to(self, zoom: float, about: QPointF | None = None) -> None:
        """Zoom so that the layout point under `about` stays there."""
        if about is None:
            about = QPointF(self.width() / 2, self.height() / 2)
        fixed = self.to_layout(about)
        zoom = min(max(zoom, self._least()), LARGEST)
        # The small steps of a touch pad are smooth by themselves.
        coarse = not 1 / FINE < zoom / self.zoom < FINE
        self.look_at(fixed - about / zoom, zoom, glide=coarse)

    def fit(self) -> None:
        """Show everything, no larger than full size."""
        if self.picture is None or not self.picture.scene.nodes:
            return
        scene, zoom = self.picture.scene, min(1.0, self._fitting())
        self.look_at(
            QPointF(
                scene.width / 2 - self.width() / 2 / zoom,
                scene.height / 2 - self.height() / 2 / zoom,
            ),
            zoom,
            glide=True,
        )

    def _fitting(self) -> float:
        """The zoom at which everything is seen."""
        if self.picture is None:
            return 1.0
        scene, edge = self.picture.scene, 28.0
        return min(
            max(self.width() - 2 * edge, 1.0) / max(scene.width, 1.0),
            max(self.height() - 2 * edge, 1.0) / max(scene.height, 1.0),
        )

    def _least(self) -> float:
        return min(SMALLEST, self._fitting())

    def zoom_on(self, index: int) -> None:
        """Let a node, an open group as a whole, fill the view, no larger than full size."""
        node = self._node(index)
        across, down = self.width() - 2 * SIDE, self.height() - 2 * EDGE
        zoom = min(1.0, across / max(node.width, 1.0), down / max(node.height, 1.0))
        zoom = max(zoom, self._least())
        corner = QPointF(
            node.x + node.width / 2 - self.width() / 2 / zoom,
            node.y + node.height / 2 - self.height() / 2 / zoom,
        )
        self.look_at(corner, zoom, glide=True)

    def arrive(self, index: int) -> None:
        """The first look: readable, the graph's column in the middle, `index` near the top."""
        if self.picture is None or not self.picture.scene.nodes:
            return
        scene = self.picture.scene
        left, right = scene.span(self.height() / READABLE)
        width = max(self.width() - 2 * SIDE, 1)
        self.zoom = min(1.0, max(READABLE, width / max(right - left, 1.0)))
        node = self._node(max(index, 0))
        height = HEADER if node.look is Look.FRAME else node.height
        room = self.width() / self.zoom
        x = (left + right - room) / 2
        if right - left > room - 2 * SIDE / self.zoom + 1:
            x = scene.column() - room / 2
        # In any case the place is to be seen.
        x = max(x, node.x + node.width + EDGE / self.zoom - room)
        x = min(x, node.x - SIDE / self.zoom)
        edge = EDGE / self.zoom
        y = -edge
        if node.y + height + 2 * edge > self.height() * (1 - BELOW) / self.zoom:
            y = self.filled(QPointF(x, node.y - self.height() * READING / self.zoom)).y()
        self.look_at(QPointF(x, y))

    def follow(self, index: int, anew: bool, glide: bool = True) -> None:
        """Keep a place well inside; sideways only if it left that, or the layout is `anew`."""
        rect = self.node_rect(index)
        above, below = round(self.height() * ABOVE), round(self.height() * BELOW)
        inside = self.rect().adjusted(2 * SIDE, above, -2 * SIDE, -below)
        x, y = self.origin.x(), self.origin.y()
        down = rect.intersects(self.covered) or not (
            inside.top() <= rect.top() and rect.bottom() <= inside.bottom()
        )
        if down:
            y += (rect.center().y() - self.height() * READING) / self.zoom
        if anew or rect.left() < inside.left() or rect.right() > inside.right():
            x = self._across(index)
        here = self.filled(QPointF(x, y), across=False, down=down)
        if here != self.origin:
            self.look_at(here, glide=glide)

    def _across(self, index: int) -> float:
        """x of the origin that shows the most around a node: all, its widest frame that fits."""
        assert self.picture is not None
        scene = self.picture.scene
        room = self.width() / self.zoom
        free = room - 2 * SIDE / self.zoom
        if scene.width <= free:
            return (scene.width - room) / 2
        if self._node(index).look is Look.WEIGHT:
            index = self._node(index).parent
        at = index if self._node(index).look is Look.FRAME else self._node(index).parent
        frames: list[Node] = []
        while at >= 0:
            frames.append(self._node(at))
            at = frames[-1].parent
        for frame in reversed(frames):
            if frame.width <= free:
                return frame.x + (frame.width - room) / 2
        node = self._node(index)
        around = frames[0] if frames else None
        if around is node:
            return node.x - SIDE / self.zoom
        left = around.x if around is not None else 0.0
        right = left + (around.width if around is not None else scene.width)
        spare = SIDE / self.zoom
        return _within(node.x + (node.width - room) / 2, left - spare, right + spare - room)

    def reveal(self, index: int) -> None:
        """Scroll to a node with its gutter, only if it is hidden."""
        rect = self.node_rect(index)
        inside = self.rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        gutter = round(GUTTER * self.zoom)
        x, y = self.origin.x(), self.origin.y()
        hidden = (
            rect.intersects(self.covered)
            or rect.top() < inside.top()
            or rect.bottom() > inside.bottom()
        )
        aside = rect.left() - gutter < inside.left() or rect.right() > inside.right()
        if hidden:
            y += (rect.center().y() - self.height() * READING) / self.zoom
        if aside:
            x = self._across(index)
        if hidden or aside:
            self.look_at(self.filled(QPointF(x, y), across=False, down=hidden), glide=True)

    def filled(self, origin: QPointF, across: bool = True, down: bool = True) -> QPointF:
        """An origin moved so that the graph fills the view, where it is large enough to."""
        if self.picture is None:
            return origin
        scene, area, edge = self.picture.scene, self.visible_area(), EDGE / self.zoom
        x, y = origin.x(), origin.y()
        if across:
            x = _within(x, -edge, scene.width + edge - area.width())
        if down:
            # A graph that needs less than the height stands at the top, as on arrival.
            low = self.covered.height() / self.zoom
            y = min(max(y, -edge), max(scene.height + edge + low - area.height(), -edge))
        return QPointF(x, y)

    def _node(self, index: int) -> Node:
        assert self.picture is not None
        return self.picture.scene.nodes[index]


def _within(value: float, low: float, high: float) -> float:
    """`value` between `low` and `high`; the middle of both where they are the wrong way round."""
    return (low + high) / 2 if high < low else min(max(value, low), high)
