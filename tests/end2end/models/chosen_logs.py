"""A log of 0 that is chosen away, and one that is not."""

import torch

X = torch.tensor([1.0, 0.0, 7.0])


def choose(x):
    return torch.where(x > 0, torch.log(torch.relu(x)), torch.zeros_like(x)).sum()


def keep(x):
    masked = x.masked_fill(x > 5, float("-inf"))
    return torch.softmax(masked, 0) + torch.log(torch.relu(x))


def chosen():
    return choose, (X,)


def kept():
    return keep, (X,)
