"""Planted causes of zero, constant and large values in PyTorch models, each told right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from opscope.tracers.ir.reason import Question
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.loader import LOADER

from .why_asked import ran

X = torch.tensor([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]])


@dataclass(frozen=True)
class Cause:
    """What is run, which element is asked about, and what has to be said."""

    model: Callable[..., Any]
    rule: str
    says: str
    at: str  # what the chain ends in
    index: tuple[int, ...] | None = None
    given: tuple[Any, ...] = (X,)


ZERO: dict[str, Cause] = {}
CONSTANT: dict[str, Cause] = {}
LARGE: dict[str, Cause] = {}


def planted(table: dict[str, Cause], rule: str, says: str, at: str, *index: int, **more: Any):
    def put(model: Callable[..., Any]) -> Callable[..., Any]:
        table[model.__name__] = Cause(model, rule, says, at, index or None, **more)
        return model

    return put


@planted(ZERO, "relu-cut", "cuts its input −2 off at 0", "relu", 4)
def relu_cut(x: Any) -> Any:
    return torch.relu(x).T.reshape(-1) * 2


@planted(ZERO, "relu-dead", "reads no number above 0 (its largest is −94)", "relu")
def dead_relu(x: Any) -> Any:
    return torch.relu(x - 100).sum(1)


@planted(ZERO, "masked", "gt at [0, 0], 2 ops before it, is false for 1 against 1", "gt", 0, 0)
def product_with_a_mask(x: Any) -> Any:
    return x * (x > 1).float()


@planted(ZERO, "masked", "chooses 0, since its condition is false", "where", 0, 2)
def where(x: Any) -> Any:
    return torch.where(x > 0, x, 0.0) + 0


@planted(ZERO, "masked", "masked_fill at [0, 2], 2 ops before it, fills in 0", "masked_fill", 0, 1)
def filled_and_joined(x: Any) -> Any:
    return torch.cat([x.masked_fill(x < 0, 0.0), x], 1)[:, 1:]


@planted(ZERO, "masked", "masks what is outside its triangle", "tril", 0, 1)
def triangle(x: Any) -> Any:
    return (x + 1).tril()


@planted(ZERO, "dropout", "drops its input 1", "dropout")
def dropped(x: Any) -> Any:
    return F.dropout(torch.ones_like(x), 0.999) * 3


@planted(ZERO, "padding", "pads with it", "pad", 0, 0)
def padded(x: Any) -> Any:
    return F.pad(x, (1, 1)).transpose(0, 1) * 2


@planted(ZERO, "padding", "looks up row 0, its padding_idx", "embedding", 1, 0)
def padding_row(x: Any) -> Any:
    table = torch.cat([torch.zeros(1, 4), torch.ones(2, 4)])
    return F.embedding(torch.tensor([2, 0]), table, padding_idx=0) * 2


@planted(ZERO, "float16-underflow", "gives 1.00017e−08, which float16 rounds to 0", "mul", 0, 0)
def underflow(x: Any) -> Any:
    return (x.half() * 1e-4) * 1e-4


@planted(ZERO, "float32-underflow", "−200 lies 300 below the row's largest, 100", "softmax", 0, 2)
def softmax(x: Any) -> Any:
    return torch.softmax(x * 100, -1)


@planted(ZERO, "cancelled", "computes 4 − 4", "sub", 1, 0)
def difference(x: Any) -> Any:
    return x - x.min(1, keepdim=True).values


@planted(ZERO, "empty", "is a sum over nothing", "sum")
def nothing(x: Any) -> Any:
    return x[x > 100].sum()


@planted(ZERO, "zero-input", "the input x at [0, 1] is 0 there before", "x", 1, 0)
def given(x: Any) -> Any:
    return x.permute(1, 0)[:, None].squeeze(1) * 3


@planted(ZERO, "made-zero", "makes zeros", "zeros", 2)
def made(x: Any) -> Any:
    return torch.stack([x.sum(), x.max(), torch.zeros(())])


@planted(CONSTANT, "saturated", "it reads numbers from 98 to 106", "sigmoid")
def saturated(x: Any) -> Any:
    return torch.sigmoid(x + 100)


@planted(CONSTANT, "one-element", "is a softmax over a single element, always 1", "softmax")
def softmax_of_one(x: Any) -> Any:
    return torch.softmax(x[:, :1], -1)


@planted(CONSTANT, "clamped", "puts all to its bound 3", "clamp")
def clamped(x: Any) -> Any:
    return (x + 10).clamp(max=3) * 2


@planted(CONSTANT, "broadcast", "repeats a single element", "expand")
def broadcast(x: Any) -> Any:
    return x.mean().expand(3, 3) + 1


@planted(CONSTANT, "bias-only", "weights that are all 0, so that its bias alone is left", "linear")
def bias_only(x: Any) -> Any:
    return F.linear(x, torch.zeros(4, 3), torch.ones(4)) + 1


@planted(CONSTANT, "made", "makes it so", "full")
def made_alike(x: Any) -> Any:
    return torch.full((2, 2), 3.0) * 2


@planted(CONSTANT, "rounded", "rounds what lies from 0.1 to 0.4 to one number", "round")
def rounded(x: Any) -> Any:
    return torch.round(torch.tensor([0.1, 0.4])) + 1


@planted(LARGE, "exp", "exp makes 6.566e+07 of 18", "x")
def exponential(x: Any) -> Any:
    return torch.exp(x * 3) + 1


@planted(LARGE, "division", "dividing by 1e−06", "x")
def small_divisor(x: Any) -> Any:
    return x / (x.abs() * 0 + 1e-6) * 0.5


@planted(
    LARGE,
    "unscaled-product",
    "adds up 64 products that nothing scales down",
    "q",
    given=(torch.linspace(-3, 3, 256).reshape(4, 64),),
)
def attention(q: Any) -> Any:
    return q @ (q * 1.0).T


@planted(LARGE, "residuals", "sums on the way make it", "x")
def residuals(x: Any) -> Any:
    for _ in range(20):
        x = x + torch.tanh(x) + x * 0.3
    return x


@planted(LARGE, "no-normalization", "6 products with no normalization between them", "x")
def products(x: Any) -> Any:
    for _ in range(6):
        x = F.linear(x, torch.full((3, 3), 1.5))
    return x


@planted(LARGE, "factor", "multiplying by up to 1000", "x")
def factor(x: Any) -> Any:
    return x * 1000.0


@planted(LARGE, "power", "pow makes 360000 of 600", "x")
def power(x: Any) -> Any:
    return ((x * 100) ** 2) + 0.5


def asked(cause: Cause, question: Question | None) -> None:
    run = ran(LOADER, cause.model, *cause.given)
    reason = run.ask(index=cause.index, question=question)
    assert reason.rule == cause.rule, reason.message
    assert cause.says in reason.message
    assert run.chain(reason)[-1] == cause.at
    assert reason.steps[0].record == len(run.run.records) - 1


@pytest.mark.parametrize("name", sorted(ZERO))
def test_a_zero_is_led_back(name: str):
    torch.manual_seed(0)
    asked(ZERO[name], None)


@pytest.mark.parametrize("name", sorted(CONSTANT))
def test_equal_elements_are_led_back(name: str):
    asked(CONSTANT[name], Question.CONSTANT)


@pytest.mark.parametrize("name", sorted(LARGE))
def test_growth_is_led_back(name: str):
    asked(LARGE[name], Question.LARGE)


class Convolves(nn.Module):
    """A dead convolution between layers that live."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 2, 3, padding=1)
        self.second = nn.Conv2d(2, 2, 3, padding=1, stride=2, bias=False)
        self.head = nn.Linear(8, 3, bias=False)
        with torch.no_grad():
            self.first.bias.fill_(-100)

    def forward(self, x: Any) -> Any:
        return self.head(self.second(torch.relu(self.first(x))).flatten(1))


def test_a_zero_is_led_back_through_products_and_windows():
    run = ran(LOADER, Convolves(), torch.ones(1, 1, 4, 4))
    reason = run.ask()
    assert reason.rule == "relu-dead"
    assert run.chain(reason) == ["linear", "flatten", "conv2d", "relu"]
    assert reason.message.endswith("All 3 elements are 0.")
    assert "lower the learning rate" in reason.advice


def test_a_zero_weight_is_named():
    model = nn.Linear(3, 2, bias=False)
    nn.init.zeros_(model.weight)
    run = ran(LOADER, model, X)
    reason = run.ask()
    assert reason.rule == "zero-weight"
    assert "the parameter weight at [0, 0] is all 0 before the run starts" in reason.message
    assert reason.steps[-1].record == -1


class Differentiates(nn.Module):
    """A loss with its backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)
        with torch.no_grad():
            self.layer.weight.fill_(1.0)
            self.layer.bias.copy_(torch.tensor([0.0, -100.0]))

    def forward(self, x: Any) -> Any:
        loss = torch.relu(self.layer(x)).sum()
        loss.backward()
        return loss


def test_a_gradient_that_is_zero_is_led_back_to_the_relu():
    run = ran(LOADER, Differentiates(), X)
    reason = run.ask("AccumulateGrad", question=Question.ZERO)
    assert reason.rule == "relu-cut"
    assert run.chain(reason)[-1] == "ReluBackward"
    assert "its input was −101" in reason.message


def test_what_is_not_finite_is_led_back_to_the_rule_that_was_broken():
    run = ran(LOADER, lambda x: torch.relu(torch.log(x) * 2) + 1, X)
    reason = run.ask(index=(0, 2))
    assert reason.question is Question.NOT_FINITE
    assert reason.rule == "log-of-negative"
    assert run.chain(reason) == ["add", "relu", "mul", "log"]


def test_what_was_let_go_is_said():
    run = ran(LOADER, lambda x: torch.relu(x * 1.0).repeat(8, 1) * 1, X, budget=420)
    reason = run.ask(index=(8, 2))
    assert reason.rule == "not-kept"
    assert "computes 0 of values that were let go" in reason.message
    assert run.chain(reason) == ["mul", "repeat", "relu"]
    with pytest.raises(Refusal, match="was let go to stay within the memory"):
        run.ask("mul", nth=0, question=Question.ZERO)


def test_a_question_that_does_not_fit_is_refused():
    run = ran(LOADER, lambda x: x + 10, X)
    with pytest.raises(Refusal, match="Nothing of add is 0"):
        run.ask(question=Question.ZERO)
    with pytest.raises(Refusal, match="are not all equal"):
        run.ask(question=Question.CONSTANT)
    with pytest.raises(Refusal, match=r"has 2 axes and no element \[0, 3\]"):
        run.ask(index=(0, 3))


def test_what_may_be_asked_is_offered():
    run = ran(LOADER, lambda x: torch.relu(x - 100) + 0, X)
    assert run.ask().offers == (Question.ZERO, Question.LARGE, Question.CONSTANT)


def test_what_a_relu_cuts_off_has_no_part_in_the_growth():
    model = nn.Linear(3, 2)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.copy_(torch.tensor([0.0, -1000.0]))
    run = ran(LOADER, nn.Sequential(model, nn.ReLU()), X)
    reason = run.ask(question=Question.LARGE)
    assert "linear in 0 makes 15 of 6" in reason.message
    assert reason.cause == 1
