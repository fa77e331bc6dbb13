"""The same models for PyTorch and for Keras, with the same weights; some with one mistake."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = """
import numpy as np

SHAPES = {}
for _block in ("block1", "block2"):
    for _n in "12":
        SHAPES[f"{_block}.conv{_n}.weight"] = (8, 8, 3, 3)
        for _part in ("weight", "bias", "running_mean", "running_var"):
            SHAPES[f"{_block}.bn{_n}.{_part}"] = (8,)
SHAPES |= {"stem.weight": (8, 3, 3, 3), "stem.bias": (8,), "down.weight": (8, 8, 3, 3)}
SHAPES |= {"down.bias": (8,), "mix.weight": (8, 8), "mix.bias": (8,), "head.weight": (5, 8)}
SHAPES |= {"head.bias": (5,), "embed.weight": (30, 16), "out.weight": (7, 16), "out.bias": (7,)}
for _layer in "01":
    for _name, _shape in (("q", (16, 16)), ("k", (16, 16)), ("v", (16, 16)), ("o", (16, 16)),
                          ("up", (32, 16)), ("down", (16, 32))):
        SHAPES[f"layers.{_layer}.{_name}.weight"] = _shape
        SHAPES[f"layers.{_layer}.{_name}.bias"] = _shape[:1]
    for _name in ("norm1", "norm2"):
        SHAPES[f"layers.{_layer}.{_name}.weight"] = (16,)
        SHAPES[f"layers.{_layer}.{_name}.bias"] = (16,)

WEIGHTS = {}
_dice = np.random.default_rng(0)
for _name in sorted(SHAPES):
    _array = _dice.normal(size=SHAPES[_name])
    if "running_var" in _name:
        _array = np.abs(_array) * 0.1 + 0.01
    elif _array.ndim > 1:
        _array = _array / np.sqrt(_array[0].size)
    WEIGHTS[_name] = _array.astype("float32")
PICTURE = np.random.default_rng(9).normal(size=(2, 3, 12, 12)).astype("float32")
WORDS = np.random.default_rng(5).integers(0, 30, (2, 6))
"""

TORCH = '''
import torch
from torch import nn
from weights import PICTURE, WEIGHTS, WORDS

F = nn.functional


class Block(nn.Module):
    def __init__(self, eps=1e-3):
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8, eps=eps)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8, eps=1e-3)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + x)


class Net(nn.Module):
    def __init__(self, bug=""):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.block1 = Block()
        self.down = nn.Conv2d(8, 8, 3, stride=2, padding=1)
        self.block2 = Block(1e-5 if "eps" in bug else 1e-3)
        self.pool = nn.AvgPool2d(3, 1, 1, count_include_pad="pool" in bug)
        self.mix = nn.Linear(8, 8)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(8, 5)
        self.bug = bug

    def forward(self, x):
        x = self.block1(self.stem(x))
        x = F.pad(x, (0, 1, 0, 1))  # what SAME is, where the stride is 2
        x = F.conv2d(x, self.down.weight, self.down.bias, stride=2)
        x = self.pool(self.block2(x)).mean((2, 3))
        x = F.leaky_relu(self.mix(x), 0.1 if "slope" in self.bug else 0.2)
        return self.head(self.drop(x))


class OwnPadding(Net):
    """Pads as PyTorch does."""

    def forward(self, x):
        x = self.down(self.block1(self.stem(x)))
        x = self.pool(self.block2(x)).mean((2, 3))
        return self.head(F.leaky_relu(self.mix(x), 0.2))


class Layer(nn.Module):
    def __init__(self, bug):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(16, 16) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(16, eps=1e-6), nn.LayerNorm(16, eps=1e-6)
        self.up, self.down = nn.Linear(16, 32), nn.Linear(32, 16)
        self.bug = bug

    def heads(self, x):
        return x.view(*x.shape[:2], 4, 4).transpose(1, 2)

    def forward(self, x):
        q, k, v = (self.heads(make(x)) for make in (self.q, self.k, self.v))
        if self.bug == "axis":
            y = (q @ k.transpose(-1, -2) / 2).softmax(2) @ v
        elif self.bug == "spelled":
            y = (q @ k.transpose(-1, -2) / 2).softmax(-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        x = self.norm1(x + self.o(y.transpose(1, 2).reshape(x.shape)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self, bug=""):
        super().__init__()
        self.embed = nn.Embedding(30, 16)
        self.layers = nn.ModuleList([Layer("spelled" if bug == "axis" else ""), Layer(bug)])
        self.out = nn.Linear(16, 7)

    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x)
        return self.out(x)


def loaded(net):
    net.load_state_dict({k: torch.from_numpy(WEIGHTS[k]) for k in net.state_dict() if k in WEIGHTS},
                        strict=False)
    return net.eval()


def cnn(bug=""):
    return loaded(Net(bug)), (torch.from_numpy(PICTURE),)


def cnn_eps():
    return cnn("eps")


def cnn_weights():
    net, inputs = cnn()
    with torch.no_grad():
        net.block2.conv1.weight[3] += 0.1
    return net, inputs


def cnn_slope():
    return cnn("slope")


def cnn_pool():
    return cnn("pool")


def cnn_two():
    return cnn("pool slope")


def cnn_own_padding():
    return loaded(OwnPadding()), (torch.from_numpy(PICTURE),)


def cnn_training():
    net, inputs = cnn()
    net.drop.train()
    torch.manual_seed(0)
    return net, inputs


def cnn_half():
    net, inputs = cnn()
    return net.bfloat16(), (inputs[0].bfloat16(),)


def cnn_half_eps():
    net = loaded(Net()).bfloat16()
    net.block2.bn1.eps = 0.1
    return net, (torch.from_numpy(PICTURE).bfloat16(),)


def cnn_bare():
    return cnn()[0]


def encoder(bug=""):
    return loaded(Encoder(bug)), (torch.from_numpy(WORDS),)


def encoder_spelled():
    return encoder("spelled")


def encoder_axis():
    return encoder("axis")


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.rnn = nn.LSTM(8, 12, batch_first=True)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(y[:, -1])


class Cells(Recurrent):
    def forward(self, x):
        r = self.rnn
        h = c = x.new_zeros(x.shape[0], 12)
        for t in range(x.shape[1]):
            gates = x[:, t] @ r.weight_ih_l0.T + r.bias_ih_l0 + h @ r.weight_hh_l0.T + r.bias_hh_l0
            i, f, g, o = gates.chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        return self.head(h)


def recurrent():
    return Recurrent().eval(), (torch.linspace(-1, 1, 80).reshape(2, 5, 8),)


def cells():
    return Cells().eval(), (torch.linspace(-1, 1, 80).reshape(2, 5, 8),)


def cells_weights():
    net, inputs = cells()
    with torch.no_grad():
        net.rnn.bias_hh_l0[3] += 0.01
    return net, inputs


class Fails(nn.Module):
    def forward(self, x):
        return torch.relu(x) @ torch.ones(5)


def fails():
    return Fails(), (torch.from_numpy(PICTURE),)


class Two(nn.Module):
    def forward(self, x, y):
        return torch.relu(x + y)


def two():
    return Two(), (torch.ones(2, 3), torch.ones(2, 3))


class Other(nn.Module):
    def forward(self, x):
        return torch.tensor([1.0, 2.0, 3.0]).cumsum(0).exp()


def other():
    return Other(), (torch.from_numpy(PICTURE),)
'''

KERAS = '''
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from weights import PICTURE, WEIGHTS, WORDS


class Block(layers.Layer):
    def __init__(self, bug, **named):
        super().__init__(**named)
        self.conv1 = layers.Conv2D(8, 3, padding="same", use_bias=False, name="conv1")
        self.bn1 = layers.BatchNormalization(epsilon=1e-5 if "eps" in bug else 1e-3, name="bn1")
        self.conv2 = layers.Conv2D(8, 3, padding="same", use_bias=False, name="conv2")
        self.bn2 = layers.BatchNormalization(epsilon=1e-3, name="bn2")
        self.bug = bug

    def call(self, x):
        y = self.bn2(self.conv2(tf.nn.relu(self.bn1(self.conv1(x)))))
        return tf.nn.relu(y if "residual" in self.bug else y + x)


class Net(keras.Model):
    def __init__(self, bug=""):
        super().__init__()
        self.stem = layers.Conv2D(8, 3, padding="same", name="stem")
        self.block1, self.block2 = Block("", name="block1"), Block(bug, name="block2")
        self.down = layers.Conv2D(8, 3, strides=2, padding="same", name="down")
        self.pool = layers.AveragePooling2D(3, 1, padding="same", name="pool")
        self.mix, self.head = layers.Dense(8, name="mix"), layers.Dense(5, name="head")
        self.bug = bug

    def call(self, x):
        x = self.pool(self.block2(self.down(self.block1(self.stem(x)))))
        x = self.mix(tf.reduce_mean(x, axis=(1, 2)))
        return self.head(tf.nn.relu(x) if "activation" in self.bug else tf.nn.leaky_relu(x, 0.2))


class Layer(layers.Layer):
    def __init__(self, bug, **named):
        super().__init__(**named)
        self.q, self.k, self.v, self.o = (layers.Dense(16, name=name) for name in "qkvo")
        self.norm1 = layers.LayerNormalization(epsilon=1e-2 if "eps" in bug else 1e-6, name="norm1")
        self.norm2 = layers.LayerNormalization(epsilon=1e-6, name="norm2")
        self.up, self.down = layers.Dense(32, name="up"), layers.Dense(16, name="down")
        self.bug = bug

    def heads(self, x):
        return tf.transpose(tf.reshape(x, (*x.shape[:2], 4, 4)), (0, 2, 1, 3))

    def call(self, x):
        q, k, v = (self.heads(make(x)) for make in (self.q, self.k, self.v))
        scores = tf.matmul(q, k, transpose_b=True) / (1.0 if "scale" in self.bug else 2.0)
        y = tf.matmul(tf.nn.softmax(scores, axis=2 if "axis" in self.bug else -1), v)
        y = tf.reshape(tf.transpose(y, (0, 2, 1, 3)), x.shape)
        x = self.norm1(x + self.o(y))
        return self.norm2(x + self.down(tf.nn.gelu(self.up(x), approximate="gelu" in self.bug)))


class Encoder(keras.Model):
    def __init__(self, bug=""):
        super().__init__()
        self.embed = layers.Embedding(30, 16, name="embed")
        self.first, self.second = Layer("", name="first"), Layer(bug, name="second")
        self.out = layers.Dense(7, name="out")

    def call(self, ids):
        return self.out(self.second(self.first(self.embed(ids))))


def fill(layer, name, bug=""):
    """Weights in PyTorch's layout to a layer's."""
    if isinstance(layer, layers.BatchNormalization):
        parts = [WEIGHTS[f"{name}.{part}"] for part in
                 ("weight", "bias", "running_mean", "running_var")]
    else:
        weight = WEIGHTS[f"{name}.weight"]
        if isinstance(layer, layers.Conv2D):
            weight = weight.transpose(2, 3, 1, 0)
        elif isinstance(layer, layers.Dense) and "transposed" not in bug:
            weight = weight.T
        parts = [weight]
        if len(layer.weights) > 1:
            parts.append(WEIGHTS[f"{name}.bias"])
    layer.set_weights(parts)


def cnn(bug=""):
    net, x = Net(bug), tf.constant(PICTURE.transpose(0, 2, 3, 1))
    net(x)
    for name in ("stem", "down", "mix", "head"):
        fill(getattr(net, name), name, bug if name == "mix" else "")
    for block in ("block1", "block2"):
        for name in ("conv1", "bn1", "conv2", "bn2"):
            fill(getattr(getattr(net, block), name), f"{block}.{name}")
    return net, (x,)


def cnn_eps():
    return cnn("eps")


def cnn_residual():
    return cnn("residual")


def cnn_activation():
    return cnn("activation")


def cnn_transposed():
    return cnn("transposed")


def cnn_two():
    return cnn("eps activation")


def cnn_three():
    return cnn("eps residual transposed")


def encoder(bug=""):
    net, ids = Encoder(bug), tf.constant(WORDS)
    net(ids)
    fill(net.embed, "embed")
    fill(net.out, "out")
    for number, layer in enumerate((net.first, net.second)):
        for name in ("q", "k", "v", "o", "up", "down", "norm1", "norm2"):
            wrong = bug if number == 1 and name == "k" else ""
            fill(getattr(layer, name), f"layers.{number}.{name}", wrong)
    return net, (ids,)


def encoder_eps():
    return encoder("eps")


def encoder_gelu():
    return encoder("gelu")


def encoder_scale():
    return encoder("scale")


def encoder_axis():
    return encoder("axis")


def encoder_transposed():
    return encoder("transposed")


def encoder_two():
    return encoder("transposed gelu")


def encoder_three():
    return encoder("scale eps gelu")


def cnn_function():
    """Takes what it is given: no inputs of its own."""
    net, _ = cnn()

    @tf.function
    def run(x):
        return net(x)

    return run
'''


def write(folder: Path) -> None:
    """As files that specs name: nets.py for PyTorch, keras_nets.py for Keras."""
    (folder / "weights.py").write_text(WEIGHTS)
    (folder / "nets.py").write_text(TORCH)
    (folder / "keras_nets.py").write_text(KERAS)
