"""One model's share of the record benchmark, in a process of its own: prints JSON."""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from opscope.tracers.engine import loading
from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.gate import Command, Move
from opscope.tracers.engine.loaded import Loaded, load_program
from opscope.tracers.engine.watch import Note, Watch
from opscope.tracers.engine.wire import Wire
from opscope.tracers.pytorch.program import open_program

from . import models, resnet50

BUILD = {
    "resnet50": resnet50.build,
    "gpt2": models.gpt2,
    "bert": models.bert,
    "deep": models.deep,
}
TURNS = {"resnet50": 31, "gpt2": 15, "bert": 21, "deep": 9}
FEW_BLOCKS = 50


class Bench:
    """A model opened as a debuggee opens it, whose messages go nowhere."""

    def __init__(self, model: Any, inputs: tuple[Any, ...]) -> None:
        self.model = model
        self.inputs = inputs
        self.program = open_program(model, (inputs, {}), LoadOptions(), _silent)
        self._nowhere = os.open(os.devnull, os.O_RDWR)

    def plain(self) -> float:
        """Seconds of a forward as the user would run it."""
        started = time.perf_counter()
        result = self.model(*self.inputs)
        took = time.perf_counter() - started
        del result
        return took

    def load(self) -> Loaded:
        """A run about to begin, its map drawn, its client subscribed."""
        setattr(loading, "open_program", lambda *_: self.program)  # noqa: B010 - opened already
        loaded = load_program(
            {"budget": 8 << 30},
            _silent,
            wire=Wire(self._nowhere, self._nowhere),
            watch=Watch(Note()),
            hold=lambda stop: Command(Move.CONTINUE),
            stack=tuple,
            running_state=lambda: None,
        )
        loaded.gate.begin(Command(Move.CONTINUE))
        loaded.publisher.subscribe()
        loaded.publisher.subscribed()
        return loaded

    def recorded(self, loaded: Loaded) -> tuple[float, float]:
        """Seconds of the recorded forward, and until every statistic is there."""
        recorder = loaded.recorder()
        loaded.publisher.running(True)
        _, took = self.program.timed(recorder)
        loaded.publisher.running(False)
        started = time.perf_counter()
        loaded.settle()
        settled = took + time.perf_counter() - started
        assert not any(row.pending for record in loaded.run.records for row in record.outputs)
        return took, settled

    def cost(self, turns: int) -> tuple[float, float, float, int]:
        """Medians of plain and recorded seconds, and until all is settled; how many ops."""
        plain: list[float] = []
        both: list[tuple[float, float]] = []
        ops = 0
        for turn in range(turns + 1):  # the first one warms up
            seconds = self.plain()
            loaded = self.load()
            gc.collect()
            times = self.recorded(loaded)
            loaded.publisher.close()
            ops = len(loaded.run.records)
            del loaded
            if turn:
                plain.append(seconds)
                both.append(times)
        recorded, settled = (statistics.median(row[n] for row in both) for n in (0, 1))
        return statistics.median(plain), recorded, settled, ops


def _silent(stage: str) -> None:
    """Nobody watches the loading."""


def _resident() -> int:
    """Bytes of this process in memory, what was freed not counted."""
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _kept_bytes(loaded: Loaded) -> int:
    """Of the kept tensors; what several share counts once."""
    spans: dict[int, int] = {}
    for ref in loaded.history:
        value: Any = loaded.history.get(ref)
        start = value.const_data_ptr() - value.storage_offset() * value.element_size()
        spans[start] = value.untyped_storage().nbytes()
    return sum(spans.values())


def _peer(model: Any, inputs: tuple[Any, ...], plain: float, turns: int) -> float | None:
    """The same of torchlens, which saves every output as well; None where it is not installed."""
    if importlib.util.find_spec("torchlens") is None:
        return None
    torchlens: Any = importlib.import_module("torchlens")
    (given,) = inputs
    times: list[float] = []
    for _ in range(turns):
        started = time.perf_counter()
        if hasattr(torchlens, "trace"):
            torchlens.trace(model, given)
        else:  # before 2.36
            torchlens.log_forward_pass(model, given, layers_to_save="all")
        times.append(time.perf_counter() - started)
    return statistics.median(times) / plain


def main(name: str) -> dict[str, float]:
    """Measure one model."""
    model, inputs = BUILD[name]()
    bench = Bench(model, inputs)
    for _ in range(3):
        bench.plain()
    started = time.perf_counter()
    loaded = bench.load()
    found = {"map": time.perf_counter() - started}
    gc.collect()
    before = _resident()
    started = time.perf_counter()
    bench.recorded(loaded)
    found["first"] = time.perf_counter() - started
    loaded.publisher.flush()
    gc.collect()
    found["memory"] = (_resident() - before) / _kept_bytes(loaded)
    loaded.publisher.close()
    del loaded
    plain, recorded, settled, ops = bench.cost(TURNS[name])
    found |= {"recorded": recorded / plain, "settled": settled / plain}
    if name == "deep":
        few, few_recorded, _, few_ops = Bench(*models.deep(FEW_BLOCKS)).cost(TURNS[name])
        found["per_op"] = (recorded - plain) / ops * 1e6
        found["growth"] = ((recorded - plain) / ops) / ((few_recorded - few) / few_ops)
    peer = _peer(model, inputs, plain, 1 if name == "deep" else 3)
    return found if peer is None else found | {"peer": peer}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
