"""Models that fail: an op whose shapes do not fit, a check of the model's own, an error caught."""

import torch
from torch import nn


class Down(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(torch.relu(self.conv(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.down = Down()
        self.skip = nn.Conv2d(4, 4, 3, stride=2, padding=1)

    def forward(self, image):
        x = torch.relu(self.stem(image))
        small = self.down(x)
        other = self.skip(x)
        return (small + other).mean()


class Checked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        y = self.fc(x)
        limit = 7
        if y.numel() < limit:
            raise ValueError(f"fewer than {limit} values")
        return y


def build():
    torch.manual_seed(0)
    return Net().eval(), (torch.randn(1, 3, 8, 75),)


def checked():
    torch.manual_seed(0)
    return nn.Sequential(Checked()), (torch.ones(2, 3),)
