"""A loop in the user's own code, with variables to look at and a block that is called thrice."""

import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 0.5

    def forward(self, x):
        limit = 3
        names = ["left", "right"]
        y = x * self.scale
        return torch.relu(y) + limit + len(names)


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()

    def forward(self, x):
        total = torch.zeros(2)
        for step in range(5):
            x = self.gate(x)
            total = total + x * step
        return total.sum()


def build():
    return Loop(), (torch.tensor([1.0, -2.0]),)


def caught():
    class Catcher(nn.Module):
        def forward(self, x):
            y = x + 1
            try:
                y = y @ torch.ones(5)
            except RuntimeError:
                y = y * 2
            return y.sum()

    return Catcher(), (torch.ones(2),)
