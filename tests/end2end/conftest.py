"""The real window on a real debuggee, offscreen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.app.choice import LaunchChoice
from opscope.app.main_window import MainWindow
from opscope.app.settings_store import SettingsStore
from opscope.app.window_main import make_application
from opscope.tracers.ir import Run, RunState

MODELS = Path(__file__).parent / "models"
OPENING = 40_000  # ms; a debuggee imports a framework meanwhile
MOVING = 20_000
STILL = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED)


class Window:
    """A main window, and what a user does with it."""

    def __init__(self, qtbot: QtBot, settings: Path) -> None:
        self.qtbot = qtbot
        make_application([])
        self.main = MainWindow(SettingsStore(settings))
        qtbot.addWidget(self.main)
        self.main.show()
        qtbot.waitExposed(self.main)

    @property
    def run(self) -> Run:
        """The run that is shown."""
        assert self.main.session.run is not None
        return self.main.session.run

    @property
    def bench(self):
        """The panes."""
        return self.main.workbench

    def open(self, spec: str, **choice: object) -> None:
        """Open a model and wait until it stands before its first op."""
        told: list[str] = []
        self.main.session.stage.connect(told.append)
        self.main.session.refused.connect(lambda why, _code: told.append(f"refused: {why}"))
        self.main.model_shown.connect(lambda: told.append("shown"))
        self.main.open_choice(LaunchChoice(spec=spec, **choice))
        self.until(lambda: told[-1] == "shown" or "refused" in told[-1], OPENING)
        assert told[-1] == "shown", told
        self.arrive()

    def arrive(self) -> None:
        """Wait until the run stands still and everything about that is known here."""
        self.until(lambda: self.run.state in STILL and not self.main.session.behind)
        self.settle()

    def until(self, condition: Callable[[], bool], timeout: int = MOVING) -> None:
        """Let the window live until a condition holds."""
        self.qtbot.waitUntil(condition, timeout=timeout)

    def press(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """Press a key in the window and wait until the run stands elsewhere."""
        run = self.run
        before = (run.place, run.state, run.cursor, run.failure)
        together = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            together |= modifier
        QTest.keyClick(self.main, key, together)
        self.until(
            lambda: (
                run.state in STILL and (run.place, run.state, run.cursor, run.failure) != before
            ),
        )
        self.settle()

    def settle(self) -> None:
        """Wait until the inspector has what it asked for."""
        self.until(lambda: not self.bench.inspector.desk.busy)

    def op_types(self) -> list[str]:
        """Types of the ops that have run."""
        return [self.run.graph.ops[record.op].type for record in self.run.records]

    def next_op(self) -> str:
        """Type of the op that comes next, or the path of the scope in brackets."""
        graph, place = self.run.graph, self.run.place
        if place.op >= 0:
            return graph.ops[place.op].type
        return f"[{graph.scopes[place.scope].path}]"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """An empty window with settings of its own; closing it must end every process."""
    made = Window(qtbot, tmp_path / "settings.json")
    yield made
    made.main.close()


@pytest.fixture
def model_file(tmp_path: Path) -> Callable[[str, str], str]:
    """Copies one of the test models, so that a test may edit it; gives its spec."""

    def copy(name: str, entry: str = "build") -> str:
        target = tmp_path / name
        target.write_text((MODELS / name).read_text())
        return f"{target}:{entry}"

    return copy
