"""A ResNet with bottlenecks in PyTorch; keras_resnet.py is its port, with one mistake in it."""

import torch
from _resnet_weights import BLOCKS, CLASSES, WIDTH, picture, weights
from torch import nn

TITLE = "ResNet, two ways"
ABOUT = "A port from PyTorch to Keras with one mistake; find where they part"
FRAMEWORK = "PyTorch and Keras"
AGAINST = "keras_resnet"


class Bottleneck(nn.Module):
    def __init__(self, channels_in, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relu = nn.ReLU()
        self.shortcut = nn.Identity()
        if channels_in != 4 * width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, 4 * width, 1, stride, bias=False),
                nn.BatchNorm2d(4 * width),
            )

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTH)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = stage(WIDTH, WIDTH, BLOCKS[0], 1)
        self.layer2 = stage(4 * WIDTH, 2 * WIDTH, BLOCKS[1], 2)
        self.layer3 = stage(8 * WIDTH, 4 * WIDTH, BLOCKS[2], 2)
        self.layer4 = stage(16 * WIDTH, 8 * WIDTH, BLOCKS[3], 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32 * WIDTH, CLASSES)

    def forward(self, image):
        x = self.relu(self.bn1(self.conv1(image)))
        x = self.maxpool(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)


def stage(channels, width, count, stride):
    first = Bottleneck(channels, width, stride)
    rest = [Bottleneck(4 * width, width, 1) for _ in range(count - 1)]
    return nn.Sequential(first, *rest)


def build():
    """The model with its input."""
    model = ResNet().eval()
    arrays = {name: torch.from_numpy(array) for name, array in weights().items()}
    model.load_state_dict(arrays, strict=False)  # all but BatchNorm's counters
    return model, (torch.from_numpy(picture()).permute(0, 3, 1, 2).contiguous(),)
