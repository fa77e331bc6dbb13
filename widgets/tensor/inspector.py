"""The tensor inspector: the selected op's value, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import (
    ModelFacts,
    Ref,
    Run,
    RunState,
    Selection,
    TensorPiece,
    TensorRequest,
    ValueRef,
)
from ..pane import Pane
from ..theme import colour, hub
from .axes import axis_names, is_named
from .beside import Beside
from .chip_words import chips_of
from .desk import Desk
from .files import Files
from .following import Following
from .header import Header
from .input_rows import InputRows
from .more_menu import MoreMenu
from .pass_book import PassBook, Passes
from .pinning import Pinning
from .pins import MINUS, PinBar, pin_name
from .subject import Choice, Subject, resolve
from .value_view import ValueView

NOT_KEPT = "not-kept"  # the refusal of a value that was let go
LOST = "The values went with the model's process; their statistics remain. Restart to see them."


class TensorInspector(Pane):
    """Shows the value that the selection means, and asks for its pieces.

    Signals:
        piece_wanted: TensorRequest; answer it with show_piece or show_refusal. At most one of a
            kind is under way.
        noted: str; something happened that the status line may say ("Saved to x.npy").
        edit_wanted: the shown value is to be replaced.
        keep_wanted: ValueRef, bool; the value is to stay in memory whatever comes, or no longer.
        fetch_wanted: ValueRef; a value that was let go is to be brought back.
        fetch_cancelled: the user waits for it no longer.
        pass_wanted: int; the run is to be looked at in the pass that this record ran in.
    """

    piece_wanted = Signal(object)
    noted = Signal(str)
    edit_wanted = Signal()
    keep_wanted = Signal(object, bool)
    fetch_wanted = Signal(object)
    fetch_cancelled = Signal()
    pass_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._selection = Selection()
        self._subject = Subject()
        self._override: tuple[int, int, int] | None = None
        self._result: Subject | None = None
        self._synthetic = False
        self._kept: set[Ref] = set()
        self._fetched: tuple[ValueRef | None, str] = (None, "")
        self.setObjectName("tensorInspector")
        self.setAccessibleName("Tensor inspector")
        self.setMinimumWidth(372)
        self.desk = Desk(self)
        self.pins = PinBar(self)
        self.header = Header(self)
        self.value = ValueView(self.desk, self)
        self.beside = Beside(self)
        self.gradient = self.beside.strip
        self.following = Following(self)
        self._desks = (self.desk, self.beside.desk, self.following.desk)
        for desk in self._desks:
            desk.wanted.connect(self.piece_wanted)
        self.inputs = InputRows(self)
        self.saver = Files(self.desk, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pins)
        column.addWidget(self.header)
        column.addWidget(self.value, 1)
        column.addWidget(self.gradient)
        column.addWidget(self.inputs, 2)
        self.header.chosen.connect(self._choose)
        self.inputs.chosen.connect(self._choose)
        self._book = PassBook()
        self.pinning = Pinning(self, self.pins)
        self.header.save_wanted.connect(partial(self.ask_where, ".npy"))
        self.header.cancel_wanted.connect(self.saver.cancel)
        self.menus = MoreMenu(self)
        self.header.edit_wanted.connect(self.edit_wanted)
        self.value.absent.wanted_back.connect(self._want_back)
        self.value.absent.given_up.connect(self.fetch_cancelled)
        self.value.noted.connect(self.noted)
        self.value.learned.connect(self._show_head)
        self.value.pass_wanted.connect(self.pass_wanted)
        self.saver.progressed.connect(self.header.show_progress)
        self.saver.noted.connect(self.noted)
        hub().changed.connect(self.update)
        self._resolve()

    @property
    def run(self) -> Run | None:
        """The run that is shown."""
        return self._run

    @property
    def subject(self) -> Subject:
        """What is shown."""
        return self._subject

    @property
    def kept(self) -> set[Ref]:
        """Values that stay in memory whatever comes."""
        return self._kept

    @property
    def pinned(self) -> bool:
        """The selection does not move the inspector."""
        return self.pinning.tab > 0

    def focus_target(self) -> QWidget:
        value = self.value
        views = (value.heat, value.curve, value.images.grid, value.table.table)
        wanted = (
            *views,
            self.inputs.rows,
            value.tabs.tabs[value.view],
            self.header.picker,
            self.header.more,
        )
        return next((widget for widget in wanted if widget.isVisible()), self)

    def sizeHint(self) -> QSize:
        """As in the target picture."""
        return QSize(452, 641)

    def show_run(self, run: Run | None) -> None:
        """Another run: nothing that was asked will be answered."""
        if run is not self._run:
            self.pinning.hold([])
            self._selection = Selection()
            self._override = self._result = None
        self._run = run
        self.saver.cancel()
        for desk in self._desks:
            desk.reset()
            desk.hold(run is not None and run.state is RunState.RUNNING)
        self.gradient.show_counterpart(None)
        self.following.runs.show_run(run)
        self.value.forget_passes()
        self._resolve(anew=True)

    def show_growth(self, first_record: int) -> None:
        """The selected op may have run, also once more, or its gradient come."""
        self._resolve()
        if self._run is not None and self._run.state is not RunState.RUNNING:
            self._show_passes()
        self.following.runs.read()
        self.beside.show()

    def show_rewound(self) -> None:
        """What is shown may be of a record that is no more; it is asked for no longer."""
        rows = 0 if self._run is None else len(self._run.records)
        gone = self._run is not None and self._subject.record >= rows
        self.pinning.hold([pin for pin in self.pinning.subjects if pin.record < rows])
        self.following.runs.show_other_values()
        if gone:
            self.saver.cancel()
            self._override = None
            self._selection = replace(self._selection, record=-1)
            self._resolve(anew=True)
        self._show_passes()
        self.value.show_other_values()
        self.beside.show()

    def show_updated(self, records: set[int]) -> None:
        """A statistic of what is shown beside the value may have come."""
        self.beside.show()

    def show_place(self) -> None:
        """The cursor may show another execution; a run that stopped answers again."""
        state = self._run.state if self._run is not None else RunState.LOADING
        self.value.lost = LOST if state is RunState.DIED else ""
        if state is RunState.DIED:
            self.saver.cancel()
            self.desk.fail(LOST)
            self.beside.desk.fail("")
            self.following.desk.fail("")
        for desk in self._desks:
            desk.hold(state is RunState.RUNNING)
        self._resolve()
        self.following.runs.read()
        self.beside.show()
        if state not in (RunState.RUNNING, RunState.DIED):
            self.value.retry()
            self.gradient.retry()

    def show_selection(self, selection: Selection) -> None:
        """Show another value, unless this one is pinned."""
        if selection == self._selection:
            return
        self._selection = selection
        self._override = self._result = None
        self._resolve()

    def show_result(self, subject: Subject) -> None:
        """Show what an expression gave, until something else is selected."""
        self._result, self._override = subject, None
        self.pinning.show_tab(0)

    def show_facts(self, facts: ModelFacts | None) -> None:
        """Whether the model's inputs were made up."""
        self._synthetic = facts is not None and facts.synthetic
        self._show_head()

    def show_piece(self, piece: TensorPiece) -> None:
        """The answer to a request; thrown away where it is no longer wanted."""
        for desk in self._desks:
            desk.answer(piece)

    def show_refusal(self, request: TensorRequest, sentence: str, code: str = "") -> None:
        """A request could not be answered."""
        choice = self._subject.choice
        if code == NOT_KEPT and choice is not None and request.ref == choice.ref:
            self.value.show_gone()
        for desk in self._desks:
            desk.refuse(request, sentence)

    def show_fetching(self, ref: ValueRef | None, text: str = "") -> None:
        """A value is being brought back, and how far that is; None: no longer."""
        before, self._fetched = self._fetched[0], (ref, text)
        choice = self._subject.choice
        if choice is not None and choice.ref in (ref, before):
            self.value.show_fetching(text if choice.ref == ref else "")

    def show_kept(self, kept: set[Ref]) -> None:
        """Values that stay in memory whatever comes."""
        self._kept = set(kept)
        self._show_head()

    def show_changes(self) -> None:
        """What is said of an edited or changed op may be new, and so may values be."""
        self.following.runs.show_other_values()
        self.value.show_other_values()
        self._show_head()

    def save_to(self, path: str) -> None:
        """Write a file of the kind that its name says: the value as .npy, in blocks, as they come;
        the shown slice as .csv; the picture as .png."""
        choice, summary = self._subject.choice, self.value.summary
        if path.endswith(".png"):
            self.saver.save_picture(path, self.value.stage)
        elif choice is None or summary is None or self.saver.running:
            return
        elif path.endswith(".csv") and self.value.shape:
            self.saver.csv.start(path, choice.ref, self.value.shown)
        elif self.value.is_array:
            self.saver.npy.start(path, choice.ref, summary.shape, summary.dtype)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the element that the press has picked."""
        at = self.value.heat.mapFromGlobal(event.globalPos())
        if self.value.heat.isVisible() and self.value.heat.rect().contains(at):
            self.menus.open_element(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low pane leaves the thumbnails out."""
        self.value.fit_height(self.height())
        self.beside.show()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The panel."""
        QPainter(self).fillRect(self.rect(), colour("panel"))

    def _resolve(self, anew: bool = False) -> None:
        """Find what the selection means now; leave everything alone if that is the same."""
        if self.pinned and not anew:
            return
        subject = self._result or resolve(self._run, self._selection)
        if self._override is not None and self._override[:2] == (subject.op, subject.record):
            subject = subject.choosing(min(self._override[2], max(len(subject.choices) - 1, 0)))
            subject = replace(subject, sentence="")
        if subject == self._subject and not anew:
            return
        same = self._subject.choice == subject.choice and not subject.sentence
        same = same and not self._subject.sentence and subject.choice is not None
        self._subject = subject
        if not same or anew:
            self._show_subject()
        self._show_head()

    def _show_subject(self) -> None:
        subject, choice = self._subject, self._subject.choice
        raised = subject.failed and bool(subject.sentence)
        self.inputs.show_choices(subject.choices if raised else ())
        if choice is None or subject.sentence:
            self.value.clear()
            self.value.say(
                subject.sentence, subject.icon, "breakpoint" if subject.failed else "text2"
            )
            return
        if self.desk.against is not None:
            choice = replace(choice, summary=None)
        self._show_passes()
        self.following.show()
        self.value.show_choice(choice, self._naming(choice))
        if choice.ref == self._fetched[0]:
            self.value.show_fetching(self._fetched[1])

    def _show_passes(self) -> None:
        run, subject = self._run, self._subject
        passes = Passes()
        if run is not None and subject.op >= 0 and subject.choice and self.pinning.first is None:
            passes = self._book.passes(run, subject.op, subject.choice.ref)
        self.value.show_passes(passes)

    def _naming(self, choice: Choice) -> tuple[str, ...]:
        if choice.group != "Outputs" or not self._subject.op_type or choice.shape is None:
            return ()
        subject = self._subject
        names = axis_names(subject.op_type, subject.attributes, len(choice.shape), subject.place)
        return names if is_named(names) else ()

    def _show_head(self) -> None:
        self.header.show_subject(self._subject, self.value.is_array)
        summary = self.value.summary if not self._subject.sentence else None
        chips = chips_of(self._run, self._subject, summary, self._synthetic, self._kept)
        first = self.pinning.first
        if first is not None:
            chips = ((f"{pin_name(first)} {MINUS} this", "accent"), *chips)
        self.header.chips.show_chips(chips)
        self.beside.show()

    def _choose(self, index: int) -> None:
        subject = self._subject
        if index < 0:
            self._override = None
            self._resolve(anew=True)
            return
        if index == subject.chosen and not subject.failed:
            return
        self._override = (subject.op, subject.record, index)
        self._subject = replace(subject.choosing(index), sentence="")
        if self.pinned:
            self.pinning.replace_current(self._subject)
        self._show_subject()
        self._show_head()
        choice = self._subject.choice
        if choice is not None and choice.group == "Outputs" and not self.pinned:
            wanted = Selection(op=subject.op, record=self._selection.record, slot=choice.ref.slot)
            self._selection = wanted
            self.picked.emit(wanted)

    def turn_to(self, subject: Subject | None) -> None:
        """Show a pinned value; None: what the selection means."""
        if subject is None:
            self._resolve(anew=True)
            return
        self._subject = subject
        self._show_subject()
        self._show_head()

    def follow_selection(self) -> None:
        """Show what the selection means, unless a pinned value is shown."""
        self._resolve()

    def show_against(self, first: ValueRef | None) -> None:
        """Show what is chosen subtracted from a value; None: as it is."""
        self.desk.drop()
        self.saver.cancel()
        self.desk.against = first
        self._show_subject()
        self._show_head()

    def ask_where(self, suffix: str) -> None:
        """Save a file of a kind under a name that the user gives."""
        subject = self._subject
        name = "_".join(part for part in (subject.place, subject.title) if part)
        name = "".join(letter if letter.isalnum() else "_" for letter in name) or "value"
        path = self.saver.ask_path(name, suffix)
        if path:
            self.save_to(path)

    def _want_back(self) -> None:
        if self._subject.choice is not None:
            self.fetch_wanted.emit(self._subject.choice.ref)
