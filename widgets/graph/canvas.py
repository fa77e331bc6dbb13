"""The one widget that shows the graph: gestures and keys on what is painted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from ..focus_frame import FocusFrame
from ..watching import watch
from .camera import HEADER
from .markers import Marks
from .painted import PaintedCamera
from .picture import FAR, GUTTER, Picture
from .scene import Look
from .tracing import wires_at, wires_of

STEP = 1.25
REST = 150  # ms the pointer rests before something is hovered
CHEVRON = 26.0
NEAR = 5.0  # px from a line at which the pointer rests on it


class GraphCanvas(PaintedCamera):
    """Shows a Picture through a camera.

    Signals:
        clicked: int, a node; -1 for the ground.
        opened: int, a node that was double-clicked, or whose chevron was clicked.
        gutter_clicked: int, a node.
        pass_asked: int (a loop's node), and BACK, FORTH or CHOOSE.
        menu_asked: int (a node or -1), QPoint in screen coordinates.
        rested: int, the node the pointer rests on, -1 for none.
        lingered: int (that node), int (else the wire it rests on, -1), and QPoint, where.
        walked: Qt.Key, an arrow or Enter that a node is to be found for.
        note_asked: a note on what is selected is to be written.
        left: bool, Escape was pressed (not Backspace): up, or out of what is singled out.
        zoom_asked: the selection is to fill the view.
        handled: the user moved the camera.
        moved_down: int, px by which the widget itself was moved.
        resized: it has another size.
    """

    clicked = Signal(int)
    opened = Signal(int)
    gutter_clicked = Signal(int)
    pass_asked = Signal(int, int)
    menu_asked = Signal(int, QPoint)
    rested = Signal(int)
    lingered = Signal(int, int, QPoint)
    walked = Signal(int)
    note_asked = Signal()
    left = Signal(bool)
    zoom_asked = Signal()
    handled = Signal()
    moved_down = Signal(int)
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drag: QPointF | None = None
        self._dragged = False
        self._under = -1
        self._at = QPointF()
        self.tell_more: Callable[[int], str] | None = None  # all that is known of a node
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._tell_rest)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Graph")
        watch(self, self._see)
        FocusFrame(self)

    def show_picture(self, picture: Picture | None, marks: Marks) -> None:
        """Another layout."""
        self._under = -1
        marks.apart = frozenset()
        super().show_picture(picture, marks)

    # Gestures.

    def node_at(self, point: QPointF) -> int:
        """The node at a widget point; of a frame only its header counts; -1 for none."""
        if self.picture is None:
            return -1
        at = self.to_layout(point)
        index = self.picture.scene.hit(at.x(), at.y())
        if index >= 0:
            node = self._node(index)
            if node.look is Look.FRAME and at.y() > node.y + HEADER:
                return -1
        return index

    def gutter_at(self, point: QPointF) -> int:
        """The op whose gutter, at its left, is at a widget point; -1 for none."""
        if self.picture is None:
            return -1
        at = self.to_layout(point)
        index = self.picture.scene.hit(at.x() + GUTTER, at.y())
        if index >= 0:
            node = self._node(index)
            if node.look is Look.OP and node.x - GUTTER <= at.x() < node.x - 2:
                return index
        return -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = event.position()
            self._dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or see what is under the pointer."""
        point = event.position()
        if self._drag is not None:
            moved = point - self._drag
            if self._dragged or moved.manhattanLength() >= QApplication.startDragDistance():
                if not self._dragged:
                    self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._dragged = True
                self.handled.emit()
                self.pan(moved.x(), moved.y())
                self._drag = point
            return
        under = self.node_at(point)
        hand = under < 0 and self.gutter_at(point) >= 0
        if under >= 0 and (self._on_chevron(under, point) or self._pass_at(under, point)):
            hand = True
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
        if under != self._under or under < 0:
            self._under, self._at = under, point
            self._rest.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not become a drag is a click."""
        drag, self._drag = self._drag, None
        self.setCursor(Qt.CursorShape.ArrowCursor)
        if drag is None or self._dragged or event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position()
        index = self.node_at(point)
        gutter = self.gutter_at(point) if index < 0 or self._is_weight(index) else -1
        if gutter >= 0 and not self._is_weight(index):
            self.gutter_clicked.emit(gutter)
        elif index >= 0 and self._on_chevron(index, point):
            self.opened.emit(index)
        elif asked := self._pass_at(index, point):
            self.pass_asked.emit(index, asked)
        else:
            self.clicked.emit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group."""
        point = event.position()
        index = self.node_at(point)
        if event.button() is Qt.MouseButton.LeftButton and index >= 0:
            if asked := self._pass_at(index, point):
                self.pass_asked.emit(index, asked)
            elif not self._on_chevron(index, point):
                self.opened.emit(index)
            self._drag = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu."""
        self.menu_asked.emit(self.node_at(QPointF(event.pos())), event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl+wheel zooms about the pointer; a wheel or two fingers pan."""
        self.handled.emit()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self.zoom_by(STEP**steps, event.position())
        else:
            delta = QPointF(event.pixelDelta())
            if delta.isNull():
                delta = QPointF(event.angleDelta()) * 0.5
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not delta.x():
                delta = QPointF(delta.y(), 0)
            self.pan(delta.x(), delta.y())
        event.accept()

    def _see(self, event: QEvent) -> bool:
        """Pinching zooms; where something is lit, Escape is for that before all else."""
        zooms = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is zooms:
            self.handled.emit()
            self.zoom_by(1 + event.value(), event.position())
            return True
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            light = self.marks.light
            if light is not None and light.found is None:
                event.accept()
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter opens, Escape leads up, Space fits, + and - zoom, N notes."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_Space):
            self.handled.emit()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP)
        elif key is Qt.Key.Key_Minus:
            self.zoom_by(1 / STEP)
        elif key is Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.zoom_asked.emit()
        elif key is Qt.Key.Key_Space:
            self.fit()
        elif key is Qt.Key.Key_N and not event.modifiers():
            self.note_asked.emit()
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.left.emit(key is Qt.Key.Key_Escape)
        elif not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier and key in (
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            self.walked.emit(key.value)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        if self._under != -1 or self.marks.apart:
            self._under, self._at = -1, QPointF(-1000, -1000)
            self._rest.start()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring of the selected node gets stronger."""
        self.marks.focused = True
        self.repaint_nodes([self.marks.selected])
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring of the selected node gets weaker."""
        self.marks.focused = False
        self.repaint_nodes([self.marks.selected])
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The middle of what is shown stays in the middle."""
        old = event.oldSize()
        if old.isValid() and old.width() > 0:
            self.origin += QPointF((old.width() - self.width()) / 2 / self.zoom, 0)
        super().resizeEvent(event)
        self.resized.emit()
        self.camera_moved.emit()

    def moveEvent(self, event: QMoveEvent) -> None:
        """A banner above came or went."""
        super().moveEvent(event)
        self.moved_down.emit(event.pos().y() - event.oldPos().y())

    def _tell_rest(self) -> None:
        self.rested.emit(self._under)
        wire = self._single_out()
        self.lingered.emit(self._under, wire, self._at.toPoint())

    def wire_at(self, point: QPointF) -> int:
        """The wire at a widget point, whatever else is there; -1 for none."""
        if self.picture is None or self.zoom < FAR or not self.rect().contains(point.toPoint()):
            return -1
        at = self.to_layout(point)
        return self.picture.scene.wire_at(at.x(), at.y(), NEAR / self.zoom)

    def _single_out(self) -> int:
        """The wires of the node that the pointer rests on, or of the tensor; the wire there."""
        apart: frozenset[int] = frozenset()
        wire = self.wire_at(self._at) if self._under < 0 else -1
        if self.picture is not None and self.zoom >= FAR:
            scene = self.picture.scene
            if self._under >= 0:
                apart = wires_at(scene, self._under)
            elif wire >= 0:
                apart = wires_of(scene, wire)
        if apart != self.marks.apart:
            self.marks.apart = apart
            self.update()
        return wire

    def _on_chevron(self, index: int, point: QPointF) -> bool:
        node = self._node(index)
        if node.look not in (Look.FRAME, Look.GROUP, Look.FOLD):
            return False
        return self.to_layout(point).x() <= node.x + CHEVRON

    def _pass_at(self, index: int, point: QPointF) -> int:
        """What a point on the pass picker of a loop's node asks for; 0 for nothing."""
        if index < 0 or self.picture is None or self.zoom < FAR:
            return 0
        at = self.to_layout(point)
        return self.picture.nodes.pass_at(self._node(index), at.x(), at.y())

    def _is_weight(self, index: int) -> bool:
        return index >= 0 and self._node(index).look is Look.WEIGHT
