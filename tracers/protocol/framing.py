"""DAP base protocol: header, JSON body and, after it, an optional binary trailer.

The trailer is announced by `Opscope-Blob: <bytes>` and sent only to a client that asked for it.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, cast

MAX_MESSAGE = 64 << 20
MAX_HEADER = 4096
_LARGE = 1 << 16
_LENGTH = b"Content-Length:"
# Whole numbers, plain words, true and false, in front of the body, which comes last.
_PLAIN = rb'(?:\d|[1-9]\d{1,17}|"[\w/]*"|true|false)'
_HEAD = re.compile(rb'(\{(?:"[a-z_]+":' + _PLAIN + rb',)+)"body":(?=\{)')

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One received message with its trailer.

    Attributes:
        body: the message's body as it came, where it was not to be read; `pack` takes it back.
    """

    message: Message
    blob: bytes | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that was no message; it was skipped. `why` is a sentence."""

    why: str


def plain(value: object) -> Any:
    """A JSON-safe copy: NaN and infinities become the words "NaN", "Infinity", "-Infinity"."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("list[object]", value)]
    return value


def pack(message: Message, blob: bytes | None = None, unread: bytes = b"") -> bytes:
    """The bytes of one message; `unread` is its body, where a Framer left that as it came.

    Raises ValueError past MAX_MESSAGE.
    """
    try:
        body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        body = json.dumps(plain(message), allow_nan=False, separators=(",", ":")).encode()
    if unread:
        body = body[:-1] + b',"body":' + unread + b"}"
    if len(body) + len(blob or b"") > MAX_MESSAGE:
        raise ValueError(f"a message of {len(body)} bytes is over the limit of {MAX_MESSAGE}")
    header = b"Content-Length: %d\r\n" % len(body)
    if blob is not None:
        header += b"Opscope-Blob: %d\r\n" % len(blob)
    return header + b"\r\n" + body + (blob or b"")


class Framer:
    """Cuts a byte stream into messages; skips what is none, and goes on at the next header.

    `unread`: events and commands whose bodies, where they are large, are to be left as they came:
    who only passes them on need not read 3 MB and write them anew.
    """

    def __init__(self, unread: frozenset[str] = frozenset()) -> None:
        self._unread = unread
        self._buffer = bytearray()
        self._skip = 0  # bytes of an oversized message still to drop
        self._sizes: tuple[int, int, bool] | None = None
        self._lost = False  # what was no message has been told; its end is not known

    def feed(self, data: bytes) -> list[Frame | Malformed]:
        """Messages completed by `data`, in order."""
        self._buffer += data
        found: list[Frame | Malformed] = []
        while True:
            item = self._next()
            if item is None:
                return found
            found.append(item)

    def _next(self) -> Frame | Malformed | None:
        if self._skip:
            dropped = min(self._skip, len(self._buffer))
            del self._buffer[:dropped]
            self._skip -= dropped
            if self._skip:
                return None
        if self._sizes is None and (item := self._read_header()) is not None:
            return item
        if self._sizes is None:
            return None
        body_size, blob_size, has_blob = self._sizes
        if len(self._buffer) < body_size + blob_size:
            return None
        body = bytes(self._buffer[:body_size])
        blob = bytes(self._buffer[body_size : body_size + blob_size]) if has_blob else None
        del self._buffer[: body_size + blob_size]
        self._sizes = None
        if self._unread and len(body) >= _LARGE and (parted := _part(body, self._unread)):
            return Frame(parted[0], blob, parted[1])
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            if len(body) < _LARGE:  # its size may be wrong, too
                self._buffer[:0] = body + (blob or b"")
                self._lost = True
            return Malformed("a message that is not JSON was dropped")
        if not isinstance(message, dict):
            return Malformed("a message that is not a JSON object was dropped")
        return Frame(cast(Message, message), blob)

    def _read_header(self) -> Malformed | None:
        """Sets the sizes of the message to come, where its header is here."""
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            header = bytes(self._buffer[:end])
            start = header.rfind(_LENGTH)
            sizes = _sizes(header[max(start, 0) :] if self._lost else header)
            if sizes is None and start > 0 and not self._lost:
                self._lost = True  # and the header is read once more, from where it begins
                return Malformed("what stood before a header was dropped")
            del self._buffer[: end + 4]
            if sizes is None and self._lost:
                continue
            self._lost = False
            if sizes is None:
                return Malformed("a header without a valid Content-Length was dropped")
            if sizes[0] + sizes[1] > MAX_MESSAGE:
                self._skip = sizes[0] + sizes[1]
                why = f"a message of {self._skip} bytes is over the limit and was dropped"
                return Malformed(why)
            self._sizes = sizes
            return None
        if len(self._buffer) <= MAX_HEADER:
            return None
        self._buffer.clear()
        return None if self._lost else Malformed("a header longer than 4096 bytes was dropped")


def _part(body: bytes, unread: frozenset[str]) -> tuple[Message, bytes] | None:
    """The message without its body, and the body; None where it is to be read, or looks other than
    what a Wire sends."""
    head = _HEAD.match(body)
    if head is None or not body.endswith(b"}}"):
        return None
    message: Message = json.loads(body[: head.end(1) - 1] + b"}")
    named = message.get("event") or message.get("command")
    return (message, body[head.end() : -1]) if named in unread else None


def _sizes(header: bytes) -> tuple[int, int, bool] | None:
    sizes: dict[bytes, int] = {}
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        digits = value.strip()
        if digits.isdigit() and len(digits) < 16:
            sizes[name.strip().lower()] = int(digits)
    body = sizes.get(b"content-length")
    if body is None:
        return None
    return body, sizes.get(b"opscope-blob", 0), b"opscope-blob" in sizes
