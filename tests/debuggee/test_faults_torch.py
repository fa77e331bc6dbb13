"""Planted numeric faults in PyTorch models, each explained right; and clean models, without one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from opscope.tracers.ir import Phase
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.loader import LOADER

from .numbers_checked import check

INF = float("inf")
X = torch.tensor([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]])


@dataclass(frozen=True)
class Fault:
    """What is run, and what has to be said of it."""

    model: Callable[..., Any]
    op: str
    rule: str
    index: tuple[int, ...] = ()
    operands: tuple[str, ...] = ()
    given: tuple[Any, ...] = (X,)
    backward: bool = False


FAULTS: dict[str, Fault] = {}
CLEAN: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}


def fault(op: str, rule: str, *index: int, **more: Any) -> Callable[[Any], Any]:
    def put(model: Callable[..., Any]) -> Callable[..., Any]:
        FAULTS[model.__name__] = Fault(model, op, rule, index, **more)
        return model

    return put


def clean(*given: Any) -> Callable[[Any], Any]:
    def put(model: Callable[..., Any]) -> Callable[..., Any]:
        CLEAN[model.__name__] = (model, given or (X,))
        return model

    return put


@fault("log", "log-of-zero", 0, 1, operands=("0",))
def log_of_relu(x: Any) -> Any:
    return (torch.relu(x) * 2).log().sum()


@fault("div", "zero-over-zero", 0, 1, operands=("0", "0"))
def ratio(x: Any) -> Any:
    return torch.tanh(x) / x


@fault("div", "division-by-zero", 0, 1, operands=("1", "0"))
def inverse(x: Any) -> Any:
    return torch.tanh(1 / x)


@fault("half", "float16-overflow", 1, 0, operands=("80000",))
def too_large_for_half(x: Any) -> Any:
    return (x * 2e4).half() * 0.5


@fault("linear", "float16-overflow", 1, 0, operands=("[800, 1000, 1200]", "[100, 100, 100]"))
def half_product(x: Any) -> Any:
    return F.linear(x.half() * 200, torch.full((2, 3), 100.0).half())


@fault("exp", "exp-overflow", 0, 0, operands=("100",))
def naive_softmax(x: Any) -> Any:
    powers = torch.exp(x * 100)
    return powers / powers.sum(1, keepdim=True)


@fault("sqrt", "sqrt-of-negative", 0, 2, operands=("−2",))
def root(x: Any) -> Any:
    return torch.sqrt(x)


@fault("pow", "negative-to-fraction", 0, 2, operands=("−2", "0.3"))
def power(x: Any) -> Any:
    return x**0.3


@fault("mean", "empty-reduction")
def mean_of_nothing(x: Any) -> Any:
    return x[x > 100].mean()


@fault("std", "spread-of-one", 0)
def batch_of_one(x: Any) -> Any:
    return x[:1].std(0)


@fault("softmax", "softmax-all-masked", 1, 0, operands=("[−Inf, −Inf, −Inf]",))
def masked_row(x: Any) -> Any:
    mask = torch.tensor([[False, True, False], [True, True, True]])
    return torch.softmax(x.masked_fill(mask, -INF), -1) @ torch.ones(3, 2)


@fault("mul", "zero-times-inf", 0, 0, operands=("0", "−Inf"))
def mask_by_product(x: Any) -> Any:
    mask = (x > 5).float()
    return torch.softmax(x + mask * -INF, -1)


@fault("cross_entropy", "empty-reduction")
def ignored_targets(x: Any) -> Any:
    return F.cross_entropy(x, torch.full((2,), -100))


@fault("normalize", "zero-over-zero", 0, 0)
def length_of_nothing(x: Any) -> Any:
    return F.normalize(x * 0, dim=1, eps=0.0)


@fault("mul", "float32-overflow", operands=("1e+38", "10"))
def grows_in_a_loop(x: Any) -> Any:
    y = torch.tensor(1.0)
    for _ in range(50):
        y = y * 10
    return x * y


@fault("acos", "outside-domain", 0, 2)
def arc(x: Any) -> Any:
    return torch.acos(x.clamp(max=1.0))


@fault("SqrtBackward", "gradient-at-zero", 0, 1, backward=True)
def slope_of_root(x: Any) -> Any:
    w = x.clone().requires_grad_()
    torch.relu(w).sqrt().sum().backward()
    return w.grad


@fault("LogBackward", "gradient-at-zero", 0, 1, backward=True)
def where_trap(x: Any) -> Any:
    w = x.clone().requires_grad_()
    torch.where(w > 0, torch.log(torch.relu(w)), 0.0).sum().backward()
    return w.grad


@fault("PowBackward", "gradient-at-zero", 0, 1, backward=True)
def slope_of_power(x: Any) -> Any:
    w = x.clone().requires_grad_()
    (torch.relu(w) ** 0.5).sum().backward()
    return w.grad


@fault("ReciprocalBackward", "division-by-zero", 0, 1, backward=True)
def chosen_quotient(x: Any) -> Any:
    w = x.clone().requires_grad_()
    torch.where(w != 0, 1.0 / w, 0.0).sum().backward()
    return w.grad


@fault("MulBackward", "float16-overflow", 0, 0, backward=True)
def half_gradient(x: Any) -> Any:
    w = (x.half() * 1e-3).requires_grad_()
    ((w * 300) * 300).sum().backward()
    return w.grad


@fault("mul", "float16-overflow", 1, 2, operands=("16384", "4"))
def half_grows_in_a_loop(x: Any) -> Any:
    y = torch.tensor([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]]).half()
    for _ in range(7):
        y = y * 4
    return y.float() + x


@fault("log", "log-of-zero", 0, 1, operands=("0",))
def log_of_zero_in_half(x: Any) -> Any:
    return torch.log(torch.relu(x.half())).sum()


@fault("log", "log-of-zero", 0, 1, operands=("0",))
def beside_a_benign_mask(x: Any) -> Any:
    scores = x.T @ x + torch.full((3, 3), -INF).triu(1)
    weights = torch.softmax(scores, -1)
    return (x @ weights).sum() + torch.log(torch.relu(x)).sum()


@fault("SqrtBackward", "gradient-at-zero", 0, 1, backward=True)
def slope_behind_a_mask(x: Any) -> Any:
    w = x.clone().requires_grad_()
    scores = (w.T @ w).masked_fill(torch.ones(3, 3).triu(1) > 0, -INF)
    spread = torch.softmax(scores, -1).sum()
    (torch.relu(w).sqrt().sum() + spread).backward()
    return w.grad


@fault("MulBackward", "float16-overflow", 0, 0, backward=True)
def half_gradient_through_a_loop(x: Any) -> Any:
    w = (x.half() * 1e-4).requires_grad_()
    y = w
    for _ in range(6):
        y = y * 8
    y.sum().backward()
    return w.grad


@clean()
def causal_mask(x: Any) -> Any:
    scores = x.T @ x + torch.full((3, 3), -INF).triu(1)
    return torch.softmax(scores, -1)


@clean()
def log_mask(x: Any) -> Any:
    return torch.softmax(x + (x > 0).float().log(), -1)[0]


@clean()
def chosen_log(x: Any) -> Any:
    return torch.where(x > 0, torch.log(x), torch.zeros_like(x))


@clean()
def clamped_log(x: Any) -> Any:
    return torch.log(torch.relu(x)).clamp(min=-100).sum()


@clean()
def mask_to_the_end(x: Any) -> Any:
    return x.masked_fill(x < 0, -INF)


@clean()
def greatest_of_masked(x: Any) -> Any:
    return x.masked_fill(x == 0, -INF).amax(1)


@clean()
def running_greatest(x: Any) -> Any:
    top = torch.full((2,), -INF)
    total = torch.zeros(2)
    for column in x.T:
        new = torch.maximum(top, column)
        total = total * torch.exp(top - new) + torch.exp(column - new)
        top = new
    return total


@clean()
def unwritten(x: Any) -> Any:
    room = torch.empty(64, 64)
    room[:2, :3] = x
    return room[:2, :3] * 2


@clean()
def nan_replaced(x: Any) -> Any:
    return torch.nan_to_num(x / x).sum()


@clean()
def nan_asked_for(x: Any) -> Any:
    ratio = x / x
    return torch.isnan(ratio).sum(), ratio[~torch.isnan(ratio)].mean()


@clean()
def norm_with_inf_order(x: Any) -> Any:
    return torch.linalg.vector_norm(x, ord=INF) + x.norm(p=INF)


@clean(torch.tensor([[1.0, math.nan, 2.0]]))
def nan_in_the_data(x: Any) -> Any:
    return torch.nanmean(x)


@clean()
def training_step(x: Any) -> Any:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 2))
    best = torch.optim.Adam(net.parameters())
    loss = F.cross_entropy(net(x), torch.tensor([0, 1]))
    loss.backward()
    best.step()
    return loss


@clean()
def scaled_gradients(x: Any) -> Any:
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**17)
    w = x.clone().requires_grad_()
    best = torch.optim.SGD([w], 0.1)
    scaler.scale((w.half() * w.half()).sum().float()).backward()
    scaler.step(best)
    scaler.update()
    return w


@clean()
def log_softmax_of_masked(x: Any) -> Any:
    scores = x.masked_fill(x < 0, -INF)
    return F.nll_loss(F.log_softmax(scores, -1), torch.tensor([0, 2]))


@clean()
def padding_mask(x: Any) -> Any:
    torch.manual_seed(0)
    attention = torch.nn.MultiheadAttention(4, 2, batch_first=True).eval()
    tokens = torch.rand(2, 3, 4)
    padding = torch.tensor([[False, False, True], [False, True, True]])
    return attention(tokens, tokens, tokens, key_padding_mask=padding)[0]


@clean()
def masked_attention_in_half(x: Any) -> Any:
    q = torch.ones(1, 2, 4, 8).bfloat16()
    return F.scaled_dot_product_attention(q, q, q, is_causal=True).float() + x.sum()


@clean()
def chosen_gradient(x: Any) -> Any:
    w = x.clone().requires_grad_()
    safe = torch.where(w > 0, w, torch.ones_like(w))
    torch.where(w > 0, torch.log(safe), torch.zeros_like(w)).sum().backward()
    return w.grad


@clean()
def masked_training_step(x: Any) -> Any:
    w = x.clone().requires_grad_()
    scores = (w.T @ w).masked_fill(torch.ones(3, 3).triu(1) > 0, -INF)
    loss = F.cross_entropy(scores, torch.tensor([0, 1, 2]))
    loss.backward()
    return w.grad


@clean()
def log_of_probabilities(x: Any) -> Any:
    return (torch.softmax(x * 3, -1) + 1e-9).log().sum()


@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_explained(name: str):
    fault = FAULTS[name]
    checked = check(LOADER, fault.model, *fault.given)
    assert len(checked.findings) == 1, [each.message for each in checked.findings]
    (found,) = checked.findings
    assert (checked.op(found), found.rule) == (fault.op, fault.rule), found.message
    assert found.index == fault.index
    if fault.operands:
        assert tuple(text for _, text in found.operands) == fault.operands
    assert (checked.record(found).phase is Phase.BACKWARD) is fault.backward
    assert "test_faults_torch.py, line" in found.message
    assert found.advice.endswith(".")


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_model_has_no_finding(name: str):
    model, given = CLEAN[name]
    checked = check(LOADER, model, *given)
    assert [each.message for each in checked.findings] == []
    assert checked.run.records


def test_how_far_it_spread_and_where_it_became_nan():
    def model(x: Any) -> Any:
        y = torch.log(torch.relu(x))
        return (y * torch.zeros(2, 3)).sum() + x.sum()

    (found,) = check(LOADER, model, X).findings
    assert (found.spread_ops, found.spread_values) == (3, 3)
    assert "It becomes NaN in mul (" in found.message
    assert "It spreads to 3 ops and 3 values after it." in found.message


def test_an_op_in_a_loop_is_told_once():
    def model(x: Any) -> Any:
        return [torch.log(torch.relu(x)) for _ in range(4)]

    (found,) = check(LOADER, model, X).findings
    assert (found.record, found.times) == (1, 4)
    assert "So do 3 later executions of it." in found.message


def test_values_that_were_let_go_leave_the_op_and_its_line():
    (found,) = check(LOADER, log_of_relu, X, budget=8).findings
    assert (found.rule, found.result, found.index) == ("not-kept", "−Inf", ())
    assert found.message.startswith("log makes −Inf: its values were let go")
    assert "test_faults_torch.py, line" in found.message


def test_what_came_in_with_nan():
    (found,) = check(LOADER, lambda x: (x * 2).sum(), torch.tensor([1.0, math.nan])).findings
    assert (found.record, found.rule, found.index) == (-1, "not-finite-before", (1,))
    assert found.message.startswith("The input x is NaN at [1] before the run starts.")


def test_a_weight_that_the_run_itself_makes_nan_is_no_cause():
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3))

        def forward(self, x: Any) -> Any:
            loss = torch.sqrt(torch.relu(self.weight * x)).sum()
            loss.backward()
            with torch.no_grad():
                self.weight.sub_(self.weight.grad)
            return loss

    checked = check(LOADER, Net(), X)
    assert [checked.op(each) for each in checked.findings] == ["SqrtBackward"]


def watched(text: str) -> list[tuple[str, str]]:
    def model(x: Any) -> Any:
        w = x.clone().requires_grad_()
        y = torch.relu(w - 4) * 3000
        (y.sigmoid() * 1e-6).sum().backward()
        return y

    checked = check(LOADER, model, X)
    return [(checked.op(each), each.message) for each in checked.watch(text)]


@pytest.mark.parametrize(
    ("text", "ops"),
    [
        ("nan", []),
        ("inf", []),
        ("absmax>1e3", ["mul"]),
        ("absmax>1e3 @ relu*", []),
        ("range -10..10 @ mul", ["mul"]),
        ("dead>0.5 @ relu", ["relu"]),
        ("dead>0.9 @ relu", []),
        ("zero @ Relu*", ["ReluBackward"]),
        ("constant @ backward.Su[!b]*", ["SumBackward"]),
        ("saturated>0.99 @ sigmoid", ["sigmoid"]),
        ("exploding>1e-7 @ Sum*", ["SumBackward"]),
        ("vanishing @ Relu*", ["ReluBackward"]),
        ("output.max() > 5000 and op == 'mul'", ["mul"]),
        ("phase == 'backward' and shape == ()", []),
    ],
)
def test_watches_over_a_recorded_run(text: str, ops: list[str]):
    assert [op for op, _ in watched(text)] == ops


def test_a_watch_names_the_element_and_the_share():
    ((_, said),) = watched("absmax>1e3 @ mul")[:1]
    assert "2 elements are so, first 3000 at [1, 1]" in said
    ((_, said),) = watched("dead>0.5 @ relu")
    assert "66.7% of 6 elements are 0" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs a condition"),
        ("absmax<3", "watched with >"),
        ("dead>7", "a share from 0 to 1"),
        ("range 3..1", "ends before it starts"),
        ("absmax>big", "is no number"),
        ("nan @ ", "names ops"),
        ("loss > 3", "no loss to watch"),
        ("output.save()", "cannot be used"),
    ],
)
def test_a_bad_watch_gets_one_sentence(text: str, words: str):
    checked = check(LOADER, lambda x: x + 1, X)
    with pytest.raises(Refusal, match=words):
        checked.watched.ask(text)


def test_a_watch_over_ops_that_there_are_none_of_says_so():
    checked = check(LOADER, lambda x: x + 1, X)
    assert checked.watched.ask("nan @ h.*") == ([], "No op that ran fits h.*.")
