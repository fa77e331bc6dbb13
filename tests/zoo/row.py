"""A model of the zoo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Row:
    """How to make a model and its inputs.

    Attributes:
        make: a module, or any callable on tensors.
        ways: types of ops that a run must show, in their order: what the model is there for.
    """

    make: Callable[[], Any]
    args: Callable[[], tuple[Any, ...]]
    kwargs: Callable[[], dict[str, Any]] = dict
    ways: tuple[str, ...] = ()

    def build(self) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """The model with its inputs, the same each time."""
        torch.manual_seed(0)
        return self.make(), self.args(), self.kwargs()


def seeded(*shape: int) -> torch.Tensor:
    """Normal random numbers, the same each time."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5))
