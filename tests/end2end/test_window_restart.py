"""Restart keeps the model's process, and so what is loaded; the other one does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from opscope.tracers.ir import RunState
from tests.end2end.conftest import OPENING, Window
from tests.faults.processes import family


def processes(window: Window) -> set[int]:
    """The adapter and the model's process."""
    wire = window.main.session._wire
    assert wire is not None
    return family(wire.pid)


def again(window: Window, restart: Callable[[], None]) -> None:
    """Restart, and wait until the run stands before its first op."""
    seen: list[int] = []
    shown = window.main.model_shown.connect(lambda: seen.append(1))
    restart()
    window.until(lambda: bool(seen) and window.run.state is RunState.PAUSED, OPENING)
    window.main.model_shown.disconnect(shown)
    window.arrive()
    assert window.run.records == []


def test_restart_uses_what_is_loaded(window: Window, model_file: Callable[..., str]):
    spec = model_file("small_net.py")
    window.open(spec)
    start, before = window.run.place, processes(window)
    for _ in range(2):
        window.press(Qt.Key.Key_F10)
    again(window, lambda: window.main.actions_["run.restart"].trigger())
    assert processes(window) == before
    assert window.run.place == start
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    again(window, lambda: window.main.actions_["run.restart_fresh"].trigger())
    fresh = processes(window)
    assert fresh != before
    os.utime(Path(spec.rpartition(":")[0]), ns=(1, 1))
    again(window, lambda: window.main.actions_["run.restart"].trigger())
    assert processes(window) != fresh
