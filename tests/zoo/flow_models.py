"""Models whose Python decides: routing, recursion, hooks, checkpoints, generated sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from .row import Row, seeded


class Experts(nn.Module):
    """A mixture of experts: each token goes to the two that score best; idle ones do not run."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(6, 4)
        self.experts = nn.ModuleList(nn.Sequential(nn.Linear(6, 6), nn.SiLU()) for _ in range(4))

    def forward(self, x):
        weights, chosen = self.gate(x).softmax(-1).topk(2, dim=-1)
        result = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            token, slot = torch.where(chosen == number)
            if token.numel() == 0:
                continue
            result.index_add_(0, token, expert(x[token]) * weights[token, slot, None])
        return result


class Tree(nn.Module):
    """Recursion over halves whose depth the data decide."""

    def __init__(self) -> None:
        super().__init__()
        self.leaf = nn.Linear(4, 4)
        self.join = nn.Bilinear(4, 4, 4)

    def forward(self, x):
        if len(x) == 1 or x.std() < 0.9:
            return self.leaf(x).mean(0, keepdim=True)
        half = len(x) // 2
        return self.join(self(x[:half]), self(x[half:]))


@dataclass
class Answer:
    logits: torch.Tensor
    hidden: tuple[torch.Tensor, ...]
    extra: dict[str, Any]


class Structured(nn.Module):
    """A dataclass of tuples and dicts comes out; keyword inputs with containers go in."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))

    def forward(self, batch, *, mask=None, scales=(1.0,)):
        x, hidden = batch["x"], []
        for layer in self.layers:
            x = torch.tanh(layer(x))
            hidden.append(x)
        if mask is not None:
            x = x.masked_fill(~mask, 0.0)
        return Answer(x * sum(scales), tuple(hidden), {"count": int(mask.sum()), "first": x[0]})


class Switching(nn.Module):
    """Parts without gradients, a part under inference mode, a value cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.teacher = nn.Linear(4, 4)
        self.student = nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():
            target = self.teacher(x)
        with torch.inference_mode():
            frozen = self.teacher(x).argmax(-1)
        with torch.enable_grad():
            guess = self.student(x)
        return F.mse_loss(guess, target.detach()), frozen


class Hooked(nn.Module):
    """Hooks that read, replace and count; a parametrized and a normalized weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))
        self.second = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))
        self.third = nn.Linear(4, 2)
        self.first.register_forward_pre_hook(lambda _module, given: (given[0] * 2,))
        self.second.register_forward_hook(lambda _module, _given, result: result.sin())
        self.third.register_full_backward_hook(lambda _module, given, _: (given[0] * 2,))

    def forward(self, x):
        x = self.second(self.first(x))
        if x.requires_grad:
            x.register_hook(lambda gradient: gradient * 0.5)
        return self.third(x)


class Checkpointed(nn.Module):
    """Activations that the backward pass computes again, in both of torch's ways."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Dropout(0.3))
        self.late = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def forward(self, x):
        x = checkpoint(self.early, x, use_reentrant=False)
        return checkpoint(self.late, x, use_reentrant=True)


class Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        ctx.save_for_backward(x)
        ctx.limit = limit
        return x.clamp(-limit, limit)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (x.abs() <= ctx.limit), None


class OwnGradient(nn.Module):
    """A gradient written by hand, and a straight-through estimator."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 4)

    def forward(self, x):
        x = Clipped.apply(self.line(x), 0.5)
        return x + (x.round() - x).detach()


class Decoder(nn.Module):
    """Greedy decoding with a cache until the end token or eight steps."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(11, 8)
        self.keys = nn.Linear(8, 8)
        self.head = nn.Linear(8, 11)

    def forward(self, tokens):
        cache: list[torch.Tensor] = []
        while tokens.shape[1] < 8:
            new = tokens[:, len(cache) :]
            cache += list(self.keys(self.table(new)).unbind(1))
            past = torch.stack(cache, 1)
            seen = F.scaled_dot_product_attention(past[:, -1:], past, past)
            best = self.head(seen[:, -1]).argmax(-1, keepdim=True)
            tokens = torch.cat([tokens, best], 1)
            if bool((best == 10).all()):
                break
        return tokens


class Messages(nn.Module):
    """A graph network: gather, message, scatter, per-node mean."""

    def __init__(self) -> None:
        super().__init__()
        self.message = nn.Linear(6, 4)
        self.update = nn.GRUCell(4, 3)

    def forward(self, nodes, edges):
        source, target = edges
        for _ in range(2):
            sent = self.message(torch.cat([nodes[source], nodes[target]], 1)).relu()
            total = nodes.new_zeros(len(nodes), 4).index_add_(0, target, sent)
            count = torch.bincount(target, minlength=len(nodes)).clamp(min=1)
            nodes = self.update(total / count[:, None], nodes)
        return nodes


class Writing(nn.Module):
    """Writes in every way there is: out=, slices, masks, scatter, views, `.data`."""

    def forward(self, x):
        y = x.detach().clone()
        torch.add(y, 1, out=y)
        y[1:, ::2] = -1
        y[y > 1.5] *= 0.5
        y.T[0].copy_(torch.arange(3.0))
        y.scatter_(1, torch.tensor([[0], [1], [2]]), 9.0)
        y.view(-1)[3:5].mul_(2)
        y.data.clamp_(max=5)
        y.unsqueeze_(0).transpose_(1, 2)
        return y, torch.where(x > 0, x, -x).cumsum_(0)


class Chained(nn.Module):
    """A state carried over calls of one cell, forwards and backwards, of packed sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.both = nn.GRU(3, 4, bidirectional=True)
        self.cell = nn.LSTMCell(8, 5)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        padded, _ = nn.utils.rnn.pad_packed_sequence(self.both(packed)[0])
        state = None
        for step in padded:
            state = self.cell(step, state)
        return state


ROWS: dict[str, Row] = {
    "mixture of experts": Row(Experts, lambda: (seeded(7, 6),)),
    "recursive tree": Row(Tree, lambda: (seeded(8, 4),)),
    "structures": Row(
        Structured,
        lambda: ({"x": seeded(3, 4)},),
        kwargs=lambda: {"mask": seeded(3, 4) > 0, "scales": [0.5, 2.0]},
    ),
    "gradient modes": Row(Switching, lambda: (seeded(3, 4),)),
    "hooks": Row(Hooked, lambda: (seeded(3, 4),)),
    "checkpoints": Row(Checkpointed, lambda: (seeded(3, 4).requires_grad_(),)),
    "own gradient": Row(OwnGradient, lambda: (seeded(3, 4),)),
    "decoder": Row(Decoder, lambda: (torch.tensor([[1, 2], [3, 4]]),)),
    "graph network": Row(
        Messages, lambda: (seeded(5, 3), torch.tensor([[0, 1, 2, 3, 3], [1, 2, 0, 4, 1]]))
    ),
    "writing": Row(Writing, lambda: (seeded(3, 4),)),
    "packed sequences": Row(Chained, lambda: (seeded(5, 3, 3), torch.tensor([5, 2, 4]))),
}
