"""A stem, two blocks of conv, relu and add, and a head."""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        y = torch.relu(y)
        return x + y


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.first = Block(4)
        self.second = Block(4)
        self.head = nn.Linear(4, 2)

    def forward(self, image):
        x = self.stem(image)
        x = self.first(x)
        x = self.second(x)
        return self.head(x.mean((2, 3)))


def build():
    torch.manual_seed(0)
    return SmallNet().eval(), (torch.randn(1, 3, 8, 8),)


def killed():
    import os
    import signal

    class Killer(nn.Module):
        def forward(self, x):
            x = x + 1
            x = x * 3
            if type(x) is torch.Tensor:  # not while the map is drawn
                os.kill(os.getpid(), signal.SIGKILL)
            return x - 2

    return Killer(), (torch.ones(2),)


def broken():
    class Broken(nn.Module):
        def forward(self, x):
            y = torch.log(x)
            return y @ torch.ones(3, 5)

    return Broken(), (torch.zeros(2, 2),)
