"""The views with what they ask for: each follows a part of a value and fetches its pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal

from ...tracers.ir import Form, TensorPiece, TensorRequest, ValueRef
from .axes import Slice, strip_axis
from .channels import channels_last, image_axis, offers_colour
from .colours import Look
from .desk import Desk
from .histogram import HistogramView
from .images import ImagesView, tiling
from .labels import Labels
from .pieces import BINS, array_of, plane_request, stack_request
from .stats import Bins, bins_of
from .table import PAGE, Side, TableView
from .thumbnails import MOST, SIDE, Thumbnails

Refuse = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A value, and which part of it is shown."""

    ref: ValueRef
    shape: tuple[int, ...]
    names: tuple[str, ...]
    shown: Slice
    labels: Labels = field(default_factory=dict[int, tuple[str, ...]])


def ignore(_sentence: str) -> None:
    """The main view says what is wrong; the parts around it stay as they are."""


class NeighbourFeed(QObject):
    """Thumbnails of the slices beside the shown one."""

    def __init__(self, desk: Desk, strip: Thumbnails) -> None:
        super().__init__(strip)
        self._desk, self._strip = desk, strip
        self._known: TensorRequest | None = None
        self._part: Part | None = None

    def follow(self, part: Part | None, look: Look) -> None:
        """Show the neighbours in a part; None, or a part without any, hides the strip."""
        axis = -1
        if part is not None and part.shown.y >= 0:
            axis = strip_axis(part.shape, part.shown, part.names)
        self._strip.setVisible(axis >= 0)
        if part is None or axis < 0:
            self._desk.drop("thumbs")
            self._known = None
            return
        self._part = part
        index = part.shown.index(axis)
        start = index // MOST * MOST
        run = (start, min(start + MOST, part.shape[axis]))
        request = stack_request(
            part.ref, part.shown.at_index(axis, 0), axis, run, (2 * SIDE, 2 * SIDE)
        )
        self._strip.show_current(index)
        if request == self._known:
            return
        self._known = request

        def take(piece: TensorPiece) -> None:
            self._strip.show_stack(array_of(piece), start, part.shape[axis], part.names[axis], look)

        self._desk.ask("thumbs", request, take, self._forget)

    def forget(self) -> None:
        """Another value comes."""
        self._known = None

    def _forget(self, _sentence: str) -> None:
        self._known = None


class TableFeed(QObject):
    """The table's pages.

    Signals:
        refused: str; why there are none.
    """

    refused = Signal(str)

    def __init__(self, desk: Desk, view: TableView) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self._part: Part | None = None
        view.model.page_wanted.connect(self._ask)

    def follow(self, part: Part) -> None:
        """Show a part; of another one than before nothing is known."""
        if part == self._part:
            return
        self._part = part
        rows, columns = (
            replace(side, labels=part.labels.get(side.axis, ()))
            for side in table_sides(part.shown, part.names)
        )
        self._view.model.show_slice(rows, columns)

    def forget(self) -> None:
        """What is shown has to be fetched again."""
        self._part = None

    def _ask(self, row: int, column: int) -> None:
        part = self._part
        if part is None:
            return
        page = (row, column)
        model = self._view.model

        def take(piece: TensorPiece) -> None:
            values = array_of(piece)
            if part is self._part:
                model.put_page(page, np.reshape(values, (*values.shape, 1, 1)[:2]))

        def lose(sentence: str) -> None:
            model.lose_page(page)
            if part is self._part:
                self.refused.emit(sentence)

        request = page_request(part.ref, part.shown, model.sides, page)
        self._desk.ask(("table", row, column), request, take, lose)


class ImageFeed(QObject):
    """Pages of pictures, or one in colour.

    Signals:
        arrived: the pictures are there.
    """

    arrived = Signal()

    def __init__(self, desk: Desk, view: ImagesView) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self._part: Part | None = None
        self._look = Look()
        self._space = QSize(452, 349)
        self._start = -1
        self._wants_colour: bool | None = None
        self._known: TensorRequest | None = None
        self._refuse: Refuse = ignore
        view.colour_wanted.connect(self._turn_colour)
        view.page_wanted.connect(self._turn_page)

    def follow(self, part: Part, space: QSize, look: Look, refuse: Refuse) -> None:
        """Show the pictures of a part in a view of some size."""
        was = self._part
        if was is None or (was.ref, was.shape) != (part.ref, part.shape):
            self._start = -1
            self._known = None
        self._part, self._space, self._look, self._refuse = part, space, look, refuse
        self._ask()

    def follow_index(self, part: Part) -> None:
        """The ring moved; the pictures are the same."""
        self._part = part

    def forget(self) -> None:
        """Another value comes."""
        self._known = None
        self._start = -1

    def _ask(self) -> None:
        part = self._part
        assert part is not None
        shown, view = part.shown, self._view
        axis = image_axis(part.shape, shown, part.names)
        offered = offers_colour(part.shape, shown, axis)
        in_colour = offered and self._wants_colour is not False
        many = 1 if in_colour or axis < 0 else part.shape[axis]
        layout = tiling(many, shown.extent(shown.y), shown.extent(shown.x), *view.room(self._space))
        start = max(self._start, 0)
        what = "one picture"
        if axis >= 0:
            what = "red, green, blue" if in_colour else f"along {part.names[axis]}"
        if axis >= 0 and not in_colour:
            if self._start < 0:
                start = shown.index(axis) // layout.per_page * layout.per_page
            view.grid.show_current(shown.index(axis))
        view.show_page(what, start, many, layout, channels_last(part.shape, shown), offered)
        view.order.setVisible(len(part.shape) >= 3)
        view.colour.setChecked(in_colour)
        limit = (max(layout.high, 1), max(layout.wide, 1))
        if axis < 0:
            request = plane_request(part.ref, shown, limit)
        else:
            run = (0, 3) if in_colour else (start, min(start + layout.per_page, many))
            request = stack_request(part.ref, shown.at_index(axis, 0), axis, run, limit)
        if request == self._known:
            self.arrived.emit()
            return

        def take(piece: TensorPiece) -> None:
            self._known = request
            stack = array_of(piece)
            stack = stack if stack.ndim == 3 else stack[None]
            view.grid.show_stack(stack, start, layout, in_colour, self._look)
            self.arrived.emit()

        self._desk.ask("plane", request, take, self._refuse)

    def _turn_colour(self, on: bool) -> None:
        self._wants_colour = on
        self._ask()

    def _turn_page(self, start: int) -> None:
        self._start = start
        self._ask()


class HistogramFeed(QObject):
    """Counts over the whole value, and over the shown part where the user wants that.

    Signals:
        counted: TensorPiece, Bins; of the whole value.
        refused: str; nothing of the value can be counted.
    """

    counted = Signal(object, object)
    refused = Signal(str)

    def __init__(self, desk: Desk, view: HistogramView) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self._part: Part | None = None
        self._whole: Bins | None = None
        self._of_part = False
        self._counted: Part | None = None
        self.sentence = ""  # why the value cannot be counted
        view.part_wanted.connect(self._turn)

    def start(self, part: Part) -> None:
        """Count another value."""
        self._part, self._whole, self._counted = part, None, None
        self.sentence = ""
        self._view.show_bins(None, self._of_part)
        request = TensorRequest(part.ref, Form.HISTOGRAM, bins=BINS)
        self._desk.ask("histogram", request, self._take_whole, self._lack)

    def follow(self, part: Part, visible: bool) -> None:
        """Another part is shown; it is counted where that can be seen."""
        self._part = part
        if self._of_part and visible and part != self._counted:
            self._count_part()

    def _take_whole(self, piece: TensorPiece) -> None:
        self._whole = bins_of(piece)
        if not self._of_part:
            self._view.show_bins(self._whole, False)
        self.counted.emit(piece, self._whole)

    def _lack(self, sentence: str) -> None:
        self.sentence = sentence
        self.refused.emit(sentence)

    def _count_part(self) -> None:
        part = self._part
        assert part is not None

        def take(piece: TensorPiece) -> None:
            self._counted = part
            self._view.show_bins(bins_of(piece), True)

        request = TensorRequest(part.ref, Form.HISTOGRAM, part.shown.picks, bins=BINS)
        self._desk.ask("part", request, take, ignore)

    def _turn(self, of_part: bool) -> None:
        self._of_part = of_part
        self._view.show_bins(None if of_part else self._whole, of_part)
        if of_part and self._part is not None:
            self._count_part()


def table_sides(shown: Slice, names: tuple[str, ...]) -> tuple[Side, Side]:
    """Rows and columns: Y and X, or X downwards where it is alone, or one cell."""
    if shown.x < 0:
        return Side(), Side()
    if shown.y < 0:
        return _side(shown, shown.x, names), Side()
    return _side(shown, shown.y, names), _side(shown, shown.x, names)


def page_request(
    ref: ValueRef, shown: Slice, sides: tuple[Side, Side], page: tuple[int, int]
) -> TensorRequest:
    """Ask for the elements of one page of the table."""
    picks = list(shown.picks)
    axes: list[int] = []
    for side, number, size in zip(sides, page, PAGE, strict=True):
        if side.axis < 0:
            continue
        first, last = number * size, min((number + 1) * size, side.length) - 1
        picks[side.axis] = (side.at(first), side.at(last) + 1, side.step)
        axes.append(side.axis)
    return TensorRequest(ref, Form.PLANE, tuple(picks), tuple(axes))


def same_cells(old: TensorRequest, new: TensorRequest, shown: Slice) -> bool:
    """Both ask for the very same elements, though for another size of the view."""
    if replace(old, limit=()) != replace(new, limit=()):
        return False
    return all(
        _stride(shown.extent(axis), one) == _stride(shown.extent(axis), other)
        for axis, one, other in zip(new.axes, old.limit, new.limit, strict=True)
    )


def _stride(extent: int, limit: int) -> int:
    return max(-(-extent // max(limit, 1)), 1)


def _side(shown: Slice, axis: int, names: tuple[str, ...]) -> Side:
    pick = shown.picks[axis]
    if isinstance(pick, int):
        return Side(names[axis], pick, 1, 1, axis)
    return Side(names[axis], pick[0], pick[2], shown.extent(axis), axis)
