"""Hours of work in minutes: nothing grows but what is recorded. Run by `make soak`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from opscope.app.main_window import MainWindow
from opscope.app.settings_store import SettingsStore
from opscope.app.window_main import make_application
from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from scripts.driver import Driver

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

LOOPS = Path(__file__).with_name("loops.py")
MB = 1 << 20
Note = Callable[[str, object], None]


class Use:
    """What the window's process holds."""

    def __init__(self) -> None:
        process = psutil.Process()
        self.memory = process.memory_info().rss / MB
        self.files = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        self.threads = process.num_threads()
        self.children = len(process.children(recursive=True))


def grown(before: Use, after: Use) -> dict[str, float]:
    """How much more of each, memory in MiB."""
    return {
        "memory": round(after.memory - before.memory, 1),
        "files": after.files - before.files,
        "threads": after.threads - before.threads,
        "children": after.children - before.children,
    }


@pytest.fixture
def driver(qtbot: QtBot, tmp_path: Path) -> Iterator[Driver]:
    make_application([])
    window = MainWindow(SettingsStore(tmp_path / "settings.json"))
    qtbot.addWidget(window)
    window.resize(1600, 1000)
    window.show()
    qtbot.waitExposed(window)
    yield Driver(window)
    window.close()


def test_ten_thousand_steps(driver: Driver, record_property: Note) -> None:
    driver.open(f"{LOOPS}:steps")
    run = driver.session.run
    assert run is not None
    seen: dict[int, Use] = {}
    while run.state is RunState.PAUSED:
        driver.press(Qt.Key.Key_F11 if run.place.op < 0 else Qt.Key.Key_F10)
        if len(run.records) in (2_000, 6_000, 10_000):
            seen[len(run.records)] = Use()
    assert len(run.records) == 10_000
    first, second = grown(seen[2_000], seen[6_000]), grown(seen[6_000], seen[10_000])
    record_property(
        "10,000 steps: growth from 2,000 to 6,000, and to 10,000", [str(first), str(second)]
    )
    assert first["files"] == second["files"] == 0
    assert second["threads"] <= 0
    # 4,000 records with the statistics that they bring take some 10 MiB.
    assert second["memory"] < 40
    assert second["memory"] < 2 * max(first["memory"], 10)


def test_two_hundred_restarts(driver: Driver, record_property: Note) -> None:
    driver.open(f"{LOOPS}:short")
    seen: list[Use] = []
    for number in range(200):
        driver.press(Qt.Key.Key_F5)
        before = driver.session.run
        assert before is not None
        assert before.state is RunState.FINISHED
        driver.window.restart()
        driver.wait(lambda: driver.session.run is not before and driver.paused, 120, "a restart")  # noqa: B023
        driver.settle()
        if number in (20, 110, 199):
            seen.append(Use())
    first, second = grown(seen[0], seen[1]), grown(seen[1], seen[2])
    record_property("200 restarts: growth from 20 to 110, and to 200", [str(first), str(second)])
    assert second["files"] == second["children"] == 0
    assert second["threads"] <= 0
    assert second["memory"] < 20


def test_fifty_models_opened_in_turn(driver: Driver, record_property: Note) -> None:
    from opscope.tracers.protocol.spec import sample_names

    names = [name for name in sample_names() if name not in ("saved_model", "keras_cnn")]
    assert len(names) > 3
    seen: list[Use] = []
    for number, name in zip(range(50), itertools.cycle(names), strict=False):
        driver.open(f"sample:{name}")
        driver.press(Qt.Key.Key_F10)
        if number in (2 * len(names), 49):
            seen.append(Use())
    growth = grown(seen[0], seen[1])
    record_property("50 models opened in turn: growth over the last", [str(growth)])
    assert growth["files"] == growth["children"] == 0
    assert growth["memory"] < 60


def test_a_loop_of_a_million_ops(record_property: Note) -> None:
    """Headless: what is recorded grows with the ops, by the same for each, and nothing else."""
    seen: list[tuple[int, float, float, int]] = []
    with Client.start() as client:
        client.launch({"spec": f"{LOOPS}:million", "stopOnEntry": False, "noDebug": True}, 1800)
        debuggee = max(
            psutil.Process().children(recursive=True), key=lambda each: each.memory_info().rss
        )

        def look(*_: Any) -> None:
            count = len(client.run.records)
            if count - (seen[-1][0] if seen else 0) >= 200_000:
                here = psutil.Process().memory_info().rss
                seen.append((count, debuggee.memory_info().rss / MB, here / MB, debuggee.num_fds()))

        client.heard = look
        client.wait_state("finished", "failed", timeout=3000)
        assert client.run.state is RunState.FINISHED
        assert len(client.run.records) == 1_000_000
    record_property(
        "a million ops: records, MiB of the debuggee and of its reader, descriptors",
        [str(tuple(round(number) for number in row)) for row in seen],
    )
    assert len({row[3] for row in seen[1:]}) == 1
    per_op = [
        (later[1] - earlier[1]) * MB / (later[0] - earlier[0])
        for earlier, later in itertools.pairwise(seen)
    ]
    assert max(per_op) < 6_000
    assert per_op[-1] < 2 * max(per_op[0], 500)
