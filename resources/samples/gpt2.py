"""A small GPT-2: token and position embeddings, six blocks, 64 letters of a pangram."""

import math

import torch
from torch import nn

TITLE = "GPT-2, small"
ABOUT = "Six transformer blocks with causal attention, on 64 letters"
FRAMEWORK = "PyTorch"

TEXT = "the quick brown fox jumps over the lazy dog and the dog is lazy."
ALPHABET = " .abcdefghijklmnopqrstuvwxyz"


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.head_dim = width // heads
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        mask = torch.ones(context, context, dtype=torch.bool).tril()
        self.register_buffer("mask", mask, persistent=False)

    def split_heads(self, x):
        batch, length, _ = x.shape
        return x.view(batch, length, self.heads, self.head_dim).transpose(1, 2)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.c_attn(x).split(width, dim=2)
        q = self.split_heads(q)
        k = self.split_heads(k)
        v = self.split_heads(v)

        scores = q @ k.transpose(-2, -1)
        scores = scores / math.sqrt(self.head_dim)
        causal = self.mask[:length, :length]
        scores = torch.where(causal, scores, -1e9)
        weights = scores.softmax(dim=-1)

        y = weights @ v
        y = y.transpose(1, 2).reshape(batch, length, width)
        return self.c_proj(y)


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        self.act = nn.GELU(approximate="tanh")

    def forward(self, x):
        return self.c_proj(self.act(self.c_fc(x)))


class Block(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, context)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = MLP(width)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    def __init__(self, vocabulary, context=64, width=192, blocks=6, heads=6):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads, context) for _ in range(blocks))
        self.ln_f = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, input_ids):
        positions = torch.arange(input_ids.shape[1])
        x = self.wte(input_ids) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        x = self.ln_f(x)
        return self.lm_head(x)


# Training gives attention heads such habits; here they are written into the weights by hand.
# How strongly each head looks: (at like letters, some letters back, at spaces, at the beginning)
HABITS = [
    {"like": 1.1, "spaces": 1.5},
    {"back": 2.4, "by": 1, "start": 2.5},
    {"back": 1.4, "by": 4, "spaces": 2.0},
    {"spaces": 3.5, "like": 0.7},
    {"start": 5.0, "like": 0.6},
    {"back": 1.8, "by": 0, "like": 0.5},
]


def position_waves(context, width):
    """Sine and cosine waves: neighbours in the text have similar vectors."""
    place = torch.arange(context).unsqueeze(1)
    waves = torch.empty(context, width)
    waves[:, 0::2] = torch.sin(place * wave_rates(width))
    waves[:, 1::2] = torch.cos(place * wave_rates(width))
    return waves


def wave_rates(width):
    return torch.exp(torch.arange(0, width, 2) * (-math.log(80.0) / width))


@torch.no_grad()
def give_heads_habits(model):
    vocabulary, width = model.wte.weight.shape
    letters = torch.randn(vocabulary, width) * 0.6
    waves = position_waves(model.wpe.weight.shape[0], width)
    model.wte.weight.copy_(letters)
    model.wpe.weight.copy_(waves)
    letter_axes = torch.linalg.svd(letters, full_matrices=False).Vh
    pairs = torch.arange(0, width, 2 * 12)  # 8 of the waves, slow and fast
    rates = wave_rates(width)[pairs // 2]

    for depth, block in enumerate(model.h):
        attention = block.attn
        size = attention.head_dim
        query, key, _ = attention.c_attn.weight.split(width)
        query_bias = attention.c_attn.bias[:width]
        for head in range(attention.heads):
            habit = HABITS[(head + 2 * depth) % len(HABITS)]
            q = torch.zeros(size, width)
            k = torch.zeros(size, width)
            constant = torch.zeros(size)

            like = habit.get("like", 0.0) / math.sqrt(vocabulary)
            q[:12] = like * 5 * letter_axes[:12]
            k[:12] = like * 5 * letter_axes[:12]

            shift = habit.get("by", 0) * rates
            rows = torch.arange(12, 28, 2)
            strength = habit.get("back", 0.0)
            q[rows, pairs] = strength
            q[rows + 1, pairs + 1] = strength
            k[rows, pairs] = strength * torch.cos(shift)
            k[rows, pairs + 1] = strength * torch.sin(shift)
            k[rows + 1, pairs] = -strength * torch.sin(shift)
            k[rows + 1, pairs + 1] = strength * torch.cos(shift)

            constant[28:30] = 3.0
            k[28] = habit.get("spaces", 0.0) * letters[0] / letters[0].norm() ** 2 * 2
            k[29, 1::2] = habit.get("start", 0.0) * 4 / width

            noise = 0.12 / math.sqrt(width)
            rows = slice(head * size, (head + 1) * size)
            query[rows] = q + noise * torch.randn(size, width)
            key[rows] = k + noise * torch.randn(size, width)
            query_bias[rows] = constant


def build():
    """The model with its input."""
    torch.manual_seed(2)
    model = GPT2(len(ALPHABET)).eval()
    give_heads_habits(model)
    input_ids = torch.tensor([[ALPHABET.index(letter) for letter in TEXT[:64]]])
    return model, (input_ids,)
