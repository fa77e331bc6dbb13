"""Models that are compared with themselves: in another dtype, mode, compiled, other weights."""

from __future__ import annotations

from pathlib import Path

TORCH = '''
import torch
from torch import nn
from torch._dynamo import register_backend

F = nn.functional


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.up = nn.LayerNorm(16), nn.Linear(16, 16)

    def forward(self, x):
        return x + F.gelu(self.up(self.norm(x)))


class Net(nn.Module):
    def __init__(self, bug=""):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = Block(), Block()
        self.bn, self.drop, self.out = nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 4)
        self.bug = bug

    def forward(self, x):
        x = self.first(x)
        if self.bug == "break":
            print("between")
        if self.bug == "asks" and torch.compiler.is_compiling():
            x = x * 1.01
        if self.bug == "half" and x.dtype == torch.bfloat16:
            x = x * 1.06
        if self.bug == "large":
            x = x * 1e6
        return self.out(self.drop(self.bn(self.second(x)))).softmax(-1)


X = torch.linspace(-1, 1, 64).reshape(4, 16)


def net(bug=""):
    return Net(bug).eval(), (X,)


def unseeded():
    import random

    made, inputs = net()
    made.out.bias.data.fill_(random.random())
    return made, inputs


def breaks():
    return net("break")


def asks():
    return net("asks")


def half():
    return net("half")


def large():
    return net("large")


def training():
    return Net().train(), (X,)


def decomposed():
    from torch._inductor.decomposition import decompositions

    op = torch.ops.aten.gelu.default
    decompositions[op] = lambda x, approximate="none": x * torch.sigmoid(1.702 * x)
    return net()


@register_backend
def turns_gelu_into_silu(module, example):
    for node in module.graph.nodes:
        if node.op == "call_function" and "gelu" in str(node.target):
            node.target = F.silu
    module.recompile()
    return module.forward


def function(x):
    return x.exp().sum()


def bare():
    return function, (X,)


class Deep(nn.Module):
    """Sixteen residual blocks."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.convs = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1) for _ in range(16)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(8) for _ in range(16)])

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = F.relu(x + norm(conv(x)))
        return x.mean((2, 3)).log_softmax(-1), x.argmax(1)


def deep():
    return Deep().eval(), (torch.linspace(-2, 2, 2 * 8 * 64).sin().reshape(2, 8, 8, 8),)
'''

KERAS = """
import keras
import tensorflow as tf
from keras import layers


def net():
    keras.utils.set_random_seed(0)
    x = given = layers.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, padding="same", name="conv")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Dropout(0.5, name="drop")(layers.ReLU(name="relu")(x))
    x = layers.Dense(4, name="out")(layers.GlobalAveragePooling2D(name="pool")(x))
    return keras.Model(given, x), (tf.random.stateless_normal((2, 8, 8, 3), (1, 2)),)


def random():
    @tf.function
    def step(x):
        return tf.tanh(x) + tf.random.uniform((4, 8), seed=3)

    return step, (tf.random.stateless_normal((4, 8), (1, 2)),)
"""


def write(folder: Path) -> None:
    """As files that specs name: same.py for PyTorch, keras_same.py for Keras."""
    (folder / "same.py").write_text(TORCH)
    (folder / "keras_same.py").write_text(KERAS)
