"""Where elements of PyTorch's values came from: each family of ops against autograd on the op."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from opscope.tracers.ir import Ref, ValueKind
from opscope.tracers.ir.provenance import Way
from opscope.tracers.pytorch.loader import LOADER

from .sources_checked import Followed, dense, follow


@dataclass(frozen=True)
class Case:
    """One op on some inputs."""

    op: str
    model: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    way: Way = Way.EXACT


def case(op: str, model: Callable[..., Any], *shapes: tuple[int, ...], way: Way = Way.EXACT) -> Any:
    return pytest.param(Case(op, model, shapes, way), id=f"{op}-{len(shapes)}-{shapes[0]}")


INDEX = torch.tensor([[2, 0, 1, 1], [0, 2, 2, 1]])
PICKED = torch.tensor([2, 0, 2])
MASK = torch.tensor([[True, False, True, True], [False, True, False, False]])

EXACT = [
    # Pointwise, with broadcasting and plain numbers
    case("relu", torch.relu, (3, 4)),
    case("gelu", F.gelu, (3, 4)),
    case("add", lambda x, y: x + y, (3, 4), (4,)),
    case("mul", lambda x, y: x * y, (2, 3, 4), (3, 1)),
    case("div", torch.div, (3, 4), (3, 4)),
    case("sub", lambda x: 1.5 - x, (3, 4)),
    case("pow", lambda x: x**3, (3, 4)),
    case("sigmoid", torch.sigmoid, (3, 4)),
    case("tanh", torch.tanh, ()),
    case("clamp", lambda x: x.clamp(-0.5, 0.5), (3, 4)),
    case("maximum", torch.maximum, (3, 4), (3, 4)),
    case("add_", lambda x: (x * 1.0).add_(2.0), (3, 4)),
    case("to", lambda x: x.to(torch.float64), (3, 4)),
    case("exp", torch.exp, (2, 3)),
    # Views, joins, slices
    case("reshape", lambda x: x.reshape(4, 3), (3, 4)),
    case("transpose", lambda x: x.transpose(0, 2), (2, 3, 4)),
    case("permute", lambda x: x.permute(2, 0, 1), (2, 3, 4)),
    case("getitem", lambda x: x[1:, ::2], (3, 4)),
    case("getitem", lambda x: x[..., None, 1], (2, 3, 4)),
    case("getitem", lambda x: x[PICKED], (3, 4)),
    case("cat", lambda x, y: torch.cat([x, y], 1), (2, 3), (2, 2)),
    case("stack", lambda x, y: torch.stack([x, y], 1), (2, 3), (2, 3)),
    case("expand", lambda x: x.expand(4, 3), (1, 3)),
    case("repeat", lambda x: x.repeat(2, 3), (2, 2)),
    case("flip", lambda x: x.flip(0), (3, 2)),
    case("roll", lambda x: torch.roll(x, 2, 1), (2, 5)),
    case("pad", lambda x: F.pad(x, (1, 2), mode="reflect"), (1, 2, 5)),
    case("where", lambda x, y: torch.where(MASK, x, y), (2, 4), (2, 4)),
    case("tril", torch.tril, (4, 4)),
    case("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), (1, 4, 2, 2)),
    case("unfold", lambda x: x.unfold(0, 3, 2), (9,)),
    case("setitem", lambda x, y: x.clone().__setitem__((slice(None), 1), y), (3, 4), (3,)),
    # Gathers
    case("gather", lambda x: x.gather(0, INDEX), (3, 4)),
    case("index_select", lambda x: x.index_select(1, PICKED), (3, 4)),
    case("embedding", lambda w: F.embedding(INDEX, w), (3, 5)),
    # Reductions
    case("sum", lambda x: x.sum(), (3, 4)),
    case("sum", lambda x: x.sum((0, 2)), (2, 3, 4)),
    case("mean", lambda x: x.mean(-1, keepdim=True), (2, 3, 4)),
    case("amax", lambda x: x.amax(1), (3, 4)),
    case("max", lambda x: x.max(0)[0], (3, 4)),
    case("prod", lambda x: x.prod(1), (3, 4)),
    case("var", lambda x: x.var(1), (3, 4)),
    case("std", lambda x: x.std((0, 1), unbiased=False), (3, 4)),
    case("logsumexp", lambda x: x.logsumexp(0), (3, 4)),
    case("norm", lambda x: torch.norm(x, dim=1), (3, 4)),
    case("cumsum", lambda x: x.cumsum(1), (3, 4)),
    # Softmax
    case("softmax", lambda x: torch.softmax(x, -1), (2, 3, 4)),
    case("softmax", lambda x: F.softmax(x, dim=0), (3, 4)),
    case("log_softmax", lambda x: F.log_softmax(x, 1), (3, 4)),
    # Products
    case("matmul", lambda x, y: x @ y, (3, 4), (4, 2)),
    case("matmul", lambda x, y: x @ y, (2, 1, 3, 4), (5, 4, 2)),
    case("matmul", lambda x, y: x @ y, (4,), (4, 2)),
    case("matmul", lambda x, y: x @ y, (3, 4), (4,)),
    case("mm", torch.mm, (3, 4), (4, 2)),
    case("bmm", torch.bmm, (2, 3, 4), (2, 4, 2)),
    case("addmm", lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2), (2,), (3, 4), (4, 2)),
    case("linear", F.linear, (2, 3, 4), (5, 4), (5,)),
    case("linear", F.linear, (4,), (5, 4)),
    case("einsum", lambda x, y: torch.einsum("bij,bkj->bik", x, y), (2, 3, 4), (2, 5, 4)),
    case(
        "scaled_dot_product_attention",
        F.scaled_dot_product_attention,
        (1, 2, 3, 4),
        (1, 2, 5, 4),
        (1, 2, 5, 4),
    ),
    # Convolutions
    case("conv2d", F.conv2d, (2, 3, 6, 5), (4, 3, 3, 2), (4,)),
    case("conv2d", lambda x, w: F.conv2d(x, w, stride=2, padding=1), (1, 3, 7, 7), (4, 3, 3, 3)),
    case(
        "conv2d",
        lambda x, w: F.conv2d(x, w, padding=(2, 1), dilation=2, groups=2),
        (1, 4, 7, 7),
        (6, 2, 3, 3),
    ),
    case("conv2d", lambda x, w: F.conv2d(x, w, padding="same"), (1, 2, 5, 5), (3, 2, 4, 2)),
    case("conv2d", lambda x, w: F.conv2d(x, w, padding=1), (3, 5, 5), (2, 3, 3, 3)),
    case("conv1d", lambda x, w: F.conv1d(x, w, stride=3, padding=2), (2, 3, 11), (4, 3, 4)),
    case("conv3d", F.conv3d, (1, 2, 4, 4, 3), (2, 2, 2, 2, 2)),
    # Pools
    case("max_pool2d", lambda x: F.max_pool2d(x, 2), (1, 2, 6, 6)),
    case("max_pool2d", lambda x: F.max_pool2d(x, 3, 2, 1), (1, 2, 7, 7)),
    case("max_pool1d", lambda x: F.max_pool1d(x, 4, 1, 2, 2), (1, 2, 9)),
    case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), (1, 2, 7, 7)),
    case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), (1, 2, 6, 6)),
    case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1, True), (1, 2, 6, 6)),
    case("avg_pool1d", lambda x: F.avg_pool1d(x, 2), (1, 2, 6)),
    case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 2)), (1, 2, 7, 5)),
    # Norms
    case("layer_norm", lambda x, w, b: F.layer_norm(x, (4,), w, b), (2, 3, 4), (4,), (4,)),
    case(
        "batch_norm",
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        (3, 2, 4),
        (2,),
        (2,),
    ),
]
OTHERWISE = [
    case("group_norm", lambda x: F.group_norm(x, 2), (2, 4, 3), way=Way.GRADIENT),
    case("conv_transpose2d", F.conv_transpose2d, (1, 3, 4, 4), (3, 2, 3, 3), way=Way.GRADIENT),
    case("cross_entropy", lambda x: F.cross_entropy(x, PICKED), (3, 4), way=Way.GRADIENT),
    case("interpolate", lambda x: F.interpolate(x, scale_factor=2), (1, 1, 3), way=Way.GRADIENT),
    case("scatter_add", lambda x, y: x.scatter_add(0, INDEX, y), (3, 4), (2, 4), way=Way.GRADIENT),
    case("linalg_det", torch.linalg.det, (3, 3), way=Way.GRADIENT),
]


def reference(model: Callable[..., Any], inputs: list[torch.Tensor], index: tuple[int, ...]) -> Any:
    """derivative × value of every input element, by autograd through the op in float64."""
    leaves = [each.double().requires_grad_() for each in inputs]
    output = model(*leaves)
    if output is None:  # setitem gives nothing
        output = leaves[0].clone()
        output[:, 1] = leaves[1]
    gradients = torch.autograd.grad(output[index], leaves, allow_unused=True)
    return [
        np.zeros(tuple(leaf.shape)) if gradient is None else (gradient * leaf).detach().numpy()
        for gradient, leaf in zip(gradients, leaves, strict=True)
    ]


@pytest.mark.parametrize("one", [*EXACT, *OTHERWISE])
def test_every_element_has_what_autograd_says(one: Case) -> None:
    torch.manual_seed(0)
    inputs = [torch.randn(shape) for shape in one.shapes]

    def model(*given: torch.Tensor) -> Any:
        result = one.model(*given)
        return given[0] if result is None else result

    run = follow(LOADER, model, *inputs)
    record = run.record(one.op)
    shape = run.run.records[record].outputs[0].shape
    for flat in {0, int(np.prod(shape)) // 2, int(np.prod(shape)) - 1}:
        index = tuple(int(n) for n in np.unravel_index(flat, shape)) if shape else ()
        found = run.ask(one.op, *index)
        assert found.way is one.way, (found.how, found.way)
        told: dict[int, Any] = {}
        for feed in found.feeds:
            if feed.elements and feed.elements[0].contribution is not None:
                told[feed.slot] = dense(feed)
        slots = [n for n, ref in enumerate(run.run.records[record].inputs) if is_data(run, ref)]
        wanted = reference(one.model, inputs, index)
        assert len(slots) == len(wanted)
        for slot, array in zip(slots, wanted, strict=True):
            mine = told.get(slot, np.zeros(array.shape))
            np.testing.assert_allclose(mine, array, rtol=2e-4, atol=2e-6)


def is_data(run: Followed, ref: Ref) -> bool:
    """It is an input of the model, or a copy of one: no constant of the op's."""
    return ref[0] >= 0 or run.run.graph.values[ref[1]].kind is ValueKind.INPUT
