"""What the tests of devices do on the dummy one, in a process of its own: prints JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from torch import nn

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.pytorch import devices

from . import dummy_device
from .torch_runs import open_model


class Net(nn.Module):
    """Forty ops; from the twentieth on there are NaN, where that is asked for."""

    def __init__(self, bad: bool) -> None:
        super().__init__()
        self.first = nn.Linear(50, 20)
        self.bad = bad

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for number in range(39):
            x = x * (float("nan") if self.bad and number == 19 else 1.01)
        return x


def recorded(bad: bool) -> tuple[Recorder, History, Any]:
    """A free run on the device, the map not drawn."""
    torch.manual_seed(0)
    model, x = Net(bad).eval(), torch.randn(100, 50)
    expected = model(x).detach()
    program = open_model(model.to(dummy_device.NAME), x.to(dummy_device.NAME))
    history = History(1 << 30)
    recorder = Recorder(program.backend, GraphBuilder(), keeper=history)
    recorder.late = putting_off(program.backend, recorder.run, history)
    dummy_device.fetched.clear()
    dummy_device.waited.clear()
    program.execute(recorder)
    return recorder, history, expected


def free_run() -> dict[str, Any]:
    """What was fetched while the model ran and afterwards, and what came of it."""
    devices.PATIENCE = 1e9  # however slow the machine is
    recorder, history, expected = recorded(False)
    found: dict[str, Any] = {
        "records": len(recorder.run.records),
        "running": [len(dummy_device.fetched), len(dummy_device.waited)],
        "pending": sum(row.outputs[0].pending for row in recorder.run.records),
    }
    assert recorder.late is not None
    recorder.late.settle()
    found["settling"] = [len(dummy_device.fetched), len(dummy_device.waited)]
    last = recorder.run.records[-1].outputs[0]
    wanted = (expected.min().item(), expected.max().item(), expected.mean().item())
    found["close"] = torch.allclose(
        torch.tensor((last.minimum, last.maximum, last.mean)), torch.tensor(wanted), atol=1e-4
    )
    found["left"] = sum(row.outputs[0].pending for row in recorder.run.records)
    found["device"] = last.device
    found["where"] = {str(history.get(ref).device) for ref in history}.pop()  # type: ignore[union-attr]
    return found


def bad_run() -> dict[str, Any]:
    """Which records are known to hold NaN once the run stands."""
    recorder, _, _ = recorded(True)
    assert recorder.late is not None
    recorder.late.settle(0)
    rows = enumerate(recorder.run.records)
    return {"nan": [index for index, row in rows if row.outputs[0].nan == 2000]}


def little_room() -> dict[str, Any]:
    """Values that the device has no room for go to the host, and can be read there."""
    size = 100 * 20 * 4
    was = devices.free_bytes
    devices.free_bytes = lambda device: 4 * 5 * size  # a quarter of it holds five values
    try:
        recorder, history, expected = recorded(False)
    finally:
        devices.free_bytes = was
    assert recorder.late is not None
    recorder.late.settle()
    at = [str(history.get((index, 0)).device) for index in range(40)]  # type: ignore[union-attr]
    value: Any = history.get((0, 0))
    return {
        "host": at.count("cpu"),
        "device": at.count("dummy:0"),
        "last": at[-1],
        "held": history.held == 40 * size,
        "told": {row.outputs[0].device for row in recorder.run.records} == {"dummy:0"},
        "known": all(row.outputs[0].mean is not None for row in recorder.run.records),
        "equal": bool(torch.isfinite(value).all()) and len(expected) == len(value),
    }


def cutting() -> dict[str, Any]:
    """How much is fetched for a piece of a value."""
    value = torch.arange(1_000_000.0).reshape(1000, 1000).to(dummy_device.NAME)
    program = open_model(nn.Identity(), torch.ones(1))
    dummy_device.fetched.clear()
    array: Any = program.backend.cut(value, (slice(10, 20), slice(0, 1000, 100)))
    return {"bytes": sum(dummy_device.fetched), "sum": float(array.sum())}


def batches() -> dict[str, Any]:
    """Doubts are looked at 64 at a time, or when they are old."""
    now = [0.0]
    checks = devices.Checks(lambda: now[0])
    devices.PATIENCE = 0.5
    value = torch.ones(3).to(dummy_device.NAME)
    bad = torch.tensor([1.0, float("inf")]).to(dummy_device.NAME)
    dummy_device.fetched.clear()
    for index in range(63):
        checks.add((index, 0), bad if index == 7 else value)
    early = [checks.not_finite(False), len(dummy_device.fetched)]
    checks.add((63, 0), value)
    full = [checks.not_finite(False), len(dummy_device.fetched)]
    checks.add((64, 0), bad)
    young = checks.not_finite(False)
    now[0] = 1.0
    old = checks.not_finite(False)
    checks.add((65, 0), torch.ones(3, dtype=torch.int32).to(dummy_device.NAME))
    return {
        "early": early,
        "full": full,
        "young": young,
        "old": old,
        "now": checks.not_finite(True),
    }


if __name__ == "__main__":
    runs = (free_run, bad_run, little_room, cutting, batches)
    sys.stdout.write(json.dumps({run.__name__: run() for run in runs}) + "\n")
