"""Writes a whole value to a .npy file, block by block, as the blocks come."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import AxisPick, Form, TensorPiece, TensorRequest, ValueRef
from .desk import Desk
from .pieces import array_of

BLOCK = 4 * 1024 * 1024
_KIND = "save"
_SIZES = {"64": 8, "32": 4, "16": 4, "8": 4}


def blocks(
    shape: tuple[int, ...], itemsize: int, limit: int = BLOCK
) -> Iterator[tuple[AxisPick, ...]]:
    """Picks that cover a value in blocks of at most `limit` bytes, leading axes by index."""
    if 0 in shape:
        return
    if not shape:
        yield ()
        return
    axis = 0
    while axis < len(shape) - 1 and math.prod(shape[axis + 1 :]) * itemsize > limit:
        axis += 1
    behind: tuple[AxisPick, ...] = tuple((0, extent, 1) for extent in shape[axis + 1 :])
    run = max(limit // (math.prod(shape[axis + 1 :]) * itemsize), 1)
    for leading in product(*(range(extent) for extent in shape[:axis])):
        for start in range(0, shape[axis], run):
            stop = min(start + run, shape[axis])
            yield (*leading, (start, stop, 1), *behind)


def item_bytes(dtype: str) -> int:
    """Bytes of one element as it travels; a small float travels as float32."""
    if "complex" in dtype:
        return 16 if "128" in dtype else 8
    if dtype in ("bool", "uint8", "int8"):
        return 1
    return next((size for digits, size in _SIZES.items() if digits in dtype), 8)


class NpySaver(QObject):
    """Saves one value at a time. The file appears under its name once it is whole.

    Signals:
        progressed: share of the value that is written, from 0 to 1.
        finished: the file's path.
        failed: a sentence.
    """

    progressed = Signal(float)
    finished = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._path = Path()
        self._ref = ValueRef(-1)
        self._shape: tuple[int, ...] = ()
        self._blocks: Iterator[tuple[AxisPick, ...]] = iter(())
        self._file: Any = None
        self._written = 0
        self._running = False

    @property
    def running(self) -> bool:
        """A file is being written."""
        return self._running

    def start(self, path: str, ref: ValueRef, shape: tuple[int, ...], dtype: str) -> None:
        """Save a value; does nothing while another is being saved."""
        if self._running:
            return
        self._path, self._ref, self._shape = Path(path), ref, shape
        self._blocks = blocks(shape, item_bytes(dtype))
        self._file, self._written, self._running = None, 0, True
        if 0 in shape:
            self._save_empty(dtype)
            return
        self.progressed.emit(0.0)
        self._ask()

    def cancel(self) -> None:
        """Stop, and remove what was written."""
        if self._running:
            self._desk.drop(_KIND)
            self._close()
            self._part().unlink(missing_ok=True)
            self.progressed.emit(-1.0)

    def _ask(self) -> None:
        picks = next(self._blocks, None)
        if picks is None:
            self._finish()
            return
        request = TensorRequest(self._ref, Form.PLANE, picks)
        self._desk.ask(_KIND, request, self._write, self._fail)

    def _write(self, piece: TensorPiece) -> None:
        try:
            values = array_of(piece)
            if values.dtype.kind == "O":
                self._fail("Strings cannot be saved as .npy.")
                return
            if self._file is None:
                self._file = np.lib.format.open_memmap(
                    self._part(), mode="w+", dtype=values.dtype, shape=self._shape
                )
            picks = piece.request.picks
            if any(step != 1 for step in piece.steps):
                self._fail("The value came with elements left out, so it was not saved.")
                return
            place = tuple(p if isinstance(p, int) else slice(p[0], p[1], p[2]) for p in picks)
            self._file[place] = values
        except (OSError, ValueError) as error:
            self._fail(f"The file could not be written: {error}.")
            return
        self._written += values.size
        self.progressed.emit(self._written / max(math.prod(self._shape), 1))
        self._ask()

    def _finish(self) -> None:
        try:
            self._file.flush()
            self._close()
            os.replace(self._part(), self._path)
        except OSError as error:
            self._fail(f"The file could not be written: {error}.")
            return
        self.progressed.emit(-1.0)
        self.finished.emit(str(self._path))

    def _fail(self, sentence: str) -> None:
        self._close()
        self._part().unlink(missing_ok=True)
        self.progressed.emit(-1.0)
        self.failed.emit(sentence)

    def _save_empty(self, dtype: str) -> None:
        known = dtype if dtype in np.sctypeDict else "float32"
        self._running = False
        try:
            with self._path.open("wb") as file:
                np.save(file, np.zeros(self._shape, known))
        except OSError as error:
            self.failed.emit(f"The file could not be written: {error}.")
            return
        self.finished.emit(str(self._path))

    def _close(self) -> None:
        self._file = None
        self._running = False

    def _part(self) -> Path:
        return self._path.with_name(self._path.name + ".part")
