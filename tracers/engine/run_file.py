"""The file of a recorded run: raw pieces one after the other, and an index in JSON behind them.

    head     8 bytes MAGIC, version as 4 bytes, 4 bytes of zeros
    pieces   bytes, each on a boundary of 64
    index    JSON in UTF-8; names pieces by start, length and digest
    tail     start and length of the index as 8 bytes each, its digest, 8 bytes END

Numbers are little-endian, digests are BLAKE2b. Nothing in it is code, and reading it runs none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import struct
from typing import Any, cast

from ..protocol.bulk import bulk
from ..protocol.refusal import Refusal

MAGIC, END = b"\x89OPSRUN\n", b"OPSEND\r\n"
VERSION = 2  # 1 has a row for every value, 2 has columns of them
SUFFIX = ".opscope"

_HEAD = struct.Struct("<8sI4x")
_TAIL = struct.Struct("<QQ32s8s")
_ALIGNED = 64
_AT_ONCE = 1 << 24  # bytes
_MOST_INDEX = 1 << 30  # bytes

Piece = tuple[int, int, str]  # start, length, digest
Json = dict[str, Any]


class RunFileWriter:
    """Writes beside the file and moves it there when it is whole: the file is never half one.

    Pieces of the same bytes are written once.
    """

    def __init__(self, path: str) -> None:
        """Raises OSError where it cannot be written."""
        self._path = os.path.abspath(path)
        folder, name = os.path.split(self._path)
        self._part = os.path.join(folder, f".{name}.{os.getpid()}.part")
        self._known: dict[tuple[int, str], Piece] = {}
        self._at = 0
        self._file = open(self._part, "wb")  # noqa: SIM115 - closed by finish or abandon
        self._write(_HEAD.pack(MAGIC, VERSION))

    def put(self, data: Any) -> Piece:
        """Write what has a buffer of bytes. Raises OSError."""
        view = memoryview(data).cast("B") if len(data) else memoryview(b"")
        digest = hashlib.blake2b(view, digest_size=32).hexdigest()
        known = self._known.get((len(view), digest))
        if known is not None:
            return known
        self._write(bytes(-self._at % _ALIGNED))
        piece = self._known[len(view), digest] = (self._at, len(view), digest)
        for start in range(0, len(view), _AT_ONCE):
            self._write(view[start : start + _AT_ONCE])
        return piece

    def finish(self, index: Json) -> int:
        """Write the index and put the file in its place; its bytes. Raises OSError."""
        text = json.dumps(index, allow_nan=False, separators=(",", ":")).encode()
        start = self._at
        self._write(text)
        digest = hashlib.blake2b(text, digest_size=32).digest()
        self._write(_TAIL.pack(start, len(text), digest, END))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._part, self._path)
        return self._at

    def abandon(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._part)

    def _write(self, data: Any) -> None:
        self._file.write(data)
        self._at += len(data)


class RunFile:
    """A file that is read, mapped into memory: a piece is read when it is asked for.

    Attributes:
        name: the file's, for sentences.
        version: of its format.
        index: what the writer was given.
    """

    def __init__(self, path: str) -> None:
        """Raises Refusal where it is none, broken, or of a newer version."""
        self.name = os.path.basename(path)
        self._sound: set[Piece] = set()
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < _HEAD.size + _TAIL.size:
                    raise self._broken("it is too short")
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise Refusal("unreadable", f"{path} cannot be read: {error.strerror}.") from error
        self._size = size
        self.index = self._read_index()

    def piece(self, piece: Piece) -> memoryview:
        """The bytes of a piece, checked when first asked for. Raises Refusal."""
        start, length, digest = piece
        if start < _HEAD.size or length < 0 or start + length > self._size - _TAIL.size:
            raise self._broken("a piece lies outside of it")
        view = memoryview(self._map)[start : start + length]
        if piece not in self._sound:
            if hashlib.blake2b(view, digest_size=32).hexdigest() != digest:
                raise self._broken("the bytes of a value have changed since it was written")
            self._sound.add(piece)
        return view

    def _read_index(self) -> Json:
        magic, self.version = _HEAD.unpack_from(self._map, 0)
        if magic != MAGIC:
            raise Refusal("bad-file", f"{self.name} is no recorded run of Opscope's.")
        if self.version > VERSION:
            raise Refusal(
                "newer-file",
                f"{self.name} was written by a newer Opscope (format {self.version}; this one reads"
                f" up to {VERSION}); update Opscope to open it.",
            )
        start, length, digest, end = _TAIL.unpack_from(self._map, self._size - _TAIL.size)
        if end != END:
            raise self._broken("its end is missing")
        if start < _HEAD.size or start + length != self._size - _TAIL.size or length > _MOST_INDEX:
            raise self._broken("its index is not where it should be")
        text = self._map[start : start + length]
        if hashlib.blake2b(text, digest_size=32).digest() != digest:
            raise self._broken("its index has changed since it was written")
        try:
            with bulk():
                index: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._broken("its index cannot be read") from error
        if not isinstance(index, dict):
            raise self._broken("its index cannot be read")
        return cast(Json, index)

    def _broken(self, why: str) -> Refusal:
        return broken(self.name, why)


def broken(name: str, why: str) -> Refusal:
    """What is said of a file that is not as it was written."""
    return Refusal("bad-file", f"{name} is damaged: {why}; save the run once more.")


def parse_piece(data: object, name: str) -> Piece:
    """A piece as the index has it. Raises Refusal."""
    if isinstance(data, list):
        items = cast("list[object]", data)
        if len(items) == 3:
            start, length, digest = items
            if type(start) is int and type(length) is int and isinstance(digest, str):
                return start, length, digest
    raise broken(name, "its index names no piece where one should be")
