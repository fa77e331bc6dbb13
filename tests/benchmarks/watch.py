"""What watching a training step costs, as a ratio to the plain step of the same process.

A transformer of two layers (width 256, 64 tokens, batch 16) is trained by AdamW. Two of it, alike,
take turns; one is watched as it is where nobody sets anything. Medians are compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

import opscope

from .models import PreNormBlock
from .rows import Row

GOAL = 1.05
_WARM, _EVERY, _STEPS = 12, 50, 255  # five snapshots behind the first

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def watch() -> list[Row]:
    """The ratio has in it what snapshots take, spread over the steps between them."""
    plain, watched = _step(), opscope.watch_steps(_step(), every=_EVERY, open=False)
    seconds: dict[str, list[float]] = {"plain": [], "watched": []}
    for turn in range(_STEPS):
        tokens = torch.randint(1000, (16, 64))
        labels = torch.randint(1000, (16, 64))
        order = (("plain", plain), ("watched", watched))
        for name, step in order if turn % 2 else order[::-1]:
            start = time.perf_counter()
            step(tokens, labels)
            seconds[name].append(time.perf_counter() - start)
    more = [one - two for one, two in zip(seconds["watched"], seconds["plain"], strict=True)]
    usual = statistics.median(seconds["plain"][_WARM:])
    always = statistics.median(more[_WARM:])
    at_snapshots = statistics.median(more[_EVERY::_EVERY]) - always
    return [
        Row("watch.step_ratio", 1 + (always + at_snapshots / _EVERY) / usual, "×", GOAL),
        Row("watch.step_plain_ms", usual * 1e3, "ms"),
        Row("watch.step_more_ms", always * 1e3, "ms"),
        Row("watch.snapshot_ms", at_snapshots * 1e3, "ms"),
    ]


def _step() -> Step:
    torch.manual_seed(0)
    words = torch.nn.Embedding(1000, 256)
    net = torch.nn.Sequential(words, PreNormBlock(256, 4), PreNormBlock(256, 4))
    head = torch.nn.Linear(256, 1000)
    optimizer = torch.optim.AdamW([*net.parameters(), *head.parameters()], lr=1e-4)

    def step(tokens: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        optimizer.zero_grad()
        scores = head(net(tokens))
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten())
        loss.backward()
        optimizer.step()
        return loss

    return step
