"""Views, in-place results, a branch over a plain number: what edits are tried on."""

import torch
from torch import nn


class Edited(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 6)
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        x = self.first(x)
        view = x.view(3, 2, 6)
        view.add_(1.0)
        gate = torch.sigmoid(x)
        x = torch.tanh(x) if gate.mean().item() > 0.5 else torch.relu(x)
        return self.last(x * gate)


def build():
    torch.manual_seed(5)
    model = Edited().eval()
    with torch.no_grad():
        model.first.bias.fill_(0.5)
    return model, (torch.randn(6, 4),)
