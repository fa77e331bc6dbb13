"""A client that waits: for headless runs, tests and benchmarks. No Qt."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any, cast

from ..ir import Run, RunState, TensorPiece, TensorRequest
from .framing import Frame, Framer, Malformed, pack
from .json_ir import decode_piece, encode_request
from .messages import GRAPH, RECORDS, STATE, TENSOR, State
from .mirror import Mirror
from .refusal import Refusal

Json = dict[str, Any]

PATIENCE = 60.0


class Client:
    """One adapter, spoken to from one thread.

    Attributes:
        capabilities: what the adapter said in answer to `initialize`.
        events: every event so far, oldest first, the ones of `wait_event` included.
        output: everything the model printed, and words from the adapter.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self.capabilities: Json = {}
        self.events: list[Json] = []
        self.output = ""
        self.heard: Callable[[Json], None] = lambda message: None
        self._mirror = Mirror()
        self._writing: IO[bytes] = process.stdin
        self._reading: IO[bytes] = process.stdout
        self._arrived: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._answers: dict[int, Frame] = {}
        self._unseen: list[Json] = []
        self._seq = 0
        self._closed = False
        self._thread = threading.Thread(target=self._read, name="opscope-client", daemon=True)
        self._thread.start()

    @classmethod
    def start(
        cls,
        command: Sequence[str] | None = None,
        *,
        client: Json | None = None,
        heard: Callable[[Json], None] | None = None,
    ) -> Client:
        """Start an adapter and initialize it. `heard` is shown every message, both ways.

        Raises OSError where the adapter's program cannot be run, Refusal where it does not serve.
        """
        process = subprocess.Popen(
            list(command or [sys.executable, "-m", "opscope.tracers.adapter"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        made = cls(process)
        if heard is not None:
            made.heard = heard
        arguments = {"clientID": "opscope", "adapterID": "opscope", "opscope": True}
        arguments.update(client if client is not None else {})
        try:
            made.capabilities = made.request("initialize", arguments)
            made.wait_event("initialized")
        except BaseException:
            made.close()
            raise
        return made

    @property
    def run(self) -> Run:
        """The run as far as it is known; empty before `launch`."""
        return self._mirror.run

    @property
    def mirror(self) -> Mirror:
        """The run with its map, facts and state."""
        return self._mirror

    def launch(self, arguments: Json, timeout: float = 300.0) -> Run:
        """Load a model and follow its run. Raises Refusal with the sentence why not."""
        seq = self.send("launch", arguments)
        self.request("configurationDone")
        self.answer(seq, timeout)
        return self.follow_graph()

    def restart(self, arguments: Json | None = None, timeout: float = 300.0) -> Run:
        """Run anew in a new debuggee, whether or not the old one lives."""
        self._mirror.forget()
        self._unseen.clear()
        body = {} if arguments is None else {"arguments": arguments}
        self.request("restart", body, timeout)
        return self.follow_graph()

    def follow_graph(self) -> Run:
        """Ask for the graph; graph and records are kept up to date from then on."""
        self.request(GRAPH)
        self.request(RECORDS, {"first": 0, "count": 0})  # what has run by now has come before this
        return self._mirror.run

    def tensor(self, request: TensorRequest, timeout: float = PATIENCE) -> TensorPiece:
        """A piece of a value. Raises Refusal."""
        frame = self._wait_answer(self.send(TENSOR, encode_request(request, binary=True)), timeout)
        return decode_piece(_body(frame), frame.blob)

    def step(self, command: str, arguments: Json | None = None, timeout: float = PATIENCE) -> Json:
        """Send a stepping command and wait until the run stands still again.

        The body of `stopped`, or of the state at the run's end. Raises as `request`.
        """
        ends = ("stopped", STATE, "terminated")
        self._unseen = [event for event in self._unseen if event["event"] not in ends]
        self.request(command, {"threadId": 1, **(arguments or {})}, timeout)
        while (body := self.wait_event(ends, timeout)).get("state") == RunState.RUNNING.value:
            pass
        return body

    def request(
        self, command: str, arguments: Json | None = None, timeout: float = PATIENCE
    ) -> Json:
        """Send a request; the body of its answer.

        Raises:
            Refusal: the request was refused; carries the sentence.
            TimeoutError: no answer within `timeout` seconds.
            ConnectionError: the adapter is gone.
        """
        return self.answer(self.send(command, arguments), timeout)

    def request_bytes(
        self, command: str, arguments: Json, timeout: float = PATIENCE
    ) -> tuple[Json, bytes]:
        """As `request`, with the trailer of the answer."""
        frame = self._wait_answer(self.send(command, arguments), timeout)
        return _body(frame), frame.blob or b""

    def send(self, command: str, arguments: Json | None = None) -> int:
        """Send a request without waiting; its number, for `answer`."""
        self._seq += 1
        message: Json = {"seq": self._seq, "type": "request", "command": command}
        if arguments is not None:
            message["arguments"] = arguments
        self.heard(message)
        self.write(pack(message))
        return self._seq

    def write(self, data: bytes) -> None:
        """Send raw bytes. Raises ConnectionError where the adapter is gone."""
        try:
            self._writing.write(data)
            self._writing.flush()
        except (BrokenPipeError, ValueError) as error:
            raise ConnectionError("the adapter is gone") from error

    def answer(self, seq: int, timeout: float = PATIENCE) -> Json:
        """Wait for the answer to a request sent before; its body. Raises as `request`."""
        return _body(self._wait_answer(seq, timeout))

    def wait_event(
        self, name: str | Sequence[str], timeout: float = PATIENCE, where: Json | None = None
    ) -> Json:
        """The body of the oldest event of a name, or of one of several, not waited for yet.

        `where`: entries that the body must have. Raises as `request`, TimeoutError and
        ConnectionError alone.
        """
        names = (name,) if isinstance(name, str) else tuple(name)
        until = time.monotonic() + timeout
        while True:
            for index, event in enumerate(self._unseen):
                body = _part(event, "body")
                if event["event"] in names and (where or {}).items() <= body.items():
                    del self._unseen[index]
                    return body
            self._take(until, f"{' or '.join(names)} event")

    def wait_state(self, *states: str, timeout: float = PATIENCE) -> State:
        """Wait until the run is in one of these states; the newest state.

        Raises ConnectionError where the debuggee dies instead.
        """
        until = time.monotonic() + timeout
        while True:
            state = self._mirror.state
            if state is not None and state.state.value in states:
                return state
            if self.events and self.events[-1]["event"] == "terminated":
                raise ConnectionError("the debuggee ended")
            self._take(until, " or ".join(states))

    def interrupt(self) -> None:
        """From any thread: whoever waits is told that the adapter ended. Closing is still to do."""
        self._arrived.put(None)

    def close(self, timeout: float = 10.0) -> int:
        """Close the line and wait for the adapter, which ends its debuggee; its exit code."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(BrokenPipeError):
                self._writing.close()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._thread.join(timeout)
            self._reading.close()
        return self.process.wait()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        framer = Framer()
        while chunk := os.read(self._reading.fileno(), 1 << 18):
            for item in framer.feed(chunk):
                if isinstance(item, Malformed):
                    raise ValueError(f"from the adapter: {item.why}")
                self._arrived.put(item)
        self._arrived.put(None)

    def _wait_answer(self, seq: int, timeout: float) -> Frame:
        until = time.monotonic() + timeout
        while (frame := self._answers.pop(seq, None)) is None:
            self._take(until, "answer")
        reply = frame.message
        if not reply["success"]:
            variables = _part(_part(_part(reply, "body"), "error"), "variables")
            code = str(variables.get("code", "refused"))
            raise Refusal(code, str(reply.get("message", "")))
        return frame

    def _take(self, until: float, what: str) -> None:
        """Deal with the next message."""
        try:
            frame = self._arrived.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"no {what} came in time") from None
        if frame is None:  # the reader's last word; leave it for the next to ask
            self._arrived.put(None)
            raise ConnectionError(f"the adapter ended while waiting for {what}")
        message = frame.message
        self.heard(message)
        if message["type"] == "response":
            if message["command"] == GRAPH and message["success"]:
                self._mirror.begin(message["body"])
            self._answers[message["request_seq"]] = frame
            return
        self.events.append(message)
        self._unseen.append(message)
        body = _part(message, "body")
        self._mirror.follow(message["event"], body)
        if message["event"] == "output":
            self.output += body["output"]


def _body(frame: Frame) -> Json:
    return _part(frame.message, "body")


def _part(whole: Json, name: str) -> Json:
    """An object inside an object, empty where it is missing."""
    part = whole.get(name)
    return cast(Json, part) if isinstance(part, dict) else {}
