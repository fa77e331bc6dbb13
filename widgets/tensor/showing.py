"""Of one value: asks for what the view that is on shows, and shows it when it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ...tracers.ir import TensorPiece, TensorRequest
from .desk import Use
from .feeds import ImageFeed, TableFeed, same_cells
from .over_passes import PassFeed
from .pieces import array_of, plane_of, plane_request
from .tabs import View

if TYPE_CHECKING:
    from .value_view import ValueView

_SETTLING = 60  # ms after the last change of size


class Showing(QObject):
    """Feeds the stage.

    Signals:
        coloured: the heat map has other colours than before, or is on again.
    """

    coloured = Signal()

    def __init__(self, view: ValueView) -> None:
        super().__init__(view)
        self._view = view
        self._stage = view.stage
        self._asked: TensorRequest | None = None
        self._settle = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settle.timeout.connect(self.ask)
        self._pages = TableFeed(view.desk, view.table)
        self._pages.refused.connect(view.refuse)
        self._pictures = ImageFeed(view.desk, view.images)
        self._pictures.arrived.connect(self._show_pictures)
        self.passes = PassFeed(view)
        self.passes.arrived.connect(self._show_passes)
        for part in (view.heat, view.curve, view.images.grid):
            part.resized.connect(self._settle.start)

    def forget(self) -> None:
        """Another value comes."""
        self._stage.stop_waiting()
        self._settle.stop()
        self.anew()
        self._pictures.forget()

    def anew(self) -> None:
        """What was asked for has to be asked for again."""
        self._asked = None
        self._pages.forget()

    def ask(self) -> None:
        """Fetch what the view shows, unless it has that already."""
        view, stage = self._view, self._stage
        if not view.open:
            return
        on, shown, part = view.view, view.shown, view.part
        if on in (View.TABLE, View.HISTOGRAM, View.RUNS):
            view.desk.drop("plane")  # a late answer would put another view on
        if on is View.PASSES:
            stage.wait()
            self.passes.follow()
        elif on is View.RUNS:
            stage.show_view(stage.runs)
        elif shown.x < 0:
            self._ask_plane(plane_request(part.ref, shown, (1, 1)), self._take_single)
        elif on is View.HEAT and shown.y >= 0:
            room = view.heat.room(stage.space())
            self._ask_plane(plane_request(part.ref, shown, room), self._take_plane)
        elif on is View.HEAT:
            room = view.curve.room(stage.space())
            self._ask_plane(plane_request(part.ref, shown, room), self._take_curve)
        elif on is View.IMAGES:
            stage.wait()
            self._pictures.follow(part, stage.space(), view.look, view.refuse)
        elif on is View.TABLE:
            self._pages.follow(part)
            stage.show_view(view.table)
            view.spot.show()
        elif view.counting.sentence:
            view.refuse(view.counting.sentence)
        else:
            stage.show_view(view.histogram)

    def _ask_plane(self, request: TensorRequest, take: Use) -> None:
        view = self._view
        if self._asked is not None and same_cells(self._asked, request, view.shown):
            view.spot.show()
            return
        self._asked = request
        self._stage.wait()
        view.desk.ask("plane", request, take, view.refuse)

    def _take_plane(self, piece: TensorPiece) -> None:
        view = self._view
        view.heat.show_plane(plane_of(piece, view.shown, view.names, view.labels))
        self._stage.show_view(view.heat)
        self.coloured.emit()
        view.spot.show()

    def _take_curve(self, piece: TensorPiece) -> None:
        view = self._view
        view.curve.show_plane(plane_of(piece, view.shown, view.names, view.labels))
        self._stage.show_view(view.curve)
        view.spot.show()

    def _take_single(self, piece: TensorPiece) -> None:
        self._stage.show_single(array_of(piece))

    def _show_pictures(self) -> None:
        self._stage.stop_waiting()
        if self._view.open and self._view.view is View.IMAGES:
            self._stage.show_view(self._view.images)

    def _show_passes(self) -> None:
        if self._view.open and self._view.view is View.PASSES:
            self._stage.show_view(self._stage.passes)
