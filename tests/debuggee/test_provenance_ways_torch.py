"""Which way provenance goes where a rule does not lead to the element, and what it says then."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from opscope.tracers.ir import OUTSIDE, Phase
from opscope.tracers.ir.provenance import Way, strongest
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.loader import LOADER

from .sources_checked import dense, feed_of, follow, ways

X = torch.tensor([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]])


def test_the_largest_come_first_with_the_share_of_the_rest() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(1, 50), torch.randn(3, 50)
    run = follow(LOADER, lambda x: F.linear(x, w), x)
    found = run.sources.of((run.record("linear"), 0), (0, 1), 5)
    feed = feed_of(found, 0)
    products = (x[0] * w[1]).double().numpy()
    order = np.argsort(-np.abs(products))
    assert [source.index for source in feed.elements] == [(0, int(n)) for n in order[:5]]
    assert feed.count == 50
    assert abs(feed.rest - products[order[5:]].sum()) < 1e-6
    assert abs(feed.magnitude - np.abs(products).sum()) < 1e-5
    assert feed.role == "input"
    assert feed_of(found, 1).role == "weight"


def test_nan_comes_first() -> None:
    x = torch.tensor([[1.0, math.nan, 100.0]])
    run = follow(LOADER, lambda x: x.sum(1), x)
    found = run.ask("sum", 0)
    first = found.feeds[0].elements[0]
    assert first.index == (0, 1)
    assert first.contribution is not None
    assert math.isnan(first.contribution)
    assert strongest(found) == (found.feeds[0].ref, (0, 1))


def test_a_masked_element_of_softmax_gives_nothing() -> None:
    x = torch.tensor([[1.0, -math.inf, 2.0]])
    found = follow(LOADER, lambda x: torch.softmax(x, -1), x).ask("softmax", 0, 2)
    assert found.way is Way.EXACT
    assert dense(found.feeds[0])[0, 1] == 0.0


def test_what_cannot_be_differentiated_is_changed() -> None:
    run = follow(LOADER, lambda x: x > 0.3, X)
    found = run.ask("gt", 0, 0)
    assert ways(found) == {Way.PERTURBATION}
    (source,) = found.feeds[0].elements
    assert source.index == (0, 0)
    assert source.contribution == 0.0, "a small change does not turn it"


def test_whole_numbers_are_moved_by_one() -> None:
    given = torch.tensor([3, -4, 5])
    found = follow(LOADER, lambda x: x * x, given).ask("mul", 1)
    assert found.way is Way.PERTURBATION
    assert sum(feed.elements[0].contribution or 0.0 for feed in found.feeds) == 32.0


def test_an_index_says_which_element_is_taken() -> None:
    index = torch.tensor([2, 0])
    found = follow(LOADER, lambda w: F.embedding(index, w), X.T.contiguous()).ask("embedding", 0, 1)
    chooser, table = feed_of(found, 0), feed_of(found, 1)
    assert chooser.elements[0].value == 2.0
    assert chooser.elements[0].contribution is None
    assert table.elements[0].index == (2, 1)
    assert strongest(found) == (table.ref, (2, 1))


def test_argmax_names_the_element_that_it_chose() -> None:
    run = follow(LOADER, lambda x: (x.argmax(1), x.argmax()), X)
    first, whole = run.record("argmax") - 1, run.record("argmax")
    assert run.sources.of((first, 0), (1,)).feeds[0].elements[0].index == (1, 0)
    found = run.sources.of((whole, 0), ())
    assert found.feeds[0].elements[0].index == (0, 2)
    assert strongest(found) == (found.feeds[0].ref, (0, 2)), "the only one"


def test_padding_came_from_nowhere() -> None:
    run = follow(LOADER, lambda x: F.pad(x, (1, 1), value=7.0), X)
    found = run.ask("pad", 0, 0)
    assert found.feeds == ()
    assert "fills" in found.how
    assert strongest(found) is None
    assert run.ask("pad", 0, 1).feeds[0].elements[0].index == (0, 0)


def test_a_mask_fills_or_lets_pass() -> None:
    mask = torch.tensor([[True, False, False], [False, False, True]])
    run = follow(LOADER, lambda x: x.masked_fill(mask, -math.inf), X)
    assert run.ask("masked_fill", 0, 0).feeds == ()
    assert run.ask("masked_fill", 0, 1).feeds[0].elements[0].index == (0, 1)


def test_dropout_is_read_off_what_it_did() -> None:
    torch.manual_seed(0)
    x = torch.ones(8, 8)
    before = torch.random.get_rng_state()
    run = follow(LOADER, lambda x: F.dropout(x, 0.5, True), x)
    output = run.array((run.record("dropout"), 0))
    kept, lost = np.argwhere(output == 2.0)[0], np.argwhere(output == 0.0)[0]
    found = run.ask("dropout", *map(int, kept))
    assert (found.way, found.feeds[0].elements[0].contribution) == (Way.EXACT, 2.0)
    assert run.ask("dropout", *map(int, lost)).feeds[0].elements[0].contribution == 0.0
    assert before.shape == torch.random.get_rng_state().shape


def test_asking_uses_up_no_random_numbers_and_changes_no_value() -> None:
    run = follow(LOADER, lambda x: (x * 1.0).add_(1.0).relu_(), X)
    state = torch.random.get_rng_state()
    before = [run.array((n, 0)) for n in range(len(run.run.records))]
    for type_ in ("add_", "relu_", "mul"):
        run.ask(type_, 0, 1)
    assert torch.equal(torch.random.get_rng_state(), state)
    after = [run.array((n, 0)) for n in range(len(run.run.records))]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_random_numbers_came_from_nowhere() -> None:
    run = follow(LOADER, lambda x: x + torch.rand_like(x), X)
    found = run.sources.of((run.record("rand_like"), 0), (0, 0))
    assert "draws random numbers" in found.problem
    assert found.feeds == ()


def test_a_value_that_was_let_go_is_named() -> None:
    run = follow(LOADER, lambda x: torch.relu(x * 2.0) + 1.0, X)
    run.history.remove((run.record("mul"), 0))
    found = run.sources.of((run.record("relu"), 0), (0, 0))
    assert found.missing == ((run.record("mul"), 0),)
    assert "mul was let go" in found.problem
    assert "fetch it" in found.problem


def test_a_value_from_outside_ends_it() -> None:
    run = follow(LOADER, torch.relu, X)
    ref = run.run.records[0].inputs[0]
    found = run.sources.of(ref, (0, 2))
    assert (found.outside, found.value, found.feeds) == (True, 3.0, ())


@pytest.mark.parametrize("index", [(0,), (0, 3), (-1, 0), (2, 0)])
def test_an_element_that_is_not_there_is_refused(index: tuple[int, ...]) -> None:
    run = follow(LOADER, torch.relu, X)
    with pytest.raises(Refusal, match="no element"):
        run.sources.of((0, 0), index)


def test_gradients_of_autograd_have_no_function_to_run() -> None:
    def model(x: torch.Tensor) -> torch.Tensor:
        leaf = x.clone().requires_grad_()
        torch.tanh(leaf).sum().backward()
        assert leaf.grad is not None
        return leaf.grad * 1.0

    run = follow(LOADER, model, X)
    rows = enumerate(run.run.records)
    record = next(n for n, row in rows if row.phase is Phase.BACKWARD and row.outputs[0].shape)
    found = run.sources.of((record, 0), (0, 0))
    assert "autograd" in found.problem


def test_an_answer_that_does_not_lead_to_the_element_is_none() -> None:
    run = follow(LOADER, lambda x, y: x * y, X, X)
    record = run.record("mul")
    edited = torch.full((2, 3), 9.0)
    run.history.put((record, 0), edited, 24)
    found = run.sources.of((record, 0), (0, 0))
    assert found.feeds == ()
    assert "it gives 1 there, and not 9" in found.problem


def test_half_precision_and_autocast_are_followed() -> None:
    torch.manual_seed(0)
    x, w = torch.randn(4, 16), torch.randn(8, 16)

    def model(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return F.linear(x, w)

    run = follow(LOADER, model, x)
    record = run.record("linear")
    assert run.run.records[record].outputs[0].dtype == "bfloat16"
    found = run.ask("linear", 2, 3)
    assert found.way is Way.EXACT
    np.testing.assert_allclose(dense(feed_of(found, 0))[2], (x[2] * w[3]).numpy(), rtol=1e-5)


def test_batch_norm_tells_of_its_running_statistics() -> None:
    torch.manual_seed(0)
    x, mean, var, weight, bias = torch.randn(2, 3, 4), *torch.rand(4, 3) + 0.5
    model = lambda x, *rest: F.batch_norm(x, *rest[:2], rest[2], rest[3], eps=1e-3)  # noqa: E731
    found = follow(LOADER, model, x, mean, var, weight, bias).ask("batch_norm", 1, 2, 3)
    assert ways(found) == {Way.EXACT}
    leaves = [each.double().requires_grad_() for each in (x, mean, var, weight, bias)]
    by = {0: leaves[0], 1: leaves[1], 2: leaves[2], 3: leaves[3], 4: leaves[4]}
    scaled = (by[0][1, 2, 3] - by[1][2]) / (by[2][2] + 1e-3).sqrt() * by[3][2] + by[4][2]
    for slot, gradient in enumerate(torch.autograd.grad(scaled, leaves)):
        wanted = (gradient * leaves[slot]).detach().numpy()
        np.testing.assert_allclose(dense(feed_of(found, slot)), wanted, rtol=1e-4)


def test_lists_of_tensors_know_their_places() -> None:
    run = follow(LOADER, lambda x, y: torch.cat([x, y], 1), X, X + 10)
    found = run.ask("cat", 1, 4)
    assert [(feed.slot, feed.elements[0].index) for feed in found.feeds] == [(1, (1, 1))]


def test_following_the_strongest_ends_outside() -> None:
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    run = follow(LOADER, net, torch.randn(3, 4))
    path = run.sources.follow((len(run.run.records) - 1, 0), (1, 1), 10)
    assert [each.ref[0] >= 0 for each in path] == [True] * (len(path) - 1) + [False]
    assert path[-1].outside
    for one, then in pairwise(path):
        assert strongest(one) == (then.ref, then.index)
        sums = [abs(s.contribution or 0.0) for f in one.feeds for s in f.elements]
        assert max(sums) == abs(next(
            s.contribution or 0.0
            for f in one.feeds
            for s in f.elements
            if (f.ref, s.index) == (then.ref, then.index)
        ))  # fmt: skip


def test_a_loop_of_the_models_own_is_followed_pass_by_pass() -> None:
    def model(x: torch.Tensor) -> torch.Tensor:
        for _ in range(3):
            x = x * 2.0
        return x

    run = follow(LOADER, model, X)
    path = run.sources.follow((2, 0), (0, 2), 10)
    assert [each.value for each in path] == [24.0, 12.0, 6.0, 3.0]
    assert path[-1].ref[0] == OUTSIDE


def test_a_custom_function_is_asked_for_its_own_gradient() -> None:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grads[0] * 3 * x**2

    run = follow(LOADER, lambda x: Cube.apply(x) + 0.0, X)
    found = run.ask("add", 0, 2)
    assert found.feeds[0].elements[0].value == 27.0
    assert found.feeds[0].elements[0].contribution == 27.0
