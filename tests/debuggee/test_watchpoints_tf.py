"""Watchpoints on real TensorFlow models: they stop the run, and are asked of what ran before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.ir.watchpoint import Watchpoint
from opscope.tracers.protocol.client import Client

from .watch_session import WatchSession

MODEL = """
import tensorflow as tf

weight = tf.Variable([[1.0, -2.0], [0.5, 3.0]], name="weight")


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(tf.matmul(x, weight))
        loss = tf.reduce_sum(hidden * hidden) * 1000.0
    weight.assign_sub(0.1 * tape.gradient(loss, weight))
    return loss


def build():
    return step, (tf.constant([[1.0, 2.0], [3.0, -4.0]]),)


@tf.function
def turning(x):
    for number in tf.range(5):
        x = tf.nn.relu(x * 2.0) - 1.0
    return tf.reduce_sum(tf.math.log(x))


def loop():
    return turning, (tf.constant([[1.0, 2.0, 3.0]]),)
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WatchSession]:
    with Client.start() as client:
        yield WatchSession(client, tmp_path, MODEL)


def test_forward_and_backward_ops_stop_the_run(session: WatchSession):
    session.open()
    forward, backward = "dead>0.2 in forward @ Relu", "exploding>1e3"
    session.watch(Watchpoint(forward), Watchpoint(backward))
    body = session.client.step("continue")
    assert body["reason"] == "data breakpoint"
    assert body["description"] == "Watchpoint: zeros > 20% at Relu"
    assert session.last_type() == "Relu"
    body = session.client.step("continue")
    assert body["description"].startswith("Watchpoint: gradient |x| > 1000 at ")
    run = session.client.run
    assert run.records[-1].phase.value == "backward"
    session.watch(*(Watchpoint(text, stop=False) for text in (forward, backward)))
    body = session.client.step("continue")
    assert body["state"] == RunState.FINISHED.value
    assert session.types(forward) == ["Relu"]
    assert session.result(backward).times >= 2, "what ran before is asked, too"


def test_a_recorded_run_is_asked_without_running_again(session: WatchSession):
    session.open()
    session.client.step("continue")
    ran = len(session.client.run.records)
    texts = (
        "range 0..1 in forward @ MatMul",
        "output.shape == (2, 2) and op == 'Relu'",
        "nan",
        "inf",
    )
    session.watch(*(Watchpoint(text) for text in texts))
    assert session.types(texts[0]) == ["MatMul"]
    assert session.types(texts[1]) == ["Relu"]
    assert [session.result(text).times for text in texts[2:]] == [0, 0]
    assert len(session.client.run.records) == ran
    (hit,) = session.result(texts[0]).hits
    assert hit.what.startswith("it ranges from ")


def test_an_op_in_a_loop_is_watched_in_every_pass(session: WatchSession):
    session.open("loop")
    text = "changes>10 @ *Relu"
    session.watch(Watchpoint(text))
    body = session.client.step("continue")
    assert body["reason"] == "data breakpoint"
    run = session.client.run
    op = run.records[-1].op
    assert run.graph.ops[op].type == "Relu"
    passes = [run.records[n].outputs[0].maximum or 0.0 for n in run.executions(op)]
    steps = [after - before for before, after in pairwise(passes)]
    assert steps[-1] > 10
    assert all(step <= 10 for step in steps[:-1])
    (hit,) = session.result(text).hits
    assert hit.record == run.executions(op)[-1]


def test_without_a_watch_inside_a_loop_it_runs_as_one_op(session: WatchSession):
    session.open("loop")
    session.watch(Watchpoint("nan"), Watchpoint("inf"))
    session.client.step("continue")
    run = session.client.run
    types = [run.graph.ops[row.op].type for row in run.records]
    assert "Relu" not in types
