"""Prints as it runs, and goes on for long."""

import sys
import threading

import torch
from torch import nn


class Talker(nn.Module):
    def __init__(self, layers, pause):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(layers))
        self.pause = pause

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            if type(x) is torch.Tensor:  # not while the map is drawn
                sys.stdout.write(f"layer {number}\n")
                sys.stdout.flush()
                threading.Event().wait(self.pause)
            x = torch.relu(layer(x))
        return x


def build():
    return Talker(3, 0), (torch.ones(2, 8),)


def long():
    return Talker(600, 0.05), (torch.ones(2, 8),)


def wrong_shape():
    """PyTorch logs an error of its own when the map cannot be drawn."""
    return nn.Linear(8, 2), (torch.ones(1, 9),)
