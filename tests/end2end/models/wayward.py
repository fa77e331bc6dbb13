"""Goes ways that no map foretells: a branch on the data's place, and work on another thread."""

import threading

import torch
from torch import nn


class Wayward(nn.Module):
    """Takes its long way on real data alone; one step runs on a thread of its own."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.long = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.short = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def forward(self, x):
        x = self.first(x)
        real = type(x) is torch.Tensor
        x = self.long(x) if real else self.short(x)
        if not real:
            return x * 2
        made = []
        thread = threading.Thread(target=lambda: made.append(x.sin()), name="sine")
        thread.start()
        thread.join()
        return made[0] + x


class Deciding(nn.Module):
    """Asks the data before every step, so that the run itself is the map."""

    def __init__(self):
        super().__init__()
        self.step = nn.Linear(4, 4)

    def forward(self, x):
        while x.norm() > 1:
            x = self.step(x) / 4
        return x.item() if x.numel() == 1 else x


def build():
    torch.manual_seed(0)
    return Wayward(), (torch.ones(2, 4),)


def deciding():
    torch.manual_seed(0)
    return Deciding(), (torch.ones(2, 4) * 9,)
