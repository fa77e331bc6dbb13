"""The gravest faults of a model, and of what is below the window, as the user sees them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from opscope.tracers.ir import RunState
from opscope.widgets.run.input_line import InputLine
from opscope.widgets.run.output_view import MAX_LINES
from opscope.widgets.source.source_view import OUTPUT
from tests.fake_debuggee import interpreter
from tests.faults.processes import all_gone, family
from tests.faults.table import ALL, BEFORE, MODELS

from .conftest import OPENING, Window

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Starts the fake model, whose spec says how it misbehaves."""
    return interpreter(tmp_path)


def misbehave(window: Window, python: str, spec: str) -> None:
    """Open a model and let it run."""
    model = MODELS / f"{spec}.py"
    window.open(str(model) if model.exists() else spec, python=python)
    QTest.keyClick(window.main, Qt.Key.Key_F5)


def died(window: Window) -> str:
    """Wait for the end of the process; the sentence on it."""
    window.until(lambda: window.run.state is RunState.DIED)
    assert window.bench.banners.banner("died") is not None
    return window.run.message


def restarts(window: Window) -> None:
    """The banner's button opens the model anew."""
    banner = window.bench.banners.banner("died")
    assert banner is not None
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        banner.buttons[0].click()
    window.arrive()
    assert window.run.records == []
    assert window.run.state is RunState.PAUSED


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("segfault", "was killed by SIGSEGV (Segmentation fault); the last op it began was relu"),
        ("memory_hog", "ran out of memory, so that nothing more could be told"),
    ],
)
def test_a_death_is_told_and_what_ran_is_kept(window: Window, python: str, spec: str, says: str):
    misbehave(window, python, spec)
    assert says in died(window)
    assert window.op_types() == ["scale", "matmul", "relu"][:BEFORE]
    assert says in window.bench.source.output.toPlainText()
    window.until(window.main.actions_["run.step_back"].isEnabled)
    QTest.keyClick(window.main, Qt.Key.Key_F10, Qt.KeyboardModifier.AltModifier)
    assert window.run.cursor is not None, "it can be looked back at"
    restarts(window)


def test_memory_that_runs_out_in_the_model_is_its_error(window: Window, python: str):
    misbehave(window, python, "memory_limit")
    window.until(lambda: window.run.state is RunState.FAILED)
    assert "MemoryError: Unable to allocate 1.00 TiB" in window.run.message
    assert len(window.run.records) == BEFORE


def test_a_native_loop_is_stopped(window: Window, python: str):
    misbehave(window, python, "hang")
    output = window.bench.source.output
    window.until(lambda: "holding" in output.toPlainText())
    window.until(lambda: window.run.state is RunState.RUNNING)
    adapter = window.main.session.adapter
    everyone = family(adapter)
    QTest.keyClick(window.main, Qt.Key.Key_F5, SHIFT)
    assert "SIGKILL" in died(window)
    assert window.run.stopped
    assert len(window.run.records) == BEFORE
    assert all_gone(everyone - {adapter}, 2.0)


def test_an_adapter_that_is_killed_is_told(window: Window, python: str):
    misbehave(window, python, "hang")
    window.until(lambda: "holding" in window.bench.source.output.toPlainText())
    everyone = family(window.main.session.adapter)
    os.kill(window.main.session.adapter, signal.SIGKILL)
    assert died(window) == "The adapter process ended; restart to go on."
    assert all_gone(everyone, 2.0)
    restarts(window)


def lines_of(window: Window) -> InputLine:
    """Below the output."""
    return window.bench.source.input


def test_a_model_asks_for_lines_and_gets_them(window: Window, python: str):
    misbehave(window, python, "asks")
    line, output = lines_of(window), window.bench.source.output
    window.until(line.isVisible)
    assert window.bench.source.tabs.currentIndex() == OUTPUT
    assert output.toPlainText().endswith("Your name? ")
    window.until(line.field.hasFocus)
    QTest.keyClicks(line.field, "Ada")
    QTest.keyClick(line.field, Qt.Key.Key_Return)
    window.until(lambda: "Hello Ada." in output.toPlainText())
    window.until(line.isVisible)
    QTest.keyClick(line.field, Qt.Key.Key_D, CTRL)
    window.until(lambda: window.run.state is RunState.FINISHED)
    assert not line.isVisible()
    assert "Your name? Ada\nHello Ada.\n" in output.toPlainText()
    assert "More: ''" in output.toPlainText()


def test_a_question_ends_with_the_model(window: Window, python: str):
    misbehave(window, python, "asks")
    window.until(lines_of(window).isVisible)
    QTest.keyClick(window.main, Qt.Key.Key_F5, SHIFT)
    died(window)
    assert not lines_of(window).isVisible()
    assert len(window.run.records) == BEFORE


def test_a_question_while_the_model_is_loaded(window: Window, tmp_path: Path):
    file = tmp_path / "asking.py"
    file.write_text(
        "import numpy\nname = input('How wide? ')\nraise ValueError(f'{name} is too wide')\n"
    )
    from opscope.app.choice import LaunchChoice

    window.main.open_choice(LaunchChoice(spec=f"{file}:model"))
    line = window.main.loading.input
    window.until(line.isVisible, OPENING)
    assert line.prompt.text() == "How wide?"
    QTest.keyClicks(line.field, "12")
    QTest.keyClick(line.field, Qt.Key.Key_Return)
    window.until(lambda: "12 is too wide" in window.main.loading.sentence.text())
    assert not line.isVisible()


@pytest.mark.slow
def test_a_million_lines_leave_the_window_at_hand(window: Window, python: str):
    output = window.bench.source.output
    misbehave(window, python, "prints_lines")
    turns: list[int] = []
    timer = QTimer(window.main, interval=10)
    timer.timeout.connect(lambda: turns.append(output.blockCount()))
    timer.start()
    window.until(lambda: window.run.state is RunState.FINISHED, 60_000)
    window.until(lambda: "line 999999" in output.toPlainText())
    timer.stop()
    assert len(turns) > 100, "the window has lived meanwhile"
    assert max(turns) <= MAX_LINES
    assert output.toPlainText().splitlines()[-100:] == [
        f"line {number}" for number in range(999_900, 1_000_000)
    ]
    assert len(window.run.records) == ALL


def test_a_killed_window_leaves_nothing_behind(tmp_path: Path, python: str):
    code = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from opscope.app.choice import LaunchChoice
from opscope.app.main_window import MainWindow
from opscope.app.settings_store import SettingsStore
from opscope.app.window_main import make_application
app = make_application([])
window = MainWindow(SettingsStore(Path(sys.argv[1]) / "settings.json"))
window.show()
window.session.said.connect(lambda _, text: print(text, flush=True))
window.model_shown.connect(lambda: QTimer.singleShot(0, window.control.continue_run))
window.open_choice(LaunchChoice(spec=sys.argv[2], python=sys.argv[3]))
app.exec()
"""
    spec = str(MODELS / "sleeping_workers.py")
    command = [sys.executable, "-c", code, str(tmp_path), spec, python]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            started = 0
            while started < 3:
                line = process.stdout.readline()
                assert line
                started += line.count("worker started")
            everyone = family(process.pid)
            assert len(everyone) >= 6
        finally:
            process.kill()  # also where the test fails: leaving `with` waits for its end
        process.wait(5)
    assert all_gone(everyone, 2.0)
