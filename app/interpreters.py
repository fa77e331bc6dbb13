"""Asks the Pythons of this computer what they have installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from ..tracers.protocol.pythons import PATIENCE, QUESTION, Interpreter, read_answer

_AT_ONCE = 2


class _Probe(QObject):
    """One question to one Python.

    Signals:
        answered: Interpreter.
    """

    answered = Signal(Interpreter)

    def __init__(self, path: str, parent: QObject) -> None:
        super().__init__(parent)
        self.path = path
        self._process = QProcess(self)
        self._process.setWorkingDirectory(tempfile.gettempdir())
        self._process.setStandardInputFile(QProcess.nullDevice())
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._process.kill)

    def start(self) -> None:
        """Ask."""
        self._timer.start(round(PATIENCE * 1000))
        self._process.start(self.path, ["-c", QUESTION])

    def stop(self) -> None:
        """Give up, and wait until the process is gone."""
        self._timer.stop()
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished(2000)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._ended()

    def _ended(self) -> None:
        self._timer.stop()
        text = bytes(self._process.readAllStandardOutput().data()).decode("utf-8", "replace")
        self.answered.emit(read_answer(self.path, text))


class Prober(QObject):
    """Asks Pythons what they have, a few at a time, each in a process of its own.

    Signals:
        answered: Interpreter.
        finished: all were asked.
    """

    answered = Signal(Interpreter)
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: list[str] = []
        self._probes: list[_Probe] = []

    def ask(self, paths: Iterable[str]) -> None:
        """Ask these, too."""
        asked = {probe.path for probe in self._probes} | set(self._queue)
        self._queue += [path for path in paths if path not in asked]
        self._go_on()

    def stop(self) -> None:
        """Ask no more; what is under way is ended."""
        self._queue.clear()
        probes, self._probes = self._probes, []
        for probe in probes:
            probe.stop()
            probe.deleteLater()

    def _go_on(self) -> None:
        while self._queue and len(self._probes) < _AT_ONCE:
            probe = _Probe(self._queue.pop(0), self)
            self._probes.append(probe)
            probe.answered.connect(self._answered)
            probe.start()
        if not self._probes:
            self.finished.emit()

    def _answered(self, found: Interpreter) -> None:
        for probe in [probe for probe in self._probes if probe.path == found.path]:
            self._probes.remove(probe)
            probe.deleteLater()
        self.answered.emit(found)
        self._go_on()
