"""A state that settles pass by pass: what the filmstrip and the plots over passes and runs show."""

import torch
from torch import nn

RATE = 0.20


class Settling(nn.Module):
    def forward(self, field):
        for _ in range(24):
            around = sum(torch.roll(field, way, axis) for axis in (0, 1) for way in (-1, 1)) / 4
            field = torch.lerp(field, around, RATE)
        return field.square().mean()


def build():
    torch.manual_seed(0)
    y, x = torch.meshgrid(torch.linspace(-3, 3, 40), torch.linspace(-3, 3, 48), indexing="ij")
    field = torch.sin(2.2 * x) * torch.cos(1.7 * y) + 0.6 * torch.randn(40, 48)
    return Settling().eval(), (field,)
