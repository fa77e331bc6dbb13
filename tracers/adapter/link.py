"""The client's end: messages in and out over two descriptors."""

from __future__ import annotations

import itertools
import os

from ..protocol.framing import Framer, Malformed, pack
from .replies import Json, output

_CHUNK = 1 << 16


class ClientGone(Exception):
    """The client's end of the pipe is closed."""


class Link:
    """Every message that leaves gets the next number, whoever made it.

    Both methods raise ClientGone.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self.reading = reading
        self._writing = writing
        self._framer = Framer()
        self._seq = itertools.count(1)

    def tell(self, message: Json, blob: bytes | None = None, unread: bytes = b"") -> None:
        """Send a message; `unread` as `pack` has it."""
        numbered = {"seq": next(self._seq), **{k: v for k, v in message.items() if k != "seq"}}
        try:
            data = memoryview(pack(numbered, blob, unread))
        except ValueError as error:
            self.tell(output(f"A message was dropped: {error}.\n"))
            return
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except OSError as error:
            raise ClientGone from error

    def requests(self) -> list[Json]:
        """Requests that have come; what is none is told to the client and left out."""
        try:
            data = os.read(self.reading, _CHUNK)
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
