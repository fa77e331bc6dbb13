"""Going back in time in a TensorFlow program: what is set back, and what cannot be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.ir import Run, RunState
from opscope.tracers.protocol.client import Client

MODELS = """
import tensorflow as tf

total = tf.Variable(tf.zeros([3]))
rows = iter(tf.data.Dataset.range(100))


@tf.function
def counts(x):
    tf.print("printing", x[0, 0])
    total.assign_add(tf.reduce_sum(x, 0))
    for number in tf.range(3):
        x = tf.nn.relu(x * 2.0) - 1.0 + tf.random.uniform([3])
    return tf.reduce_sum(tf.nn.dropout(x, 0.5) + total)


@tf.function
def streams(x):
    y = x * 2.0
    return tf.reduce_sum(y * tf.cast(next(rows), tf.float32)) + 1.0


def counting():
    return counts, (tf.constant([[1.0, 2.0, 3.0]]),)


def streaming():
    return streams, (tf.constant([[1.0, 2.0, 3.0]]),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


def opened(client: Client, folder: Path, name: str) -> Run:
    file = folder / "models.py"
    file.write_text(MODELS)
    run = client.launch({"spec": f"{file}:{name}", "python": sys.executable, "budget": 200})
    client.wait_event("stopped")
    return run


def sees(run: Run) -> list[object]:
    return [
        (row.op, row.frame, row.inputs, [(v.minimum, v.maximum, v.mean) for v in row.outputs])
        for row in run.records
    ]


def test_variables_and_random_numbers_are_set_back(client: Client, tmp_path: Path):
    run = opened(client, tmp_path, "counting")
    while not any(frame.turn == 1 for frame in run.frames):  # into the loop
        client.step("stepIn", {"granularity": "instruction"})
    client.step("continue")
    before = sees(run)
    assert run.state is RunState.FINISHED
    inside = next(n for n, row in enumerate(run.records) if run.frames[row.frame].turn == 1)
    for record in (len(before) - 1, inside):
        told = client.step("opscope/rewind", {"record": record})
        assert "text" not in told
        assert (run.state, len(run.records)) == (RunState.PAUSED, record)
        client.step("continue")
        assert sees(run) == before, "stepped into the loop as before"
    client.request("opscope/fetch", {"record": 3, "slot": 0})
    assert (run.state, sees(run)) == (RunState.FINISHED, before)
    assert client.output.count("printing 1") == 1


def test_an_iterator_goes_on_and_that_is_said(client: Client, tmp_path: Path):
    run = opened(client, tmp_path, "streaming")
    client.step("continue")
    told = client.step("opscope/rewind", {"record": len(run.records) - 1})
    assert "gave something else with IteratorGetNext" in told["text"]
    assert run.state is RunState.PAUSED
    assert run.graph.ops[run.records[-1].op].type == "IteratorGetNext"
    assert "Iterators and tables go on" in " ".join(client.mirror.facts.notes)
