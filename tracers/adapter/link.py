"""One client's end: messages in and out over two descriptors."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import stat
import time

from ..protocol.framing import Framer, Malformed, pack
from .replies import Json, output

_CHUNK = 1 << 16
_MOST_WAITING = 256 << 20  # bytes that a client may leave unread, beside others that read


class ClientGone(Exception):
    """The client's end of the pipe is closed."""


class Link:
    """Every message that leaves gets the next number, whoever made it.

    A client that is alone is waited for while it does not read; beside others none is.
    `tell`, `write` and `requests` raise ClientGone.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self.reading = reading
        self.writing = writing
        self._framer = Framer()
        self._seq = itertools.count(1)
        self._waiting = bytearray()
        self._alone = True

    @property
    def wants_write(self) -> bool:
        """Something told still waits for room in the pipe."""
        return bool(self._waiting)

    def stand_beside_others(self) -> None:
        """From now on another client is there, too, which must not wait for this one."""
        mode = os.fstat(self.writing).st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):  # a terminal's flags are not ours alone
            os.set_blocking(self.writing, False)
            self._alone = False

    def tell(self, message: Json, blob: bytes | None = None, unread: bytes = b"") -> None:
        """Send a message; `unread` as `pack` has it."""
        numbered = {"seq": next(self._seq), **{k: v for k, v in message.items() if k != "seq"}}
        try:
            data = pack(numbered, blob, unread)
        except ValueError as error:
            self.tell(output(f"A message was dropped: {error}.\n"))
            return
        if self._alone:
            self._write_all(data)
            return
        self._waiting += data
        self.write()
        if len(self._waiting) > _MOST_WAITING:
            raise ClientGone

    def write(self) -> None:
        """Push what waits."""
        while self._waiting:
            try:
                done = os.write(self.writing, self._waiting[: 1 << 20])
            except BlockingIOError:
                return
            except OSError as error:
                raise ClientGone from error
            del self._waiting[:done]

    def finish(self, seconds: float = 0.0) -> None:
        """Nothing more is told: push what waits, for so long at most."""
        until = time.monotonic() + seconds
        with contextlib.suppress(ClientGone):
            self.write()
            while self._waiting and (left := until - time.monotonic()) > 0:
                select.select([], [self.writing], [], left)
                self.write()
        self._waiting.clear()

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self.reading)
        os.close(self.writing)

    def requests(self) -> list[Json]:
        """Requests that have come; what is none is told to the client and left out."""
        try:
            data = os.read(self.reading, _CHUNK)
        except BlockingIOError:
            return []
        except OSError as error:
            raise ClientGone from error
        if not data:
            raise ClientGone
        found: list[Json] = []
        for item in self._framer.feed(data):
            if isinstance(item, Malformed):
                self.tell(output(f"Ignored: {item.why}.\n"))
            elif _is_request(item.message):
                found.append(item.message)
            else:
                self.tell(output("Ignored: a message that is no request.\n"))
        return found

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.writing, view) :]
        except OSError as error:
            raise ClientGone from error


def own_descriptors() -> tuple[int, int]:
    """The client's pipe, moved away from 0 and 1 so that nothing else can touch it."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return reading, writing


def _is_request(message: Json) -> bool:
    return (
        message.get("type") == "request"
        and isinstance(message.get("seq"), int)
        and isinstance(message.get("command"), str)
    )
