"""TensorFlow functions that fail: stood at with the op's inputs, gone on with after an edit; loops
without an end, paused at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.ir import Edit, EditKind, RunState, ScopeKind, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import CHANGES, EDITS

MODELS = """
import tensorflow as tf


@tf.function
def looks_up(index):
    table = tf.reshape(tf.range(12.0), (4, 3))
    doubled = index * 2
    rows = tf.gather(table, doubled)
    return tf.reduce_sum(rows, axis=0) + 1.0


@tf.function
def checks(x):
    for turn in tf.range(4):
        x = x * 2.0
        tf.debugging.assert_less(tf.reduce_max(x), 20.0, message="grew too large")
    return x


@tf.function
def spins(x):
    while tf.reduce_sum(x) > -1.0:
        x = tf.abs(x) + 1.0
    return x


def build():
    return looks_up, (tf.constant([0, 1, 3]),)


def guarded():
    return checks, (tf.constant([1.0, 3.0]),)


def endless():
    return spins, (tf.constant([1.0, 3.0]),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failing_functions.py"
    path.write_text(MODELS)
    return path


def opened(client: Client, spec: str) -> None:
    client.launch({"spec": spec, "python": sys.executable})
    client.wait_event("stopped")


def type_at_head(client: Client) -> str:
    return client.run.graph.ops[client.run.head.op].type


def test_a_failing_op_is_stood_at_and_goes_on_with_another_input(client: Client, file: Path):
    opened(client, f"{file}:build")
    stop = client.step("continue")
    run = client.run
    assert (stop["reason"], run.state) == ("exception", RunState.PAUSED)
    assert type_at_head(client) == "GatherV2"
    record = run.failing
    assert "indices[2] = 6 is not in [0, 4)" in run.records[record].error
    shown = client.tensor(TensorRequest(ValueRef(record, 1, True)))
    assert (shown.whole.minimum, shown.whole.maximum) == (0.0, 6.0)
    frame = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    lines = file.read_text().splitlines()
    assert lines[frame["line"] - 1].strip() == "rows = tf.gather(table, doubled)"
    info = client.request("exceptionInfo", {"threadId": 1})
    assert info["exceptionId"] == "InvalidArgumentError"

    key = run.graph.ops[run.head.op].key
    mended = Edit(1, key, EditKind.EXPRESSION, "minimum(x, 3)", slot=1, is_input=True)
    client.request(EDITS, {"edits": [to_json(mended)]})
    body = client.wait_event(CHANGES)
    assert body["problems"] == []
    assert (run.state, run.head.record) == (RunState.PAUSED, record)
    client.step("continue")
    assert run.state is RunState.FINISHED
    last = client.tensor(TensorRequest(ValueRef(len(run.records) - 1)))
    assert last.whole.maximum == 2 + 8 + 11 + 1  # rows 0, 2 and 3, last column


def test_an_error_in_a_loop_run_as_one_op_is_stood_at(client: Client, file: Path):
    opened(client, f"{file}:guarded")
    stop = client.step("continue")
    run = client.run
    assert (stop["reason"], run.state) == ("exception", RunState.PAUSED)
    assert "grew too large" in run.records[run.failing].error
    client.step("continue")
    assert run.state is RunState.FAILED
    assert "Traceback" not in run.message


def test_an_endless_loop_is_paused_at_once_and_looked_into(client: Client, file: Path):
    opened(client, f"{file}:endless")
    run = client.run
    while type_at_head(client) not in ("While", "StatelessWhile"):
        client.step("next")
    client.request("next", {"threadId": 1})  # over a loop that has no end
    client.request("pause", {"threadId": 1})
    client.wait_event("stopped")
    assert run.state is RunState.PAUSED
    scope = run.graph.scopes[run.head.scope]
    assert scope.kind is ScopeKind.LOOP or run.graph.scopes[scope.parent].kind is ScopeKind.LOOP
    turns = run.turns(run.head.frame)
    client.step("stepIn")
    client.step("stepIn")
    assert run.turns(run.head.frame) >= turns
