"""Whatever a test leaves behind fails it: child processes, threads, error logs."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Two workers on two cores: threads of one model would only wait for those of another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # read as TensorFlow is imported


def children() -> set[int]:
    """Process ids of living children of this process (Linux; elsewhere multiprocessing's alone)."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    if not tasks.exists():
        return {child.pid for child in multiprocessing.active_children() if child.pid}
    found: set[int] = set()
    for task in tasks.iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            found.update(int(pid) for pid in (task / "children").read_text().split())
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No process, no thread, no error log may outlive a test that did not have it before."""
    processes = children()
    threads = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in threads and not t.daemon]
    for thread in left:
        thread.join(timeout=2)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left running: {alive}"
    assert not children() - processes, f"processes left: {children() - processes}"
    errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, f"errors were logged: {errors}"


@pytest.fixture(autouse=True)
def at_rest() -> Iterator[None]:
    """A window of one test lets nothing move in the pictures of the next."""
    yield
    motion = sys.modules.get("opscope.widgets.motion")
    if motion is not None:
        motion.use(False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests say that they exercised."""
    found: dict[str, set[str]] = {}
    for report in terminalreporter.getreports("passed"):
        for name, items in report.user_properties:
            if isinstance(items, list):
                found.setdefault(name, set()).update(map(str, items))
    for name, items in sorted(found.items()):
        terminalreporter.section(f"{name}: {len(items)}")
        terminalreporter.write_line(", ".join(sorted(items)))
