"""GPT-2's twelve blocks at a small width, with random weights, on 64 tokens; seed 0."""

import torch

from opscope.resources.samples.gpt2 import GPT2


def build():
    """The model with its input."""
    torch.manual_seed(0)
    model = GPT2(1000, context=64, width=96, blocks=12, heads=12).eval()
    return model, (torch.randint(1000, (1, 64)),)
