"""The room between the two graphs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ..graph.inks import inks
from ..graph.painted import GRID
from ..graph.picture import draw_grid
from ..theme import hub, theme
from ..watching import watch
from .link_painting import Joint, paint_lines, paint_pill, place_pills

# The joints, the zoom, and where the graph begins (for the dots of the ground).
Seen = tuple[list[Joint], float, float]


class Gutter(QWidget):
    """Lines and pills.

    Signals:
        picked: Joint, whose pill or line was clicked.
        menu_wanted: Joint, QPoint in screen coordinates.
        wheeled: QWheelEvent; for the graph beside it.

    Attributes:
        hint_of: what the tooltip of a pill says.
        seen: tells what is in sight; asked whenever that is needed.
    """

    picked = Signal(object)
    menu_wanted = Signal(object, object)
    wheeled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._joints: list[Joint] = []
        self._pills: list[tuple[Joint, QRectF]] = []
        self._zoom = 1.0
        self._ground = QPointF(13, 12)
        self._hovered = -1
        self.hint_of: Callable[[Joint], str] = _plain
        self.seen: Callable[[], Seen] = _nothing
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Pairs in sight, with their errors")
        watch(self, self._tell)
        hub().changed.connect(self.update)

    @property
    def pills(self) -> list[tuple[Joint, QRectF]]:
        """Where the pills stand."""
        self._look()
        return self._pills

    def _look(self) -> None:
        joints, self._zoom, top = self.seen()
        self._ground = QPointF(13, top + 12)
        if joints is self._joints:
            return
        self._joints = joints
        self._pills = place_pills(joints, self.width(), self.height())
        said = [joint.spoken for joint, _ in self._pills]
        self.setAccessibleDescription("; ".join(said[:12]))

    def joint_at(self, point: QPointF) -> Joint | None:
        """The pair whose pill is at a point."""
        for joint, rect in self.pills:
            if rect.adjusted(-2, -2, 2, 2).contains(point):
                return joint
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A pill under the pointer lights up."""
        joint = self.joint_at(event.position())
        hovered = joint.row if joint is not None else -1
        hand = Qt.CursorShape.PointingHandCursor
        self.setCursor(hand if hovered >= 0 else Qt.CursorShape.ArrowCursor)
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """None is lit."""
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the pair."""
        joint = self.joint_at(event.position())
        if joint is not None and event.button() is Qt.MouseButton.LeftButton:
            self.picked.emit(joint)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the pair's menu."""
        joint = self.joint_at(QPointF(event.pos()))
        if joint is not None:
            self.menu_wanted.emit(joint, event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the graphs."""
        self.wheeled.emit(event)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground as the graphs have it, lines, pills."""
        self._look()
        painter = QPainter(self)
        ink = inks(theme())
        painter.fillRect(self.rect(), ink.canvas)
        step = GRID * self._zoom
        while step < GRID * 0.7:
            step *= 2
        draw_grid(painter, QRectF(self.rect()), step, self._ground, ink)
        paint_lines(painter, self._joints, self.width(), self._zoom)
        for joint, rect in self._pills:
            paint_pill(painter, joint, rect, self.width(), joint.row == self._hovered)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pills stand in the middle."""
        super().resizeEvent(event)
        self._pills = place_pills(self._joints, self.width(), self.height())

    def _tell(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            joint = self.joint_at(QPointF(event.pos()))
            text = "" if joint is None else self.hint_of(joint)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return False


def _nothing() -> Seen:
    return [], 1.0, 0.0


def _plain(joint: Joint) -> str:
    return joint.text
