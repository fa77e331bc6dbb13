"""Values to look into: a bad element, a difference, a loop."""

import torch


def drift(h):
    for step in range(6):
        h = torch.add(h, 1.5 * step)
    return h


class Numbers(torch.nn.Module):
    def forward(self, x):
        y = torch.log(x)
        z = torch.sigmoid(x)
        return y.sum() + z.sum() + drift(torch.zeros(3)).sum()


def build():
    x = torch.rand(2, 3, 40, 50) + 0.5
    x[1, 2, 30, 7] = -1.0
    return Numbers().eval(), (x,)
