"""Models that run for long: the same two ops over and over."""

from __future__ import annotations

import torch
from torch import nn


class Loop(nn.Module):
    """Gives x after a number of passes, each of a product and a sum."""

    def __init__(self, passes: int) -> None:
        super().__init__()
        self.passes = passes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(self.passes):
            x = x * 0.999
            x = x + 0.001
        return x


def short() -> tuple[nn.Module, torch.Tensor]:
    """Twenty ops."""
    return Loop(10).eval(), torch.ones(4)


def steps() -> tuple[nn.Module, torch.Tensor]:
    """Ten thousand ops."""
    return Loop(5_000).eval(), torch.ones(4)


def million() -> tuple[nn.Module, torch.Tensor]:
    """A million ops."""
    return Loop(500_000).eval(), torch.ones(4)
