"""Asks the debuggee for the variables of the frame that the user looks into, as far as he looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import QObject

from ..tracers.ir import Run, RunState, Selection
from ..tracers.protocol.framing import Message
from ..tracers.protocol.messages import StackLine
from ..widgets.run.wording import short_path
from ..widgets.source.locals_view import LocalsView
from ..widgets.source.source_view import LOCALS, SourceView
from ..widgets.source.variable_model import Variable, group_of, variable_of
from .session import Session

NO_MODEL = "The variables of your code will stand here."
RUNNING = "The model is running. Its variables are shown where it stops."
PAST = "Variables are known only where the run stands now. Return to live to see them."
OVER = "The run is over: no code of yours is being run."
GONE = "The model's process is gone, and its variables with it."
NONE = "This frame has no variables."
_READING = "Reading the variables"


class LocalsDesk(QObject):
    """Fills the Locals tab while it is in sight. What comes late is dropped."""

    def __init__(self, session: Session, source: SourceView) -> None:
        super().__init__(source)
        self._session = session
        self._source = source
        self._view: LocalsView = source.locals
        self._stop = 0  # counts the places that the run stood at
        self._shown = -1  # the one that is on show
        self._frames: list[dict[str, Any]] = []
        self._level = -1  # chosen by the user at this stop
        session.moved.connect(self._moved)
        source.tabs.currentChanged.connect(self._look)
        source.frame_chosen.connect(self._choose)
        self._view.frame_wanted.connect(self._choose_here)
        self._view.wanted.connect(self._ask_children)
        self._view.opened.connect(self._open)
        self._view.say(NO_MODEL)

    def _moved(self) -> None:
        """Whatever was known of variables is of an earlier stop."""
        self._stop += 1
        self._level = -1
        self._frames = []
        self._look()

    def _look(self) -> None:
        if self._source.tabs.currentIndex() != LOCALS or self._shown == self._stop:
            return
        self._shown = self._stop
        sentence = _why_none(self._session.run)
        if sentence:
            self._view.say(sentence)
            return
        stop = self._stop

        def arrived(message: Message, _: object) -> None:
            if stop == self._stop:
                self._frames = list(message["body"]["stackFrames"])
                self._show_frame()

        self._session.request("stackTrace", {"threadId": 1}, arrived, self._failed(stop))

    def _choose(self, level: int) -> None:
        """A frame of the call stack was picked."""
        self._level = level
        if self._frames:
            self._show_frame()

    def _choose_here(self, level: int) -> None:
        self._source.show_level(level)
        self._choose(level)

    def _show_frame(self) -> None:
        state, run = self._session.state, self._session.run
        if run is None or state is None or not self._frames:
            self._view.say(NONE)
            return
        level = self._level
        if not 0 <= level < len(self._frames):  # the user's innermost code, not the op in it
            level = 1 if run.place.op >= 0 and len(self._frames) > 1 else 0
        self._view.show_frames([_title(line) for line in state.stack[: len(self._frames)]], level)
        stop = self._stop

        def arrived(message: Message, _: object) -> None:
            if stop == self._stop:
                groups = [group_of(row) for row in message["body"]["scopes"]]
                groups = [group for group in groups if group.reference]
                if groups:
                    self._view.show_groups(groups)
                else:
                    self._view.show_groups([Variable(NONE, group=True)])

        body = {"frameId": self._frames[level]["id"]}
        self._session.request("scopes", body, arrived, self._failed(stop))

    def _ask_children(self, owner: Variable, start: int, count: int) -> None:
        stop = self._stop

        def arrived(message: Message, _: object) -> None:
            if stop == self._stop:
                rows = cast("list[Mapping[str, Any]]", message["body"]["variables"])
                self._view.show_children(owner, [variable_of(row) for row in rows])

        body = {"variablesReference": owner.reference, "start": start, "count": count}
        self._session.request("variables", body, arrived, self._failed(stop))

    def _failed(self, stop: int):
        """Only a refusal about what is still on show is worth a word."""

        def failed(sentence: str, code: str) -> None:
            if stop == self._stop and code not in ("stale", "not-stopped", "died"):
                self._view.say(sentence)

        return failed

    def _open(self, variable: Variable) -> None:
        run = self._session.run
        if run is None:
            return
        if variable.record < 0:
            self._source.picked.emit(Selection(value=variable.slot))
        elif variable.record < len(run.records):
            op = run.records[variable.record].op
            chosen = Selection(op=op, record=variable.record, slot=variable.slot)
            self._source.picked.emit(chosen)


def _why_none(run: Run | None) -> str:
    """Why no variables can be shown, "" where they can."""
    if run is None:
        return NO_MODEL
    if run.state is RunState.DIED:
        return GONE
    if run.state in (RunState.RUNNING, RunState.LOADING):
        return RUNNING
    if run.cursor is not None:
        return PAST
    return OVER if run.state is not RunState.PAUSED else ""


def _title(line: StackLine) -> str:
    where = f"{short_path(line.file)} : {line.line}" if line.file else ""
    return "  ".join(part for part in (line.name, where) if part)
