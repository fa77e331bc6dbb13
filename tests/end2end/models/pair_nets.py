"""One net, and ways to get it wrong."""

import threading

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, eps, slope):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8, eps=eps)
        self.head = nn.Linear(8, 5)
        self.last = nn.LeakyReLU(slope)

    def forward(self, picture):
        picture = torch.relu(self.norm(self.stem(picture)))
        return self.last(self.head(picture.mean((2, 3))))


def make(eps=1e-5, slope=0.1):
    torch.manual_seed(0)
    net = Net(eps, slope).eval()
    with torch.no_grad():
        net.norm.running_var.uniform_(0.01, 0.1)
    return net


def picture():
    return torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))


def plain():
    return make(), (picture(),)


def off():
    """Two mistakes."""
    return make(1e-2, 0.3), (picture(),)


def training():
    return make().train(), (picture(),)


def broken():
    net = make()
    net.head = nn.Linear(7, 5)
    return net, (picture(),)


class Mixing(nn.Module):
    def forward(self, picture, share):
        return torch.relu(picture) * share


def mixing():
    return Mixing(), (picture(), torch.ones(1))


class Waiting(nn.Module):
    """Never ends."""

    def forward(self, picture):
        picture = torch.relu(picture)
        threading.Event().wait()
        return picture


def waiting():
    return Waiting(), (picture(),)
