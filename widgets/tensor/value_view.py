"""One value: slicers, views, neighbouring slices, statistics; asks for what it shows."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import AxisPick, Form, TensorPiece, TensorRequest, TensorSummary, ValueRef
from .absent import Absent
from .axes import Slice, adapted, default_slice, strip_axis, zoomed
from .channels import image_axis, with_channels
from .colours import Look
from .desk import Desk, Use
from .details import DetailFeed, Details
from .feeds import (
    HistogramFeed,
    ImageFeed,
    NeighbourFeed,
    Part,
    TableFeed,
    same_cells,
)
from .formatting import is_words, shape_text
from .go_bar import GoBar
from .going import Goer
from .indexing import Element
from .labels import KnownLabels, Labels
from .over_passes import Passes, PassFeed
from .pieces import array_of, plane_of, plane_request
from .slicers import SlicerRow
from .spot import Spot
from .stage import Stage
from .stats import Bins, StatsBlock, statistics
from .subject import Choice
from .tabs import View, ViewTabs
from .thumbnails import Thumbnails

_COMPACT = 560  # below this height the thumbnails go


class ValueView(QWidget):
    """Everything of the inspector below its head.

    Signals:
        learned: more is known of the value than before; see `summary`.
        turned: another part of the value is shown, or in other colours; see `shown` and `look`.
        noted: str; something that the status line may say.
    """

    learned = Signal()
    turned = Signal()
    noted = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._choice: Choice | None = None
        self._summary: TensorSummary | None = None
        self._naming: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._slice = Slice()
        self._view = View.HEAT
        self._look = Look()
        self._labels = KnownLabels()
        self._zeros: int | None = None
        self._asked: TensorRequest | None = None
        self._open = False
        self._compact = False
        self._was_refused = False
        self._make_parts()
        self._settle = QTimer(self, singleShot=True, interval=60)
        self._settle.timeout.connect(self._ask)
        self._connect()
        self.clear()

    @property
    def summary(self) -> TensorSummary | None:
        """What is known of the value; None before anything came."""
        return self._summary

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the slicers are for; () where they are hidden."""
        return self._shape if self._open else ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the axes are called."""
        return self._names

    @property
    def shown(self) -> Slice:
        """The picks."""
        return self._slice

    @property
    def look(self) -> Look:
        """The colours."""
        return self._look

    @property
    def view(self) -> View:
        """Which view is on: the user's, or the first that this value has."""
        offered = self._offered()
        return self._view if self._view in offered else min(offered, key=list(View).index)

    @property
    def is_array(self) -> bool:
        """The value has numbers that can be saved."""
        return self._summary is not None and self._summary.kept and not self._is_text()

    @property
    def desk(self) -> Desk:
        """Where it asks."""
        return self._desk

    @property
    def ref(self) -> ValueRef | None:
        """The value; None where none is shown."""
        return None if self._choice is None else self._choice.ref

    @property
    def element(self) -> Element | None:
        """The picked element; None where there is none."""
        return self._spot.element

    @property
    def labels(self) -> Labels:
        """What the user calls the indices of the axes."""
        return self._labels.of(self._shape, self._names) if self._open else {}

    def label_axis(self, axis: int, labels: tuple[str, ...]) -> None:
        """Call the indices of an axis something; () for nothing."""
        self._labels.put(self._names[axis], self._shape[axis], labels)
        self._asked = None
        self._refresh()

    def go_to(self, element: Element) -> None:
        """Show and pick an element."""
        if self._open:
            self._spot.go_to(element)

    def clear(self) -> None:
        """Nothing is shown below the head, save a sentence that `say` sets."""
        self._forget()
        self._choice = self._summary = None
        self._without_views()
        self.stats.hide()

    def say(self, text: str, icon: str = "", token: str = "text2") -> None:
        """Show a sentence in the place of the value."""
        self.stage.say(text, icon, token)
        self.thumbs.hide()

    def show_gone(self) -> None:
        """The value was let go: say so, and how it can be had."""
        self._asked = None
        self._was_refused = True
        self._without_views()
        self.absent.say_gone()

    def show_fetching(self, text: str) -> None:
        """The model runs again to bring the value back; "" where it does no longer."""
        if text:
            self._desk.drop()
            self._was_refused = True
            self._without_views()
            self.absent.say_fetching(text)
        elif self._choice is not None:
            self.show_choice(self._choice, self._naming)

    def show_choice(self, choice: Choice, naming: tuple[str, ...]) -> None:
        """Show another value; `naming` holds its axes' names, if they are known."""
        self._forget()
        self._choice, self._summary, self._naming = choice, choice.summary, naming
        if self.notice.shows() is self.notice.sentence:
            self.notice.say("")  # it spoke of another value
        if self._summary is not None:
            self._start()
            return
        self.stage.wait()
        request = TensorRequest(choice.ref, Form.SUMMARY)
        self._desk.ask("summary", request, self._take_summary, self.refuse)

    def show_passes(self, passes: Passes) -> None:
        """In which executions of its op the value can be read."""
        was = self._offered()
        changed = self.passes.show_passes(passes) and self._open
        if changed and (was != self._offered() or self.view is View.PASSES):
            self._refresh()

    def retry(self) -> None:
        """Ask again for what was refused: the run has moved on since."""
        if self._was_refused and not self.absent.fetching and self._choice is not None:
            self.show_choice(self._choice, self._naming)

    def show_slice(self, shown: Slice) -> None:
        """Pick another part of the value."""
        if shown != self._slice:
            self._slice = shown
            self._refresh()

    def show_all(self) -> None:
        """Go back to the picks that a value starts with."""
        if self._open:
            self.show_slice(default_slice(self._shape, self._names))

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
        self.turned.emit()

    def space(self) -> QSize:
        """The room of a view."""
        return self.stage.space()

    def fit_height(self, height: int) -> None:
        """Leave out what has no room in a pane this high."""
        if (height < _COMPACT) != self._compact:
            self._compact = height < _COMPACT
            self.stats.setFixedHeight(72 if self._compact else 79)
            if self._open:
                self._refresh()

    # Making

    def _make_parts(self) -> None:
        self.slicers = SlicerRow(self)
        self.tabs = ViewTabs(self)
        self.bar = GoBar(self)
        self.stage = stage = Stage(self._desk, self)
        self.notice, self.heat, self.curve = stage.notice, stage.heat, stage.curve
        self.images, self.table, self.histogram = stage.images, stage.table, stage.histogram
        self.absent = Absent(stage, self)
        self.thumbs = Thumbnails(self)
        self.stats = StatsBlock(self)
        self.details = Details(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.slicers)
        column.addWidget(self.tabs)
        column.addWidget(self.bar)
        column.addWidget(self.stage, 1)
        column.addWidget(self.thumbs)
        column.addWidget(self.stats)
        column.addWidget(self.details)

    def _connect(self) -> None:
        self._spot = Spot(self)
        self.goer = Goer(self, self.bar)
        self.goer.noted.connect(self.noted)
        self.tabs.going.connect(self.goer.open)
        for view in (self.heat, self.curve):
            view.next_wanted.connect(self.goer.go_next)
        self._neighbours = NeighbourFeed(self._desk, self.thumbs)
        self._pages = TableFeed(self._desk, self.table)
        self._pictures = ImageFeed(self._desk, self.images)
        self._counts = HistogramFeed(self._desk, self.histogram)
        self.passes = PassFeed(self)
        self.passes.arrived.connect(self._show_curve)
        self.more = DetailFeed(self._desk, self.details)
        self.stats.pressed.connect(lambda: self.more.want(not self.more.wanted))
        self._pictures.arrived.connect(self._show_pictures)
        self._counts.counted.connect(self._take_counts)
        self.slicers.picked.connect(self._pick)
        self.slicers.role_wanted.connect(self._assign)
        self.tabs.view_picked.connect(self.show_view)
        self.tabs.look_picked.connect(self.show_look)
        self.heat.look_picked.connect(self.show_look)
        self.heat.zoomed.connect(self._zoom)
        self.heat.normed.connect(self._show_look_name)
        self.curve.zoomed.connect(self._zoom)
        for view in (self.heat, self.curve, self.images.grid):
            view.resized.connect(self._settle.start)
        self.thumbs.index_picked.connect(self._pick_neighbour)
        self.images.grid.index_picked.connect(self._pick_image)
        self.images.layout_wanted.connect(self._turn_channels)

    # What there is to show

    def _forget(self) -> None:
        self._desk.drop()
        self.stage.stop_waiting()
        self._settle.stop()
        self._zeros = self._asked = None
        self._spot.forget()
        self._open = self._was_refused = False
        self.absent.forget()
        self._neighbours.forget()
        self._pictures.forget()
        self.more.follow(None)

    def _take_summary(self, piece: TensorPiece) -> None:
        self._summary = piece.whole
        self.learned.emit()
        self._start()

    def _start(self) -> None:
        """Start with a value whose summary is known."""
        summary = self._summary
        assert summary is not None
        self.stats.setVisible(not self._is_text() and 0 not in summary.shape)
        self.stats.show_bins(None)
        self._show_stats()
        if not summary.kept:
            self.show_gone()
        elif self._is_text() and not (is_words(summary.dtype) and summary.shape):
            self._without_views()
            self.stage.show_words(summary.text)
        elif 0 in summary.shape:
            self._without_views()
            self.say(f"{shape_text(summary.shape)}: an empty tensor.", "square-dashed")
        else:
            self._take_shape(summary.shape)
            self._open = True
            self.goer.offer(summary)
            self._refresh()
            if not self._is_text():
                self._counts.start(self._part())

    def _take_shape(self, shape: tuple[int, ...]) -> None:
        names = self._naming
        if len(names) != len(shape):
            names = tuple(f"axis {axis}" for axis in range(len(shape)))
        if not self._shape:
            self._slice = default_slice(shape, names)
        else:
            self._slice = adapted(self._slice, self._shape, shape, names)
        self._names, self._shape = names, shape

    def _refresh(self) -> None:
        """Show the picks everywhere and ask for what the view needs."""
        self.slicers.show_slice(self._shape, self._names, self._slice)
        view, part = self.view, self._part()
        self.tabs.setVisible(self._slice.x >= 0 or self.passes.offered)
        self.tabs.show_view(view, self._offered(), self._slice.y < 0)
        self._show_look_name()
        strip = view is View.HEAT and not self._compact and not self._is_text()
        self._neighbours.follow(part if strip else None, self._look)
        self._counts.follow(part, view is View.HISTOGRAM)
        self.goer.follow()
        self.more.follow(None if self._is_text() else part)
        self._ask()
        self.turned.emit()

    def _offered(self) -> frozenset[View]:
        if self._is_text():
            return frozenset({View.TABLE})
        offered = {View.HEAT, View.TABLE, View.HISTOGRAM}
        if self._slice.y >= 0:
            offered.add(View.IMAGES)
        if self.passes.offered:
            offered.add(View.PASSES)
        return frozenset(offered)

    # Asking

    def _ask(self) -> None:
        """Fetch what the view shows, unless it has that already."""
        if not self._open or self._choice is None:
            return
        view, part = self.view, self._part()
        if view is View.PASSES:
            self.stage.wait()
            self.passes.follow()
        elif self._slice.x < 0:
            self._ask_plane(plane_request(part.ref, self._slice, (1, 1)), self._take_single)
        elif view is View.HEAT and self._slice.y >= 0:
            room = self.heat.room(self.stage.space())
            self._ask_plane(plane_request(part.ref, self._slice, room), self._take_plane)
        elif view is View.HEAT:
            room = self.curve.room(self.stage.space())
            self._ask_plane(plane_request(part.ref, self._slice, room), self._take_curve)
        elif view is View.IMAGES:
            self.stage.wait()
            self._pictures.follow(part, self.stage.space(), self._look, self.refuse)
        elif view is View.TABLE:
            self._pages.follow(part)
            self.stage.show_view(self.table)
            self._spot.show()
        else:
            self.stage.show_view(self.histogram)

    def _ask_plane(self, request: TensorRequest, take: Use) -> None:
        if self._asked is not None and same_cells(self._asked, request, self._slice):
            self._spot.show()
            return
        self._asked = request
        self.stage.wait()
        self._desk.ask("plane", request, take, self.refuse)

    # Answers

    def _take_plane(self, piece: TensorPiece) -> None:
        self.heat.show_plane(plane_of(piece, self._slice, self._names, self.labels))
        self.stage.show_view(self.heat)
        self._show_look_name()
        self._spot.show()

    def _take_curve(self, piece: TensorPiece) -> None:
        self.curve.show_plane(plane_of(piece, self._slice, self._names, self.labels))
        self.stage.show_view(self.curve)
        self._spot.show()

    def _take_single(self, piece: TensorPiece) -> None:
        self.stage.show_single(array_of(piece))

    def _take_counts(self, piece: TensorPiece, bins: Bins) -> None:
        self._summary, self._zeros = piece.whole, piece.zeros
        self.stats.show_bins(bins)
        self._show_stats()
        self.learned.emit()

    def _show_pictures(self) -> None:
        self.stage.stop_waiting()
        if self._open and self.view is View.IMAGES:
            self.stage.show_view(self.images)

    def _show_curve(self) -> None:
        if self._open and self.view is View.PASSES:
            self.stage.show_view(self.stage.passes)

    def refuse(self, sentence: str) -> None:
        """What is shown was refused."""
        if self.absent.gone:
            return
        self._asked = None
        self._was_refused = True
        self.say(sentence, "circle-alert")

    # The user's moves

    def _pick(self, axis: int, pick: AxisPick) -> None:
        moved = self._slice
        moved = moved.at_index(axis, pick) if isinstance(pick, int) else moved.at_range(axis, pick)
        self.show_slice(moved)

    def _assign(self, axis: int, role: str) -> None:
        self.show_slice(self._slice.spread(axis, role, self._shape[axis]))

    def _zoom(self, ranges: list[tuple[int, int, int]]) -> None:
        self.show_slice(zoomed(self._slice, self._shape, ranges))

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
            self.show_slice(with_channels(self._slice, self._shape, where == "last"))

    # Bits

    def _part(self) -> Part:
        assert self._choice is not None
        return Part(self._choice.ref, self._shape, self._names, self._slice, self.labels)

    def _is_text(self) -> bool:
        summary = self._summary
        return summary is not None and (is_words(summary.dtype) or bool(summary.text))

    def _without_views(self) -> None:
        self._open = False
        self.more.follow(None)
        for part in (self.slicers, self.tabs, self.bar, self.thumbs):
            part.hide()
        self.stage.show_view(self.notice)

    def _show_stats(self) -> None:
        summary = self._summary
        if summary is not None and not self._is_text():
            elements = math.prod(summary.shape)
            self.stats.show_cells(statistics(summary, self._zeros, self.stats.bins, elements))

    def _show_look_name(self) -> None:
        on_heat = self._open and self.view is View.HEAT and self._slice.y >= 0
        norm = self.heat.norm if on_heat else None
        self.tabs.show_look(self._look, norm.name if norm else "")
