"""Values of two small runs: which are one, and where the runs part."""

from __future__ import annotations

from typing import Any

import numpy as np

from opscope.tracers.compare.frontier import following, open_part, pair_first
from opscope.tracers.compare.matching import Matching, match
from tests.unit.compare.synthetic import Program, Synthetic

DICE = np.random.default_rng(0)
PICTURE: Any = DICE.normal(size=(2, 3, 4, 5)).astype("float32")
WEIGHT: Any = DICE.normal(size=(3, 6)).astype("float32")
INPUT = (-1, 0)


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def first_kind(skip: bool = True) -> Program:
    """Channels first: mix, relu, and the mix added again."""
    made = Program(x=PICTURE)
    mixed = made.op("conv", lambda x: np.einsum("bchw,cd->bdhw", x, WEIGHT), INPUT, module="a")
    positive = made.op("relu", relu, mixed, module="a")
    if skip:
        positive = made.op("add", lambda x, y: x + y, positive, mixed)
    made.op("mean", lambda x: x.mean((2, 3)), positive, module="head")
    return made


def second_kind(skip: bool = True, slope: float = 0.0) -> Program:
    """Channels last, in more ops and with views between them."""
    made = Program(image=PICTURE.transpose(0, 2, 3, 1))
    flat = made.op("reshape", lambda x: x.reshape(-1, 3), INPUT, module="first")
    mixed = made.op("matmul", lambda x: x @ WEIGHT, flat, module="first")
    back = made.op("reshape", lambda x: x.reshape(2, 4, 5, 6), mixed, module="first")
    half = made.op("halve", lambda x: x * 0.5, back, module="first")
    size = made.op("abs", lambda x: abs(x) * (0.5 - slope), back, module="first")
    positive = made.op("sum", lambda x, y: x + y, half, size, module="first")
    if skip:
        positive = made.op("plus", lambda x, y: y + x, positive, back)
    made.op("average", lambda x: x.mean((1, 2)), positive, module="last")
    return made


def matched(one: Program, other: Program) -> tuple[Synthetic, Synthetic, Matching]:
    a, b = Synthetic("A", one), Synthetic("B", other)
    return a, b, match(a, b, 1e-4)


def types(a: Synthetic, b: Synthetic, made: Matching) -> set[tuple[str, str]]:
    return {
        (a.type_of(fit.a[0]), b.type_of(fit.b[0])) for fit in made.fits.values() if fit.a[0] >= 0
    }


def test_values_are_matched_whatever_their_layout_and_names():
    a, b, made = matched(first_kind(), second_kind())
    assert types(a, b, made) == {
        ("conv", "matmul"), ("relu", "sum"), ("add", "plus"), ("mean", "average"),
    }  # fmt: skip
    assert made.fits[INPUT].b == INPUT
    assert max(fit.error for fit in made.fits.values()) < 1e-6


def test_a_view_belongs_to_the_value_that_it_shows():
    _, _, made = matched(first_kind(), second_kind())
    assert made.b.classes[2, 0] == (1, 0)
    assert made.has_b((2, 0))
    assert not made.has_b((3, 0))


def test_equal_runs_leave_nothing_open():
    a, b, made = matched(first_kind(), second_kind())
    assert open_part(a, made.has_a).records == frozenset()
    assert open_part(b, made.has_b).records == frozenset()


def test_a_missing_op_is_paired_with_what_reads_the_same_value():
    a, b, made = matched(first_kind(), second_kind(skip=False))
    one, other = open_part(a, made.has_a), open_part(b, made.has_b)
    pair = pair_first(a, b, made, one, other)
    assert pair is not None
    assert (a.type_of(pair[0]), b.type_of(pair[1])) == ("add", "average")
    assert [a.type_of(record) for record in following(a, pair[0], one, 9)] == ["add", "mean"]


def test_a_difference_inside_a_merged_op_begins_after_the_last_value_in_common():
    a, b, made = matched(first_kind(), second_kind(slope=0.1))
    one, other = open_part(a, made.has_a), open_part(b, made.has_b)
    pair = pair_first(a, b, made, one, other)
    assert pair is not None
    assert a.type_of(pair[0]) == "relu"
    assert b.type_of(pair[1]) in ("halve", "abs")
    region = {b.type_of(record) for record in following(b, pair[1], other, 9)}
    assert region >= {"halve", "abs", "sum"}


def test_equal_values_are_told_apart_by_topology_and_names():
    def twice(order: tuple[str, str]) -> Program:
        made = Program(x=PICTURE)
        for name in order:
            made.op("relu", relu, INPUT, module=name)
        return made

    _, b, made = matched(twice(("left", "right")), twice(("left", "right")))
    assert {fit.a: fit.b for fit in made.fits.values() if fit.a[0] >= 0} == {
        (0, 0): (0, 0),
        (1, 0): (1, 0),
    }
    assert b.module(1)[0] == "right"


def test_zeros_match_nothing():
    one = Program(x=PICTURE)
    one.op("nothing", lambda x: x * 0, INPUT)
    a, b, made = matched(one, one)
    assert types(a, b, made) == set()


def test_a_run_that_ends_earlier_is_paired_with_the_op_that_it_ends_with():
    def made(bias: bool) -> Program:
        found = Program(x=PICTURE)
        mixed = found.op("MatMul", lambda x: np.einsum("bchw,cd->bdhw", x, WEIGHT), INPUT)
        if bias:
            found.op("BiasAdd", lambda x: x + 0.5, mixed)
        return found

    a, b, both = matched(made(True), made(False))
    pair = pair_first(a, b, both, open_part(a, both.has_a), open_part(b, both.has_b))
    assert pair is not None
    assert (a.type_of(pair[0]), b.type_of(pair[1])) == ("BiasAdd", "MatMul")


def test_what_only_pads_is_passed_over_for_what_reads_it():
    def made(pads: bool) -> Program:
        found = Program(x=PICTURE)
        ref = INPUT
        if pads:
            ref = found.op("Pad", lambda x: np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0))), ref)
        found.op("conv", lambda x: x.mean((2, 3)) * (2.0 if pads else 1.0), ref)
        return found

    a, b, both = matched(made(False), made(True))
    pair = pair_first(a, b, both, open_part(a, both.has_a), open_part(b, both.has_b))
    assert pair is not None
    assert (a.type_of(pair[0]), b.type_of(pair[1])) == ("conv", "conv")
    assert b.rows[0].inputs == (INPUT,)


def test_of_values_that_are_nearly_equal_the_nearest_are_one():
    def made() -> Program:
        found = Program(x=PICTURE)
        one = found.op("relu", relu, INPUT)
        found.op("nearly", lambda x: x * np.float32(1 + 3e-5), one)
        return found

    _, _, both = matched(made(), made())
    assert {first: fit.b for first, fit in both.fits.items() if first[0] >= 0} == {
        (0, 0): (0, 0),
        (1, 0): (1, 0),
    }
