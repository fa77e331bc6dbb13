"""One step of training: forward, backward, optimizer."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

TITLE = "Training step"
ABOUT = "Forward, backward and optimizer: every gradient is a value to look at"
FRAMEWORK = "PyTorch"


class StraightThrough(torch.autograd.Function):
    """Rounds forward; backward the gradient goes on as if it had not."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.round(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (x.abs() <= 4)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))


class Classifier(nn.Module):
    def __init__(self, width=32, classes=4):
        super().__init__()
        self.embed = nn.Linear(8, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(3))
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = StraightThrough.apply(self.embed(x))
        for block in self.blocks[:-1]:
            x = block(x)
        x = checkpoint(self.blocks[-1], x, use_reentrant=False)  # its insides are computed twice
        return self.head(x)


def build():
    torch.manual_seed(0)
    model = Classifier()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step(signal, labels):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(signal), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step, (3 * torch.randn(16, 8), torch.randint(4, (16,)))
