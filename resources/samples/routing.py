"""A mixture of experts that stops early: what runs depends on the values."""

import torch
import torch.nn.functional as F
from torch import nn

TITLE = "Mixture of experts"
ABOUT = "Routing and early exit: the control flow follows the data"
FRAMEWORK = "PyTorch"


class Expert(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, tokens):
        return self.down(F.silu(self.up(tokens)))


class Router(nn.Module):
    def __init__(self, width, experts):
        super().__init__()
        self.gate = nn.Linear(width, experts, bias=False)

    def forward(self, tokens):
        probabilities = F.softmax(self.gate(tokens), dim=-1)
        return probabilities.topk(2, dim=-1)


class MixtureLayer(nn.Module):
    def __init__(self, width, experts):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.router = Router(width, experts)
        self.experts = nn.ModuleList(Expert(width) for _ in range(experts))

    def forward(self, x):
        tokens = self.norm(x)
        share, chosen = self.router(tokens)
        mixed = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            rows, place = torch.where(chosen == number)
            if rows.numel() == 0:
                continue  # nobody asked this expert
            answer = expert(tokens[rows]) * share[rows, place].unsqueeze(-1)
            mixed.index_add_(0, rows, answer)
        return x + mixed


class EarlyExit(nn.Module):
    def __init__(self, width=48, experts=8, layers=8, classes=5, sure=0.9):
        super().__init__()
        self.embed = nn.Linear(16, width)
        self.layers = nn.ModuleList(MixtureLayer(width, experts) for _ in range(layers))
        self.head = nn.Linear(width, classes)
        self.sure = sure

    def forward(self, signal):
        x = self.embed(signal)
        depth = 0
        for layer in self.layers:
            x = layer(x)
            depth += 1
            scores = F.softmax(self.head(x.mean(dim=0)), dim=-1)
            confidence = scores.max()
            if confidence > self.sure:
                break  # sure enough: the deeper layers never run
        return scores, depth


def build():
    """The model with its input."""
    torch.manual_seed(7)
    model = EarlyExit().eval()
    with torch.no_grad():  # weights as decided as training makes them
        model.head.weight.mul_(14)
        for layer in model.layers:
            layer.router.gate.weight.mul_(12)
            for expert in layer.experts:
                expert.down.weight.mul_(3)
    time = torch.linspace(0, 6.28, 8).unsqueeze(1)
    signal = torch.sin(time * torch.arange(1, 17) / 4) + 0.1 * torch.randn(8, 16)
    return model, (signal,)
