"""Fills an overlay's amounts from a run, in slices that leave the window responsive."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from ...tracers.ir import Run
from .amounts import Amounts
from .overlay import Combine, Overlay

SLICE = 0.012  # s
LOOK = 64  # records between two looks at the clock


class Reading(QObject):
    """Follows one run with one overlay.

    Signals:
        changed: amounts are others; told after each slice.
    """

    changed = Signal()

    def __init__(self, run: Run, overlay: Overlay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.overlay = overlay
        self.amounts = Amounts(run.graph, overlay.combine is Combine.SUM)
        self._next = 0
        self._ready = False
        self._ops = len(run.graph.ops)
        self._late: list[int] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._advance)
        overlay.begin(run, self.amounts)
        self._advance()

    @property
    def done(self) -> bool:
        """Everything that the run has was taken in."""
        return self._ready and self._next >= len(self.run.records) and not self._late

    def grow(self) -> None:
        """The run has new records; its graph may have new rows."""
        self.amounts.grow()
        known, self._ops = self._ops, len(self.run.graph.ops)
        if known != self._ops:
            self.overlay.grow(self.run, self.amounts)
            self._ready = False
        if not self._timer.isActive():
            self._advance()

    def update(self, records: set[int]) -> None:
        """Statistics of some records have come."""
        if not self.overlay.late:
            return
        rows = self.run.records
        known = [index for index in sorted(records) if index < len(rows)]
        if self.overlay.grades and not all(
            output.finite for index in known for output in rows[index].outputs
        ):
            self.restart()  # what was said of later ones is not so
            return
        self._late += [index for index in known if index < self._next]
        self._advance()

    def restart(self) -> None:
        """Take in everything anew: records were forgotten."""
        self._next = 0
        self._ready = False
        self._late.clear()
        self.amounts.grow()
        self.amounts.clear()
        self.overlay.begin(self.run, self.amounts)
        self._advance()

    def stop(self) -> None:
        """Take in nothing more."""
        self._timer.stop()

    def _advance(self) -> None:
        self.amounts.grow()
        end = time.perf_counter() + SLICE
        records, take = self.run.records, self.overlay.take
        while not self.done:
            if not self._ready:
                self._ready = self.overlay.ready(self.run, self.amounts)
            elif self._late:
                take(self.run, self._late.pop(0), self.amounts)
            else:
                last = min(self._next + LOOK, len(records))
                for index in range(self._next, last):
                    take(self.run, index, self.amounts)
                self._next = last
            if time.perf_counter() >= end:
                break
        if not self.done:
            self._timer.start()
        self.changed.emit()
