"""Where the graph is seen from: zoom, pan, fit, and scrolling to a node."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Signal
from PySide6.QtWidgets import QWidget

from .markers import Marks
from .picture import GUTTER, Picture
from .scene import Look, Node

SMALLEST, LARGEST = 0.02, 3.0
HEADER = 30.0
EDGE = 14  # px kept free around what is scrolled to
READING = 0.42  # share of the height at which what is scrolled to stands
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

    def show_picture(self, picture: Picture | None, marks: Marks) -> None:
        """Another layout."""
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

    def look_at(self, origin: QPointF, zoom: float | None = None) -> None:
        """Move the camera so that `origin` is at the widget's upper left."""
        if zoom is not None:
            self.zoom = min(max(zoom, SMALLEST), LARGEST)
        # Whole device pixels keep lines sharp.
        ratio = self.devicePixelRatioF() * self.zoom
        self.origin = QPointF(round(origin.x() * ratio) / ratio, round(origin.y() * ratio) / ratio)
        self.update()
        self.camera_moved.emit()

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
        zoom = min(max(zoom, SMALLEST), LARGEST)
        self.look_at(QPointF(fixed.x() - about.x() / zoom, fixed.y() - about.y() / zoom), zoom)

    def fit(self) -> None:
        """Show everything, no larger than full size."""
        if self.picture is None or not self.picture.scene.nodes:
            return
        scene, edge = self.picture.scene, 28.0
        zoom = min(
            1.0,
            (self.width() - 2 * edge) / max(scene.width, 1.0),
            (self.height() - 2 * edge) / max(scene.height, 1.0),
        )
        zoom = max(zoom, SMALLEST)
        self.look_at(
            QPointF(
                scene.width / 2 - self.width() / 2 / zoom,
                scene.height / 2 - self.height() / 2 / zoom,
            ),
            zoom,
        )

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
        if aside and rect.width() + gutter <= inside.width():
            x += (rect.center().x() - self.width() / 2) / self.zoom
        elif aside:
            x += (rect.left() - gutter - inside.left()) / self.zoom
        if hidden or aside:
            self.look_at(self.filled(QPointF(x, y), across=aside, down=hidden))

    def filled(self, origin: QPointF, across: bool = True, down: bool = True) -> QPointF:
        """An origin moved so that the graph fills the view, where it is large enough to."""
        if self.picture is None:
            return origin
        scene, area, edge = self.picture.scene, self.visible_area(), EDGE / self.zoom
        x, y = origin.x(), origin.y()
        if across:
            x = _within(x, -edge, scene.width + edge - area.width())
        if down:
            low = self.covered.height() / self.zoom
            y = _within(y, -edge, scene.height + edge + low - area.height())
        return QPointF(x, y)

    def _node(self, index: int) -> Node:
        assert self.picture is not None
        return self.picture.scene.nodes[index]


def _within(value: float, low: float, high: float) -> float:
    """`value` between `low` and `high`; the middle of both where they are the wrong way round."""
    return (low + high) / 2 if high < low else min(max(value, low), high)
