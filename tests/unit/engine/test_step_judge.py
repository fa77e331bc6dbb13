"""Which steps of a training are told of, by their numbers; and what may be asked for."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import pytest

from opscope.tracers.engine.step_judge import Kind, StepJudge, said
from opscope.tracers.engine.step_options import StepOptions, bytes_of_text, step_options

GIVEN: dict[str, Any] = {
    "every": 50,
    "budget": "1 GB",
    "when": None,
    "spike": 10.0,
    "vanishing": 1e-6,
    "open": None,
    "save": None,
    "stop": False,
}


class Plain:
    """Functions for conditions on plain numbers."""

    table: ClassVar[dict[str, Any]] = {}

    def quiet(self) -> AbstractContextManager[object]:
        return nullcontext()

    def is_tensor(self, value: object) -> bool:
        return False


def judge(**options: Any) -> StepJudge:
    functions: Any = Plain()
    return StepJudge(step_options(**{**GIVEN, **options}), functions)


def test_losses_that_are_not_finite_are_told_once_until_all_is_calm():
    judged = judge()
    assert judged.judge(1, 1.0, None) is None
    found = judged.judge(2, math.nan, None)
    assert found is not None
    assert (found.kind, found.said, found.early) == (Kind.NOT_FINITE, "the loss is NaN", True)
    assert judged.judge(3, -math.inf, None) is None
    for step in range(4, 40):
        assert judged.judge(step, 1.0, None) is None
    found = judged.judge(40, None, math.inf)
    assert found is not None
    assert found.said == "the gradients' norm is Inf"


def test_nothing_more_is_told_after_five():
    judged = judge(when=lambda loss: loss == 7)
    told = 0
    for step in range(1, 400):
        told += judged.judge(step, 7.0 if step % 40 == 0 else 1.0, None) is not None
    assert told == 5
    assert judged.full


def test_a_spike_is_over_the_median_and_over_all_before():
    judged = judge()
    for step, loss in enumerate((50.0, *([1.0] * 20)), 1):
        assert judged.judge(step, loss, None) is None
    assert judged.judge(22, 30.0, None) is None  # there was a larger one
    found = judged.judge(23, 51.0, None)
    assert found is not None
    assert found.kind is Kind.SPIKE
    assert found.said == "the loss is 51, 51 times the median of the 22 steps before (1)"
    judged = judge()
    for step in range(1, 30):
        assert judged.judge(step, 1e-9 if step > 1 else 1.0, None) is None
    assert judged.judge(30, 9e-7, None) is None  # 900 times next to nothing
    assert judge(spike=0).judge(1, 1e30, None) is None


def test_losses_below_nought_leap_by_their_size():
    judged = judge()
    for step in range(1, 20):
        assert judged.judge(step, -2.0, None) is None
    assert judged.judge(20, -15.0, None) is None
    assert judged.judge(21, -25.0, None) is not None


def test_a_gradient_norm_may_leap_further_and_may_vanish():
    judged = judge()
    for step in range(1, 12):
        assert judged.judge(step, 1.0, 2.0) is None
    assert judged.judge(12, 1.0, 100.0) is None
    found = judged.judge(13, 1.0, 201.0)
    assert found is not None
    assert found.said.startswith("the gradients' norm is 201, 100 times the median")
    found = judged.judge(14, 1.0, 0.0)
    assert found is not None
    assert found.kind is Kind.VANISHING
    assert found.said.startswith("the gradients are all 0; the median of the 13 looked at")
    found = judge(vanishing=0).judge(1, 1.0, 0.0)
    assert found is None


def test_conditions_of_the_users_own():
    found = judge(when="loss > 2 and step >= 5").judge(5, 3.0, None)
    assert found is not None
    assert found.said == "“loss > 2 and step >= 5” holds: the loss is 3"
    assert judge(when="grad_norm > 2").judge(5, 3.0, None) is None  # it was not looked at
    assert judge(when="grad_norm > 2").judge(5, 3.0, 2.5) is not None
    assert step_options(**{**GIVEN, "when": "grad_norm > 2"}).wants_norm
    assert judge(when=lambda loss: loss > 2).judge(1, 3.0, None) is not None


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("every", 0, "every is a number of steps of at least 1, not 0."),
        ("spike", -1.0, "spike is a number of at least 0, not -1.0."),
        ("budget", "much", "A budget is a number of bytes, or a text such as"),
        ("budget", "1 XB", "A budget is a number of bytes"),
        ("when", "loss >", "The condition “loss >” is none"),
        ("when", "lost > 1", "may read loss, grad_norm and step, not lost."),
    ],
)
def test_what_cannot_be_asked_for_is_told_in_a_sentence(name: str, value: object, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        step_options(**{**GIVEN, name: value})


def test_budgets():
    assert bytes_of_text("1.5 GB") == 1_500_000_000
    assert bytes_of_text("2MiB") == 2 << 20
    assert bytes_of_text(4096) == 4096
    assert StepOptions().budget == bytes_of_text("1 GB")


def test_numbers_as_said():
    assert [said(n) for n in (math.nan, math.inf, -math.inf, -1.5, 1e-9, None)] == [
        "NaN",
        "Inf",
        "−Inf",
        "−1.5",
        "1e−09",
        "unknown",
    ]
