"""A small model with a value for each view: pictures, attention, a line, a loop, a gradient."""

import torch
from torch import nn


class Attention(nn.Module):
    def forward(self, x):
        scores = x @ x.transpose(-1, -2)
        scores = scores.masked_fill(torch.ones(6, 6).triu(1) > 0, float("-inf"))
        return torch.softmax(scores, dim=-1)


class Views(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.attention = Attention()
        self.scale = 1.0

    def forward(self, photo, heads):
        grey = photo.permute(0, 2, 3, 1).contiguous()
        kept = torch.relu(self.conv(photo))
        weights = self.attention(heads)
        line = torch.cumsum(kept.mean((0, 2, 3)), 0)
        state = torch.zeros(4, 6)
        for step in range(40):
            state = torch.sin(state + weights[0, 0, :4] * (step + 1) * self.scale)
        return grey.sum() + line.sum() + state.sum()


def build():
    torch.manual_seed(1)
    ramp = torch.linspace(0, 1, 16 * 20).reshape(16, 20)
    photo = torch.stack([ramp, ramp.flip(0), 1 - ramp])[None]
    return Views().eval(), (photo, torch.randn(1, 3, 6, 5))
