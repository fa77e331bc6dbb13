"""The ring around what is selected, or stands next, glides from one node to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QRect, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPen, QRegion

from .. import motion
from .inks import Inks, faint
from .scene import Look, Node

if TYPE_CHECKING:
    from .painted import PaintedCamera

WIDTH = 3.0
ROUND = 8.0
HEADER = 30.0


class _Ring(QVariantAnimation):
    """One on its way."""

    def __init__(self, canvas: PaintedCamera) -> None:
        super().__init__(canvas)
        self.setDuration(motion.SELECT)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)

    @property
    def area(self) -> QRectF:
        """Where it is, in layout coordinates."""
        found = self.currentValue()
        assert isinstance(found, QRectF)
        return found


class Rings:
    """Of one canvas; the node at the end of the way has its own ring from the first frame on."""

    def __init__(self, canvas: PaintedCamera) -> None:
        self._canvas = canvas
        self._rings: dict[str, _Ring] = {}
        self._painted: dict[str, QRect] = {}

    @property
    def going(self) -> bool:
        """One has not arrived."""
        return any(map(_is_going, self._rings.values()))

    def move(self, kind: str, before: int, after: int) -> None:
        """Let the ring of a kind ("accent", "current", "cursor") go from node to node.

        From where it is seen, if it is on a way; only where both are in sight.
        """
        canvas, ring = self._canvas, self._rings.get(kind)
        if before == after or before < 0 or after < 0 or canvas.picture is None:
            return
        if not (canvas.isVisible() and motion.moves()) or canvas.rearranging.going:
            return
        nodes = canvas.picture.scene.nodes
        start, end = _around(nodes[before]), _around(nodes[after])
        if ring is not None and _is_going(ring):
            start = ring.area
            ring.stop()
        area = canvas.visible_area()
        if not (area.intersects(start) and area.intersects(end)):
            return
        if ring is None:
            ring = self._rings[kind] = _Ring(canvas)
            ring.valueChanged.connect(lambda: self._repaint(kind))
            ring.finished.connect(lambda: self._repaint(kind))
            ring.finished.connect(lambda: self._painted.pop(kind, None))
        ring.setStartValue(start)
        ring.setEndValue(end)
        ring.start()

    def halt(self) -> None:
        """None is on its way."""
        for ring in self._rings.values():
            ring.stop()

    def draw(self, painter: QPainter, ink: Inks) -> None:
        """Those on their way; the painter maps layout coordinates."""
        for kind, ring in self._rings.items():
            if _is_going(ring):
                tint = ink.current_ring if kind == "current" else ink.accent
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(faint(tint, 0.6), WIDTH))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(ring.area, ROUND, ROUND)

    def _repaint(self, kind: str) -> None:
        """Only where the ring was and is."""
        canvas, ring = self._canvas, self._rings[kind]
        area, reach = ring.area, round(WIDTH * canvas.zoom) + 3
        a, b = (
            canvas.to_widget(area.left(), area.top()),
            canvas.to_widget(area.right(), area.bottom()),
        )
        now = QRectF(a, b).toAlignedRect()
        region = QRegion()
        for rect in (self._painted.get(kind, now), now):
            outer = rect.adjusted(-reach, -reach, reach, reach)
            inner = rect.adjusted(reach, reach, -reach, -reach)
            region += QRegion(outer) - QRegion(inner)
        self._painted[kind] = now
        canvas.update(region & canvas.rect())


def _is_going(ring: _Ring) -> bool:
    return ring.state() is QVariantAnimation.State.Running


def _around(node: Node) -> QRectF:
    """A node with its ring; of a frame the header."""
    height = HEADER if node.look is Look.FRAME else node.height
    return QRectF(node.x - 2, node.y - 2, node.width + 4, height + 4)
