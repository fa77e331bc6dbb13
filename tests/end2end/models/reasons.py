"""Values that are zero, constant, large and not finite, each for a reason that can be told."""

import torch

X = torch.tensor([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]])


class Small(torch.nn.Module):
    """A relu that nothing comes through, and powers of what does."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        with torch.no_grad():
            self.layer.weight.fill_(1.0)
            self.layer.bias.copy_(torch.tensor([0.0, -100.0]))

    def forward(self, x):
        kept = torch.relu(self.layer(x)).half()
        return torch.exp(kept.float()).sum() + (kept.t() * 2).sum()


def build():
    return Small(), (X,)


def logs(x):
    found = torch.log(torch.relu(x))
    return (found + 1) * 2


def bad():
    return logs, (X,)
