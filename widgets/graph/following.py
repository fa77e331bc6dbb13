"""Keeps the place of the run in sight: on arrival, on each step, when the room changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget

from .camera import EDGE
from .canvas import GraphCanvas
from .minimap import Minimap

LOW_WINDOW = 900  # px of window height below which the minimap goes
INSET = 15


class Follower:
    """Moves a canvas's camera, and its minimap out of the way.

    Until the run has moved on or the user has taken hold of the camera, every change of size is
    a new arrival. Afterwards the place stays in sight as long as the user does not move away.

    Attributes:
        settled: the first look is over.
        following: the user wants the place in sight, whatever happens.
    """

    def __init__(
        self,
        pane: QWidget,
        canvas: GraphCanvas,
        minimap: Minimap,
        neighbours: Callable[[int], list[int]],
    ) -> None:
        self._pane = pane
        self._canvas = canvas
        self._minimap = minimap
        self._neighbours = neighbours
        self.settled = False
        self.following = True
        self._held = True
        self._width = 0
        canvas.handled.connect(self._let_go)
        canvas.moved_down.connect(self._stay)
        canvas.resized.connect(self._resized)

    def place(self) -> int:
        """The node of the place that is looked at, -1 for none."""
        marks = self._canvas.marks
        return marks.cursor if marks.cursor >= 0 else marks.live

    def arrive(self) -> None:
        """The first look at a graph."""
        self.settled = False
        self._held = True
        self.place_minimap(home=True)
        self._canvas.arrive(self.place())
        self.place_minimap()

    def follow(self, anew: bool, moved: bool = True, glide: bool = True) -> None:
        """The place changed; `anew`: so did the layout; not `moved`: the run has not begun."""
        index = self.place()
        if not (moved or self.settled):
            self.arrive()
            return
        self.settled = True
        self._held = self.following
        if index >= 0 and self.following:
            self.place_minimap(home=True)
            self._canvas.follow(index, anew, glide)
        self.place_minimap()

    def place_minimap(self, home: bool = False) -> None:
        """Into the lower right corner; where it would hide the place, to the left, or away."""
        canvas, minimap = self._canvas, self._minimap
        parent = self._pane
        window = parent.window()
        if window is not parent and window.height() < LOW_WINDOW:
            minimap.hide()
            canvas.covered = QRect()
            return
        size = minimap.size()
        y = parent.height() - 1 - INSET - size.height()
        corners = [QPoint(parent.width() - 1 - INSET - size.width(), y), QPoint(INSET, y)]
        for corner in corners:
            area = QRect(corner - canvas.pos(), size)
            if home or not any(rect.intersects(area) for rect in self._wanted()):
                minimap.move(corner)
                minimap.show()
                canvas.covered = area
                return
        minimap.hide()
        canvas.covered = QRect()

    def _wanted(self) -> list[QRect]:
        """Where the place and what it is joined to stand."""
        index = self.place()
        if index < 0:
            return []
        return [self._canvas.node_rect(at) for at in (index, *self._neighbours(index))]

    def _let_go(self) -> None:
        self.settled = True
        self._held = False

    def _stay(self, by: int) -> None:
        """The canvas's upper border moved: what is seen stays where it was on the screen."""
        canvas = self._canvas
        if not self.settled or canvas.picture is None:
            return
        old = canvas.origin.y()
        y = old + by / canvas.zoom
        canvas.origin.setY(max(y, min(old, -EDGE / canvas.zoom)))

    def _resized(self) -> None:
        canvas = self._canvas
        before, self._width = self._width, canvas.width()
        if canvas.picture is None:
            self.place_minimap(home=True)
        elif not self.settled:
            self.arrive()
        elif self._held:
            self.follow(anew=before != self._width)
        else:
            self.place_minimap()
