"""ResNet-18 on a small picture that is drawn here: a disc, a bar and a checkerboard."""

import math

import torch
from torch import nn

TITLE = "ResNet-18"
ABOUT = "Image classifier with residual blocks, on a drawn picture"
FRAMEWORK = "PyTorch"


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or channels_in != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + shortcut)


class ResNet(nn.Module):
    def __init__(self, blocks=(2, 2, 2, 2), classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self.make_layer(64, 64, blocks[0])
        self.layer2 = self.make_layer(64, 128, blocks[1], stride=2)
        self.layer3 = self.make_layer(128, 256, blocks[2], stride=2)
        self.layer4 = self.make_layer(256, 512, blocks[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)

    @staticmethod
    def make_layer(channels_in, channels, count, stride=1):
        first = BasicBlock(channels_in, channels, stride)
        rest = [BasicBlock(channels, channels) for _ in range(count - 1)]
        return nn.Sequential(first, *rest)

    def forward(self, image):
        x = self.relu(self.bn1(self.conv1(image)))
        x = self.maxpool(x)

        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)

        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


def first_filters(count, size=7):
    """Edge filters at many angles and two widths, as a trained network's first layer has them."""
    half = size // 2
    y, x = torch.meshgrid(
        torch.arange(-half, half + 1.0), torch.arange(-half, half + 1.0), indexing="ij"
    )
    filters = torch.empty(count, 3, size, size)
    tints = torch.tensor([[1.0, 1.0, 1.0], [1.0, -0.6, -0.6], [-0.5, 1.0, -0.5], [-0.6, -0.6, 1.0]])
    for index in range(count):
        angle = math.pi * index / count
        across = x * math.cos(angle) + y * math.sin(angle)
        along = y * math.cos(angle) - x * math.sin(angle)
        wave = torch.cos(across * (0.8 if index % 2 else 1.6) + (index % 3) * math.pi / 2)
        bump = wave * torch.exp(-(across**2 + 0.5 * along**2) / 6)
        bump = bump - bump.mean()
        filters[index] = tints[index % 4].view(3, 1, 1) * bump / bump.norm()
    return filters


def picture(size=96):
    """1×3×size×size: a bright disc, a diagonal bar, a checkerboard, on a soft gradient."""
    row = torch.linspace(0, 1, size)
    y, x = torch.meshgrid(row, row, indexing="ij")
    image = torch.stack([0.25 + 0.3 * y, 0.3 + 0.2 * x, 0.55 - 0.3 * y])

    disc = (x - 0.32) ** 2 + (y - 0.36) ** 2 < 0.05
    image[:, disc] = torch.tensor([[0.98], [0.62], [0.15]])

    bar = (x + y - 1.25).abs() < 0.06
    image[:, bar] = torch.tensor([[0.15], [0.75], [0.85]])

    board = (x > 0.66) & (y > 0.68)
    squares = ((x * 16).long() + (y * 16).long()) % 2 == 0
    image[:, board & squares] = 0.95
    image[:, board & ~squares] = 0.05

    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    return ((image - mean) / std).unsqueeze(0)


def build():
    """The model with its input."""
    torch.manual_seed(18)
    model = ResNet().eval()
    with torch.no_grad():
        model.conv1.weight.copy_(first_filters(64))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_var.uniform_(0.6, 1.6)
                module.weight.uniform_(0.7, 1.3)
                module.bias.normal_(0, 0.1)
    return model, (picture(),)
