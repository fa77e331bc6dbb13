"""PyTorch models that do something to their process in the middle of `forward`."""

from __future__ import annotations

import ctypes
import resource
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

Made = tuple[nn.Module, tuple[torch.Tensor, ...]]


class Net(nn.Module):
    """Acts once it runs on data, not while its map is drawn."""

    def __init__(self, act: Callable[[Any], Any]) -> None:
        super().__init__()
        self.act = act
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        x = torch.relu(self.fc(x))
        if type(x) is torch.Tensor:
            x = self.act(x)
        return x + 1


def _made(act: Callable[[Any], Any]) -> Made:
    return Net(act), (torch.ones(2, 4),)


def segfault() -> Made:
    return _made(lambda _: ctypes.string_at(0))


def memory() -> Made:
    def act(x: Any) -> Any:
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        limit = pages * resource.getpagesize() + (256 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        return x + torch.ones(1 << 33)[:4]

    return _made(act)


def loader() -> Made:
    def act(x: Any) -> Any:
        for way in ("fork", "spawn"):
            batches = DataLoader(
                list(range(8)), batch_size=4, num_workers=2, multiprocessing_context=way
            )
            for batch in batches:
                x = x + batch.sum()
        return x

    return _made(act)


class Asks(nn.Module):
    def forward(self, x: Any) -> Any:
        x = x * 2
        factor = float(input("Factor? "))
        return x * factor


def asks() -> Made:
    return Asks(), (torch.ones(2, 4),)
