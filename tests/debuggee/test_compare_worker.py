"""The worker of a comparison answers for values, also for those that were let go."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from opscope.app.choice import LaunchChoice
from opscope.app.compare.choice import PairChoice
from opscope.app.compare.events import Compared, Event, Failed, NoValues, Source, Stage
from opscope.app.compare.worker import Worker
from opscope.tracers.compare.result import Pair
from opscope.widgets.compare.story import Both

SOURCE = """
import torch

class Wide(torch.nn.Module):
    def forward(self, x):
        for step in range(6):
            x = torch.relu(x) + step
        return x

def build():
    return Wide(), (torch.linspace(-1, 1, 20000).reshape(2, 10000),)
"""
PATIENCE = 60.0


class Running:
    """A worker in a thread, and what it tells."""

    def __init__(self, choice: PairChoice) -> None:
        self.told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.prepared: list[object] = []
        self.worker = Worker(choice, self.told.put, lambda: None, self.prepared.append)
        self.thread = threading.Thread(target=self.worker.run)
        self.thread.start()

    def next(self, *kinds: type) -> Event:
        """The next event of these kinds."""
        while not isinstance(event := self.told.get(timeout=PATIENCE), (*kinds, Failed)):
            pass
        assert isinstance(event, kinds), event
        return event

    def end(self) -> None:
        self.worker.give_up()
        self.thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "wide.py").write_text(SOURCE)
    yield tmp_path
    assert not list(tmp_path.glob("opscope-compare-*"))


def test_a_value_that_was_let_go_is_fetched(folder: Path):
    model = LaunchChoice(spec="wide.py:build", cwd=str(folder))
    running = Running(PairChoice(model, model, budget=300_000))  # of 13 values with 80,000 bytes
    try:
        compared = running.next(Compared)
        assert isinstance(compared, Compared)
        assert running.prepared == [compared.story]
        run = compared.story.a.run
        gone = next(n for n, row in enumerate(run.records) if not row.outputs[0].kept)
        running.worker.values(5, Pair((gone, 0), (gone, 0), 0.0), 1e-4)
        both = running.next(Both, NoValues)
        assert isinstance(both, Both), both
        assert both.pair == 5
        assert both.a.shape == (2, 10000)
        assert np.array_equal(both.a, both.b)
        assert dict(both.facts)["max"] == "0"

        last = len(run.records) - 1
        running.worker.values(6, Pair((last, 0), (0, 0), 0.0, order=(1, 0)), 1e-4)
        assert isinstance(running.next(Both, NoValues), Both)
        file = str(folder / "wide.py")
        running.worker.source("B", file)
        source = running.next(Source)
        assert source == Source("B", file, SOURCE)
    finally:
        running.end()


@pytest.mark.parametrize(
    "stage",
    ["Running A", pytest.param("Matching values", marks=pytest.mark.long)],
)
def test_a_worker_that_is_given_up_leaves_nothing(folder: Path, stage: str):
    model = LaunchChoice(spec="wide.py:build", cwd=str(folder))
    running = Running(PairChoice(model, model))
    while running.next(Stage) != Stage(stage):
        pass
    running.end()
    told: list[Event] = []
    while not running.told.empty():
        told.append(running.told.get())
    assert not any(isinstance(event, (Compared, Failed)) for event in told)
