"""The five models in Keras. A spec names a case: `keras_models.py:cnn_17`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from tests.compared.cases import plan_of
from tests.compared.keras_parts import Parts, constant
from tests.compared.plan import Plan
from tests.compared.sizes import DEEP, SIZES, cnn, encoder, lstm, mobile, unet


class Pictures(layers.Layer):
    """Normalizes each channel."""

    def __init__(self, made: Parts) -> None:
        super().__init__(name=made.name)
        self.mean = constant(made.plan.vector("mean", 3))
        self.spread = constant(made.plan.vector("spread", 3, 1.0))
        self.reversed = made.bug() == "channels"

    def call(self, x: Any) -> Any:
        if self.reversed:
            x = tf.reverse(x, [3])
        return (x - self.mean) / self.spread


class Residual(layers.Layer):
    """Two convolutions beside what they are added to."""

    def __init__(self, made: Parts, ins: int, outs: int, stride: int) -> None:
        super().__init__(name=made.name)
        strides = (1, stride) if made.bug() == "stride" else (stride, 1)
        self.conv1 = made.conv("conv1", ins, outs, stride=strides[0])
        self.bn1 = made.batch_norm("bn1", outs)
        self.act1 = made.activation("act1", "relu")
        self.conv2 = made.conv("conv2", outs, outs, stride=strides[1])
        self.bn2 = made.batch_norm("bn2", outs)
        self.short = made.conv("short", ins, outs, 1, stride) if stride > 1 or ins != outs else None
        self.act2 = made.activation("act2", "relu")
        self.adds = made.bug() != "residual"

    def call(self, x: Any) -> Any:
        y = self.act1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.adds:
            y = y + (x if self.short is None else self.short(x))
        return self.act2(y)


class Cnn(keras.Model):
    """A small ResNet."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.made, sizes = Parts(plan), cnn(plan)
        made = self.made
        width, wide = sizes.widths
        self.prepare = Pictures(made.below("prepare"))
        self.stem = made.conv("stem", 3, width)
        self.bn = made.batch_norm("bn", width)
        self.act = made.activation("act", "relu")
        self.pool = made.max_pool("pool", 3)
        self.blocks = [
            Residual(made.below(f"blocks.{n}"), *row) for n, row in enumerate(sizes.blocks)
        ]
        self.smooth = made.average_pool("smooth")
        self.mix = made.linear("mix", wide, wide)
        self.act3 = made.activation("act3", "silu")
        self.drop = made.dropout("drop")
        self.head = made.linear("head", wide, 5)

    def call(self, x: Any) -> Any:
        x = self.pool(self.act(self.bn(self.stem(self.prepare(x)))))
        for block in self.blocks:
            x = block(x)
        x = tf.reduce_mean(self.smooth(x), (1, 2))
        return self.head(self.drop(self.act3(self.mix(x))))


class Squeeze(layers.Layer):
    """Weighs channels by what is in all of them."""

    def __init__(self, made: Parts, width: int) -> None:
        super().__init__(name=made.name)
        self.down = made.conv("down", width, 4, 1, bias=True)
        self.act1 = made.activation("act1", "relu")
        self.up = made.conv("up", 4, width, 1, bias=True)
        self.act2 = made.activation("act2", "hard_sigmoid")

    def call(self, x: Any) -> Any:
        y = tf.reduce_mean(x, (1, 2), keepdims=True)
        return x * self.act2(self.up(self.act1(self.down(y))))


class Inverted(layers.Layer):
    """Widens, filters each channel alone, narrows."""

    def __init__(
        self, made: Parts, ins: int, outs: int, stride: int, kind: str, squeezes: bool
    ) -> None:
        super().__init__(name=made.name)
        wide = 3 * ins
        self.expand = made.conv("expand", ins, wide, 1)
        self.bn1 = made.batch_norm("bn1", wide)
        self.act1 = made.activation("act1", kind)
        self.depth = made.conv("depth", wide, wide, 3, stride, groups=wide)
        self.bn2 = made.batch_norm("bn2", wide)
        self.act2 = made.activation("act2", kind)
        self.squeeze = Squeeze(made.below("squeeze"), wide) if squeezes else None
        self.project = made.conv("project", wide, outs, 1)
        self.bn3 = made.batch_norm("bn3", outs)
        self.adds = stride == 1 and ins == outs and made.bug() != "residual"

    def call(self, x: Any) -> Any:
        y = self.act1(self.bn1(self.expand(x)))
        y = self.act2(self.bn2(self.depth(y)))
        if self.squeeze is not None:
            y = self.squeeze(y)
        y = self.bn3(self.project(y))
        return x + y if self.adds else y


class Mobile(keras.Model):
    """A small MobileNet."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.made, sizes = Parts(plan), mobile(plan)
        made = self.made
        self.prepare = Pictures(made.below("prepare"))
        self.stem = made.conv("stem", 3, sizes.width, stride=2)
        self.bn = made.batch_norm("bn", sizes.width)
        self.act = made.activation("act", sizes.activation)
        self.blocks = [
            Inverted(made.below(f"blocks.{n}"), *row) for n, row in enumerate(sizes.blocks)
        ]
        self.last = made.conv("last", sizes.out, sizes.wide, 1)
        self.bn4 = made.batch_norm("bn4", sizes.wide)
        self.act4 = made.activation("act4", sizes.activation)
        self.drop = made.dropout("drop")
        self.head = made.linear("head", sizes.wide, 6)

    def call(self, x: Any) -> Any:
        x = self.act(self.bn(self.stem(self.prepare(x))))
        for block in self.blocks:
            x = block(x)
        x = tf.reduce_mean(self.act4(self.bn4(self.last(x))), (1, 2))
        return self.head(self.drop(x))


class Attention(layers.Layer):
    """Every word looks at itself and the ones before it."""

    def __init__(self, made: Parts, width: int, heads: int) -> None:
        super().__init__(name=made.name)
        self.q = made.linear("q", width, width, heads)
        self.k = made.linear("k", width, width, heads)
        self.v = made.linear("v", width, width, heads)
        self.o = made.linear("o", width, width)
        self.heads, self.bug = heads, made.bug()
        self.scale = (width // heads) ** (1.0 if self.bug == "scale" else 0.5)

    def split(self, x: Any) -> Any:
        return tf.transpose(tf.reshape(x, (*x.shape[:2], self.heads, -1)), (0, 2, 1, 3))

    def call(self, x: Any) -> Any:
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        count = x.shape[1]
        seen = tf.linalg.band_part(tf.ones((count, count)), -1, 1 if self.bug == "mask" else 0)
        scores = tf.matmul(q, k, transpose_b=True) / self.scale
        scores = scores + (1.0 - seen) * -1e9
        y = tf.matmul(tf.nn.softmax(scores, axis=-2 if self.bug == "axis" else -1), v)
        return self.o(tf.reshape(tf.transpose(y, (0, 2, 1, 3)), x.shape))


class Feed(layers.Layer):
    """Widens, bends, narrows."""

    def __init__(self, made: Parts, width: int) -> None:
        super().__init__(name=made.name)
        self.up = made.linear("up", width, 2 * width)
        self.act = made.activation("act", "gelu")
        self.down = made.linear("down", 2 * width, width)
        self.drop = made.dropout("drop")

    def call(self, x: Any) -> Any:
        return self.drop(self.down(self.act(self.up(x))))


class Added(layers.Layer):
    """Something added to what it is made of, normalized before or after."""

    def __init__(self, made: Parts, width: int, inner: layers.Layer) -> None:
        super().__init__(name=made.name)
        self.norm, self.inner = made.layer_norm("norm", width), inner
        self.first, self.adds = made.plan.norm_first, made.bug() != "residual"

    def call(self, x: Any) -> Any:
        y = self.inner(self.norm(x) if self.first else x)
        if self.adds:
            y = x + y
        return y if self.first else self.norm(y)


class Encoder(keras.Model):
    """A small transformer."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.made, sizes = Parts(plan), encoder(plan)
        made, width = self.made, sizes.width
        self.words = tf.Variable(plan.weight("words", sizes.words, 1, width)[:, 0], name="words")
        self.places = tf.Variable(plan.numbers("places", sizes.length, width), name="places")
        self.scale = 1.0 if made.bug("") == "scale" else width**0.5
        self.rows: list[layers.Layer] = []
        for n in range(2 * sizes.layers):
            row = made.below(f"layers.{n}")
            inner = row.below("inner")
            kind = Feed(inner, width) if n % 2 else Attention(inner, width, sizes.heads)
            self.rows.append(Added(row, width, kind))
        self.out = made.linear("out", width, 7)

    def call(self, ids: Any) -> Any:
        x = tf.gather(self.words, ids) * self.scale + self.places
        for row in self.rows:
            x = row(x)
        return self.out(x)


class Recurrent(keras.Model):
    """Two LSTMs above each other, and a head."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.made, sizes = Parts(plan), lstm(plan)
        made = self.made
        self.enter = made.linear("enter", sizes.ins, sizes.width)
        self.act1 = made.activation("act1", "tanh")
        self.norm = made.layer_norm("norm", sizes.width)
        self.rnn1 = made.lstm("rnn1", sizes.width, sizes.first)
        self.rnn2 = made.lstm("rnn2", sizes.first, sizes.second)
        self.drop = made.dropout("drop")
        self.mix = made.linear("mix", sizes.second, sizes.second)
        self.act2 = made.activation("act2", "relu")
        self.head = made.linear("head", sizes.second, 4)
        self.axis = 0 if made.bug("") == "axis" else 1

    def call(self, x: Any) -> Any:
        x = self.norm(self.act1(self.enter(x)))
        x = self.rnn2(self.rnn1(x))
        x = self.act2(self.mix(self.drop(x[:, -1])))
        return tf.nn.softmax(self.head(x), axis=self.axis)


class Double(layers.Layer):
    """Two convolutions."""

    def __init__(self, made: Parts, ins: int, outs: int) -> None:
        super().__init__(name=made.name)
        self.conv1 = made.conv("conv1", ins, outs, bias=True)
        self.bn1 = made.batch_norm("bn1", outs)
        self.act1 = made.activation("act1", "relu")
        self.conv2 = made.conv("conv2", outs, outs, bias=True)
        self.act2 = made.activation("act2", "silu")

    def call(self, x: Any) -> Any:
        return self.act2(self.conv2(self.act1(self.bn1(self.conv1(x)))))


class Up(layers.Layer):
    """Resizes to what it is joined with."""

    def __init__(self, made: Parts, ins: int, outs: int, mode: str) -> None:
        super().__init__(name=made.name)
        self.bug, self.mode = made.bug(), mode
        self.merge = Double(made.below("merge"), ins, outs)

    def call(self, x: Any, skip: Any) -> Any:
        mode, size = self.mode, tuple(skip.shape[1:3])
        if self.bug == "mode of resize":
            mode = "nearest" if mode == "bilinear" else "bilinear"
        if self.bug == "align":
            x = tf.raw_ops.ResizeBilinear(images=x, size=size, align_corners=True)
        elif self.bug == "half pixel":
            x = tf.raw_ops.ResizeBilinear(images=x, size=size)
        else:
            x = tf.image.resize(x, size, mode)
        return self.merge(tf.concat([skip, x] if self.bug == "concat" else [x, skip], -1))


class UNet(keras.Model):
    """Down twice and up twice."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.made, sizes = Parts(plan), unet(plan)
        made = self.made
        one, two, three = sizes.widths
        self.prepare = Pictures(made.below("prepare"))
        self.down1 = Double(made.below("down1"), 3, one)
        self.pool1 = made.max_pool("pool1", 2)
        self.down2 = Double(made.below("down2"), one, two)
        self.pool2 = made.max_pool("pool2", 2)
        self.middle = Double(made.below("middle"), two, three)
        self.drop = made.dropout("drop")
        self.up1 = Up(made.below("up1"), three + two, two, sizes.mode)
        self.up2 = Up(made.below("up2"), two + one, one, sizes.mode)
        self.out = made.conv("out", one, 2, 1, bias=True)
        self.act = made.activation("act", "sigmoid")

    def call(self, x: Any) -> Any:
        first = self.down1(self.prepare(x))
        second = self.down2(self.pool1(first))
        x = self.drop(self.middle(self.pool2(second)))
        x = self.up2(self.up1(x, second), first)
        return self.act(self.out(x))


MODELS: dict[str, Callable[[Plan], Any]] = {
    "cnn": Cnn,
    "mobile": Mobile,
    "encoder": Encoder,
    "lstm": Recurrent,
    "unet": UNet,
    DEEP: Encoder,
}


def build(name: str) -> tuple[Any, tuple[Any, ...]]:
    """The model of a case, with its inputs, channels last."""
    plan = plan_of(name)
    inputs = SIZES[plan.architecture](plan).inputs(plan)
    x = constant(inputs.transpose(0, 2, 3, 1) if inputs.ndim == 4 else inputs)
    net = MODELS[plan.architecture](plan)
    net(x)
    net.made.filled()
    return net, (x,)


def __getattr__(name: str) -> Any:
    if name.partition("_")[0] in MODELS:
        return lambda: build(name)
    raise AttributeError(name)
