"""Shows the card of what the pointer rests on, or of what the keyboard is on, and takes it away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ..watching import watch
from .accessible import say
from .canvas import GraphCanvas
from .card import Card
from .card_words import CardText, CardWords
from .stage import Stage

REACH = 10  # px around a point of a wire that stay free
GONE = (
    QEvent.Type.Leave,
    QEvent.Type.Wheel,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.ContextMenu,
    QEvent.Type.NativeGesture,
    QEvent.Type.Hide,
    QEvent.Type.Resize,
    QEvent.Type.WindowDeactivate,
)


class Cards(QObject):
    """Of one canvas."""

    def __init__(self, pane: QWidget, canvas: GraphCanvas) -> None:
        super().__init__(pane)
        self._canvas = canvas
        self._stage: Stage | None = None
        self._card: Card | None = None
        self._node = self._value = -1
        self._target = QRect()
        self._by_key = False
        canvas.lingered.connect(self._linger)
        canvas.camera_moved.connect(self.hide)
        canvas.tell_more = self._tell_more
        watch(canvas, self._see)

    @property
    def shown(self) -> CardText | None:
        """What is told now."""
        return self._card.text if self._card is not None and self._card.isVisible() else None

    @property
    def area(self) -> QRect:
        """Where the card stands, in the window's coordinates."""
        return self._card.geometry() if self._card is not None else QRect()

    def show_stage(self, stage: Stage | None) -> None:
        """Another layout, or another run."""
        self._stage = stage
        self.hide()

    def toggle(self) -> None:
        """The card of the selected node, from the keyboard; gone the second time."""
        if self.shown is not None and self._by_key:
            self.hide()
            return
        index = self._canvas.marks.selected
        if self._stage is None or index < 0:
            say(self._canvas, "Nothing is selected")
            return
        self._canvas.reveal(index)
        self._show(index, -1, self._canvas.node_rect(index), by_key=True)
        if self.shown is not None:
            say(self._canvas, self.shown.spoken)

    def renew(self) -> None:
        """What is known may be more: write it anew where a card is shown."""
        if self.shown is not None:
            wire = next(iter(self._wires(self._value)), -1)
            self._show(self._node, wire, self._target, self._by_key)

    def hide(self) -> None:
        """No card."""
        self._node = self._value = -1
        self._by_key = False
        if self._card is not None:
            self._card.hide()

    def _wires(self, value: int) -> list[int]:
        """The pieces of a value's way."""
        stage = self._stage
        return [] if stage is None else stage.picture.scene.by_value.get(value, [])

    def _linger(self, node: int, wire: int, at: QPoint) -> None:
        """The pointer rests."""
        if node >= 0:
            self._show(node, -1, self._canvas.node_rect(node))
        elif wire >= 0:
            around = QRect(at.x() - REACH, at.y() - REACH, 2 * REACH, 2 * REACH)
            self._show(-1, wire, around)
        elif not self._by_key:
            self.hide()

    def _show(self, node: int, wire: int, target: QRect, by_key: bool = False) -> None:
        """`target` is in the canvas's coordinates."""
        stage, canvas = self._stage, self._canvas
        if stage is None or canvas.picture is not stage.picture or (node < 0 and wire < 0):
            self.hide()
            return
        words = CardWords(stage, canvas.marks.noted)
        text = words.node(node) if node >= 0 else words.wire(wire)
        window = canvas.window()
        if self._card is None or self._card.parent() is not window:
            self._card = Card(window)
        moved = canvas.mapTo(window, QPoint())
        seen = target.intersected(canvas.rect()).translated(moved)
        if self._card.show_text(text, seen, _bounds(window)):
            self._node, self._target, self._by_key = node, target, by_key
            self._value = stage.picture.scene.wires[wire].value if node < 0 else -1

    def _tell_more(self, node: int) -> str:
        """A node's card in words, for a screen reader that asks for help."""
        stage = self._stage
        if stage is None or node >= len(stage.picture.scene.nodes):
            return ""
        return CardWords(stage, self._canvas.marks.noted).node(node).spoken

    def _see(self, event: QEvent) -> bool:
        """What takes the card away. Escape does nothing else while one is shown by the keyboard."""
        if self.shown is None:
            return False
        kind = event.type()
        if kind is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            if not self._by_key and not self._still_on(event.position()):
                self.hide()
        elif kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            assert isinstance(event, QKeyEvent)
            escape = event.key() == Qt.Key.Key_Escape and self._by_key
            if kind is QEvent.Type.KeyPress:
                self.hide()
            elif escape:
                event.accept()
            return escape
        elif kind in GONE or (kind is QEvent.Type.FocusOut and self._by_key):
            self.hide()
        return False

    def _still_on(self, point: QPointF) -> bool:
        """The pointer is still on what the card tells of."""
        if self._node >= 0:
            return self._canvas.node_at(point) == self._node
        wire = self._canvas.wire_at(point) if self._canvas.node_at(point) < 0 else -1
        return wire in self._wires(self._value)


def _bounds(window: QWidget) -> QRect:
    """What of a window is on its screen, in its own coordinates."""
    screen = window.screen()
    whole = window.rect()
    corner = window.mapFromGlobal(screen.availableGeometry().topLeft())
    return whole.intersected(QRect(corner, screen.availableGeometry().size()))
