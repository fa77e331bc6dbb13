"""What the user does to the picks: slicers, zoom, neighbours, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ...tracers.ir import AxisPick
from .axes import strip_axis, zoomed
from .channels import image_axis, with_channels

if TYPE_CHECKING:
    from .value_view import ValueView


class Moves(QObject):
    """Turns moves in the parts of a view into other slices."""

    def __init__(self, view: ValueView) -> None:
        super().__init__(view)
        self._view = view
        view.slicers.picked.connect(self._pick)
        view.slicers.role_wanted.connect(self._assign)
        view.heat.zoomed.connect(self._zoom)
        view.curve.zoomed.connect(self._zoom)
        view.thumbs.index_picked.connect(self._pick_neighbour)
        view.images.grid.index_picked.connect(self._pick_image)
        view.images.layout_wanted.connect(self._turn_channels)

    def _pick(self, axis: int, pick: AxisPick) -> None:
        shown = self._view.shown
        moved = shown.at_index(axis, pick) if isinstance(pick, int) else shown.at_range(axis, pick)
        self._view.show_slice(moved)

    def _assign(self, axis: int, role: str) -> None:
        view = self._view
        view.show_slice(view.shown.spread(axis, role, view.shape[axis]))

    def _zoom(self, ranges: list[tuple[int, int, int]]) -> None:
        view = self._view
        view.show_slice(zoomed(view.shown, view.shape, ranges))

    def _pick_neighbour(self, index: int) -> None:
        view = self._view
        axis = strip_axis(view.shape, view.shown, view.names)
        if axis >= 0:
            view.show_slice(view.shown.at_index(axis, index))

    def _pick_image(self, index: int) -> None:
        """The grid has ringed the picture itself."""
        view = self._view
        axis = image_axis(view.shape, view.shown, view.names)
        if axis >= 0:
            view.note_slice(view.shown.at_index(axis, index))

    def _turn_channels(self, where: str) -> None:
        view = self._view
        if len(view.shape) >= 3:
            view.show_slice(with_channels(view.shown, view.shape, where == "last"))
