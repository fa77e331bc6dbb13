"""The drawer of the run's numbers: asks the debuggee why, has zeros counted, saves the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from ..tracers.ir import Run, RunState, ValueRef
from ..tracers.ir.reason import Question, Reason, ReasonStep
from ..tracers.protocol.framing import Message
from ..tracers.protocol.json_ir import from_json
from ..tracers.protocol.messages import WHY, ZEROS
from ..widgets.graph.jobs import Check, Jobs
from ..widgets.health.drawer import EXPLAIN, HEALTH
from ..widgets.health.rows import HealthRows
from ..widgets.health.sheet import write_sheet
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_AT_ONCE = 256  # outputs in one request; the debuggee answers for as many as a moment allows
_GONE = "The model's process is gone; restart to ask about its values."
_RUNNING = "The model is running; pause it to look at its values."
_NOTHING = "The inspector shows no value to explain: select an op that has run."


class NumbersDesk(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self._asked: tuple[Run, ValueRef, tuple[int, ...] | None] | None = None
        self._question = 0  # counts what was asked: an older answer is dropped
        self._left: list[tuple[int, int]] = []  # outputs whose zeros are to be counted
        self._total = 0
        self._jobs = Jobs(self)
        self._health = bench.drawer.health
        self._action = window.actions_["view.health"]
        self._action.setCheckable(True)
        self._connect()

    def _connect(self) -> None:
        drawer = self._bench.drawer
        drawer.turned.connect(self._show_action)
        drawer.reason.question_wanted.connect(self._ask_again)
        drawer.reason.step_wanted.connect(self._go_to)
        drawer.health.zeros_wanted.connect(self.count_zeros)
        drawer.health.zeros_cancelled.connect(self.stop_counting)
        drawer.health.export_wanted.connect(self.ask_where)
        self._bench.inspector.menus.explain_wanted.connect(self.explain)
        self._session.rewound.connect(self.stop_counting)
        self._window.model_shown.connect(self.stop_counting)

    # The overview.

    def show_health(self) -> None:
        """Open the overview, or close it."""
        if self._bench.drawer.shown == HEALTH:
            self._bench.drawer.close_drawer()
        else:
            self._bench.open_drawer(HEALTH)
            self._health.table.setFocus()
        self._show_action()

    def count_zeros(self) -> None:
        """Have the zeros of every output counted, a piece at a time."""
        sentence = self._cannot_ask()
        if sentence:
            self._tell(sentence)
            return
        self._left = self._health.uncounted()
        self._total = len(self._left)
        if not self._left:
            self._tell("All that is kept has been counted.", True)
            return
        self._health.show_counting("Counting zeros  0 %")
        self._count_on()

    def stop_counting(self) -> None:
        """Count no more; what was counted stays."""
        self._left = []
        self._health.show_counting("")

    @property
    def counting(self) -> bool:
        """Zeros are being counted."""
        return bool(self._left)

    def _count_on(self) -> None:
        run, some = self._session.run, self._left[:_AT_ONCE]

        def arrived(message: Message, _: object) -> None:
            if self._session.run is not run or self._left[: len(some)] != some:
                return  # given up, or of another run
            counts: list[int | None] = message["body"]["zeros"]
            self._health.put_zeros(list(zip(some[: len(counts)], counts, strict=True)))
            self._left = self._left[len(counts) :]
            if self._left and counts:
                done = 100 * (self._total - len(self._left)) // max(self._total, 1)
                self._health.show_counting(f"Counting zeros  {done} %")
                self._count_on()
            else:
                self.stop_counting()

        def failed(sentence: str, code: str) -> None:
            if self._left[: len(some)] == some:
                self.stop_counting()
                self._tell(_RUNNING if code == "not-stopped" else sentence)

        self._session.request(ZEROS, {"values": [list(ref) for ref in some]}, arrived, failed)

    # The table as a file.

    def ask_where(self) -> None:
        """Ask where to save the table."""
        if self._session.run is None:
            return
        facts = self._session.facts
        name = "".join(c if c.isalnum() else "_" for c in facts.name) if facts else "run"
        path = QFileDialog.getSaveFileName(
            self._window, "Export Numbers", f"{name}_health.csv", "CSV (*.csv)"
        )[0]
        if path:
            self.save_table(Path(path) if Path(path).suffix else Path(f"{path}.csv"))

    def save_table(self, path: Path) -> None:
        """Write the table as it is shown, or all of the run where it is not shown."""
        run, rows = self._session.run, self._health.rows
        if run is None:
            return
        shown = self._bench.drawer.shown == HEALTH and rows is not None and not rows.behind
        chosen = self._health.table.table.shown() if shown else None
        tell = self._tell

        def work(check: Check) -> Callable[[], None]:
            try:
                write_sheet(rows if shown and rows is not None else _all(run), path, chosen, check)
            except OSError as error:
                sentence = f"{path} could not be saved: {error.strerror or error}."
                return lambda: tell(sentence)
            return lambda: tell(f"Saved to {path}.", True)

        self._jobs.start(work)

    @property
    def busy(self) -> bool:
        """A file is being written."""
        return self._jobs.busy

    # Why.

    def explain(self) -> None:
        """Ask why the value that the inspector shows, or its picked element, is as it is."""
        run, subject = self._session.run, self._bench.inspector.subject
        choice = subject.choice
        self._bench.open_drawer(EXPLAIN)
        if run is None or choice is None or (subject.sentence and not subject.failed):
            self._question += 1
            self._bench.drawer.reason.show_refusal(subject.sentence or _NOTHING)
            return
        element = self._bench.inspector.value.element
        shape = choice.shape
        fits = element is not None and shape is not None and len(element) == len(shape)
        self._asked = (run, choice.ref, element if fits and element else None)
        self._ask(None)

    def _ask_again(self, question: Question) -> None:
        if self._asked is not None and self._asked[0] is self._session.run:
            self._ask(question)

    def _ask(self, question: Question | None) -> None:
        if self._asked is None:
            return
        pane = self._bench.drawer.reason
        run, ref, index = self._asked
        self._question += 1
        number = self._question
        sentence = self._cannot_ask()
        if sentence:
            pane.show_refusal(sentence)
            return
        pane.show_asking()

        def arrived(message: Message, _: object) -> None:
            if number == self._question and self._session.run is run:
                pane.show_reason(from_json(Reason, message["body"]["reason"]))

        def failed(sentence: str, code: str) -> None:
            if number == self._question:
                pane.show_refusal(_RUNNING if code == "not-stopped" else sentence)

        body: dict[str, Any] = {
            "record": ref.record,
            "slot": ref.slot,
            "isInput": ref.is_input,
            "index": None if index is None else list(index),
            "question": None if question is None else question.value,
        }
        self._session.request(WHY, body, arrived, failed)

    def _go_to(self, step: ReasonStep) -> None:
        """Pick the element of a step in the inspector, which shows its value by now."""
        value = self._bench.inspector.value
        if step.index and len(value.shape) == len(step.index):
            value.go_to(step.index)

    def _cannot_ask(self) -> str:
        """Why the debuggee cannot be asked now, "" where it can."""
        run = self._session.run
        if run is None or run.state is RunState.DIED or not self._session.active:
            return _GONE
        return _RUNNING if run.state in (RunState.RUNNING, RunState.LOADING) else ""

    def _show_action(self) -> None:
        self._action.setChecked(self._bench.drawer.shown == HEALTH)

    def _tell(self, sentence: str, fine: bool = False) -> None:
        self._bench.status.show_message(sentence, fine)


def _all(run: Run) -> HealthRows:
    rows = HealthRows(run)
    rows.follow()
    return rows
