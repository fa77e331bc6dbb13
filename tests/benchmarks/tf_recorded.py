"""One TensorFlow model's share of the record benchmark, in a process of its own: prints JSON."""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # exact mode, on both sides

import keras
import tensorflow as tf
from keras import layers

from opscope.tracers.engine import loading
from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.gate import Command, Move
from opscope.tracers.engine.loaded import Loaded, load_program
from opscope.tracers.engine.watch import Note, Watch
from opscope.tracers.engine.wire import Wire
from opscope.tracers.tensorflow.opening import open_program

Model = tuple[Any, tuple[Any, ...]]


def _application(name: str, batch: int) -> Model:
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(weights=None)
    return model, (tf.random.stateless_normal((batch, 224, 224, 3), (0, 1)),)


def _loop() -> Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((200, 64))
    model = keras.Model(inputs, layers.LSTM(128)(inputs))
    return model, (tf.random.stateless_normal((8, 200, 64), (0, 1)),)


BUILD: dict[str, Callable[[], Model]] = {
    "mobilenetv2": lambda: _application("MobileNetV2", 1),
    "resnet50": lambda: _application("ResNet50", 1),
    "resnet50_b8": lambda: _application("ResNet50", 8),
    "loop_over": _loop,
}
TURNS = {"mobilenetv2": 31, "resnet50": 21, "resnet50_b8": 7, "loop_over": 31}


def main(name: str, dumped: bool) -> None:
    """Measure and print."""
    target, inputs = BUILD[name]()
    if dumped:
        print(json.dumps({"peer": _dumped(target, inputs, TURNS[name])}))
        return
    program = open_program(target, (inputs, {}), LoadOptions(exact=True), _silent)
    setattr(loading, "open_program", lambda *_: program)  # noqa: B010 - opened already
    plain: list[float] = []
    both: list[tuple[float, float]] = []
    first = 0.0
    for turn in range(TURNS[name] + 1):  # the first one warms up
        started = time.perf_counter()
        result: Any = program._plain()
        plain.append(time.perf_counter() - started)
        del result
        loaded = _load()
        gc.collect()
        both.append(_record(loaded))
        while not loaded.at_leisure(1.0):
            pass
        loaded.publisher.close()
        del loaded
        if not turn:
            first = both[0][0]
            plain.clear()
            both.clear()
    once = statistics.median(plain)
    recorded, settled = (statistics.median(row[n] for row in both) for n in (0, 1))
    found = {"recorded": recorded / once, "settled": settled / once, "first": first / once}
    print(json.dumps({**found, "plain": once}))


def _load() -> Loaded:
    """A run about to begin, its map drawn, its client subscribed; its messages go nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    loaded = load_program(
        {"budget": 8 << 30},
        _silent,
        wire=Wire(nowhere, nowhere),
        watch=Watch(Note()),
        hold=lambda stop: Command(Move.CONTINUE),
        stack=tuple,
        running_state=lambda: None,
    )
    loaded.gate.begin(Command(Move.CONTINUE))
    loaded.publisher.subscribe()
    loaded.publisher.subscribed()
    return loaded


def _record(loaded: Loaded) -> tuple[float, float]:
    """Seconds of the recorded run, and until every statistic is there."""
    recorder = loaded.recorder()
    loaded.publisher.running(True)
    started = time.perf_counter()
    loaded.program.execute(recorder)
    took = time.perf_counter() - started
    loaded.publisher.running(False)
    started = time.perf_counter()
    loaded.settle()
    settled = took + time.perf_counter() - started
    assert not any(row.pending for record in loaded.run.records for row in record.outputs)
    return took, settled


def _dumped(target: Any, inputs: tuple[Any, ...], turns: int) -> float:
    """TensorFlow's own dump of each tensor's health, as a ratio to runs without."""

    def median(function: Any) -> float:
        times: list[float] = []
        for _ in range(turns + 1):
            started = time.perf_counter()
            function(*inputs)
            times.append(time.perf_counter() - started)
        return statistics.median(times[1:])

    plain = median(tf.function(lambda *args: target(*args)))
    with tempfile.TemporaryDirectory() as folder:
        tf.debugging.experimental.enable_dump_debug_info(folder, tensor_debug_mode="FULL_HEALTH")
        dumped = median(tf.function(lambda *args: target(*args)))
        tf.debugging.experimental.disable_dump_debug_info()
    return dumped / plain


def _silent(stage: str) -> None:
    """Nobody watches the loading."""


if __name__ == "__main__":
    main(sys.argv[1], "dumped" in sys.argv[2:])
