"""A model in training mode: noise, running statistics, values of 256 KiB each."""

import torch
from torch import nn


class Restless(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(256)
        self.drop = nn.Dropout(0.5)
        self.scale = nn.Parameter(torch.full((256,), 1.5))

    def forward(self, x):
        for _ in range(3):
            x = self.drop(self.norm(x))
            x = x * self.scale
            x = x + torch.rand_like(x)
        return x.mean()


class Failing(Restless):
    def forward(self, x):
        x = super().forward(x)
        return x.reshape(3, 3)


def build():
    torch.manual_seed(3)
    return Restless().train(), (torch.randn(256, 256),)


def failing():
    torch.manual_seed(3)
    return Failing().train(), (torch.randn(256, 256),)
