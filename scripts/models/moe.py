"""A decoder with a mixture of experts in each block, like Mixtral (arXiv:2401.04088); seed 0."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x):
        q, k, v = self.split(self.q_proj(x)), self.split(self.k_proj(x)), self.split(self.v_proj(x))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).flatten(2))


class Expert(nn.Module):
    """Gated widening and narrowing."""

    def __init__(self, width):
        super().__init__()
        self.w1 = nn.Linear(width, 2 * width, bias=False)
        self.w2 = nn.Linear(2 * width, width, bias=False)
        self.w3 = nn.Linear(width, 2 * width, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class SparseMoE(nn.Module):
    """Every token goes to the two of the experts that its router prefers."""

    def __init__(self, width, experts):
        super().__init__()
        self.gate = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(Expert(width) for _ in range(experts))

    def forward(self, x):
        tokens = x.flatten(0, 1)
        shares = F.softmax(self.gate(tokens), dim=-1)
        share, chosen = shares.topk(2, dim=-1)
        share = share / share.sum(dim=-1, keepdim=True)
        mixed = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            rows, place = torch.where(chosen == number)
            answer = expert(tokens[rows]) * share[rows, place].unsqueeze(-1)
            mixed = mixed.index_add(0, rows, answer)
        return mixed.unflatten(0, x.shape[:2])


class Block(nn.Module):
    """Attention and experts, each normalised before and added after."""

    def __init__(self, width, heads, experts):
        super().__init__()
        self.input_norm = nn.RMSNorm(width)
        self.self_attn = Attention(width, heads)
        self.post_norm = nn.RMSNorm(width)
        self.moe = SparseMoE(width, experts)

    def forward(self, x):
        x = x + self.self_attn(self.input_norm(x))
        return x + self.moe(self.post_norm(x))


class MoEDecoder(nn.Module):
    """Four blocks of eight experts."""

    def __init__(self, vocabulary=512, width=64, heads=4, blocks=4, experts=8):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(Block(width, heads, experts) for _ in range(blocks))
        self.norm = nn.RMSNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.lm_head(self.norm(x))


def build():
    """The model in eval mode on 32 random tokens."""
    torch.manual_seed(0)
    return MoEDecoder().eval(), (torch.randint(512, (1, 32)),)
