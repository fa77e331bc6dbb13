"""Edits in TensorFlow programs: tensors in slots are replaced, control flow follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.edits import Edits
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Edit, EditKind
from opscope.tracers.tensorflow.edits import difference
from opscope.tracers.tensorflow.loader import LOADER

EXPRESSION, CONSTANT, ZERO, NOISE = (
    EditKind.EXPRESSION,
    EditKind.CONSTANT,
    EditKind.ZERO,
    EditKind.NOISE,
)


@tf.function
def steered(x):
    doubled = x * 2.0
    if tf.reduce_sum(doubled) > 0.0:  # noqa: SIM108 - as users write it
        result = tf.nn.relu(doubled)
    else:
        result = tf.nn.softplus(doubled)
    for _ in tf.range(2):
        result = result + 1.0
    return result


X = np.array([[1.0, -2.0, 3.0]], np.float32)


class Edited:
    def __init__(self, target: Any, args: Sequence[Any], edits: Sequence[Edit]) -> None:
        program = LOADER.open(target, (tuple(args), {}), LoadOptions(name="f"), lambda _: None)
        builder = GraphBuilder()
        program.draw_map(Recorder(program.backend, builder, statistics=False), lambda _: None)
        self.history = History(1 << 30)
        recorder = Recorder(program.backend, builder, None, self.history)
        self.edits = recorder.edits = Edits(recorder.run, program.backend)
        self.edits.replace(edits)
        program.execute(recorder)
        self.run = recorder.run

    @property
    def types(self) -> list[str]:
        return [self.run.graph.ops[row.op].type for row in self.run.records]

    def key(self, type_: str) -> str:
        ops = (self.run.graph.ops[row.op] for row in self.run.records)
        return next(op.key for op in ops if op.type == type_)

    def value(self, type_: str) -> Any:
        index = max(i for i, each in enumerate(self.types) if each == type_)
        return np.asarray(self.history.get((index, 0)))


def edited(*edits: Edit) -> Edited:
    return Edited(steered, [tf.constant(X)], edits)


def test_outputs_inputs_and_the_side_taken():
    plain = edited()
    assert "Relu" in plain.types
    product, compared, loop = plain.key("Mul"), plain.key("Greater"), plain.key("StatelessWhile")

    run = edited(Edit(1, product, EXPRESSION, "x * 0 - inputs[0]"))
    assert run.edits.problems(True) == {}
    assert np.array_equal(run.value("Mul"), -X)
    assert "Softplus" in run.types
    assert "Relu" not in run.types

    run = edited(Edit(1, compared, CONSTANT, "false"))
    assert "Softplus" in run.types
    assert np.array_equal(run.value("Mul"), X * 2)

    run = edited(Edit(1, product, ZERO, slot=0, is_input=True))
    assert np.array_equal(run.value("Mul"), np.zeros_like(X))

    count = len(plain.run.records[-1].inputs)
    run = edited(*(Edit(slot, loop, NOISE, "1", slot=slot) for slot in range(count)))
    assert {1} < {1, *run.edits.problems(True)}  # counters take no noise, the result does
    assert any(
        run.edits.edited(index) for index, each in enumerate(run.types) if each == "StatelessWhile"
    )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(1, "Mul", EXPRESSION, "x[:, :2]"), "1×2 does not broadcast to 1×3"),
        (Edit(1, "Greater", CONSTANT, "3"), "is bool"),
        (Edit(1, "Greater", NOISE, "3"), "floating-point"),
        (Edit(1, "Mul", CONSTANT, "1j"), "complex"),
        (Edit(1, "Mul", ZERO, slot=5), "no output 5"),
    ],
)
def test_what_is_wrong_is_said_and_the_run_goes_on(edit, words):
    plain = edited()
    run = edited(Edit(1, plain.key(edit.where), edit.kind, edit.text, slot=edit.slot))
    (problem,) = run.edits.problems(True).values()
    assert words in problem
    assert run.types == plain.types


def test_text_cannot_be_replaced():
    @tf.function
    def spoken(x):
        return tf.strings.length(tf.strings.upper(x))

    run = Edited(spoken, [tf.constant(["ab", "c"])], [])
    again = Edited(spoken, [tf.constant(["ab", "c"])], [Edit(1, run.key("StringUpper"), ZERO)])
    assert again.edits.problems(True) == {1: "A value of dtype string cannot be replaced."}
    assert run.value("StringLength").tolist() == [2, 1]


def test_differences_of_values():
    one = tf.constant([1.0, 2.0, float("nan")])
    assert difference(one, tf.identity(one)) == (True, 0.0)
    assert difference(one, tf.constant([1.0, 5.0, float("nan")])) == (False, 3.0)
    assert difference(one, tf.constant([1.0, 2.0, 3.0])) == (False, 0.0)
    assert difference(one, tf.constant([1, 2, 3])) == (False, None)
    half = tf.cast(tf.constant([1.0, 2.0]), tf.bfloat16)
    assert difference(half, half + 1) == (False, 1.0)
    words = tf.constant(["a", "b"])
    assert difference(words, tf.constant(["a", "b"])) == (True, None)
    assert difference(words, tf.constant(["a", "c"])) == (False, None)
