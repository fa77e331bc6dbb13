"""One value: slicers, views, neighbouring slices, statistics; asks for what it shows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from ...tracers.ir import Form, TensorPiece, TensorRequest, TensorSummary, ValueRef
from .axes import Slice, adapted, default_slice
from .colours import Look
from .counting import Counting
from .desk import Desk
from .feeds import NeighbourFeed, Part
from .film import FilmFeed
from .formatting import is_text, is_words, shape_text
from .going import Goer
from .indexing import Element
from .labels import KnownLabels, Labels
from .moves import Moves
from .pass_book import Passes
from .showing import Showing
from .spot import Spot
from .subject import Choice
from .tabs import View
from .value_parts import ValueParts

_COMPACT = 560  # below this height the thumbnails go


class ValueView(ValueParts):
    """Everything of the inspector below its head.

    Signals:
        learned: more is known of the value than before; see `summary`.
        turned: another part of the value is shown, or in other colours; see `shown` and `look`.
        noted: str; something that the status line may say.
        pass_wanted: int; the record that has the same value in another pass.
    """

    learned = Signal()
    turned = Signal()
    noted = Signal(str)
    pass_wanted = Signal(int)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._choice: Choice | None = None
        self._summary: TensorSummary | None = None
        self._naming: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._slice = Slice()
        self._view = View.HEAT
        self._look = Look()
        self._labels = KnownLabels()
        self._followed = False
        self._open = False
        self._compact = False
        self._was_refused = False
        self.lost = ""  # why no value can be had any more
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
    def open(self) -> bool:
        """The value has elements that are looked at; no sentence stands in their place."""
        return self._open and self._choice is not None

    @property
    def part(self) -> Part:
        """What is shown of the value, while there is one."""
        assert self._choice is not None
        return Part(self._choice.ref, self._shape, self._names, self._slice, self.labels)

    @property
    def ref(self) -> ValueRef | None:
        """The value; None where none is shown."""
        return None if self._choice is None else self._choice.ref

    @property
    def element(self) -> Element | None:
        """The picked element; None where there is none."""
        return self.spot.element if self._open else None

    @property
    def labels(self) -> Labels:
        """What the user calls the indices of the axes."""
        return self._labels.of(self._shape, self._names) if self._open else {}

    def label_axis(self, axis: int, labels: tuple[str, ...]) -> None:
        """Call the indices of an axis something; () for nothing."""
        self._labels.put(self._names[axis], self._shape[axis], labels)
        self.showing.anew()
        self._refresh()

    def go_to(self, element: Element) -> None:
        """Show and pick an element."""
        if self._open:
            self.spot.go_to(element)

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
        self.film.hide()

    def show_gone(self) -> None:
        """The value was let go: say so, and how it can be had."""
        self.showing.anew()
        self._was_refused = True
        self._without_views()
        if self.lost:
            self.stage.say(self.lost, "history")
        else:
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
        elif changed:
            self._follow_film()

    def forget_passes(self) -> None:
        """What was read of other passes no longer holds."""
        self._passing.reset()
        self.passes.reset()

    def show_other_values(self) -> None:
        """The run's values may be others than they were, under the same names."""
        self.forget_passes()
        if self._open:
            self._follow_film()

    def show_followed(self, followed: bool) -> None:
        """Whether an element of the value is followed over runs."""
        if followed != self._followed:
            self._followed = followed
            if self._open:
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

    def note_slice(self, shown: Slice) -> None:
        """A view has gone to another part by itself."""
        self._slice = shown
        self.slicers.show_slice(self._shape, self._names, shown)

    def show_all(self) -> None:
        """Go back to the picks that a value starts with."""
        if self._open:
            self.show_slice(default_slice(self._shape, self._names))

    def show_view(self, view: View) -> None:
        """Look at the value in another way."""
        if view is not self._view:
            self._view = view
            self.showing.anew()
            self._refresh()

    def show_look(self, look: Look) -> None:
        """Other colours."""
        self._look = look
        self.heat.show_look(look)
        self.thumbs.show_look(look)
        self.film.show_look(look)
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
            self.show_low(self._compact)
            if self._open:
                self._refresh()

    def _connect(self) -> None:
        self.spot = Spot(self)
        self.goer = Goer(self, self.bar)
        self.goer.noted.connect(self.noted)
        self.tabs.going.connect(self.goer.open)
        for view in (self.heat, self.curve):
            view.next_wanted.connect(self.goer.go_next)
        self.showing = Showing(self)
        self.showing.coloured.connect(self._show_look_name)
        self.passes = self.showing.passes
        self._neighbours = NeighbourFeed(self._desk, self.thumbs)
        self._passing = FilmFeed(self._desk, self.film)
        self._passing.picked.connect(self.pass_wanted)
        self.counting = Counting(self)
        self.counting.learned.connect(self._learn)
        self.more = self.counting.more
        self.tabs.view_picked.connect(self.show_view)
        self.tabs.look_picked.connect(self.show_look)
        self.heat.look_picked.connect(self.show_look)
        self.heat.normed.connect(self._show_look_name)
        Moves(self)

    # What there is to show

    def _forget(self) -> None:
        self._desk.drop()
        self.showing.forget()
        self.spot.forget()
        self._open = self._was_refused = False
        self.absent.forget()
        self._neighbours.forget()
        self._passing.forget()
        self.counting.follow(None)

    def _take_summary(self, piece: TensorPiece) -> None:
        self._summary = piece.whole
        self.learned.emit()
        self._start()

    def _start(self) -> None:
        """Start with a value whose summary is known."""
        summary = self._summary
        assert summary is not None
        self.counting.show_summary(summary)
        if not summary.kept:
            self.show_gone()
        elif self._is_text() and not (is_words(summary.dtype) and summary.shape):
            self._without_views()
            self.stage.show_words(summary.text)
        elif 0 in summary.shape:
            self._without_views()
            shape = shape_text(summary.shape)
            self.say(f"An empty tensor: its shape is {shape}.", "square-dashed")
        else:
            self._take_shape(summary.shape)
            self._open = True
            self.goer.offer(summary)
            self._refresh()
            if not self._is_text():
                self.counting.start(self.part)

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
        view, part, offered = self.view, self.part, self._offered()
        self.tabs.setVisible(self._slice.x >= 0 or len(offered) > 1)
        self.tabs.show_view(view, offered, self._first_name())
        self._show_look_name()
        strip = view is View.HEAT and not self._compact and not self._is_text()
        self._neighbours.follow(part if strip else None, self._look)
        self._follow_film()
        self.goer.follow()
        self.counting.follow(None if self._is_text() else part)
        self.showing.ask()
        self.turned.emit()

    def _follow_film(self) -> None:
        strip = self.open and self.view is View.HEAT and not self._compact and not self._is_text()
        self._passing.follow(self.part if strip else None, self.passes.passes, self._look)

    def _offered(self) -> frozenset[View]:
        if self._is_text():
            return frozenset({View.TABLE})
        offered = {View.HEAT}
        if self._slice.x >= 0:
            offered |= {View.TABLE, View.HISTOGRAM}
        if self._slice.y >= 0:
            offered.add(View.IMAGES)
        if self.passes.offered:
            offered.add(View.PASSES)
        if self._followed:
            offered.add(View.RUNS)
        return frozenset(offered)

    def _first_name(self) -> str:
        if self._slice.x < 0:
            return "Value"
        return "Plot" if self._slice.y < 0 else View.HEAT.value

    def _learn(self, summary: TensorSummary) -> None:
        self._summary = summary
        self.learned.emit()

    def refuse(self, sentence: str) -> None:
        """What is shown was refused."""
        if self.absent.gone:
            return
        self.showing.anew()
        self._was_refused = True
        self.say(sentence, "circle-alert")

    def _is_text(self) -> bool:
        summary = self._summary
        return summary is not None and is_text(summary)

    def _without_views(self) -> None:
        self._open = False
        self.counting.follow(None)
        self.hide_views()

    def _show_look_name(self) -> None:
        on_heat = self._open and self.view is View.HEAT and self._slice.y >= 0
        norm = self.heat.norm if on_heat else None
        self.tabs.show_look(self._look, norm.name if norm else "")
