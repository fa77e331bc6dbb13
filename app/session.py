"""One debugging session: a model in a debuggee, seen through the protocol. No widgets here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, cast

from PySide6.QtCore import QObject, QTimer, Signal

from ..tracers.ir import Breakpoint, MapFacts, ModelFacts, Place, Run, RunState, TensorRequest
from ..tracers.protocol.framing import Message
from ..tracers.protocol.json_ir import decode_piece, encode_request, from_json, to_json
from ..tracers.protocol.messages import (
    ANEW,
    BREAKPOINTS,
    CHANGES,
    GRAPH,
    GRAPH_GREW,
    INPUT,
    NEW_RUN,
    PROGRAM,
    RECORDS,
    REWOUND,
    RUN_TO,
    SEEK,
    STATE,
    SUMMARIES,
    TENSOR,
    UNCAUGHT,
    WATCH_HITS,
    State,
    decode_state,
)
from ..tracers.protocol.mirror import Mirror
from ..tracers.protocol.sharing_messages import CLIENTS, SHARED_POINTS
from . import looking
from .noise import Noise
from .setting_off import MOVES, SettingOff
from .wire import Wire

log = logging.getLogger(__name__)

_TOGETHER_MS = 10

Answer = Callable[[Message, object], None]
Failure = Callable[[str, str], None]  # sentence, code


class Session(QObject):
    """Follows one run. `run` is None until a model is open; it is live afterwards.

    Signals:
        stage: str; what loading is at.
        progress: dict; the body of a progress event.
        opened: the graph is here and the debuggee stands before its first op.
        refused: (sentence, code); the model could not be opened.
        grown: int; graph rows, and records from this index on, were added.
        moved: state, head or cursor changed.
        rewound: the run's newest records and frames were forgotten; it will grow anew.
        updated: set of record indices whose summaries are new.
        edited: the run's edits or changes are new; carries what is wrong with edits, and how
            some were applied, each {edit id: sentence}.
        piece: TensorPiece.
        piece_refused: (TensorRequest, sentence, code).
        source_read: (path, text).
        source_refused: (path, sentence).
        lost: set of the breakpoints' `where` that name nothing in this graph.
        said: (category, text); output of the model, or a word from the adapter.
        asked: bool; whether the model waits for a line, to be given by `answer`.
        logged: (text, record); what a breakpoint logs, with the op that it was come to at.
        program: dict; what a program that runs under the debugger has called, as it tells.
        watched: dict; what is new of watchpoints, as the debuggee tells.
        shared: list of Breakpoint; what all who share the session have set by now.
        clients: int; how many others share it.
        died: str; the sentence about the debuggee's end.
        refusal: str; a request was refused.
    """

    stage = Signal(str)
    progress = Signal(object)
    opened = Signal()
    refused = Signal(str, str)
    grown = Signal(int)
    moved = Signal()
    rewound = Signal()
    updated = Signal(object)
    edited = Signal(object, object)
    piece = Signal(object)
    piece_refused = Signal(object, str, str)
    source_read = Signal(str, str)
    source_refused = Signal(str, str)
    lost = Signal(object)
    said = Signal(str, str)
    asked = Signal(bool)
    logged = Signal(str, int)
    program = Signal(object)
    watched = Signal(object)
    shared = Signal(object)
    clients = Signal(int)
    died = Signal(str)
    refusal = Signal(str)

    def __init__(self, command: list[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mirror = Mirror()
        self._off = SettingOff(self._seems_running, self)
        self._command = command
        self._wire: Wire | None = None
        self._where: list[str] | None = command
        self._arguments: dict[str, Any] = {}
        self._points: list[Breakpoint] = []
        self._shared_points: list[Breakpoint] | None = None
        self._errors: frozenset[str] = frozenset({UNCAUGHT})
        self._noise = Noise()
        self._stopping = False  # the user asked for the end
        self._seq = 0
        self._waiting: dict[int, tuple[Answer | None, Failure]] = {}
        # The rows of a step come just before its stop: told together, they are painted once.
        self._untold = -1  # the first record that nobody was told of
        self._tell_soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._tell_soon.timeout.connect(self._tell_growth)

    @property
    def run(self) -> Run | None:
        """The run as it is known, None until a model is open."""
        return self._mirror.run if self._mirror.begun else None

    @property
    def state(self) -> State | None:
        """What the debuggee told last."""
        return self._mirror.state

    @property
    def facts(self) -> ModelFacts | None:
        """The model's facts, None until it is open."""
        return self._mirror.facts if self._mirror.begun else None

    @property
    def map(self) -> MapFacts | None:
        """Where the graph came from, None until a model is open."""
        return self._mirror.map if self._mirror.begun else None

    @property
    def behind(self) -> bool:
        """Rows that the debuggee's newest word names are still on their way."""
        return self._mirror.behind

    @property
    def attached(self) -> bool:
        """The debuggee is a program of the user's, which goes on when the session ends."""
        return "socket" in self._arguments

    @property
    def joined(self) -> bool:
        """The session is an editor's, which this window shares."""
        return "join" in self._arguments

    @property
    def adapter(self) -> int:
        """The adapter's process id, 0 while none is running."""
        return self._wire.pid if self._wire is not None else 0

    @property
    def active(self) -> bool:
        """An adapter is running."""
        return self._wire is not None

    def open(
        self,
        arguments: dict[str, Any],
        points: list[Breakpoint],
        command: list[str] | None = None,
    ) -> None:
        """Start a debuggee; answered by `opened` or `refused`. `command` is another adapter."""
        self.close()
        self._noise = Noise()
        self._stopping = False
        self._arguments = dict(arguments)
        self._points = list(points)
        self._where = command or self._command
        wire = Wire(self._where, self)
        wire.received.connect(self._receive)
        wire.closed.connect(self._adapter_gone)
        self._wire = wire
        self.stage.emit("Starting Python")
        try:
            wire.start()
        except OSError as error:
            self._wire = None
            self.refused.emit(f"The adapter could not be started: {error}.", "adapter")
            return
        client = {
            "clientID": "opscope",
            "adapterID": "opscope",
            "linesStartAt1": True,
            "columnsStartAt1": True,
            "supportsProgressReporting": True,
            "opscope": True,
            "supportsInput": True,
        }
        self.request("initialize", client, None, self._refuse)

    def _refuse(self, sentence: str, code: str) -> None:
        """The adapter itself cannot serve."""
        self.close()
        self.refused.emit(sentence, code)

    def close(self) -> None:
        """End the debuggee and forget the run."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.stop()
            wire.deleteLater()
        self._waiting.clear()
        self._forget()

    def _forget(self) -> None:
        self._mirror.forget()
        self._off.heard()
        self.asked.emit(False)
        self._untold = -1
        self._tell_soon.stop()

    def run_anew(self) -> None:
        """Restart with what is loaded, where that is what a new process would load."""
        if self._wire is None or self._dead() is not None:
            self.restart()
            return

        self._forget()
        self._stopping = False
        self.stage.emit("Going back to the start")
        self.request(ANEW, {}, self._launched, lambda _why, _code: self.restart())

    def restart(self) -> None:
        """Run the model anew in a new debuggee; works after death, too."""
        if self._wire is None:
            self.open(self._arguments, self._points, self._where)
            return
        self._forget()
        self._stopping = False
        self.stage.emit("Starting Python")
        self.request("restart", {"arguments": self._arguments}, self._launched, self.refused.emit)

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Send a stepping command (next, stepIn, stepOut, stepBack, continue, pause, …)."""
        dead = self._dead()
        if dead is not None and name != "terminate":
            self._look(dead, looking.moved(dead, name))
            return
        body: dict[str, Any] = {"threadId": 1}
        if name in ("next", "stepIn", "stepOut", "stepBack"):
            body["granularity"] = "instruction"
        body.update(arguments or {})
        self.request(name, body, self._off.answered if name in MOVES else None)

    def stop(self) -> None:
        """End the debuggee; what was recorded stays on show."""
        self._stopping = True
        self.command("terminate")

    def seek(self, record: int | None) -> None:
        """Look at the run before a record; None goes back to the head."""
        dead = self._dead()
        if dead is not None:
            self._look(dead, looking.place_at(dead, record))
            return
        self.request(SEEK, {"record": record}, self._take_state)

    def run_to(self, op: int = -1, scope: int = -1) -> None:
        """Go on until before an op or scope."""
        dead = self._dead()
        if dead is not None:
            self._look(dead, looking.place_of(dead, op, scope))
            return
        body = {"op": op} if op >= 0 else {"scope": scope}
        self.request(RUN_TO, body, self._off.answered)

    def run_to_line(self, file: str, line: int) -> None:
        """Go on until a line of source is come to."""
        dead = self._dead()
        if dead is not None:
            self._look(dead, looking.place_on(dead, file, line))
            return
        self.request(RUN_TO, {"file": file, "line": line}, self._off.answered)

    def set_breakpoints(self, points: list[Breakpoint]) -> None:
        """Replace all breakpoints."""
        self._points = list(points)
        known, self._shared_points = self._shared_points == points, None
        if self._wire is not None and not known:
            body = {"breakpoints": [to_json(point) for point in points]}
            self.request(BREAKPOINTS, body, self._take_lost)

    def take_breakpoints(self, points: list[Breakpoint]) -> None:
        """These are set already, by whoever shares the session."""
        self._points = self._shared_points = list(points)

    def set_errors(self, filters: frozenset[str]) -> None:
        """Which errors stop the run."""
        if filters != self._errors:
            self._errors = filters
            self.request("setExceptionBreakpoints", {"filters": sorted(filters)})

    def ask_piece(self, request: TensorRequest) -> None:
        """Ask for a piece of a value; answered by `piece` or `piece_refused`."""

        def arrived(message: Message, blob: object) -> None:
            data = blob if isinstance(blob, bytes) else None
            self.piece.emit(decode_piece(message["body"], data))

        if self._wire is None:
            why = "The debuggee is gone; restart to see values again."
            self.piece_refused.emit(request, why, "died")
            return

        def refused(sentence: str, code: str) -> None:
            self.piece_refused.emit(request, sentence, code)

        self.request(TENSOR, encode_request(request, binary=True), arrived, refused)

    def answer(self, line: str | None) -> None:
        """Give the model the line that it waits for, None for the end of its input."""
        self.request(INPUT, {"end": True} if line is None else {"text": line})

    def _asked(self, message: Message) -> None:
        self.asked.emit(message["body"].get("wanted") is True)

    def _dead(self) -> Run | None:
        """The run, if its process is gone: what was recorded is all there is."""
        run = self.run
        return run if run is not None and run.state is RunState.DIED else None

    def _look(self, run: Run, cursor: Place | None) -> None:
        run.cursor = cursor
        self._tell_move()

    def ask_source(self, path: str) -> None:
        """Ask for a source file's text; answered by `source_read` or `source_refused`."""
        self.request(
            "source",
            {"source": {"path": path}, "sourceReference": 0},
            lambda message, _: self.source_read.emit(path, message["body"]["content"]),
            lambda why, _: self.source_refused.emit(path, why),
        )

    def request(
        self,
        command: str,
        arguments: dict[str, Any],
        answer: Answer | None = None,
        failure: Failure | None = None,
    ) -> int:
        """Send any request; its number, by which it can be cancelled, -1 where nobody is there.

        A refusal without `failure` is told by `refusal`.
        """
        if self._wire is None:
            return -1
        self._seq += 1
        self._waiting[self._seq] = (answer, failure or (lambda why, _: self.refusal.emit(why)))
        message = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments}
        self._wire.send(message)
        return self._seq

    def _receive(self, message: Message, blob: object) -> None:
        if message.get("type") == "response":
            answer, failure = self._waiting.pop(message["request_seq"], (None, None))
            if not message["success"]:
                variables = _part(_part(_body(message), "error"), "variables")
                code = str(variables.get("code", ""))
                if failure is not None:
                    failure(str(message.get("message", "")), code)
            elif answer is not None:
                answer(message, blob)
        elif message.get("type") == "event":
            handler = self._EVENTS.get(str(message["event"]))
            if handler is not None:
                handler(self, message)

    def _initialized(self, _: Message) -> None:
        if self.joined:
            self.request("attach", self._arguments, self._joined, self.refused.emit)
            self.request("configurationDone", {})
            return
        if self.attached:
            self.request("attach", self._arguments, self._attached, self.refused.emit)
        else:
            self.request("launch", self._arguments, self._launched, self.refused.emit)
        self.set_breakpoints(self._points)
        self.request("setExceptionBreakpoints", {"filters": sorted(self._errors)})
        self.request("configurationDone", {})

    def _launched(self, _message: Message, _blob: object) -> None:
        self.request(GRAPH, {}, self._take_graph, self.refused.emit)
        self.set_breakpoints(self._points)  # once more: now the graph can tell which are lost

    def _joined(self, _message: Message, _blob: object) -> None:
        def none_yet(sentence: str, code: str) -> None:
            if code == "not-loaded":
                self.stage.emit("Waiting for the program to run a model")
            else:
                self.refused.emit(sentence, code)

        self.request(GRAPH, {}, self._take_graph, none_yet)

    def _attached(self, _message: Message, _blob: object) -> None:
        if self.run is None:
            self.stage.emit("Waiting for the program to run a model")

    def _new_run(self, _: Message) -> None:
        """The program that is attached to runs a model."""
        self._forget()
        self.request(GRAPH, {}, self._take_graph, self.refused.emit)
        self.set_breakpoints(self._points)

    def _take_graph(self, message: Message, _: object) -> None:
        self._mirror.begin(message["body"], message["decoded"])
        self.opened.emit()
        self.moved.emit()

    def _follow(self, message: Message) -> None:
        """Graph rows and records."""
        run = self.run
        if run is None:
            return
        before, first = run.head, len(run.records)
        self._mirror.follow(message["event"], message["body"], message.get("decoded"))
        if self._untold < 0:
            self._untold = first
        if run.head != before:
            self._tell_move()
        elif not self._tell_soon.isActive():
            self._tell_soon.start()

    def _rewound(self, message: Message) -> None:
        if self.run is not None:
            self._tell_growth()
            self._mirror.follow(message["event"], message["body"])
            self.rewound.emit()

    def _updated(self, message: Message) -> None:
        if self.run is not None:
            self._mirror.follow(message["event"], message["body"])
            self.updated.emit(set(message["body"]["index"]))

    def _edited(self, message: Message) -> None:
        if self.run is not None:
            self._mirror.follow(message["event"], message["body"])
            body = message["body"]
            self.edited.emit(dict(body["problems"]), dict(body.get("notes", [])))

    def _watched(self, message: Message) -> None:
        if self.run is not None:
            self.watched.emit(message["body"])

    def _share(self, message: Message) -> None:
        self.shared.emit([from_json(Breakpoint, row) for row in message["body"]["breakpoints"]])

    def _count(self, message: Message) -> None:
        others = int(message["body"]["others"])
        if self._wire is not None:
            self._wire.shared = others > 0 and not self.joined
        self.clients.emit(others)

    def _programmed(self, message: Message) -> None:
        self.program.emit(message["body"])

    def _seems_running(self) -> None:
        state = self._mirror.state
        if self.run is not None and state is not None and state.state is RunState.PAUSED:
            self._mirror.show(replace(state, state=RunState.RUNNING, cursor=None))
            self._tell_move()

    def _moved(self, message: Message) -> None:
        self._off.heard()
        if self._mirror.follow(message["event"], message["body"]) and self.run is not None:
            self._tell_move()

    def _take_state(self, message: Message, _: object) -> None:
        self._mirror.show(decode_state(message["body"]["state"]))
        self._tell_move()

    def _tell_growth(self) -> None:
        self._tell_soon.stop()
        first, self._untold = self._untold, -1
        if first >= 0 and self.run is not None:
            self.grown.emit(first)

    def _tell_move(self) -> None:
        self._tell_growth()
        self.moved.emit()

    def _take_lost(self, message: Message, _: object) -> None:
        self.lost.emit(set(_body(message).get("lost", [])))

    def _progress(self, message: Message) -> None:
        body = message["body"]
        self.progress.emit(body)
        text = body.get("message") or body.get("title")
        if text:
            self.stage.emit(str(text))

    def _output(self, message: Message) -> None:
        body = message["body"]
        category = str(body.get("category", "console"))
        record = _part(body, "opscope").get("record")
        if isinstance(record, int):
            self.logged.emit(str(body["output"]), record)
            return
        text = self._noise.without(category, str(body["output"]))
        if text and not (self._stopping and category == "important"):  # the user knows the end
            self.said.emit(category, text)

    def _exited(self, message: Message) -> None:
        run = self.run
        if run is not None:  # what ran last comes with the word of the end
            self._untold = len(run.records) if self._untold < 0 else self._untold
            self._mirror.follow("exited", _body(message))
        sentence = str(_part(_body(message), "opscope").get("sentence", ""))
        code = _body(message).get("exitCode", 0)
        self._mark_dead(sentence or f"The model's process ended with exit code {code}.")

    def _adapter_gone(self, last_words: str) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.stop()
        if self.joined and self.run is None and last_words:  # nobody is there to be joined
            self.refused.emit(last_words.splitlines()[-1].removeprefix("opscope: "), "no-attach")
            return
        if last_words:
            log.error("the adapter ended: %s", last_words)
        run = self.run
        if run is None or run.state is not RunState.DIED:  # else it has told why
            self._mark_dead("The adapter process ended; restart to go on.")

    def _mark_dead(self, sentence: str) -> None:
        self.asked.emit(False)
        self._off.heard()
        waiting, self._waiting = self._waiting, {}
        for _, failure in waiting.values():
            failure(sentence, "died")
        run = self.run
        if run is not None:
            run.state, run.message, run.cursor = RunState.DIED, sentence, None
            run.stopped = self._stopping
            self._tell_move()
        self.died.emit(sentence)

    _EVENTS: ClassVar[dict[str, Callable[[Session, Message], None]]] = {
        "initialized": _initialized,
        GRAPH_GREW: _follow,
        RECORDS: _follow,
        REWOUND: _rewound,
        SUMMARIES: _updated,
        CHANGES: _edited,
        WATCH_HITS: _watched,
        PROGRAM: _programmed,
        SHARED_POINTS: _share,
        CLIENTS: _count,
        INPUT: _asked,
        STATE: _moved,
        NEW_RUN: _new_run,
        "stopped": _moved,
        "progressStart": _progress,
        "progressUpdate": _progress,
        "output": _output,
        "exited": _exited,
    }


def _body(message: Message) -> dict[str, Any]:
    return _part(message, "body")


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside an object, empty where it is missing."""
    return cast("dict[str, Any]", body.get(name) or {})
