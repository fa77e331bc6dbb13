"""How quickly the window is there, and how quickly it answers a key."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from .rows import Row

_SHOW = """
import sys, time
from opscope.app.window_main import make_application, make_window
app = make_application([])
window = make_window()
window.show()
while not window.painted:
    app.processEvents()
print(time.monotonic() - float(sys.argv[1]))
assert not {"torch", "tensorflow"} & set(sys.modules)
window.close()
"""


def show() -> list[Row]:
    """From the start of Python to the first painted window; median of five warm starts."""
    times: list[float] = []
    for _ in range(6):
        done = subprocess.run(
            [sys.executable, "-c", _SHOW, str(time.monotonic())],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ, QT_QPA_PLATFORM="offscreen"),
        )
        times.append(float(done.stdout))
    return [Row("window.show_ms", statistics.median(times[1:]) * 1000, "ms", 800)]


def step() -> list[Row]:
    """From a key press to the new op, its tensor and its line on screen, less the op's compute.

    ResNet-50 from end to end: F10 at every op, and F11 at every module, which opens its group.
    """
    from PySide6.QtCore import QCoreApplication, QEventLoop, Qt
    from PySide6.QtTest import QTest

    from opscope.app.window_main import make_application, make_window
    from opscope.tracers.ir import RunState
    from scripts.driver import Driver

    waiting = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
    app = make_application([])
    window = make_window()
    window.resize(1600, 1000)
    window.show()
    driver = Driver(window)
    driver.open(f"{Path(__file__).with_name('resnet50.py')}:build")
    run = driver.session.run
    assert run is not None
    over: list[float] = []
    into: list[float] = []
    while run.state is RunState.PAUSED:
        before, place = len(run.records), run.place
        key, times = (Qt.Key.Key_F10, over) if place.op >= 0 else (Qt.Key.Key_F11, into)
        start = time.perf_counter()
        QTest.keyClick(window, key)
        while run.place == place or not driver.paused or window.workbench.inspector.desk.busy:
            QCoreApplication.processEvents(waiting)
        QCoreApplication.processEvents()  # paints what has changed
        took = time.perf_counter() - start
        times.append(took - sum(record.duration for record in run.records[before:]))
    window.close()
    app.processEvents()
    return [
        Row("step.p50_ms", statistics.median(over[5:]) * 1000, "ms"),
        Row("step.p95_ms", statistics.quantiles(over[5:], n=20)[-1] * 1000, "ms", 30),
        Row("step.into_p95_ms", statistics.quantiles(into, n=20)[-1] * 1000, "ms"),
    ]
