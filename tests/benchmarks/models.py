"""Hand-written transformers to record, with random weights, in eval mode; seed 0."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from opscope.resources.samples.gpt2 import GPT2


class Attention(nn.Module):
    """Self-attention over all tokens, written out op by op."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q = q.view(batch, length, self.heads, -1).transpose(1, 2)
        k = k.view(batch, length, self.heads, -1).transpose(1, 2)
        v = v.view(batch, length, self.heads, -1).transpose(1, 2)
        scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
        y = scores.softmax(dim=-1) @ v
        return self.out(y.transpose(1, 2).reshape(batch, length, width))


class PreNormBlock(nn.Module):
    """Normalise, attend, add; normalise, widen by four, add."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.narrow(functional.gelu(self.wide(self.norm2(x))))


class BertLayer(nn.Module):
    """Attend, add, normalise; widen by four, add, normalise."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = map(self.split, (self.query(x), self.key(x), self.value(x)))
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + mask
        y = self.dropout(scores.softmax(dim=-1)) @ value
        y = self.out(y.transpose(1, 2).reshape(x.shape))
        x = self.norm1(x + self.dropout(y))
        y = self.narrow(functional.gelu(self.wide(x)))
        return self.norm2(x + self.dropout(y))


class Bert(nn.Module):
    """BERT-base (Devlin et al. 2018, arXiv:1810.04805): 12 layers of width 768, 12 heads."""

    def __init__(self, vocabulary: int = 30522, width: int = 768, layers: int = 12) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(512, width)
        self.types = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.layers = nn.ModuleList(BertLayer(width, width // 64) for _ in range(layers))
        self.pooler = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        places = torch.arange(tokens.shape[1])
        x = self.words(tokens) + self.positions(places) + self.types(torch.zeros_like(tokens))
        x = self.dropout(self.norm(x))
        mask = (1.0 - torch.ones_like(tokens, dtype=x.dtype))[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, mask)
        return x, torch.tanh(self.pooler(x[:, 0]))


def bert() -> tuple[nn.Module, tuple[Tensor]]:
    """BERT-base on 64 tokens."""
    torch.manual_seed(0)
    return Bert().eval(), (torch.randint(30522, (1, 64)),)


def gpt2() -> tuple[nn.Module, tuple[Tensor]]:
    """GPT-2 of 124M parameters (the sample's, in full size) on 64 tokens."""
    torch.manual_seed(0)
    model = GPT2(50257, context=1024, width=768, blocks=12, heads=12).eval()
    model.lm_head.weight = model.wte.weight
    return model, (torch.randint(50257, (1, 64)),)


def deep(blocks: int = 200) -> tuple[nn.Module, tuple[Tensor]]:
    """Pre-norm blocks of width 256 with 4 heads on 64 tokens; 200 have about 9,000 aten ops."""
    torch.manual_seed(0)
    model = nn.Sequential(*(PreNormBlock(256, 4) for _ in range(blocks))).eval()
    return model, (torch.randn(1, 64, 256),)
