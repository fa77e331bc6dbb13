"""How quickly a run of 20,000 ops and 500 MB is written to a file, and opened from it."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .rows import Row

_MODEL = '''
import torch


def large(x):
    """20,000 small ops, and 50 values of 10 MB that differ."""
    small = x[:8, :8]
    for _ in range(20_000):
        small = small + 0.001
    for _ in range(50):
        x = x * 1.001
    return x, small


def build():
    torch.manual_seed(0)
    return large, (torch.randn(1600, 1640),)
'''
_TIMES = 5


def saved() -> list[Row]:
    """Through adapter and debuggee; opening begins with a new process."""
    from opscope.tracers.protocol.client import Client
    from opscope.tracers.protocol.messages import SAVE, SETTLE

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.py"
        path.write_text(_MODEL)
        file = Path(folder) / "large.opscope"
        rates: list[float] = []
        with Client.start() as client:
            client.launch(
                {"spec": f"{path}:build", "noDebug": True, "stopOnEntry": False, "budget": 4 << 30}
            )
            client.wait_state("finished", timeout=300)
            client.request(SETTLE, timeout=300)
            for _ in range(_TIMES):
                start = time.perf_counter()
                size = client.request(SAVE, {"path": str(file)}, 300)["bytes"]
                rates.append(size / 1e6 / (time.perf_counter() - start))
        times: list[float] = []
        for _ in range(_TIMES):
            with Client.start() as client:
                start = time.perf_counter()
                sent = client.send("launch", {"spec": str(file), "noDebug": True})
                client.request("configurationDone")
                client.answer(sent)
                run = client.follow_graph()
                client.wait_state("finished", timeout=60)
                times.append(time.perf_counter() - start)
                assert len(run.records) > 20_000
    return [
        Row("run.save_mb_s", statistics.median(rates), "MB/s"),
        Row("run.open_ms", statistics.median(times) * 1000, "ms", 1000),
    ]
