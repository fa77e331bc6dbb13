"""A loss that comes out as NaN. Somewhere before it, a value stops being a number."""

import torch
import torch.nn.functional as F
from torch import nn

TITLE = "Loss that is NaN"
ABOUT = "An entropy term meets a probability of exactly zero"
FRAMEWORK = "PyTorch"


class Encoder(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.fc1 = nn.Linear(features, width)
        self.fc2 = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.norm(x)


class Classifier(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.fc = nn.Linear(width, classes)

    def forward(self, x, temperature):
        return self.fc(x) / temperature


class TrainingStep(nn.Module):
    """Cross-entropy with an entropy bonus, as reinforcement learning and distillation use it."""

    def __init__(self, features=20, width=64, classes=8, temperature=0.02, bonus=0.01):
        super().__init__()
        self.encoder = Encoder(features, width)
        self.classifier = Classifier(width, classes)
        self.temperature = temperature
        self.bonus = bonus

    def cross_entropy(self, probabilities, labels):
        picked = probabilities.gather(1, labels.unsqueeze(1)).squeeze(1)
        return -torch.log(picked + 1e-8).mean()

    def entropy(self, probabilities):
        # 0 · log 0 is 0 in a textbook, and 0 · -inf = NaN here.
        surprise = torch.log(probabilities)
        return -(probabilities * surprise).sum(dim=1).mean()

    def forward(self, features, labels):
        hidden = self.encoder(features)
        logits = self.classifier(hidden, self.temperature)
        probabilities = F.softmax(logits, dim=1)
        loss = self.cross_entropy(probabilities, labels)
        bonus = self.entropy(probabilities)
        return loss - self.bonus * bonus


def build():
    """The model with its inputs."""
    torch.manual_seed(3)
    model = TrainingStep()
    features = torch.randn(32, 20)
    labels = torch.randint(0, 8, (32,))
    return model, (features, labels)
