"""`opscope adapter --host`: a client's messages to an adapter on a host, and back.

The client sees an adapter like any other. Where the host cannot be reached its requests are refused
with the sentence why; where the line is lost it is told that the debuggee has ended.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
from typing import Any, cast

from ...tracers.protocol.framing import Frame, Framer, pack
from ...tracers.protocol.host_messages import ALIVE
from .host import Host
from .line import CannotConnect, Line

PULSE = 20.0  # seconds between two signs of life to the far end
GRACE = 0.1  # seconds that a client which goes away waits for the far end at most
CODE = "host"
_CHUNK = 1 << 16
_OWN_SEQ = 1 << 40  # what we tell ourselves, apart from the adapter's

Json = dict[str, Any]


class Relay:
    """Between two descriptors and a host, until either side ends."""

    def __init__(self, line: Line, reading: int, writing: int) -> None:
        self._line = line
        self._reading = reading
        self._writing = writing
        self._own_seq = itertools.count(_OWN_SEQ)
        self._lock = threading.Lock()
        self._waiting = bytearray()  # what the client said before the line stood
        self._through = False
        self._over = threading.Event()  # the client has gone
        self._early = threading.Condition()

    def run(self) -> int:
        """The exit code: 0 unless the host was not reached, or was lost."""
        threading.Thread(target=self._listen, name="opscope-client", daemon=True).start()
        try:
            self._line.open(self._stage)
        except CannotConnect as error:
            return 0 if self._over.is_set() else self._refuse(str(error))
        with self._lock:
            self._line.write(bytes(self._waiting))
            self._through = True
        threading.Thread(target=self._beat, name="opscope-pulse", daemon=True).start()
        try:
            for frame in self._line.frames():
                self._send(frame)
        except OSError:  # the client does not read any more
            self._line.let_go(GRACE)
            return 0
        if self._over.is_set():
            return 0
        sentence = self._line.ended()
        if not sentence:
            return 0
        self._tell_lost(sentence)
        return 1

    def _listen(self) -> None:
        """The client's words, on a thread of their own: its going must be noticed at any time."""
        while data := _read(self._reading):
            with self._lock:
                through = self._through
                if not through:
                    self._waiting += data
            if through:
                self._line.write(data)
            with self._early:
                self._early.notify_all()
        self._over.set()
        with self._early:
            self._early.notify_all()
            through = self._through
        if through:
            self._line.let_go(GRACE)
            os._exit(0)  # the other thread waits for a line that may be dead
        self._line.hang_up()

    def _beat(self) -> None:
        pulse = pack({"seq": 0, "type": "request", "command": ALIVE})
        while not self._over.wait(PULSE):
            self._line.write(pulse)

    def _stage(self, text: str) -> None:
        """How far connecting is, for the client that shows it."""
        if any(_is_opscope(request) for request in self._requests()):
            body = {"progressId": "connect", "message": text}
            self._tell({"type": "event", "event": "progressUpdate", "body": body})

    def _requests(self) -> list[Json]:
        """What has been asked so far, in vain."""
        with self._lock:
            data = bytes(self._waiting)
        return [item.message for item in Framer().feed(data) if isinstance(item, Frame)]

    def _refuse(self, sentence: str) -> int:
        """Answer everything with why it cannot be, until the client goes."""
        done = 0
        while True:
            requests = self._requests()
            for request in requests[done:]:
                ends = request.get("command") == "disconnect"
                self._answer(request, "" if ends else sentence)
                if ends:
                    return 1
            done = len(requests)
            with self._early:
                if self._over.is_set():
                    return 1
                if len(self._requests()) == done:
                    self._early.wait(1.0)

    def _answer(self, request: Json, sentence: str) -> None:
        reply: Json = {
            "type": "response",
            "request_seq": request.get("seq", 0),
            "command": request.get("command", ""),
            "success": not sentence,
        }
        if sentence:
            variables = {"sentence": sentence, "code": CODE}
            error = {"id": 1, "format": "{sentence}", "showUser": True, "variables": variables}
            reply.update(message=sentence, body={"error": error})
        self._tell(reply)

    def _tell_lost(self, sentence: str) -> None:
        self._tell(_event("output", {"category": "important", "output": f"{sentence}\n"}))
        facts = {"signal": None, "lastOp": "", "sentence": sentence}
        self._tell(_event("exited", {"exitCode": 255, "opscope": facts}))
        self._tell(_event("terminated", {}))

    def _tell(self, message: Json) -> None:
        try:
            self._send(pack({"seq": next(self._own_seq), **message}))
        except OSError:
            self._over.set()

    def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._writing, rest) :]


def serve(host: Host, hint: str = "") -> int:
    """Be the adapter of a client over stdin and stdout. `hint` as in Line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the client decides, not the terminal
    return Relay(Line(host, hint), 0, 1).run()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        return b""


def _event(name: str, body: Json) -> Json:
    return {"type": "event", "event": name, "body": body}


def _is_opscope(request: Json) -> bool:
    arguments = request.get("arguments")
    known = cast(Json, arguments) if isinstance(arguments, dict) else {}
    return request.get("command") == "initialize" and known.get("opscope") is True
