"""Backward passes for the models of the zoo: the model's own, and one that a user chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.nested import leaves

from ..debuggee.torch_runs import Traced

_DIFFERENTIABLE = ("float", "bfloat", "complex")


def training_step(model: Any) -> Callable[..., Any]:
    """A callable that runs a model, and backward from all outputs that a gradient leads to."""

    def step(*args: Any, **kwargs: Any) -> torch.Tensor | None:
        found = [leaf for _, leaf in leaves(model(*args, **kwargs), objects=True)]
        roots = [leaf for leaf in found if isinstance(leaf, torch.Tensor) and leaf.requires_grad]
        if not roots:
            return None
        loss = sum(_number(root) for root in roots)
        loss.backward()
        return loss

    return step


def with_gradients(model: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs; they require gradients where no weight does."""
    weights = list(model.parameters()) if isinstance(model, torch.nn.Module) else []
    if any(weight.requires_grad for weight in weights):
        return args
    return tuple(
        value.requires_grad_() if isinstance(value, torch.Tensor) and _is_float(value) else value
        for value in args
    )


def _is_float(value: torch.Tensor) -> bool:
    return value.is_floating_point() and value.is_leaf


def _number(value: torch.Tensor) -> torch.Tensor:
    if value.is_nested:
        value = value.values() if value.layout is torch.jagged else value.to_padded_tensor(0.0)
    value = value.to_dense() if value.layout is not torch.strided else value
    return value.abs().float().sum()


def choose_backward(traced: Traced) -> bool:
    """From the last output that the model returns and a gradient leads to; False for none."""
    program = traced.program
    for index in range(len(traced.run.records) - 1, -1, -1):
        for slot, summary in enumerate(traced.run.records[index].outputs):
            if not summary.dtype.startswith(_DIFFERENTIABLE):
                continue
            try:
                program.choose_backward((index, slot), "ones")()
                program.execute(Recorder(program.backend, GraphBuilder(), statistics=False))
            except (Refusal, RuntimeError):
                continue
            if program.chosen is not None and program.chosen.leaf >= 0:
                return True
    program.chosen = None
    return False
