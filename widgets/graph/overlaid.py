"""Shows an overlay in the graph pane: colours on the canvas, the legend in a free corner."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QTimer
from PySide6.QtWidgets import QWidget

from ..overlays.legend import Legend
from ..overlays.shown import Shown
from ..watching import watch
from .canvas import GraphCanvas
from .minimap import Minimap

INSET = 15
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


class Overlaid:
    """The legend of one graph pane.

    Attributes:
        shown: the overlay that is shown, None for none.
    """

    def __init__(self, pane: QWidget, canvas: GraphCanvas, minimap: Minimap) -> None:
        self._pane, self._canvas, self._minimap = pane, canvas, minimap
        self.shown: Shown | None = None
        self.legend = Legend(pane)
        self._placing = QTimer(pane, singleShot=True, interval=0)
        self._placing.timeout.connect(self._place)
        for widget in (minimap, canvas):
            watch(widget, self._moved)

    def show(self, shown: Shown | None) -> None:
        """Another overlay, None for none."""
        self.shown = shown
        self._canvas.marks.overlay = shown
        self.renew()

    def renew(self) -> None:
        """The overlay's amounts, or the scene, are others."""
        picture = self._canvas.picture
        if picture is not None:
            picture.wear(self._canvas.marks)
        elif self.shown is not None:
            self.shown.fit(self.shown.amounts.ops)
        self.legend.show_overlay(self.shown)
        self._place()
        self._canvas.update()
        self._minimap.show_progress()

    def _moved(self, event: QEvent) -> bool:
        if self.shown is not None and event.type() in _MOVES:
            self._placing.start()
        return False

    def _place(self) -> None:
        """Into a lower corner, or an upper one, where it hides neither minimap nor place."""
        legend, canvas = self.legend, self._canvas
        if self.shown is None:
            return
        area = canvas.geometry()
        size = legend.size()
        left, right = area.left() + INSET, area.right() - INSET - size.width()
        top, bottom = area.top() + INSET, area.bottom() - INSET - size.height()
        corners = [QPoint(left, bottom), QPoint(right, bottom), QPoint(left, top)]
        taken = self._taken()
        free = (at for at in corners if not any(QRect(at, size).intersects(r) for r in taken))
        legend.move(next(free, corners[0]))
        legend.raise_()

    def _taken(self) -> list[QRect]:
        taken: list[QRect] = []
        if not self._minimap.isHidden():
            taken.append(self._minimap.geometry())
        marks, picture = self._canvas.marks, self._canvas.picture
        for index in {marks.live, marks.cursor, marks.selected}:
            if picture is not None and 0 <= index < len(picture.scene.nodes):
                taken.append(self._canvas.node_rect(index).translated(self._canvas.pos()))
        return taken
