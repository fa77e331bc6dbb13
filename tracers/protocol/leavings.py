"""Shared memory in which a debuggee leaves what the adapter can read after any death: the op that
it began last, the records that it has not sent yet, and why it ended itself.

A record is left as a few numbers; its summaries end with the process.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass

NOTE_BYTES = 4096  # of the note, and of the words, which lie behind it
RECORDS = 1 << 16  # so many of the newest are kept
FRAMES = 1 << 14
_SENT = struct.Struct("<II")
_SENT_AT = 2 * NOTE_BYTES
_ROW = struct.Struct("<Iiii")  # the index from 1, 0 where nothing is left; the rest is as told
_RECORDS_AT = 3 * NOTE_BYTES
_FRAMES_AT = _RECORDS_AT + RECORDS * _ROW.size
SIZE = _FRAMES_AT + FRAMES * _ROW.size

Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Left:
    """What was recorded and never sent.

    Attributes:
        first: index of the first record; `first_frame` of the first frame.
        records: op, frame and source of each, as in OpRecord.
        frames: parent, scope and turn of each, as in Frame.
    """

    first: int = 0
    first_frame: int = 0
    records: tuple[Row, ...] = ()
    frames: tuple[Row, ...] = ()


class Leavings:
    """The debuggee's side; without a descriptor nobody reads it."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._memory = mmap.mmap(-1 if descriptor is None else descriptor, SIZE)

    def note(self, packed: bytes) -> None:
        """Replace the note by one from `pack_note`."""
        self._memory[: len(packed)] = packed

    def say(self, packed: bytes) -> None:
        """Why the process ends itself, after "The model's Python"; from `pack_note`."""
        self._memory[NOTE_BYTES : NOTE_BYTES + len(packed)] = packed

    def record(self, index: int, op: int, frame: int, source: int) -> None:
        """A record was appended."""
        at = _RECORDS_AT + index % RECORDS * 16
        _ROW.pack_into(self._memory, at, index + 1, op, frame, source)

    def frame(self, index: int, parent: int, scope: int, turn: int) -> None:
        """A frame was opened."""
        at = _FRAMES_AT + index % FRAMES * 16
        _ROW.pack_into(self._memory, at, index + 1, parent, scope, turn)

    def sent(self, records: int, frames: int) -> None:
        """So many have been sent."""
        _SENT.pack_into(self._memory, _SENT_AT, records, frames)

    def forget(self) -> None:
        """The run was rewound: what was left is none of it any more."""
        self._memory[_RECORDS_AT:] = bytes(SIZE - _RECORDS_AT)


def pack_note(text: str) -> bytes:
    """For `Leavings.note` and `Leavings.say`."""
    data = text.encode("utf-8", "replace")[:4000]
    return len(data).to_bytes(2, "little") + data


def read_note(file: int) -> str:
    """The note."""
    return _text(os.pread(file, NOTE_BYTES, 0))


def read_words(file: int) -> str:
    """Why the process ended itself, "" where it did not."""
    return _text(os.pread(file, NOTE_BYTES, NOTE_BYTES))


def read_left(file: int) -> Left:
    """Records and frames from the first that was not sent on."""
    records, frames = _SENT.unpack(os.pread(file, _SENT.size, _SENT_AT))
    return Left(
        records,
        frames,
        _rows(os.pread(file, RECORDS * _ROW.size, _RECORDS_AT), records, RECORDS),
        _rows(os.pread(file, FRAMES * _ROW.size, _FRAMES_AT), frames, FRAMES),
    )


def _text(data: bytes) -> str:
    size = int.from_bytes(data[:2], "little")
    return data[2 : 2 + size].decode("utf-8", "replace")


def _rows(data: bytes, first: int, room: int) -> tuple[Row, ...]:
    found: list[Row] = []
    while len(found) < room:
        index = first + len(found)
        known, *row = _ROW.unpack_from(data, index % room * _ROW.size)
        if known != index + 1:
            break
        found.append((row[0], row[1], row[2]))
    return tuple(found)
