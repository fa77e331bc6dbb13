"""Which way provenance goes in TensorFlow where a rule does not lead to the element."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from opscope.tracers.ir.provenance import Way
from opscope.tracers.tensorflow.loader import LOADER

from .sources_checked import dense, feed_of, follow, ways

X = tf.constant([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]])


def test_a_loop_that_runs_as_one_op_is_changed_from_outside() -> None:
    @tf.function
    def model(x: Any) -> Any:
        n = tf.constant(0)
        while n < 3:
            x = x * 2.0
            n += 1
        return x

    run = follow(LOADER, model, X)
    row = run.run.records[run.record("StatelessWhile")]
    slot = next(n for n, output in enumerate(row.outputs) if output.shape == (2, 3))
    found = run.ask("StatelessWhile", 1, 2, slot=slot)
    assert found.value == -32.0
    assert Way.PERTURBATION in ways(found)
    told = next(feed for feed in found.feeds if feed.shape == (2, 3))
    np.testing.assert_allclose(dense(told)[1, 2], -32.0, rtol=1e-3)
    assert told.count == 1


def test_random_ops_are_not_run_again() -> None:
    model = tf.function(lambda x: x + tf.random.uniform((2, 3), seed=1))
    run = follow(LOADER, model, X)
    found = run.sources.of((run.record("RandomUniform"), 0), (0, 0))
    assert "draws random numbers" in found.problem
    found = run.ask("AddV2", 1, 1)
    assert [feed.elements[0].index for feed in found.feeds] == [(1, 1), (1, 1)]


def test_an_assignment_says_why_it_is_not_followed() -> None:
    class Counting(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.total = tf.Variable(tf.zeros((2, 3)), name="total")

        @tf.function
        def __call__(self, x: Any) -> Any:
            self.total.assign_add(x)
            return self.total * 2.0

    run = follow(LOADER, Counting(), X)
    path = run.sources.follow((run.record("Mul"), 0), (1, 2), 9)
    ops = [run.run.graph.ops[run.run.records[step.ref[0]].op].type for step in path]
    assert ops == ["Mul", "ReadVariableOp", "AssignAddVariableOp"]
    assert [step.value for step in path] == [-8.0, -4.0, -4.0], "what was assigned"
    assert "works on a variable by its handle" in path[-1].problem


def test_whole_numbers_and_comparisons_are_changed() -> None:
    run = follow(LOADER, tf.function(lambda n: n * n), tf.constant([3, -4]))
    found = run.ask("Mul", 1)
    assert ways(found) == {Way.PERTURBATION}
    assert sum(feed.elements[0].contribution or 0.0 for feed in found.feeds) == 32.0
    run = follow(LOADER, tf.function(lambda x: x > 0.3), X)
    (source,) = run.ask("Greater", 0, 0).feeds[0].elements
    assert (source.index, source.contribution) == ((0, 0), 0.0)


def test_argmax_and_padding() -> None:
    run = follow(LOADER, tf.function(lambda x: tf.argmax(x, 1)), X)
    assert run.ask("ArgMax", 1).feeds[0].elements[0].index == (1, 0)
    run = follow(LOADER, tf.function(lambda x: tf.pad(x, ((0, 0), (1, 0)))), X)
    assert run.ask("Pad", 0, 0).feeds == ()
    assert run.ask("Pad", 0, 1).feeds[0].elements[0].index == (0, 0)


def test_normalization_by_stored_statistics() -> None:
    def model(x: Any) -> Any:
        ones = tf.ones(3)
        return tf.raw_ops.FusedBatchNormV3(
            x=x, scale=ones * 2.0, offset=ones, mean=ones, variance=ones * 4.0, is_training=False
        ).y

    given = tf.reshape(tf.range(24.0), (1, 2, 4, 3))
    found = follow(LOADER, tf.function(model), given).ask("FusedBatchNormV3", 0, 1, 2, 1)
    assert abs(dense(feed_of(found, 0))[0, 1, 2, 1] - 19.0) < 0.05
    assert feed_of(found, 0).count == 1
