"""How soon after a run it is explained why values are not finite."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .rows import Row

_MODEL = '''
import torch


def long(x):
    """5,000 ops; the 50th makes -Inf of 16 MB, which all others pass on."""
    small = x[:8, :8]
    for _ in range(40):
        small = small + 0.001
    wide = torch.log(torch.relu(x))
    small = small + wide[-1, -1]
    for _ in range(4950):
        small = small + 0.001
    return small


def build():
    x = torch.ones(2000, 2000)
    x[-1, -1] = 0
    return long, (x,)
'''
_TIMES = 9


def findings() -> list[Row]:
    """From the request to its answer, through adapter and debuggee; statistics are there."""
    from opscope.tracers.protocol.client import Client
    from opscope.tracers.protocol.messages import FINDINGS, SETTLE

    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Client.start() as client:
        path = Path(folder) / "long.py"
        path.write_text(_MODEL)
        client.launch({"spec": f"{path}:build", "noDebug": True, "stopOnEntry": False})
        client.wait_state("finished", timeout=120)
        client.request(SETTLE, timeout=120)
        for _ in range(_TIMES):
            start = time.perf_counter()
            found = client.request(FINDINGS, {}, 60)["findings"]
            times.append(time.perf_counter() - start)
            assert [each["rule"] for each in found] == ["log-of-zero"]
    return [Row("nan.explain_ms", statistics.median(times) * 1000, "ms", 100)]
