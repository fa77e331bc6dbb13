"""Shares a finding, an explanation or an op: asks what a page needs, draws the graph, writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from ..tracers.ir import Failure, Run, RunState, Selection
from ..tracers.ir.finding import Finding
from ..tracers.ir.reason import Reason
from ..tracers.protocol.framing import Message
from ..widgets.graph.jobs import Check, Jobs
from ..widgets.graph.notice import Notice
from ..widgets.graph.portrait import Around, Portrait
from .share.article import Making, article_of, page_of
from .share.asking import Answers, Ask, asks_of, take
from .share.command import backward_options, is_recorded
from .share.neighbourhood import around
from .share.page import Drawing, Picture
from .share.subject import Subject, of_failure, of_finding, of_op, of_reason
from .share.writing import ENDINGS, write_page

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workbench import Workbench

_PATIENCE = 300  # ms; what is written sooner is not worth a word
_SLICE = 0.02  # s that are drawn at once
_KINDS = "HTML page (*.html);;Markdown (*.md)"
_NOTHING = "Select an op to share it, or share a finding from its banner."
_BUSY = "A page is still being written."


class ShareDesk(QObject):
    """Of one window and its workbench. One page at a time."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self._number = 0  # of the page that is being made; late answers are for another
        self._making = False
        self._drawing: Portrait | None = None
        self._drawn: Callable[[], None] = lambda: None
        self._path = Path()
        self._jobs = Jobs(self)
        self._late = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._late.timeout.connect(self._say_late)
        self._notice = Notice(bench.graph.canvas)
        self._notice.pressed.connect(self._give_up)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._draw_on)
        bench.banners.share_wanted.connect(self._ask_of)
        bench.drawer.reason.share_wanted.connect(self._ask_of)
        self._session.opened.connect(self.cancel)

    @property
    def busy(self) -> bool:
        """A page is being made."""
        return self._making

    def ask(self) -> None:
        """Ask where to write a page on the selected op."""
        subject = self.selected()
        if subject is None:
            self._tell(_NOTHING, False)
        else:
            self._ask_where(subject)

    def selected(self) -> Subject | None:
        """The selected op, with what was found at it; None where none is selected."""
        run, chosen = self._session.run, self._bench.selection
        if run is None or not 0 <= chosen.op < len(run.graph.ops):
            return None
        shown = self._bench.inspector.subject
        record = chosen.record
        if record < 0 and shown.op == chosen.op:
            record = shown.record
        for told in self._bench.banners.findings:
            at = run.records[told.record].op if 0 <= told.record < len(run.records) else -1
            if at == chosen.op and record in (-1, told.record):
                return of_finding(run, told)
        failure = run.failure
        if failure is not None and failure.record >= 0 and failure.record == record:
            return of_failure(run, failure)
        return of_op(run, chosen.op, record)

    def _ask_of(self, about: object) -> None:
        run = self._session.run
        if run is None:
            return
        if isinstance(about, Finding):
            self._ask_where(of_finding(run, about))
        elif isinstance(about, Failure):
            self._ask_where(of_failure(run, about))
        elif isinstance(about, Reason):
            self._ask_where(of_reason(run, about))

    def _ask_where(self, subject: Subject) -> None:
        if self._making:
            self._tell(_BUSY, False)
            return
        plain = "".join(c if c.isalnum() or c in "-." else "_" for c in subject.title)
        name = "_".join(filter(None, plain.split("_")))[:80] or "page"
        title = f"Share {subject.kind}"
        path, kind = QFileDialog.getSaveFileName(self._window, title, f"{name}.html", _KINDS)
        if path:
            wanted = Path(path)
            if wanted.suffix.lower() not in ENDINGS:
                wanted = wanted.with_name(f"{wanted.name}{'.md' if '*.md' in kind else '.html'}")
            self.share(wanted, subject)

    def share(self, path: Path, subject: Subject) -> None:
        """Write a page; HTML or Markdown by the ending of the name."""
        run = self._session.run
        if run is None:
            return
        self.cancel()
        self._making, self._path = True, path
        self._late.start()
        number, answers = self._number, Answers()
        asks = asks_of(run, subject)
        left = len(asks)

        def one_less() -> None:
            nonlocal left
            left -= 1
            if not left and number == self._number:
                self._draw(run, path, subject, answers)

        def arrived(ask: Ask, message: Message, _blob: object) -> None:
            take(answers, ask, message["body"], subject)
            one_less()

        sent = [
            self._session.request(
                ask.command, ask.arguments, partial(arrived, ask), lambda _why, _code: one_less()
            )
            for ask in asks
        ]
        if not asks or -1 in sent:  # there is nothing to ask, or nobody
            self._draw(run, path, subject, answers)

    def cancel(self) -> None:
        """Give up the page that is being made; a file of that name stays as it was."""
        self._number += 1
        self._late.stop()
        self._notice.hide()
        self._turn.stop()
        self._jobs.stop()
        drawing, self._drawing = self._drawing, None
        if drawing is not None:
            drawing.cancel()
        self._making = False

    def _give_up(self) -> None:
        self.cancel()
        self._tell(f"{self._path.name} was not saved.", True)

    def _say_late(self) -> None:
        self._notice.say(f"Writing {self._path.name}…", "Cancel")

    # The picture, then the page.

    def _draw(self, run: Run, path: Path, subject: Subject, answers: Answers) -> None:
        graph = self._bench.graph
        number = self._number
        if subject.op < 0 or run.state is RunState.RUNNING:
            self._write(run, path, subject, answers, None)
            return

        def work(check: Check) -> Callable[[], None]:
            return partial(begin, graph.around(subject.op, check))

        def begin(found: Around | None) -> None:
            if number != self._number:
                return
            if found is None:
                self._write(run, path, subject, answers, None)
                return
            drawing = self._drawing = Portrait(found, subject.op, graph.canvas.marks)
            self._drawn = partial(self._write, run, path, subject, answers, drawing)
            self._turn.start()

        self._jobs.start(work)

    def _draw_on(self) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        if not drawing.advance(_SLICE, time.perf_counter):
            self._turn.start()
            return
        self._drawing = None
        self._drawn()

    def _write(
        self, run: Run, path: Path, subject: Subject, answers: Answers, drawn: Portrait | None
    ) -> None:
        choice, facts, asked = self._window.choice, self._session.facts, self._window.backward.asked
        note = self._window.noting.text_on(Selection(op=subject.op))
        label = run.graph.op_label(subject.op) if subject.op >= 0 else ""
        marked = [run.records[step.record].op for step in subject.steps if step.record >= 0]

        def work(check: Check) -> Callable[[], None]:
            picture: Picture | Drawing | None = None
            try:
                if drawn is not None:
                    words = f"The graph around {label}"
                    picture = Picture(*drawn.data(), drawn.width, words)
                elif subject.op >= 0:
                    picture = around(run, subject.op, subject.record, marked)
                check()
                article = article_of(run, subject, answers, picture, note)
                more = backward_options(run, *asked) if asked and not is_recorded(choice) else ()
                what = "check" if subject.kind in ("Finding", "Error") else "trace"
                page = page_of(run, [article], Making(choice, facts, what, more))
                check()
                write_page(page, path)
            except OSError as error:
                why = error.strerror or str(error)
                return partial(self._end, f"{path} could not be saved: {why}.", False)
            return partial(self._end, f"Saved to {path}.", True)

        self._jobs.start(work)

    def _end(self, sentence: str, fine: bool) -> None:
        self._making = False
        self._late.stop()
        self._notice.hide()
        self._tell(sentence, fine)

    def _tell(self, sentence: str, fine: bool) -> None:
        self._bench.status.show_message(sentence, fine)
