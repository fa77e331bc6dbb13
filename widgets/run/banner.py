"""Banners over the graph: what the user must know about the run, with a way on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ...tracers.ir import (
    Failure,
    Run,
    RunState,
    ScopeKind,
    Selection,
    unseen_text,
    unseen_title,
)
from ...tracers.ir.finding import Finding
from ..pane import Pane
from ..tensor.formatting import count
from .banner_card import Banner, Message
from .banner_failure import foreseen, raised
from .breakpoint_rows import VERDICT
from .health import Health
from .wording import bad_text, short_path, worst

_LONG_NOTE = 120  # letters


class Banners(Pane):
    """The banners of a run, one below the other; as high as they are, and gone without any.

    Signals:
        live_wanted: leave the past.
        restart_wanted: run anew (the debuggee died, or the source was edited).
        break_wanted: int, an op to set a breakpoint on.
        rewind_wanted: int, the record that the user looks back to.
        share_wanted: Finding or Failure, to be written as a page.
    """

    live_wanted = Signal()
    restart_wanted = Signal()
    break_wanted = Signal(int)
    rewind_wanted = Signal(int)
    share_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._health: Health | None = None
        self._closed: set[str] = set()
        self._failure: Failure | None = None
        self._edited = ""
        self._facts = ("", "")
        self._note = ""
        self._findings: list[Finding] | None = None  # of the run so far, None where not known
        self._shown: dict[str, Banner] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._lay_out()

    def show_run(self, run: Run | None) -> None:
        if run is not self._run:
            self._closed.clear()
            self._edited = ""
        self._run = run
        self._findings = None
        self._health = None if run is None else Health(run)
        self._lay_out()

    def show_growth(self, first_record: int) -> None:
        if self._health is not None:
            before = self._health.first
            self._health.follow()
            if self._health.first != before:
                self._findings = None  # what was said of the run so far is known to be out of date
                self._lay_out()

    def show_rewound(self) -> None:
        self._findings = None
        if self._run is not None:
            self._health = Health(self._run)
        self._lay_out()

    def show_place(self) -> None:
        failure = self._run.failure if self._run is not None else None
        if failure != self._failure:
            self._failure = failure
            self._closed.discard("failed")
        self._lay_out()

    @property
    def has_bad(self) -> bool:
        """Some value of the run is not finite for a reason that may be worth a word."""
        return self._health is not None and self._health.first >= 0

    @property
    def findings(self) -> list[Finding]:
        """What was found in the run so far, as far as that is known."""
        return [] if self._findings is None else list(self._findings)

    def show_findings(self, findings: list[Finding]) -> None:
        """Why values of the run so far are not finite; none where all of them are meant so."""
        self._findings = findings
        self._lay_out()

    def show_source_changed(self, file: str) -> None:
        """The model's source was saved: offer to run the edit. "" takes the offer back."""
        self._edited = file
        self._closed.discard("edited")
        self._lay_out()

    def show_facts(self, title: str, text: str) -> None:
        """What the model is, and where its graph came from: shown until something has run."""
        self._facts = (title, text)
        self._lay_out()

    def show_note(self, sentence: str) -> None:
        """Why the run stands where its place does not tell; "" where there is nothing to say."""
        if sentence != self._note:
            self._note = sentence
            self._closed.discard("note")
            self._lay_out()

    def messages(self) -> dict[str, Message]:
        """What is to be said, by kind, most pressing first."""
        run = self._run
        found: dict[str, Message] = {}
        if run is None:
            return found
        if self._facts[0] and not run.records and run.state is RunState.PAUSED:
            found["facts"] = Message("info", "accent", *self._facts)
        if run.cursor is not None:
            found["past"] = self._past(run)
        if run.state is RunState.DIED:
            found["died"] = self._died(run)
        stands = run.state is RunState.PAUSED and run.cursor is None
        if run.state is RunState.FAILED or (stands and run.failure is not None):
            share = self.share_wanted.emit
            found["failed"] = raised(run, self.picked.emit, self.break_wanted.emit, share)
        elif run.foreseen is not None and not run.records:
            found["foreseen"] = foreseen(
                run, run.foreseen, self.picked.emit, self.break_wanted.emit
            )
        if self._note and (run.cursor is None or run.state is RunState.FINISHED):
            begins = run.graph.scopes[run.head.scope].kind is ScopeKind.BACKWARD
            look = ("info", "accent") if begins else ("triangle-alert", "warn")
            found["note"] = Message(*look, *_parted(self._note))
        if self._health is not None and self.has_bad and self._findings != []:
            found["bad"] = self._not_finite(run, self._health)
        if run.unseen:
            title, text = unseen_title(run.unseen), unseen_text(run.unseen)
            found["threads"] = Message("triangle-alert", "warn", title, text)
        if self._edited:
            found["edited"] = self._changed()
        return {kind: said for kind, said in found.items() if kind not in self._closed}

    def banner(self, kind: str) -> Banner | None:
        """The banner of a kind ("past", "died", "failed", "foreseen", "bad", …), if it is shown."""
        return self._shown.get(kind)

    def _lay_out(self) -> None:
        wanted = self.messages()
        same = {kind: _said(banner.message) for kind, banner in self._shown.items()}
        if same != {kind: _said(message) for kind, message in wanted.items()}:
            for banner in self._shown.values():
                self._layout.removeWidget(banner)
                banner.hide()
                banner.deleteLater()
            self._shown = {}
            for kind, message in wanted.items():
                banner = Banner(message, self)
                banner.closed.connect(lambda kind=kind: self._close(kind))
                self._shown[kind] = banner
                self._layout.addWidget(banner)
        self._fit()
        self.setVisible(bool(self._shown))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """As high as what is said needs at this width."""
        for banner in self._shown.values():
            banner.fit(self.width())
        self.setFixedHeight(sum(banner.height() for banner in self._shown.values()))

    def _close(self, kind: str) -> None:
        self._closed.add(kind)
        self._lay_out()

    def _past(self, run: Run) -> Message:
        assert run.cursor is not None
        doing = {
            RunState.FINISHED: "has finished",
            RunState.FAILED: "has failed",
            RunState.DIED: "has ended",
        }.get(run.state, f"is paused at op {run.head.record + 1}")
        title = f"Viewing op {run.cursor.record + 1}. The run {doing}."
        record = run.cursor.record
        buttons = (("Return to live   Esc", self.live_wanted.emit),)
        if run.state is not RunState.DIED and record < len(run.records):
            buttons = (*buttons, ("Rewind to here", lambda: self.rewind_wanted.emit(record)))
        return Message("history", "accent", title, "", buttons, strip=True, closable=False)

    def _died(self, run: Run) -> Message:
        last = len(run.records) - 1
        text = ""
        if last >= 0:
            text = f"Last op: {last + 1}, {run.graph.op_label(run.records[last].op)}."
        buttons = (("Restart", self.restart_wanted.emit),)
        if run.stopped:
            text = f"{text} Values went with the process; statistics remain.".strip()
            return Message("square", "accent", "You stopped the run", text, buttons)
        title = run.message or "The process that ran the model is gone"
        return Message("skull", "breakpoint", title, text, buttons, closable=False)

    def _not_finite(self, run: Run, health: Health) -> Message:
        told = self._findings[0] if self._findings else None
        if told is not None and told.record < 0:
            share = (("Share…", lambda: self.share_wanted.emit(told)),)
            return Message("octagon-alert", "nan", *_first_sentence(told), share)
        first = told.record if told is not None else health.first
        record = run.records[first]
        summary = worst(record)
        assert summary is not None
        name = run.graph.ops[record.op].type
        at = self._at(run, record.source).replace(",", " at", 1).replace(" : ", ":")
        bad = summary.nan or summary.posinf + summary.neginf
        total = 1
        for extent in summary.shape:
            total *= extent
        word = bad_text(summary)
        text = f"{count(bad)} of {count(total)} values {'is' if bad == 1 else 'are'} {word}."
        if told is not None:
            line = run.graph.sources[record.source] if record.source >= 0 else None
            known = f" ({line.file}, line {line.line})" if line is not None else ""
            text = f"{told.message.replace(known, '', 1)} {told.advice}".strip()
        chosen = Selection(op=record.op, record=first)
        buttons = (
            ("Show op", lambda: self.picked.emit(chosen)),
            ("Break here next run", lambda: self.break_wanted.emit(chosen.op)),
        )
        if told is not None:
            buttons = (*buttons, ("Share…", lambda: self.share_wanted.emit(told)))
        return Message(
            "octagon-alert", "nan", f"First non-finite value produced by {name}{at}", text, buttons
        )

    def _changed(self) -> Message:
        title = f"{short_path(self._edited)} was saved"
        text = "The run still shows the code as it was."
        buttons = (("Restart with the edit", self.restart_wanted.emit),)
        return Message("file-code", "accent", title, text, buttons)

    def _at(self, run: Run, source: int) -> str:
        if source < 0:
            return ""
        line = run.graph.sources[source]
        return f", {short_path(line.file)} : {line.line}"


def _first_sentence(told: Finding) -> tuple[str, str]:
    """Of what came in with NaN, as title and text."""
    title, _, text = told.message.partition(" It spreads")
    return title, f"{f'It spreads{text} ' if text else ''}{told.advice}"


def _parted(note: str) -> tuple[str, str]:
    """As title and text: a breakpoint's verdict first says which one it is of; of what is long, the
    first sentence is the title."""
    title, found, text = note.partition(f"{VERDICT}: ")
    if found:
        return f"{title}{VERDICT}", text
    title, found, text = note.partition(". ")
    return (f"{title}.", text) if found and len(note) > _LONG_NOTE else (note, "")


def _said(message: Message) -> tuple[str, str, str]:
    return message.icon, message.title, message.text
