"""Drives the real window without a person: opens models, presses keys, takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from opscope.app.choice import LaunchChoice
from opscope.app.main_window import MainWindow
from opscope.tracers.ir import RunState


class Driver:
    """Works a main window through its public face and its keys."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session = window.session

    def wait(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        """Let the event loop run until a condition holds. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds} s for {what}")
            loop = QEventLoop()
            QTimer.singleShot(2, loop.quit)
            loop.exec()

    def open(self, spec: str, seconds: float = 120) -> None:
        """Open a model and wait until it stands before its first op."""
        refused: list[str] = []
        self.session.refused.connect(lambda why, _code: refused.append(why))
        self.window.open_choice(LaunchChoice(spec=spec))
        self.wait(lambda: bool(refused) or self.paused, seconds, f"{spec} to open")
        if refused:
            raise RuntimeError(refused[0])
        self.settle()

    @property
    def paused(self) -> bool:
        """The run stands, at the head or at its end."""
        run = self.session.run
        still = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED)
        return run is not None and run.state in still and not self.session.behind

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press a key and wait until the run stands somewhere else."""
        run = self.session.run
        assert run is not None
        before = (run.place, run.state, run.cursor, run.failure)
        QTest.keyClick(self.window, key, modifier)

        def moved() -> bool:
            now = self.session.run
            assert now is not None
            return self.paused and (now.place, now.state, now.cursor, now.failure) != before

        self.wait(moved, 60, f"the run to go on after {key}")

    def step_to(self, type_: str, path: str, occurrence: int = 0) -> None:
        """Run until before an op of a type in a module, as Run to Here does."""
        run = self.session.run
        assert run is not None
        graph = run.graph
        found = [
            index
            for index, op in enumerate(graph.ops)
            if op.type == type_ and graph.scopes[op.scope].path == path
        ]
        target = found[occurrence]
        if run.head.op != target:
            self.session.run_to(op=target)
            self.wait(lambda: self.paused and run.head.op == target, 60, f"{type_} in {path}")
        self.settle()

    def settle(self, seconds: float = 30) -> None:
        """Wait until the inspector shows what is selected, and the graph stands still."""
        if self.session.run is not None:
            desk = self.window.workbench.inspector.desk
            self.wait(lambda: not desk.busy, seconds, "the tensor")
            canvas = self.window.workbench.graph.canvas
            self.wait(lambda: not canvas.gliding, seconds, "the graph to stand still")
        QCoreApplication.processEvents()

    def grab(self, path: Path, widget: QWidget | None = None) -> None:
        """Save a picture of the window, or of one widget."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.settle()
        (widget or self.window).grab().save(str(path))
