"""Small models, one for each thing that a tracer of PyTorch can stumble over."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class Perceptron(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        return self.body(x)


class InPlace(nn.Module):
    def forward(self, x):
        y = x * 2
        y += 1
        y[:, 0] = 0
        y.clamp_(min=-1)
        return y - x


class ThroughViews(nn.Module):
    def forward(self, x):
        y = x.clone()
        row = y[0]
        row.fill_(7)
        return y.sum()


class Dicts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(4, 2)
        self.right = nn.Linear(4, 3)

    def forward(self, batch):
        return {"left": self.left(batch["a"]), "both": (self.right(batch["b"]), batch["a"])}


class Keywords(nn.Module):
    def forward(self, x, scale=1.0, *, shift=None):
        y = x * scale
        return y if shift is None else y + shift


class Dropping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(5)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.norm(x)) + torch.rand(1)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6, num_layers=2, batch_first=True)
        self.cell = nn.GRUCell(6, 6)

    def forward(self, x):
        states, (last, _) = self.lstm(x)
        return self.cell(states[:, -1], last[-1])


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.again = self.first

    def forward(self, x):
        for _ in range(3):
            x = torch.tanh(self.first(x))
        return self.again(x)


class Nest(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.inner = Nest(depth - 1) if depth else None

    def forward(self, x):
        return x + 1 if self.inner is None else self.inner(x)


class Deciding(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.small = nn.Linear(3, 3)
        self.large = nn.Linear(3, 3)

    def forward(self, x):
        steps = 0
        while x.norm() > 1:
            x = x / 2
            steps += 1
        if x.sum().item() > 0:
            return self.small(x), steps
        return self.large(x), steps


class Masked(nn.Module):
    def forward(self, x):
        kept = x[x > 0]
        return kept.mean() + torch.nonzero(x).sum()


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.encoder(x)


class Waves(nn.Module):
    def forward(self, x):
        spectrum = torch.fft.rfft(x)
        turned = spectrum.conj() * torch.exp(torch.tensor(0.5j))
        return torch.fft.irfft(turned), spectrum.abs(), turned.T


class Narrow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(8, 8).to(torch.bfloat16)

    def forward(self, x):
        return F.gelu(self.line(x.bfloat16())).float() / math.sqrt(8)


class Remembering(nn.Module):
    """Changes itself: a list, a count, a buffer and a plain tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.zeros(3))
        self.plain = torch.zeros(3)
        self.seen = []
        self.calls = 0
        self.last = None

    def forward(self, x):
        self.calls += 1
        self.seen.append(x)
        self.total += x
        self.plain += 1
        self.last = x * self.calls
        return self.last + self.total + self.plain


class Tables(nn.Module):
    """Constants, factories, parameters held outside of layers."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.weights = nn.ParameterList([nn.Parameter(torch.eye(4)) for _ in range(2)])
        self.table = torch.arange(4.0)

    def forward(self, x):
        place = torch.arange(x.shape[1], dtype=x.dtype, device=x.device)
        y = x * self.scale + self.table + place
        for weight in self.weights:
            y = y @ weight
        top, _ = y.topk(2)
        return torch.cat([t.unsqueeze(0) for t in top]).T


class Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 4)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.line(x)


@dataclass(frozen=True)
class Row:
    """A model of the zoo.

    Attributes:
        map: what its map comes from.
    """

    make: Callable[[], nn.Module]
    args: Callable[[], tuple[Any, ...]]
    map: str
    kwargs: Callable[[], dict[str, Any]] = dict


def seeded(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5))


ZOO: dict[str, Row] = {
    "perceptron": Row(Perceptron, lambda: (seeded(2, 6),), "torch.fx"),
    "in place": Row(InPlace, lambda: (seeded(3, 4),), "torch.fx"),
    "through views": Row(ThroughViews, lambda: (seeded(3, 4),), "torch.fx"),
    "dicts": Row(Dicts, lambda: ({"a": seeded(2, 4), "b": seeded(2, 4)},), "torch.fx"),
    "keywords": Row(
        Keywords, lambda: (seeded(3),), "torch.fx", lambda: {"shift": seeded(3), "scale": 2.0}
    ),
    "dropping": Row(Dropping, lambda: (seeded(4, 5),), "torch.fx"),
    "recurrent": Row(Recurrent, lambda: (seeded(2, 5, 4),), "torch.fx"),
    "shared": Row(Shared, lambda: (seeded(2, 4),), "torch.fx"),
    "nest": Row(lambda: Nest(5), lambda: (seeded(2),), "torch.fx"),
    "deciding": Row(Deciding, lambda: (seeded(3) * 9,), "recorded"),
    "masked": Row(Masked, lambda: (seeded(3, 4),), "torch.fx"),
    "attention": Row(Attention, lambda: (seeded(2, 5, 8),), "torch.fx"),
    "encoder": Row(lambda: Encoder().eval(), lambda: (seeded(2, 5, 8),), "torch.fx"),
    "waves": Row(Waves, lambda: (seeded(4, 16),), "torch.fx"),
    "narrow": Row(Narrow, lambda: (seeded(2, 8),), "torch.fx"),
    "remembering": Row(Remembering, lambda: (seeded(3),), "torch.fx"),
    "tables": Row(Tables, lambda: (seeded(3, 4),), "dry-run"),
    "mixed": Row(Mixed, lambda: (seeded(2, 4),), "dry-run"),
}


def make(name: str) -> tuple[nn.Module, tuple[Any, ...], dict[str, Any]]:
    row = ZOO[name]
    torch.manual_seed(0)
    return row.make(), row.args(), row.kwargs()
