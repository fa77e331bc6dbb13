"""A U-Net (Ronneberger et al. 2015, arXiv:1505.04597), padded, with random weights; seed 0."""

import torch
from torch import nn


class DoubleConv(nn.Sequential):
    """Twice 3×3 convolution, batch norm and ReLU."""

    def __init__(self, narrow, wide):
        super().__init__(
            nn.Conv2d(narrow, wide, 3, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, wide, 3, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
        )


class Down(nn.Module):
    """Halves the picture, doubles the channels."""

    def __init__(self, channels):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.conv = DoubleConv(channels, 2 * channels)

    def forward(self, x):
        return self.conv(self.pool(x))


class Up(nn.Module):
    """Doubles the picture and joins what the way down had at this size."""

    def __init__(self, channels):
        super().__init__()
        self.up = nn.ConvTranspose2d(channels, channels // 2, 2, stride=2)
        self.conv = DoubleConv(channels, channels // 2)

    def forward(self, x, beside):
        return self.conv(torch.cat([beside, self.up(x)], dim=1))


class UNet(nn.Module):
    """Four steps down, four up, a class for every pixel."""

    def __init__(self, classes=2, width=16):
        super().__init__()
        self.inc = DoubleConv(3, width)
        self.down1 = Down(width)
        self.down2 = Down(2 * width)
        self.down3 = Down(4 * width)
        self.down4 = Down(8 * width)
        self.up1 = Up(16 * width)
        self.up2 = Up(8 * width)
        self.up3 = Up(4 * width)
        self.up4 = Up(2 * width)
        self.out = nn.Conv2d(width, classes, 1)

    def forward(self, image):
        x1 = self.inc(image)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        x = self.down4(x4)
        x = self.up1(x, x4)
        x = self.up2(x, x3)
        x = self.up3(x, x2)
        x = self.up4(x, x1)
        return self.out(x)


def build():
    """The model in eval mode on one random 128×128 image."""
    torch.manual_seed(0)
    return UNet().eval(), (torch.randn(1, 3, 128, 128),)
