"""Compares two runs in the window: asks for them, shows the page, carries out its commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ...tracers.compare.ways import derived
from ...tracers.compare.wishes import NO_WISHES, Wishes
from ...tracers.ir import Ref
from ...widgets import theme
from ...widgets.compare.story import Both, Story
from ..bar_button import BarButton
from ..choice import LaunchChoice
from ..commands import When
from ..share.writing import ENDINGS
from .choice import PairChoice
from .desk import CompareDesk
from .events import (
    Compared,
    Event,
    Failed,
    Head,
    Lost,
    NotAligned,
    NoValues,
    Source,
    Stage,
    Written,
)
from .page import ComparePage

if TYPE_CHECKING:
    from ..main_window import MainWindow

_KINDS = "HTML page (*.html);;Markdown (*.md)"
_TITLE = " — Opscope"
_NO_FILE = "The other revision stands in no file; check it out, and open that."


class Comparing(QObject):
    """Of one window. The page stands before whatever was there, which goes on behind it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.page = ComparePage()
        self.desk = CompareDesk(self.page.view.prepare, self)
        window.pages.addWidget(self.page)
        self.choice: PairChoice | None = None
        self.wishes = NO_WISHES
        self._made = NO_WISHES  # what the comparison on show was made with
        self._story: Story | None = None
        self._heads: tuple[Head, Head] | None = None
        self._before: QWidget | None = None
        self._title = ""
        actions, bar = window.actions_, self.page.view.bar
        self._theme = BarButton(actions["view.theme"], "sun")
        bar.add_at_end(self._theme)
        bar.add_at_end(BarButton(actions["edit.settings"], "settings"))
        theme.hub().changed.connect(self._dress)
        self._dress()
        self.desk.told.connect(self._take)
        self._connect()

    def _connect(self) -> None:
        waiting, view = self.page.waiting, self.page.view
        waiting.cancelled.connect(self.close)
        waiting.change_wanted.connect(self.change)
        waiting.retry_wanted.connect(self.again)
        waiting.trust_wanted.connect(self._trust)
        waiting.open_wanted.connect(self.open_side)
        view.values_wanted.connect(self._ask_values)
        view.source_wanted.connect(self.desk.ask_source)
        view.forbid_wanted.connect(self.forbid)
        view.pin_wanted.connect(self.pin)
        view.place_changed.connect(self._window.refresh_actions)
        view.measure_changed.connect(self._measure_anew)

    def _dress(self) -> None:
        self._theme.show_icon("sun" if theme.theme() is theme.DARK else "moon")

    @property
    def shown(self) -> bool:
        """The page is what the user sees."""
        return self._window.pages.currentWidget() is self.page

    @property
    def facts(self) -> When:
        """What can be done with the comparison."""
        story = self._story
        found = When.COMPARING
        if story is not None and self.page.compared:
            found |= When.COMPARED
            found |= When.DIVERGED if self.page.view.divergences else When(0)
            found |= When.MATCHED if self.page.view.pair >= 0 else When(0)
            found |= When.WISHED if self.wishes != NO_WISHES else When(0)
        return found

    # What is compared

    def ask(self) -> None:
        """The dialog; the model that is open stands as A already."""
        opened = self._window.choice if self._window.session.run is not None else LaunchChoice()
        if opened.host is not None:  # a comparison hands values over as files
            opened = LaunchChoice()
        kept = self.choice if self.shown else None
        self._ask(kept or PairChoice(opened, LaunchChoice()))

    def change(self) -> None:
        """The dialog with what was chosen."""
        self._ask(self.choice or PairChoice(LaunchChoice(), LaunchChoice()))

    def _ask(self, choice: PairChoice) -> None:
        from .dialog import CompareDialog

        dialog = CompareDialog(choice, self._window.store.settings, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.begin(dialog.choice()))
        dialog.open()

    def begin_specs(self, a: str, b: str) -> None:
        """Compare two models as they were last launched."""
        settings = self._window.store.settings
        self.begin(PairChoice(settings.choice(a), replace(settings.choice(b), inputs=())))

    def begin(self, choice: PairChoice) -> None:
        """Run both and compare them."""
        window = self._window
        if not self.shown:
            self._before = window.pages.currentWidget()
            self._title = window.windowTitle().removesuffix(_TITLE)
        self.choice, self.wishes = choice, NO_WISHES
        self._story, self._heads = None, None
        way = "" if choice.against is None else choice.against.text
        window.store.settings.note_comparison(choice.a, choice.b, way)
        window.toolbar.hide()
        self.page.begin(choice.title)
        window.pages.setCurrentWidget(self.page)
        self._entitle(choice.title)
        self.desk.begin(replace(choice, budget=window.store.settings.budget_mb << 20))
        window.refresh_actions()

    def again(self) -> None:
        """Run both once more."""
        if self.choice is not None:
            self.begin(self.choice)

    def _trust(self, side: str) -> None:
        choice = self.choice
        if choice is not None:
            trusted = replace(choice.a if side == "A" else choice.b, trusted=True)
            a, b = (trusted, choice.b) if side == "A" else (choice.a, trusted)
            self.begin(replace(choice, a=a, b=b))

    # What comes of it

    def _take(self, event: Event) -> None:
        page = self.page
        if isinstance(event, Stage):
            if page.compared:
                page.show_aligning(event.title, self.desk.halt)
            page.show_stage(event)
        elif isinstance(event, Head):
            page.waiting.show_head(event)
        elif isinstance(event, Compared):
            self._show(event)
        elif isinstance(event, Failed):
            self._story = None
            page.show_failed(event)
        elif isinstance(event, NotAligned):
            self._not_aligned(event)
        elif isinstance(event, Both):
            page.view.show_values(event)
        elif isinstance(event, NoValues):
            page.view.show_no_values(event.pair, event.why)
        elif isinstance(event, Source):
            page.view.show_source(event.side, event.file, event.text)
        elif isinstance(event, Written):
            page.status.show_message(event.sentence, event.fine)
        elif isinstance(event, Lost):
            page.show_trouble("The values are gone", event.sentence)
        self._window.refresh_actions()

    def _show(self, event: Compared) -> None:
        before, at = self._story, self.page.view.pair
        self._story, self._heads = event.story, event.heads
        self._made = self.wishes
        page = self.page
        meant = self.choice is not None and self.choice.against is not None
        page.show_story(event.story, event.heads, meant)
        if before is not None:
            self._look_again(before, at)
        else:
            self._entitle(self._title_of(event.story))

    def _title_of(self, story: Story) -> str:
        a, b = story.a.facts, story.b.facts
        if self.choice is not None and self.choice.against is not None:
            way = self.choice.against.way.title
            return f"{a.name}: as it is and {way[0].lower()}{way[1:]}"
        names = a.name if a.name == b.name else f"{a.name} and {b.name}"
        return f"{names}: {' and '.join(dict.fromkeys((a.framework, b.framework)))}"

    def _look_again(self, before: Story, at: int) -> None:
        """At what was looked at before the runs were aligned anew, if it still has a partner."""
        old = before.found.pairs[at] if at >= 0 else None
        pairs = self._story.found.pairs if self._story is not None else ()
        if old is not None:
            there = [n for n, pair in enumerate(pairs) if pair.a == old.a or pair.b == old.b]
            if there:
                self.page.view.pick(there[0])

    def _not_aligned(self, event: NotAligned) -> None:
        self.wishes = self._made
        self.page.show_aligning("", self.desk.halt)
        if event.sentence:
            self.page.show_trouble("The runs could not be aligned so", event.sentence)

    def _ask_values(self, index: int) -> None:
        story = self._story
        if story is not None:
            tolerance = self.page.view.measure.tolerance
            self.desk.ask_values(index, story.found.pairs[index], tolerance)

    def _measure_anew(self) -> None:
        """How many elements are over the tolerance is counted again."""
        if self.page.view.pair >= 0:
            self._ask_values(self.page.view.pair)

    # What the user knows better

    def pin(self, a: Ref, b: Ref) -> None:
        """These two values are the same."""
        pinned = {pair for pair in self.wishes.pinned if a not in pair[:1] and b not in pair[1:]}
        forbidden = self.wishes.forbidden - {(a, b)}
        self._align(replace(self.wishes, pinned=frozenset({*pinned, (a, b)}), forbidden=forbidden))

    def forbid(self, index: int) -> None:
        """A pair is none."""
        if self._story is None:
            return
        pair = self._story.found.pairs[index]
        both = (pair.a, pair.b)
        forbidden = self.wishes.forbidden | {both}
        self._align(replace(self.wishes, pinned=self.wishes.pinned - {both}, forbidden=forbidden))

    def _align(self, wishes: Wishes) -> None:
        if self._story is None:
            return
        self.wishes = wishes
        self.page.show_aligning("Aligning the runs", self.desk.halt)
        self.desk.align(wishes)
        self._window.refresh_actions()

    # The commands

    def do(self, what: str) -> None:
        """A command of the menu, by its name."""
        commands: dict[str, Callable[[], None]] = {
            "first": self.page.view.go_first,
            "next": self.page.view.go_next,
            "previous": self.page.view.go_previous,
            "step": lambda: self.page.view.step(1),
            "step back": lambda: self.page.view.step(-1),
            "link": self._link,
            "pin": self._pin_this,
            "forbid": lambda: self.forbid(self.page.view.pair),
            "forget": lambda: self._align(NO_WISHES),
            "align": lambda: self._align(self.wishes),
            "heads": self._show_heads,
            "report": self._ask_where,
            "change": self.change,
            "again": self.again,
            "open A": lambda: self.open_side("A"),
            "open B": lambda: self.open_side("B"),
            "close": self.close,
        }
        commands[what]()

    def _link(self) -> None:
        self.page.view.set_linked(not self.page.view.linked)

    def _pin_this(self) -> None:
        if self._story is not None:
            pair = self._story.found.pairs[self.page.view.pair]
            self.pin(pair.a, pair.b)

    def _show_heads(self) -> None:
        from .heads_dialog import HeadsDialog

        if self._heads is not None and self._story is not None:
            dialog = HeadsDialog(self._heads, self._story.found.notes, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _ask_where(self) -> None:
        story = self._story
        if story is None:
            return
        plain = "".join(c if c.isalnum() or c in "-." else "_" for c in self.page_name)
        path, kind = QFileDialog.getSaveFileName(self._window, "Report", f"{plain}.html", _KINDS)
        if path:
            wanted = Path(path)
            if wanted.suffix.lower() not in ENDINGS:
                wanted = wanted.with_name(f"{wanted.name}{'.md' if '*.md' in kind else '.html'}")
            self.page.status.show_message(f"Writing {wanted.name}…", True)
            self.desk.write_report(str(wanted), story.found)

    @property
    def page_name(self) -> str:
        """What a report's file is called."""
        return f"{self.choice.title} compared" if self.choice is not None else "comparison"

    # The end of it

    def open_side(self, name: str) -> None:
        """One model by itself, in the place of the comparison."""
        choice = self.choice
        if choice is None:
            return
        against = choice.against
        if name == "A":
            self._window.open_choice(choice.a)
        elif against is None:
            own = choice.b.inputs or choice.a.inputs
            self._window.open_choice(replace(choice.b, inputs=own))
        elif against.word == "git":
            self.page.show_trouble("B is not opened by itself", _NO_FILE)
        else:
            self._window.open_choice(replace(choice.b, derive=derived(against)[1], seeded=True))

    def close(self) -> None:
        """End both models; what was there before is there again."""
        before = self._before
        self.leave()
        window = self._window
        if before is None or (before is window.start and window.session.run is None):
            window.show_start()
            return
        window.pages.setCurrentWidget(before)
        window.toolbar.setVisible(window.session.run is not None)
        self._entitle(self._title)
        window.refresh_actions()

    def leave(self) -> None:
        """End both models; another page comes."""
        self.desk.give_up()
        self.page.view.show_story(None)
        self._story, self._before = None, None

    def stand_before(self, page: QWidget) -> bool:
        """Another page wants to be seen: it is what the comparison will give way to. False where
        none is on show."""
        if self.shown:
            self._before = page
        return self.shown

    def _entitle(self, name: str) -> None:
        self._window.title.show_title("" if name == "Opscope" else name)
        self._window.setWindowTitle(name if name == "Opscope" else f"{name}{_TITLE}")
