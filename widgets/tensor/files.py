"""Writes what is shown to files: the value as .npy, the slice as .csv, the view as .png."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ...tracers.ir import TensorPiece, TensorRequest, ValueRef
from .axes import Slice
from .desk import Desk
from .pieces import array_of, plane_request
from .saving import NpySaver

_ELEMENTS = 16_384  # that are written in one go, on the GUI thread
_KIND = "csv"
_FAR = 1 << 40
FILTERS = {
    ".npy": ("Save as .npy", "NumPy arrays (*.npy)"),
    ".csv": ("Save the slice as .csv", "Comma-separated values (*.csv)"),
    ".png": ("Save the picture as .png", "Pictures (*.png)"),
}


def csv_requests(ref: ValueRef, shown: Slice) -> Iterator[TensorRequest]:
    """Requests that cover a slice, some rows at a time; a slice of one axis is one column."""
    axis = shown.y if shown.y >= 0 else shown.x
    request = plane_request(ref, shown, (_FAR, _FAR))
    pick = shown.picks[axis] if axis >= 0 else 0
    if isinstance(pick, int):
        yield request
        return
    start, stop, step = pick
    columns = shown.extent(shown.x) if shown.y >= 0 else 1
    rows = max(_ELEMENTS // max(columns, 1), 1) * step
    for first in range(start, stop, rows):
        part = (first, min(first + rows, stop), step)
        picks = (*shown.picks[:axis], part, *shown.picks[axis + 1 :])
        yield replace(request, picks=picks)


class CsvSaver(QObject):
    """Saves one slice at a time, every digit of it. The file appears once it is whole.

    Signals:
        progressed: share of the slice that is written, from 0 to 1; below 0 when it is over.
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
        self._requests: list[TensorRequest] = []
        self._done = 0
        self._file: Any = None

    @property
    def running(self) -> bool:
        """A file is being written."""
        return self._file is not None

    def start(self, path: str, ref: ValueRef, shown: Slice) -> None:
        """Save a slice; does nothing while another is being saved."""
        if self.running:
            return
        self._path, self._done = Path(path), 0
        self._requests = list(csv_requests(ref, shown))
        try:
            self._file = self._part().open("w", newline="", encoding="utf-8")
        except OSError as error:
            self.failed.emit(f"The file could not be written: {error}.")
            return
        self.progressed.emit(0.0)
        self._ask()

    def cancel(self) -> None:
        """Stop, and remove what was written."""
        if self.running:
            self._desk.drop(_KIND)
            self._discard()

    def _ask(self) -> None:
        self._desk.ask(_KIND, self._requests[self._done], self._write, self._fail)

    def _write(self, piece: TensorPiece) -> None:
        if any(step != _step(piece.request, axis) for axis, step in _steps(piece)):
            self._fail("A row of the slice is too long for a .csv file; save it as .npy.")
            return
        values = array_of(piece)
        rows: Any = np.reshape(values, (values.shape[0] if values.ndim else 1, -1))
        try:
            csv.writer(self._file).writerows(rows.astype(str).tolist())
        except OSError as error:
            self._fail(f"The file could not be written: {error}.")
            return
        self._done += 1
        if self._done < len(self._requests):
            self.progressed.emit(self._done / len(self._requests))
            self._ask()
            return
        self._finish()

    def _finish(self) -> None:
        try:
            self._file.close()
            os.replace(self._part(), self._path)
        except OSError as error:
            self._fail(f"The file could not be written: {error}.")
            return
        self._file = None
        self.progressed.emit(-1.0)
        self.finished.emit(str(self._path))

    def _fail(self, sentence: str) -> None:
        self._discard()
        self.failed.emit(sentence)

    def _discard(self) -> None:
        self._file.close()
        self._file = None
        self._part().unlink(missing_ok=True)
        self.progressed.emit(-1.0)

    def _part(self) -> Path:
        return self._path.with_name(self._path.name + ".part")


def _steps(piece: TensorPiece) -> Iterator[tuple[int, int]]:
    return zip(piece.request.axes, piece.steps, strict=False)


def _step(request: TensorRequest, axis: int) -> int:
    pick = request.picks[axis]
    return 1 if isinstance(pick, int) else pick[2]


class Files(QObject):
    """Both savers and the pictures, as one.

    Signals:
        progressed: as of the savers.
        noted: str; what became of it.
    """

    progressed = Signal(float)
    noted = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.npy = NpySaver(desk, self)
        self.csv = CsvSaver(desk, self)
        for saver in (self.npy, self.csv):
            saver.progressed.connect(self.progressed)
            saver.failed.connect(self.noted)
            saver.finished.connect(self._tell)

    @property
    def running(self) -> bool:
        """A file is being written."""
        return self.npy.running or self.csv.running

    def cancel(self) -> None:
        """Write no further."""
        self.npy.cancel()
        self.csv.cancel()

    def _tell(self, path: str) -> None:
        self.noted.emit(f"Saved {path}")

    def ask_path(self, name: str, suffix: str) -> str:
        """Where a file is to be written, "" for nowhere."""
        title, kinds = FILTERS[suffix]
        path, _ = QFileDialog.getSaveFileName(self._window, title, f"{name}{suffix}", kinds)
        return path if not path or path.endswith(suffix) else f"{path}{suffix}"

    def save_picture(self, path: str, view: QWidget) -> None:
        """What a view shows, in the screen's own resolution."""
        if view.grab().save(path):
            self._tell(path)
        else:
            self.noted.emit(f"The file {path} could not be written.")
