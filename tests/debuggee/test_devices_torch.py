"""Values on accelerators, on a registered dummy device, on meta tensors and with fake events."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import Late, putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Run
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.backend import TorchBackend
from opscope.tracers.pytorch.devices import Clock, Room

from .torch_runs import open_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dummy() -> dict[str, Any]:
    """What a process with a dummy device found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.debuggee.on_dummy_device"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=100,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_free_run_waits_for_no_op_of_the_device(dummy: dict[str, Any]):
    found = dummy["free_run"]
    assert found["records"] == found["pending"] == 40
    assert found["running"] == [0, 0]


def test_statistics_come_from_the_device_in_one_go(dummy: dict[str, Any]):
    found = dummy["free_run"]
    assert found["settling"] == [2, 0]  # whether all is finite; all statistics
    assert found["close"]
    assert found["left"] == 0
    assert found["device"] == found["where"] == "dummy:0"


def test_what_is_not_finite_on_a_device_is_found(dummy: dict[str, Any]):
    assert dummy["bad_run"]["nan"] == list(range(20, 40))


def test_values_past_a_devices_room_go_to_the_host(dummy: dict[str, Any]):
    assert dummy["little_room"] == {
        "host": 35,
        "device": 5,
        "last": "dummy:0",
        "held": True,
        "told": True,
        "known": True,
        "equal": True,
    }


def test_a_piece_is_cut_on_the_device(dummy: dict[str, Any]):
    wanted = torch.arange(1_000_000.0).reshape(1000, 1000)[10:20, ::100]
    assert dummy["cutting"] == {"bytes": 10 * 10 * 4, "sum": wanted.sum().item()}


def test_doubts_are_looked_at_in_batches(dummy: dict[str, Any]):
    assert dummy["batches"] == {
        "early": [[], 0],
        "full": [[[7, 0]], 1],
        "young": [],
        "old": [[64, 0]],
        "now": [],
    }


class Event:
    """Of a queue that takes two milliseconds for whatever it is given."""

    passed = 0.0
    waits = 0

    def __init__(self, device: Any) -> None:
        self.device = device
        self.at = 0.0

    def record(self) -> None:
        Event.passed += 2.0
        self.at = Event.passed

    def synchronize(self) -> None:
        Event.waits += 1

    def elapsed_time(self, other: Event) -> float:
        return other.at - self.at


class Far:
    """A tensor on another device."""

    is_cpu = is_meta = False
    device = "far:0"


def test_an_op_takes_as_long_as_its_device_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("opscope.tracers.pytorch.devices.is_tensor", lambda value: True)
    clock = Clock(Event)
    assert clock.start([torch.ones(2)]) is None
    for record in (3, 4):
        start = clock.start([torch.ones(2), Far()])
        assert start.device == "far:0"
        clock.stop(start, record)
    assert Event.waits == 0
    assert clock.durations() == [(3, 0.002), (4, 0.002)]
    assert clock.durations() == []


def test_a_device_without_events_leaves_the_hosts_time():
    def none(device: Any) -> Any:
        raise RuntimeError("no events here")

    clock = Clock(none)
    assert clock.start([torch.ones(2, device="meta")]) is None
    assert clock.durations() == []


def test_times_of_the_device_reach_the_record():
    class Timed:
        def took(self, *_: object) -> list[Any]:
            return []

        def not_finite(self, now: bool) -> list[Any]:
            return []

        def start(self, given: Any) -> object:
            return "begun" if given else None

        def stop(self, start: object, record: int) -> None:
            assert start == "begun"
            self.last = record

        def durations(self) -> list[tuple[int, float]]:
            return [(self.last, 0.25), (99, 1.0)]

    class Backend(TorchBackend):
        def elsewhere(self) -> Any:
            return Timed()

    backend = Backend()
    history = History(1 << 20)
    recorder = Recorder(backend, GraphBuilder(), keeper=history)
    recorder.late = putting_off(backend, recorder.run, history)
    x = torch.ones(3)
    recorder.after(recorder.before("relu", [], given=[x]), [x])
    assert recorder.run.records[0].duration < 0.2
    assert recorder.late is not None
    recorder.late.settle()
    assert recorder.run.records[0].duration == 0.25
    assert recorder.run.records[0].outputs[0].mean == 1.0


def test_a_value_that_was_let_go_is_not_moved():
    room = Room(lambda device: 4 * 100)
    first, second = torch.ones(10), torch.zeros(10)
    assert room.put((0, 0), first, 60) == []
    del first
    assert room.put((1, 0), second, 60) == []
    assert room.held(second.device) == 60
    third = torch.ones(10)
    ((ref, moved),) = room.put((2, 0), third, 60)
    assert ref == (1, 0)
    assert torch.equal(moved, torch.zeros(10))


def test_a_process_without_accelerator_pays_nothing_for_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("opscope.tracers.pytorch.backend.has_accelerator", lambda: False)
    backend = TorchBackend()
    assert backend.elsewhere() is None
    late = Late(backend, Run(), History(1))
    assert late.start([torch.ones(2)]) is None


def test_meta_tensors_are_recorded_and_never_read():
    def model(x: torch.Tensor) -> torch.Tensor:
        return (x @ x.t()).relu()

    program = open_model(model, torch.ones(4, 5, device="meta"))
    history = History(1 << 20)
    recorder = Recorder(program.backend, GraphBuilder(), keeper=history)
    recorder.late = putting_off(program.backend, recorder.run, history)
    program.execute(recorder)
    assert recorder.late is not None
    recorder.late.settle()
    last = recorder.run.records[-1].outputs[0]
    assert (last.shape, last.device, last.mean, last.pending) == ((4, 4), "meta", None, False)
    value = history.get((len(recorder.run.records) - 1, 0))
    with pytest.raises(Refusal, match="no data"):
        program.backend.cut(value, ())


def test_looking_at_a_piece_copies_no_more_than_the_piece():
    backend = TorchBackend()
    value: Any = backend.keep(torch.arange(10_000.0).reshape(100, 100))
    array = backend.cut(value, (slice(2, 4), 7))
    assert array.tolist() == [207.0, 307.0]
    assert torch._C._is_cow_tensor(value)  # still shared: NumPy was given a copy of the piece
    array[0] = -1.0
    assert backend.cut(value, (2, 7)) == 207.0
