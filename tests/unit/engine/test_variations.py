"""Variations of an op: which are tried, what they give, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.variations import in_its_place, variations
from opscope.tracers.engine.varying import Subject, Variation

ROWS: Any = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")


class Scaled:
    """An op that multiplies its first input by an argument, then by a weight where there is one."""

    def __init__(self, given: Mapping[str, object], places: Mapping[str, int]) -> None:
        self.given, self.places = given, places

    def run(self, inputs: Sequence[Any], wide: bool) -> list[Any]:
        found = inputs[0] * self.given.get("scale", 1.0)
        return [found @ inputs[1]] if "weight" in self.places else [found]

    def varied(self, given: Mapping[str, object]) -> Scaled:
        return Scaled({**self.given, **given}, self.places)


def subject(type_: str, given: Mapping[str, object], *inputs: Any, **more: Any) -> Subject:
    places = {"input": 0, **({"weight": 1} if len(inputs) > 1 else {})}
    again: Any = Scaled(given, places)
    weights = frozenset({1}) if len(inputs) > 1 else frozenset[int]()
    return Subject(type_, again, inputs, inputs, weights, **more)


def of_kind(found: Subject, kind: str) -> list[Variation]:
    return [each for each in variations(found) if each.kind == kind]


def test_the_other_side_s_argument_comes_first():
    found = subject("scale_by", {"scale": 2.0}, ROWS, arguments={"scale": 3.0, "name": "x"})
    first = next(iter(variations(found)))
    assert first.says == "scale = 3 instead of 2"
    assert np.array_equal(first.run()[0], ROWS * 3)


def test_eps_of_the_other_side_is_tried_before_usual_ones():
    found = subject("layer_norm", {"eps": 1e-5}, ROWS, numbers=(0.02, 7.0))
    says = [each.says for each in of_kind(found, "eps")]
    assert says[0] == "eps = 0.02 instead of 1e-05"
    assert len(says) == len(set(says))
    assert not any(text.startswith("eps = 1e-05 ") for text in says)


def test_a_square_weight_is_transposed_and_another_is_not():
    square: Any = np.arange(36, dtype="float32").reshape(6, 6)
    turned = of_kind(subject("linear", {}, ROWS, square), "weight")[0]
    assert turned.says == "weight transposed"
    assert np.allclose(turned.run()[0], ROWS @ square.T)
    wide: Any = np.ones((6, 3), "float32")
    assert "weight transposed" not in [
        each.says for each in of_kind(subject("linear", {}, ROWS, wide), "weight")
    ]


def test_axes_are_all_tried_but_the_own_one():
    found = of_kind(subject("softmax", {"dim": -1}, ROWS), "axis")
    assert [each.says for each in found] == ["dim = 0 instead of -1"]


def test_a_softmax_without_an_axis_goes_over_the_others():
    found = of_kind(subject("Softmax", {}, ROWS), "axis")
    assert len(found) == 1
    assert np.allclose(found[0].run()[0].sum(0), 1)


@pytest.mark.parametrize("name", ["gelu", "relu", "tanh"])
def test_an_activation_is_never_replaced_by_itself(name: str):
    says = [each.says for each in of_kind(subject(name, {}, ROWS), "activation")]
    assert not any(text.partition(" ")[0] == name for text in says)
    assert any(text.startswith("silu") for text in says)


def test_an_op_that_cannot_be_run_can_still_be_left_out():
    found = list(variations(Subject("dropout", None, [ROWS], [ROWS])))
    assert [each.kind for each in found] == ["left out"]
    assert found[0].run()[0] is ROWS


def test_gelu_by_tanh_is_near_gelu_by_erf_and_not_the_same():
    found = {each.says: each.run()[0] for each in in_its_place(ROWS)}
    apart = np.abs(found["gelu by erf in its place"] - found["gelu by tanh in its place"]).max()
    assert 1e-6 < apart < 1e-2


class Masked(Scaled):
    """An op that hides what its second input masks."""

    def run(self, inputs: Sequence[Any], wide: bool) -> list[Any]:
        return [np.where(inputs[1], inputs[0], 0)]


def test_a_mask_is_moved_by_one_place_along_its_diagonal():
    scores: Any = np.random.default_rng(1).normal(size=(2, 5, 5))
    seen: Any = np.tril(np.ones((5, 5), bool))
    again: Any = Masked({}, {"input": 0, "mask": 1})
    moved = of_kind(Subject("where", again, (scores, seen), (scores, seen)), "mask")
    wide, narrow = np.tril(seen, 1) | np.tri(5, k=1, dtype=bool), np.tri(5, k=-1, dtype=bool)
    assert np.array_equal(moved[0].run()[0], np.where(wide, scores, 0))
    narrowed = moved[1].run()[0]
    assert np.array_equal(narrowed[:, 1:], np.where(narrow, scores, 0)[:, 1:])


def test_outputs_of_heads_are_put_in_another_order():
    weight: Any = np.arange(36, dtype="float32").reshape(6, 6)
    plain = ROWS @ weight
    turned = of_kind(subject("linear", {}, ROWS, weight), "order")
    assert [each.says for each in turned] == [
        "its outputs in another order (2 × 3)",
        "its outputs in another order (3 × 2)",
    ]
    assert np.array_equal(turned[0].run()[0], plain[:, [0, 3, 1, 4, 2, 5]])


def test_what_is_left_out_tells_nothing_by_itself():
    weak = of_kind(subject("scale_by", {"scale": 2.0}, ROWS), "left out")
    assert [each.weak for each in weak] == [True]
    assert of_kind(subject("reshape", {}, ROWS), "left out") == []
