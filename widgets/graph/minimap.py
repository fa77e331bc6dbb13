"""The whole graph on 104×150 pixels, with the part that is seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ..later import Later
from ..theme import colour, hub, theme
from .canvas import GraphCanvas
from .inks import inks, mixed
from .scene import Look

SIZE = QSize(104, 150)
PAD = 9.0
WIDEST = 44.0  # of a graph that is much taller than wide
MOST = 700  # nodes drawn; of more, every n-th


class Minimap(QWidget):
    """Follows a canvas; a click or drag moves its camera.

    Signals:
        pointed: QPointF, in layout coordinates.
    """

    pointed = Signal(QPointF)

    def __init__(self, canvas: GraphCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.setFixedSize(SIZE)
        self.setAccessibleName("Overview of the graph")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._later = Later(self)
        canvas.camera_moved.connect(self._later.wish)
        hub().changed.connect(self.update)

    def show_progress(self) -> None:
        """The run moved."""
        self._later.wish()

    def _scale(self) -> tuple[float, float, float, float]:
        """Pixels per unit across and down, and where the layout's corner is."""
        picture = self._canvas.picture
        width = max(picture.scene.width, 1.0) if picture else 1.0
        height = max(picture.scene.height, 1.0) if picture else 1.0
        down = min((SIZE.height() - 2 * PAD) / height, 0.25)
        across = min((SIZE.width() - 2 * PAD) / width, max(down, WIDEST / width))
        left = (SIZE.width() - width * across) / 2
        return across, down, left, (SIZE.height() - height * down) / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars for nodes, an outline for what is seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = inks(theme())
        painter.fillRect(self.rect(), ink.canvas)
        painter.setPen(QPen(ink.line, 1))
        painter.setBrush(colour("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        picture = self._canvas.picture
        if picture is None or not picture.scene.nodes:
            return
        across, down, left, top = self._scale()
        nodes, marks = picture.scene.nodes, self._canvas.marks
        painter.setPen(Qt.PenStyle.NoPen)
        ran = mixed(ink.line2, ink.raised, 0.55)
        ahead = mixed(ink.line2, ink.raised, 0.25)
        step = max(1, len(nodes) // MOST)
        for index in range(0, len(nodes), step):
            node = nodes[index]
            if node.look is Look.WEIGHT:
                continue
            box = QRectF(
                left + node.x * across,
                top + node.y * down,
                max(node.width * across, 3.0),
                max(node.height * down, 1.5),
            )
            if node.look is Look.FRAME:
                painter.setBrush(ink.level)
            elif node.look is Look.INPUT:
                painter.setBrush(ink.text3)
            else:
                painter.setBrush(ran if picture.reached(index) else ahead)
            radius = min(1.5, box.height() / 2)
            painter.drawRoundedRect(box, radius, radius)
        if marks.light is not None and marks.light.found is not None:
            corners = picture.scene.rects[marks.light.found][:, :2]
            spots = np.unique(np.round(corners * (across, down)), axis=0).tolist()
            painter.setBrush(ink.accent)
            painter.drawRects([QRectF(left + x, top + y, 4, 1.5) for x, y in spots])
        for index, tint in ((marks.cursor, ink.accent), (marks.live, ink.current)):
            if index >= 0:
                node = nodes[index]
                y = top + (node.y + min(node.height, 34.0) / 2) * down
                self._bar(painter, left + node.x * across, y, node.width * across, tint)
        seen = self._canvas.visible_area()
        area = QRectF(
            left + seen.x() * across,
            top + seen.y() * down,
            seen.width() * across,
            seen.height() * down,
        ).intersected(QRectF(self.rect()).adjusted(4, 4, -4, -4))
        fill = QColor(ink.accent)
        fill.setAlphaF(0.08)
        painter.setPen(QPen(ink.accent, 1.2))
        painter.setBrush(fill)
        painter.drawRoundedRect(area, 3, 3)

    def _bar(self, painter: QPainter, x: float, y: float, width: float, tint: QColor) -> None:
        painter.setBrush(tint)
        wide = max(width, 8.0)
        painter.drawRoundedRect(QRectF(x + (width - wide) / 2, y - 1.5, wide, 3), 1.5, 1.5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._point(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point(event)

    def _point(self, event: QMouseEvent) -> None:
        across, down, left, top = self._scale()
        at = event.position()
        self.pointed.emit(QPointF((at.x() - left) / across, (at.y() - top) / down))
