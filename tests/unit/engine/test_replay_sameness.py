"""What counts as the same in two runs of a model."""

from __future__ import annotations

from dataclasses import replace

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.sameness import Sameness
from opscope.tracers.ir import OpRecord, Phase, Ref, TensorSummary

ONE = TensorSummary((2,), "float32", minimum=0.0, maximum=1.0, mean=0.5, rms=0.7)
OTHER = replace(ONE, maximum=2.0)
NOTES = replace(ONE, dtype="uint8")


def sameness(*types: str) -> Sameness:
    builder = GraphBuilder()
    for number, type_ in enumerate(types):
        builder.op(0, type_, f"{type_}:{number}")
    return Sameness(builder.graph)


def row(
    op: int, *outputs: TensorSummary, inputs: tuple[Ref, ...] = (), error: str = ""
) -> OpRecord:
    return OpRecord(op, 0, Phase.FORWARD, 0.1, inputs, outputs, error=error)


def test_values_shapes_and_errors_are_compared_and_times_are_not():
    same = sameness("relu")
    assert same.of(0, row(0, ONE), replace(row(0, ONE), duration=9.0))
    assert same.of(0, row(0, ONE), row(0, replace(ONE, kept=False)))
    assert not same.of(0, row(0, ONE), row(0, OTHER))
    assert not same.of(0, row(0, ONE), row(0, replace(ONE, shape=(2, 1))))
    assert not same.of(0, row(0, ONE), row(0, replace(ONE, nan=1)))
    assert not same.of(0, row(0, ONE), row(0, ONE, ONE))
    assert not same.of(0, row(0, error="ValueError: 1"), row(0, error="ValueError: 2"))


def test_nan_is_like_nan():
    same = sameness("item")
    nothing = TensorSummary((), "float", minimum=float("nan"), text="nan")
    assert same.of(0, row(0, nothing), row(0, replace(nothing, minimum=float("nan"))))


def test_addresses_in_texts_and_statistics_to_come_are_no_difference():
    same = sameness("item")
    one = TensorSummary((), "Thing", text="<Thing at 0x7f01>")
    assert same.of(0, row(0, one), row(0, replace(one, text="<Thing at 0x7faa>")))
    assert not same.of(0, row(0, one), row(0, replace(one, text="<Thong at 0x7f01>")))
    assert same.of(0, row(0, replace(OTHER, pending=True)), row(0, ONE))


def test_memory_that_nothing_has_written_is_no_difference():
    same = sameness("new_empty", "setitem", "aten.rnn", "add", "emptying")
    assert same.of(0, row(0, ONE), row(0, OTHER))
    inputs = ((0, 0),)
    assert same.of(1, row(1, ONE, inputs=inputs), row(1, OTHER, inputs=inputs)), "filled in part"
    inputs = ((1, 0),)
    assert same.of(2, row(1, ONE, inputs=inputs), row(1, ONE, inputs=inputs)), "filled in whole"
    inputs = ((2, 0),)
    assert not same.of(3, row(3, ONE, inputs=inputs), row(3, OTHER, inputs=inputs))
    assert not same.of(4, row(4, ONE), row(4, OTHER)), "another op whose name is like it"
    noted = replace(NOTES, mean=0.1)
    assert same.of(5, row(2, ONE, NOTES), row(2, ONE, noted)), "bytes noted for a backward pass"
    assert not same.of(5, row(2, ONE, NOTES), row(2, OTHER, noted))
    assert not same.of(5, row(2, NOTES, NOTES), row(2, noted, noted))
