"""Values to look into: a bad element, a difference."""

import torch


class Numbers(torch.nn.Module):
    def forward(self, x):
        y = torch.log(x)
        z = torch.sigmoid(x)
        return y.sum() + z.sum()


def build():
    x = torch.rand(2, 3, 40, 50) + 0.5
    x[1, 2, 30, 7] = -1.0
    return Numbers().eval(), (x,)
