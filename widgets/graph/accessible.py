"""What a screen reader finds on the canvas: every node, with its words, place and state."""

from __future__ import annotations

from typing import cast

from PySide6 import QtGui
from PySide6.QtCore import QObject, QPoint, QPointF, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import Shiboken

from .canvas import GraphCanvas
from .picture import Picture
from .scene import Look, Node

# Qt takes null for "there is none", though PySide's stubs do not say so.
NOBODY = cast("QAccessibleInterface", None)
ROLES = {
    Look.FRAME: QAccessible.Role.Grouping,
    Look.OP: QAccessible.Role.ListItem,
    Look.GROUP: QAccessible.Role.Grouping,
    Look.FOLD: QAccessible.Role.Grouping,
    Look.INPUT: QAccessible.Role.ListItem,
    Look.WEIGHT: QAccessible.Role.ListItem,
}


class NodeInterface(QAccessibleInterface):
    """One node of the picture that its canvas shows."""

    def __init__(self, canvas: GraphCanvas, picture: Picture, index: int) -> None:
        super().__init__()
        self._canvas = canvas
        self._picture = picture
        self.index = index

    @property
    def _node(self) -> Node:
        return self._picture.scene.nodes[self.index]

    def isValid(self) -> bool:
        """The canvas still shows this picture."""
        return Shiboken.isValid(self._canvas) and self._canvas.picture is self._picture

    def object(self) -> QObject:
        """None: a node is no QObject."""
        return cast("QObject", None)

    def window(self) -> QWindow:
        """The canvas's window."""
        return self._canvas.window().windowHandle()

    def parent(self) -> QAccessibleInterface:
        """The canvas."""
        return QAccessible.queryAccessibleInterface(self._canvas)

    def childCount(self) -> int:
        """Nodes stand beside each other, also those in a frame."""
        return 0

    def child(self, index: int) -> QAccessibleInterface:
        """None."""
        return NOBODY

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """None."""
        return NOBODY

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """-1."""
        return -1

    def focusChild(self) -> QAccessibleInterface:
        """None."""
        return NOBODY

    def text(self, t: QAccessible.Text) -> str:
        """The node's words, and what can be done with it."""
        if not self.isValid():
            return ""
        if t is QAccessible.Text.Name:
            return self._picture.nodes.describe(self._node, self._canvas.marks)
        if t is QAccessible.Text.Description:
            marks = self._canvas.marks
            said = {marks.live: "The run stands here", marks.cursor: "You look at this place"}
            light = marks.light
            lit = "Highlighted" if light is not None and bool(light.nodes[self.index]) else ""
            return ". ".join(filter(None, (said.get(self.index, ""), lit)))
        more = self._canvas.tell_more
        if t is QAccessible.Text.Help and more is not None:
            return more(self.index)
        return ""

    def setText(self, t: QAccessible.Text, text: str) -> None:
        """A node's words are not for changing."""

    def rect(self) -> QRect:
        """On the screen."""
        if not self.isValid():
            return QRect()
        area = self._canvas.node_rect(self.index)
        return QRect(self._canvas.mapToGlobal(area.topLeft()), area.size())

    def role(self) -> QAccessible.Role:
        """A group, or an item."""
        return ROLES[self._node.look]

    def state(self) -> QAccessible.State:
        """Selected, open, off the screen."""
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        look, marks = self._node.look, self._canvas.marks
        state.selectable = state.focusable = True
        state.selected = self.index == marks.selected
        state.focused = state.selected and self._canvas.hasFocus()
        state.active = self.index == marks.live
        state.expandable = look in (Look.FRAME, Look.GROUP, Look.FOLD)
        state.expanded = look is Look.FRAME
        state.collapsed = look in (Look.GROUP, Look.FOLD)
        state.offscreen = not self._canvas.rect().intersects(self._canvas.node_rect(self.index))
        return state

    def foregroundColor(self) -> QColor:
        """Told by nothing."""
        return QColor()

    def backgroundColor(self) -> QColor:
        """Told by nothing."""
        return QColor()


class CanvasInterface(QAccessibleWidget):
    """The canvas with its nodes as children."""

    def __init__(self, canvas: GraphCanvas) -> None:
        super().__init__(canvas, QAccessible.Role.List, "Graph")
        self._canvas = canvas
        self._picture: Picture | None = None
        self._nodes: dict[int, NodeInterface] = {}

    def childCount(self) -> int:
        """Nodes of the picture."""
        picture = self._canvas.picture
        return len(picture.scene.nodes) if picture is not None else 0

    def child(self, index: int) -> QAccessibleInterface:
        """A node, by its index in the scene."""
        picture = self._canvas.picture
        if picture is None or not 0 <= index < len(picture.scene.nodes):
            return NOBODY
        if picture is not self._picture:
            self._picture = picture
            self._nodes.clear()
        found = self._nodes.get(index)
        if found is None:
            found = self._nodes[index] = NodeInterface(self._canvas, picture, index)
        return found

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """The node at a point of the screen."""
        at = self._canvas.mapFromGlobal(QPoint(x, y))
        return self.child(self._canvas.node_at(QPointF(at)))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """A node's index."""
        return child.index if isinstance(child, NodeInterface) else -1

    def focusChild(self) -> QAccessibleInterface:
        """The selected node."""
        return self.child(self._canvas.marks.selected)


_known: dict[int, CanvasInterface] = {}
_installed: list[bool] = []


def _make(key: str, thing: QObject | None) -> QAccessibleInterface:
    """The factory: an interface for canvases, nothing for all else."""
    if not isinstance(thing, GraphCanvas):
        return NOBODY
    made = CanvasInterface(thing)
    number = id(thing)
    _known[number] = made
    thing.destroyed.connect(lambda: _known.pop(number, None))
    return made


def install() -> None:
    """Have Qt ask here for the canvas's interface, from the first call on."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_make)


def announce(canvas: GraphCanvas) -> None:
    """Tell a screen reader that the selection is another."""
    if not QAccessible.isActive():
        return
    index = canvas.marks.selected
    for kind in (QAccessible.Event.Selection, QAccessible.Event.Focus):
        event = QAccessibleEvent(canvas, kind)
        if index >= 0:
            event.setChild(index)
        QAccessible.updateAccessibility(event)


def say(canvas: GraphCanvas, words: str) -> None:
    """Let a screen reader speak a sentence that no focus leads to; Qt can from 6.8 on."""
    announcement = getattr(QtGui, "QAccessibleAnnouncementEvent", None)
    if announcement is not None and QAccessible.isActive():
        QAccessible.updateAccessibility(announcement(canvas, words))
