"""Verification: a traced run has the bits of a plain one, and tells when it has not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from . import torch_zoo as zoo
from .torch_runs import trace


@pytest.mark.parametrize("name", sorted(zoo.ZOO))
def test_the_zoo_is_equal_bit_for_bit(name):
    model, args, kwargs = zoo.make(name)
    verification = trace(model, *args, **kwargs).verify()
    assert verification.equal
    assert verification.max_abs_diff == 0.0
    assert verification.plain_seconds > 0
    assert verification.traced_seconds > 0


def test_nan_equals_nan_by_its_bits():
    verification = trace(lambda x: x.log(), torch.tensor([-1.0, 1.0])).verify()
    assert verification.equal


def test_a_model_that_is_not_repeatable_is_not_equal():
    turns = iter(range(100))
    verification = trace(lambda x: x + next(turns), torch.ones(2), mapped=False).verify()
    assert not verification.equal
    assert verification.max_abs_diff == 1.0


def test_outputs_are_compared_wherever_they_are():
    turns = iter(range(1000))

    @dataclass
    class Answer:
        same: torch.Tensor
        hidden: object

    class Cache:
        def __init__(self, value):
            self.layers = [value]

    for hide in (lambda t: (t,), lambda t: {"a": [t]}, Cache, lambda t: t.item()):
        traced = trace(
            lambda x, hide=hide: Answer(x * 2, hide(x.sum() + next(turns))),
            torch.ones(2),
            mapped=False,
        )
        assert not traced.verify().equal


def test_another_shape_is_not_equal():
    turns = iter(range(1, 100))
    verification = trace(lambda x: x.repeat(next(turns)), torch.ones(2), mapped=False).verify()
    assert not verification.equal
    assert verification.max_abs_diff is None


def test_the_fused_fast_path_is_told_of():
    model, args, _ = zoo.make("encoder")
    with torch.no_grad():
        verification = trace(model, *args).verify()
    assert verification.equal
    assert "fast path" in verification.note
    assert torch.backends.mha.get_fastpath_enabled()


def test_gradients_stay_as_the_user_has_them():
    seen = []

    def model(x):
        seen.append(torch.is_grad_enabled())
        return x * 2

    trace(model, torch.ones(1), mapped=False).verify()
    with torch.no_grad():
        trace(model, torch.ones(1), mapped=False).verify()
    half = len(seen) // 2
    assert all(seen[:half])
    assert not any(seen[half:])


def test_infinities_do_not_spoil_the_difference():
    verification = trace(lambda x: x / 0, torch.tensor([1.0, -1.0])).verify()
    assert verification.equal
    assert verification.max_abs_diff is None or math.isfinite(verification.max_abs_diff)


def test_modules_in_training_start_anew_each_time():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    traced = trace(model, torch.randn(6, 4))
    assert traced.verify().equal
    assert model[1].num_batches_tracked.item() == 0
