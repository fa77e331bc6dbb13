"""One value: slicers, views, neighbouring slices, statistics; asks for what it shows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from ...tracers.ir import AxisPick, Form, TensorPiece, TensorRequest, TensorSummary, ValueRef
from .axes import Slice, adapted, default_slice, strip_axis
from .colours import Look
from .curve import Curve
from .desk import Desk, Use
from .feeds import (
    channels_last,
    image_axis,
    offers_colour,
    page_request,
    table_sides,
    with_channels,
)
from .formatting import exact, number, shape_text
from .heat_map import HeatMap
from .histogram import HistogramView
from .images import ImagesView, tiling
from .notice import Notice
from .pieces import BINS, Array, Plane, array_of, plane_of, plane_request, stack_request
from .slicers import SlicerRow
from .stats import StatsBlock, bins_of, statistics
from .subject import Choice
from .table import TableView
from .tabs import View, ViewTabs
from .thumbnails import MOST, SIDE, Thumbnails

GONE = "This value is no longer kept: its memory was needed for newer ones. Its statistics remain."
_COMPACT = 560  # below this height the thumbnails go
_WORDS = ("str", "bytes", "object", "resource", "variant")


class ValueView(QWidget):
    """Everything of the inspector below its head.

    Signals:
        learned: more is known of the value than before; see `summary`.
    """

    learned = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._choice: Choice | None = None
        self._summary: TensorSummary | None = None
        self._names: tuple[str, ...] = ()
        self._naming: tuple[str, ...] = ()
        self._slice = Slice()
        self._shape: tuple[int, ...] = ()
        self._view = View.HEAT
        self._look = Look()
        self._part = False
        self._zeros: int | None = None
        self._asked: TensorRequest | None = None
        self._page = -1
        self._in_colour: bool | None = None
        self.slicers = SlicerRow(self)
        self.tabs = ViewTabs(self)
        self.heat = HeatMap(self)
        self.curve = Curve(self)
        self.images = ImagesView(self)
        self.table = TableView(self)
        self.histogram = HistogramView(self)
        self.notice = Notice(self)
        self.thumbs = Thumbnails(self)
        self.stats = StatsBlock(self)
        self._stage = QWidget(self)
        self._stack = QStackedLayout(self._stage)
        for layer in (
            self.notice,
            self.heat,
            self.curve,
            self.images,
            self.table,
            self.histogram,
        ):
            self._stack.addWidget(layer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.slicers)
        column.addWidget(self.tabs)
        column.addWidget(self._stage, 1)
        column.addWidget(self.thumbs)
        column.addWidget(self.stats)
        self._late = QTimer(self, singleShot=True, interval=150)
        self._late.timeout.connect(self._say_loading)
        self._settle = QTimer(self, singleShot=True, interval=60)
        self._settle.timeout.connect(self._ask_for_view)
        self._connect()
        self.clear()

    @property
    def summary(self) -> TensorSummary | None:
        """What is known of the value; None before anything came."""
        return self._summary

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape, () where it is not known."""
        return self._shape

    @property
    def shown(self) -> Slice:
        """The picks."""
        return self._slice

    @property
    def view(self) -> View:
        """Which view is on."""
        return self._view

    @property
    def is_array(self) -> bool:
        """The value has numbers that can be saved."""
        return self._summary is not None and self._summary.kept and not self._is_text()

    def clear(self) -> None:
        """Nothing is shown below the head, save a sentence that `say` sets."""
        self._desk.drop()
        self._late.stop()
        self._choice = self._summary = None
        self._shape, self._asked = (), None
        for part in (self.slicers, self.tabs, self.thumbs, self.stats):
            part.hide()
        self._stack.setCurrentWidget(self.notice)

    def say(self, text: str, icon: str = "", token: str = "text2") -> None:
        """Show a sentence in the place of the value."""
        self._late.stop()
        self.notice.say(text, icon, token)
        self._stack.setCurrentWidget(self.notice)
        self.thumbs.hide()

    def show_choice(self, choice: Choice, naming: tuple[str, ...]) -> None:
        """Show another value; `naming` holds its axes' names, if they are known."""
        self._desk.drop()
        self._choice, self._summary, self._naming = choice, choice.summary, naming
        self._zeros, self._asked, self._page = None, None, -1
        self.histogram.show_bins(None, self._part)
        if self._summary is not None:
            self._open()
            return
        self._late.start()
        request = TensorRequest(choice.ref, Form.SUMMARY)
        self._desk.ask("summary", request, self._take_summary, self._refused)

    def show_slice(self, shown: Slice) -> None:
        """Pick another part of the value."""
        if shown != self._slice:
            self._slice = shown
            self._refresh()

    def show_view(self, view: View) -> None:
        """Look at the value in another way."""
        if view is not self._view:
            self._view = view
            self._asked = None
            self._refresh()

    def show_look(self, look: Look) -> None:
        """Other colours."""
        self._look = look
        self.heat.show_look(look)
        self.thumbs.show_look(look)
        self.images.grid.show_look(look)
        self._show_look_name()

    def show_all(self) -> None:
        """Go back to the picks that a value starts with."""
        if self._shape:
            self.show_slice(default_slice(self._shape, self._names))

    def plane(self) -> Plane | None:
        """The slice as it is shown, if it is shown as cells or as a curve."""
        shown = self._stack.currentWidget()
        if shown is self.heat:
            return self.heat.plane
        return self.curve.plane if shown is self.curve else None

    def fit_height(self, height: int) -> None:
        """Leave out what has no room in a pane this high."""
        compact = height < _COMPACT
        if compact != bool(self.thumbs.property("compact")):
            self.thumbs.setProperty("compact", compact)
            if self._summary is not None:
                self._ask_for_thumbs()

    def _connect(self) -> None:
        self.slicers.picked.connect(self._pick)
        self.slicers.role_wanted.connect(self._assign)
        self.tabs.view_picked.connect(self.show_view)
        self.tabs.look_picked.connect(self.show_look)
        self.heat.zoomed.connect(self._zoom)
        self.curve.zoomed.connect(self._zoom)
        for view in (self.heat, self.curve):
            view.resized.connect(self._settle.start)
        self.images.grid.resized.connect(self._settle.start)
        self.heat.normed.connect(self._show_look_name)
        self.thumbs.index_picked.connect(self._pick_neighbour)
        self.images.grid.index_picked.connect(self._pick_image)
        self.images.layout_wanted.connect(self._turn_channels)
        self.images.colour_wanted.connect(self._turn_colour)
        self.images.page_wanted.connect(self._turn_page)
        self.table.model.page_wanted.connect(self._ask_for_page)
        self.histogram.part_wanted.connect(self._turn_part)

    # What there is to show

    def _take_summary(self, piece: TensorPiece) -> None:
        self._summary = piece.whole
        self.learned.emit()
        self._open()

    def _open(self) -> None:
        """Start with a value whose summary is known."""
        summary = self._summary
        assert summary is not None
        self.stats.setVisible(not self._is_text())
        self.stats.show_bins(None)
        self._show_stats()
        if not summary.kept:
            self._without_views(GONE, "history")
            return
        if self._is_text() and (not summary.shape or (summary.text and not _is_words(summary))):
            self._show_words()
            return
        if 0 in summary.shape:
            words = f"An empty tensor: {shape_text(summary.shape)} has no elements."
            self._without_views(words, "square-dashed")
            self.stats.hide()
            return
        names = self._naming
        if len(names) != len(summary.shape):
            names = tuple(f"axis {axis}" for axis in range(len(summary.shape)))
        if summary.shape == self._shape and self._slice.picks:
            self._names = names
        else:
            self._slice = (
                adapted(self._slice, self._shape, summary.shape, names)
                if self._shape
                else default_slice(summary.shape, names)
            )
            self._names, self._shape = names, summary.shape
        self._asked = None
        self._refresh()
        if not self._is_text():
            whole = TensorRequest(self._ref(), Form.HISTOGRAM, bins=BINS)
            self._desk.ask("histogram", whole, self._take_histogram, self._ignore)

    def _refresh(self) -> None:
        """Show the slice's picks everywhere and ask for what the view needs."""
        self.slicers.show_slice(self._shape, self._names, self._slice)
        offered = self._offered()
        view = self._view if self._view in offered else next(iter(sorted(offered, key=_order)))
        curve = self._slice.y < 0
        self.tabs.setVisible(bool(self._shape) and self._slice.x >= 0)
        self.tabs.show_view(view, offered, curve)
        self._show_look_name()
        self._ask_for_thumbs()
        self._ask_for_view()
        if self._part and self._view is View.HISTOGRAM:
            self._ask_for_part()

    def _offered(self) -> frozenset[View]:
        if self._is_text():
            return frozenset({View.TABLE})
        if self._slice.y < 0:
            return frozenset({View.HEAT, View.TABLE, View.HISTOGRAM})
        return frozenset(View)

    def _shown_view(self) -> View:
        offered = self._offered()
        return self._view if self._view in offered else min(offered, key=_order)

    # Asking

    def _ask_for_view(self) -> None:
        if self._choice is None or self._summary is None or not self._shape_is_open():
            return
        view = self._shown_view()
        if self._slice.x < 0:
            request = plane_request(self._ref(), self._slice, (1, 1))
            self._ask_plane(request, self._take_single)
        elif view is View.HEAT:
            where = self.heat if self._slice.y >= 0 else self.curve
            request = plane_request(self._ref(), self._slice, where.room(self._space()))
            take = self._take_plane if self._slice.y >= 0 else self._take_curve
            if self._asked is not None and self._same_cells(request):
                return
            self._ask_plane(request, take)
        elif view is View.IMAGES:
            self._ask_for_images()
        elif view is View.TABLE:
            self._fill_table()
        else:
            self._stack.setCurrentWidget(self.histogram)
            self._late.stop()

    def _shape_is_open(self) -> bool:
        return self._summary is not None and self._summary.shape == self._shape

    def _same_cells(self, request: TensorRequest) -> bool:
        """Another size of the pane leads to the very same elements."""
        asked = self._asked
        assert asked is not None
        if replace(asked, limit=()) != replace(request, limit=()):
            return False
        return all(
            _stride(self._slice.extent(axis), old) == _stride(self._slice.extent(axis), new)
            for axis, old, new in zip(request.axes, asked.limit, request.limit, strict=True)
        )

    def _ask_plane(self, request: TensorRequest, take: Use) -> None:
        self._asked = request
        if not self._late.isActive():
            self._late.start()
        self._desk.ask("plane", request, take, self._refused)

    def _ask_for_thumbs(self) -> None:
        axis = strip_axis(self._shape, self._slice, self._names) if self._shape else -1
        wanted = (
            axis >= 0
            and self._slice.y >= 0
            and self._shown_view() is View.HEAT
            and not self._is_text()
            and not self.thumbs.property("compact")
        )
        self.thumbs.setVisible(wanted)
        if not wanted:
            self._desk.drop("thumbs")
            return
        index = self._slice.index(axis)
        start = index // MOST * MOST
        run = (start, min(start + MOST, self._shape[axis]))
        request = stack_request(
            self._ref(), self._slice.at_index(axis, 0), axis, run, (2 * SIDE, 2 * SIDE)
        )
        self.thumbs.show_current(index)
        if self.thumbs.property("request") != request:
            self._desk.ask("thumbs", request, self._take_thumbs, self._ignore)

    def _ask_for_images(self) -> None:
        axis = image_axis(self._shape, self._slice, self._names)
        colour = offers_colour(self._shape, self._slice, axis)
        as_colour = colour and self._in_colour is not False
        many = 1 if as_colour or axis < 0 else self._shape[axis]
        rows, columns = (self._slice.extent(a) for a in (self._slice.y, self._slice.x))
        layout = tiling(many, rows, columns, *self.images.room(self._space()))
        start = self._page if self._page >= 0 else 0
        if axis >= 0 and not as_colour:
            if self._page < 0:
                start = self._slice.index(axis) // layout.per_page * layout.per_page
            self.images.grid.show_current(self._slice.index(axis))
        what = "one picture"
        if axis >= 0:
            what = "red, green, blue" if as_colour else f"along {self._names[axis]}"
        last = channels_last(self._shape, self._slice)
        self.images.show_page(what, start, many, layout, last, colour)
        self.images.order.setVisible(len(self._shape) >= 3)
        self.images.colour.setChecked(as_colour)
        limit = (max(layout.high, 1), max(layout.wide, 1))
        if axis < 0:
            request = plane_request(self._ref(), self._slice, limit)
        else:
            run = (0, 3) if as_colour else (start, min(start + layout.per_page, many))
            request = stack_request(self._ref(), self._slice.at_index(axis, 0), axis, run, limit)

        def take(piece: TensorPiece) -> None:
            self._late.stop()
            stack = array_of(piece)
            stack = stack if stack.ndim == 3 else stack[None]
            self.images.grid.show_stack(stack, start, layout, as_colour, self._look)
            self._stack.setCurrentWidget(self.images)

        if request != self._asked:
            self._ask_plane(request, take)

    def _fill_table(self) -> None:
        self._late.stop()
        self.table.model.show_slice(*table_sides(self._slice, self._names))
        self._stack.setCurrentWidget(self.table)

    def _ask_for_page(self, row: int, column: int) -> None:
        if self._choice is None:
            return
        page = (row, column)
        request = page_request(self._ref(), self._slice, self.table.model.sides, page)

        def take(piece: TensorPiece) -> None:
            values = array_of(piece)
            wide = (*values.shape, 1, 1)[:2]
            self.table.model.put_page(page, np.reshape(values, wide))

        def lose(_sentence: str) -> None:
            self.table.model.lose_page(page)

        self._desk.ask(("table", row, column), request, take, lose)

    def _ask_for_part(self) -> None:
        request = TensorRequest(self._ref(), Form.HISTOGRAM, self._slice.picks, bins=BINS)
        self._desk.ask("part", request, self._take_part, self._ignore)

    # Answers

    def _take_plane(self, piece: TensorPiece) -> None:
        self._late.stop()
        plane = plane_of(piece, self._slice, self._names)
        notes: list[str] = []
        if plane.values.dtype.kind == "c":
            notes.append("magnitudes")
        if plane.reduced:
            notes.append(f"every {_every(plane)}")
        self.heat.show_plane(plane, " · ".join(notes))
        self._stack.setCurrentWidget(self.heat)
        self._show_look_name()

    def _take_curve(self, piece: TensorPiece) -> None:
        self._late.stop()
        self.curve.show_plane(plane_of(piece, self._slice, self._names))
        self._stack.setCurrentWidget(self.curve)

    def _take_single(self, piece: TensorPiece) -> None:
        self._late.stop()
        values = np.ravel(array_of(piece))
        value = values[0] if values.size else ""
        value = value if isinstance(value, str) else value.item()
        if isinstance(value, str):
            self.notice.show_text(value)
        else:
            text = number(value, 6)
            token = {"NaN": "nan", "+Inf": "inf", "\u2212Inf": "inf"}.get(text, "text1")
            self.notice.show_number(text, exact(value), token)
        self._stack.setCurrentWidget(self.notice)

    def _take_thumbs(self, piece: TensorPiece) -> None:
        request = piece.request
        axis = request.axes[0]
        pick = request.picks[axis]
        stack: Array = array_of(piece)
        start = pick if isinstance(pick, int) else pick[0]
        self.thumbs.setProperty("request", None)
        self.thumbs.show_stack(stack, start, self._shape[axis], self._names[axis], self._look)

    def _take_histogram(self, piece: TensorPiece) -> None:
        self._summary = piece.whole
        self._zeros = piece.zeros
        bins = bins_of(piece)
        self.stats.show_bins(bins)
        if not self._part:
            self.histogram.show_bins(bins, False)
        self._show_stats()
        self.learned.emit()

    def _take_part(self, piece: TensorPiece) -> None:
        self.histogram.show_bins(bins_of(piece), True)

    def _refused(self, sentence: str) -> None:
        self.say(sentence, "circle-alert")

    def _ignore(self, _sentence: str) -> None:
        """The view says what is wrong; the parts around it stay as they are."""

    def _say_loading(self) -> None:
        self.notice.say("Loading…", "loader")
        self._stack.setCurrentWidget(self.notice)

    # The user's moves

    def _pick(self, axis: int, pick: AxisPick) -> None:
        moved = self._slice
        moved = moved.at_index(axis, pick) if isinstance(pick, int) else moved.at_range(axis, pick)
        self._page = -1
        self.show_slice(moved)

    def _assign(self, axis: int, role: str) -> None:
        self.show_slice(self._slice.spread(axis, role, self._shape[axis]))

    def _zoom(self, ranges: list[tuple[int, int, int]]) -> None:
        moved = self._slice
        if not ranges:
            ranges = [(a, 0, self._shape[a]) for a in (moved.y, moved.x) if a >= 0]
        for axis, start, stop in ranges:
            extent = self._shape[axis]
            start = max(min(start, extent - min(stop - start, extent)), 0)
            moved = moved.at_range(axis, (start, min(stop, extent), 1))
        self.show_slice(moved)

    def _pick_neighbour(self, index: int) -> None:
        axis = strip_axis(self._shape, self._slice, self._names)
        if axis >= 0:
            self.show_slice(self._slice.at_index(axis, index))

    def _pick_image(self, index: int) -> None:
        axis = image_axis(self._shape, self._slice, self._names)
        if axis >= 0:
            self._slice = self._slice.at_index(axis, index)
            self.slicers.show_slice(self._shape, self._names, self._slice)

    def _turn_channels(self, where: str) -> None:
        if len(self._shape) >= 3:
            self._page = -1
            self.show_slice(with_channels(self._slice, self._shape, where == "last"))

    def _turn_colour(self, on: bool) -> None:
        self._in_colour = on
        self._ask_for_images()

    def _turn_page(self, start: int) -> None:
        self._page = start
        self._ask_for_images()

    def _turn_part(self, part: bool) -> None:
        self._part = part
        self.histogram.show_bins(None, part)
        if part:
            self._ask_for_part()
        else:
            whole = TensorRequest(self._ref(), Form.HISTOGRAM, bins=BINS)
            self._desk.ask("histogram", whole, self._take_histogram, self._ignore)

    # Bits

    def _space(self) -> QSize:
        """The room of the view, also of one that is not shown yet."""
        layout = self.layout()
        if self.isVisible() and layout is not None:
            layout.activate()
            return self._stage.size()
        return self.heat.sizeHint()

    def _ref(self) -> ValueRef:
        assert self._choice is not None
        return self._choice.ref

    def _is_text(self) -> bool:
        summary = self._summary
        return summary is not None and (_is_words(summary) or bool(summary.text))

    def _show_words(self) -> None:
        summary = self._summary
        assert summary is not None
        self._without_views("", "")
        if summary.text and len(summary.text) <= 24 and "\n" not in summary.text:
            self.notice.show_number(summary.text, summary.text)
        else:
            self.notice.show_text(summary.text)

    def _without_views(self, sentence: str, icon: str) -> None:
        for part in (self.slicers, self.tabs, self.thumbs):
            part.hide()
        self.say(sentence, icon)

    def _show_stats(self) -> None:
        summary = self._summary
        if summary is not None and not self._is_text():
            bins = self.stats.bins
            elements = math.prod(summary.shape)
            self.stats.show_cells(statistics(summary, self._zeros, bins, elements))

    def _show_look_name(self) -> None:
        on_heat = self._shown_view() is View.HEAT and self._slice.y >= 0
        norm = self.heat.norm if on_heat else None
        self.tabs.show_look(self._look, norm.name if norm else "")


def _order(view: View) -> int:
    return list(View).index(view)


def _is_words(summary: TensorSummary) -> bool:
    return summary.dtype.startswith(_WORDS)


def _stride(extent: int, limit: int) -> int:
    return max(-(-extent // max(limit, 1)), 1)


def _every(plane: Plane) -> str:
    steps = [
        f"{span.step}{_ending(span.step)} {what}"
        for span, what in ((plane.y, "row"), (plane.x, "column"))
        if span.step > 1
    ]
    return ", ".join(steps)


def _ending(step: int) -> str:
    if step % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(step % 10, "th")
