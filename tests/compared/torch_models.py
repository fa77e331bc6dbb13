"""The five models in PyTorch. A spec names a case: `torch_models.py:cnn_17`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.compared.cases import plan_of
from tests.compared.plan import TORCH, Plan
from tests.compared.sizes import DEEP, SIZES, cnn, encoder, lstm, mobile, unet
from tests.compared.torch_parts import Parts


class Pictures(nn.Module):
    """Normalizes each channel."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.mean = torch.from_numpy(plan.vector("mean", 3)).reshape(3, 1, 1)
        self.spread = torch.from_numpy(plan.vector("spread", 3, 1.0)).reshape(3, 1, 1)
        self.reversed = plan.bug("prepare", TORCH) == "channels"

    def forward(self, x: Tensor) -> Tensor:
        if self.reversed:
            x = x.flip(1)
        return (x - self.mean) / self.spread


class Residual(nn.Module):
    """Two convolutions beside what they are added to."""

    def __init__(self, plan: Plan, path: str, ins: int, outs: int, stride: int) -> None:
        super().__init__()
        made = Parts(plan, path)
        strides = (1, stride) if made.bug() == "stride" else (stride, 1)
        self.conv1 = made.conv("conv1", ins, outs, stride=strides[0])
        self.bn1 = made.batch_norm("bn1", outs)
        self.act1 = made.activation("act1", "relu")
        self.conv2 = made.conv("conv2", outs, outs, stride=strides[1])
        self.bn2 = made.batch_norm("bn2", outs)
        self.short = made.conv("short", ins, outs, 1, stride) if stride > 1 or ins != outs else None
        self.act2 = made.activation("act2", "relu")
        self.adds = made.bug() != "residual"

    def forward(self, x: Tensor) -> Tensor:
        y = self.act1(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.adds:
            y = y + (x if self.short is None else self.short(x))
        return self.act2(y)


class Cnn(nn.Module):
    """A small ResNet."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        made, sizes = Parts(plan), cnn(plan)
        width, wide = sizes.widths
        self.prepare = Pictures(plan)
        self.stem = made.conv("stem", 3, width)
        self.bn = made.batch_norm("bn", width)
        self.act = made.activation("act", "relu")
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=made.bug("pool") == "ceil")
        rows = sizes.blocks
        self.blocks = nn.Sequential(
            *(Residual(plan, f"blocks.{n}", *row) for n, row in enumerate(rows))
        )
        include = made.bug("smooth") == "count"
        self.smooth = nn.AvgPool2d(3, 1, 1, count_include_pad=include)
        self.mix = made.linear("mix", wide, wide)
        self.act3 = made.activation("act3", "silu")
        self.drop = made.dropout("drop")
        self.head = made.linear("head", wide, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn(self.stem(self.prepare(x))))
        x = self.smooth(self.blocks(self.pool(x))).mean((2, 3))
        return self.head(self.drop(self.act3(self.mix(x))))


class Squeeze(nn.Module):
    """Weighs channels by what is in all of them."""

    def __init__(self, plan: Plan, path: str, width: int) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.down = made.conv("down", width, 4, 1, bias=True)
        self.act1 = made.activation("act1", "relu")
        self.up = made.conv("up", 4, width, 1, bias=True)
        self.act2 = made.activation("act2", "hard_sigmoid")

    def forward(self, x: Tensor) -> Tensor:
        y = x.mean((2, 3), keepdim=True)
        return x * self.act2(self.up(self.act1(self.down(y))))


class Inverted(nn.Module):
    """Widens, filters each channel alone, narrows."""

    def __init__(
        self, plan: Plan, path: str, ins: int, outs: int, stride: int, kind: str, squeezes: bool
    ) -> None:
        super().__init__()
        made, wide = Parts(plan, path), 3 * ins
        self.expand = made.conv("expand", ins, wide, 1)
        self.bn1 = made.batch_norm("bn1", wide)
        self.act1 = made.activation("act1", kind)
        self.depth = made.conv("depth", wide, wide, 3, stride, groups=wide)
        self.bn2 = made.batch_norm("bn2", wide)
        self.act2 = made.activation("act2", kind)
        self.squeeze = Squeeze(plan, f"{path}.squeeze", wide) if squeezes else None
        self.project = made.conv("project", wide, outs, 1)
        self.bn3 = made.batch_norm("bn3", outs)
        self.adds = stride == 1 and ins == outs and made.bug() != "residual"

    def forward(self, x: Tensor) -> Tensor:
        y = self.act1(self.bn1(self.expand(x)))
        y = self.act2(self.bn2(self.depth(y)))
        if self.squeeze is not None:
            y = self.squeeze(y)
        y = self.bn3(self.project(y))
        return x + y if self.adds else y


class Mobile(nn.Module):
    """A small MobileNet."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        made, sizes = Parts(plan), mobile(plan)
        self.prepare = Pictures(plan)
        self.stem = made.conv("stem", 3, sizes.width, stride=2)
        self.bn = made.batch_norm("bn", sizes.width)
        self.act = made.activation("act", sizes.activation)
        self.blocks = nn.Sequential(
            *(Inverted(plan, f"blocks.{n}", *row) for n, row in enumerate(sizes.blocks))
        )
        self.last = made.conv("last", sizes.out, sizes.wide, 1)
        self.bn4 = made.batch_norm("bn4", sizes.wide)
        self.act4 = made.activation("act4", sizes.activation)
        self.drop = made.dropout("drop")
        self.head = made.linear("head", sizes.wide, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.act(self.bn(self.stem(self.prepare(x)))))
        x = self.act4(self.bn4(self.last(x))).mean((2, 3))
        return self.head(self.drop(x))


class Attention(nn.Module):
    """Every word looks at itself and the ones before it."""

    def __init__(self, plan: Plan, path: str, width: int, heads: int) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.q = made.linear("q", width, width, heads)
        self.k = made.linear("k", width, width, heads)
        self.v = made.linear("v", width, width, heads)
        self.o = made.linear("o", width, width)
        self.heads, self.bug = heads, made.bug()
        self.fused = plan.fused and self.bug != "axis"
        self.scale = (width // heads) ** (-1.0 if self.bug == "scale" else -0.5)

    def split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        count = x.shape[1]
        seen = torch.ones(count, count).tril(1 if self.bug == "mask" else 0).bool()
        if self.fused:
            y = functional.scaled_dot_product_attention(q, k, v, seen, scale=self.scale)
        else:
            scores = q @ k.transpose(-1, -2) * self.scale
            scores = scores.masked_fill(~seen, -1e9)
            y = scores.softmax(-2 if self.bug == "axis" else -1) @ v
        return self.o(y.transpose(1, 2).reshape(x.shape))


class Feed(nn.Module):
    """Widens, bends, narrows."""

    def __init__(self, plan: Plan, path: str, width: int) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.up = made.linear("up", width, 2 * width)
        self.act = made.activation("act", "gelu")
        self.down = made.linear("down", 2 * width, width)
        self.drop = made.dropout("drop")

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.down(self.act(self.up(x))))


class Added(nn.Module):
    """Something added to what it is made of, normalized before or after."""

    def __init__(self, plan: Plan, path: str, width: int, inner: nn.Module) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.norm, self.inner = made.layer_norm("norm", width), inner
        self.first, self.adds = plan.norm_first, made.bug() != "residual"

    def forward(self, x: Tensor) -> Tensor:
        y = self.inner(self.norm(x) if self.first else x)
        if self.adds:
            y = x + y
        return y if self.first else self.norm(y)


class Encoder(nn.Module):
    """A small transformer."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        made, sizes = Parts(plan), encoder(plan)
        width = sizes.width
        self.words = nn.Parameter(
            torch.from_numpy(plan.weight("words", sizes.words, 1, width)[:, 0])
        )
        self.places = nn.Parameter(torch.from_numpy(plan.numbers("places", sizes.length, width)))
        self.scale = 1.0 if made.bug("") == "scale" else width**0.5
        layers: list[nn.Module] = []
        for n in range(sizes.layers):
            path = f"layers.{2 * n}"
            attend = Attention(plan, f"{path}.inner", width, sizes.heads)
            layers.append(Added(plan, path, width, attend))
            path = f"layers.{2 * n + 1}"
            layers.append(Added(plan, path, width, Feed(plan, f"{path}.inner", width)))
        self.layers = nn.Sequential(*layers)
        self.out = made.linear("out", width, 7)

    def forward(self, ids: Tensor) -> Tensor:
        x = functional.embedding(ids, self.words) * self.scale + self.places
        return self.out(self.layers(x))


class Cells(nn.LSTM):
    """Written out, step by step."""

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        h = c = input.new_zeros(input.shape[0], self.hidden_size)
        steps: list[Tensor] = []
        for t in range(input.shape[1]):
            gates = functional.linear(input[:, t], self.weight_ih_l0, self.bias_ih_l0)
            gates = gates + functional.linear(h, self.weight_hh_l0, self.bias_hh_l0)
            i, f, g, o = gates.chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            steps.append(h)
        return torch.stack(steps, 1), (h, c)


class Recurrent(nn.Module):
    """Two LSTMs above each other, and a head."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        made, sizes = Parts(plan), lstm(plan)
        self.enter = made.linear("enter", sizes.ins, sizes.width)
        self.act1 = made.activation("act1", "tanh")
        self.norm = made.layer_norm("norm", sizes.width)
        self.rnn1 = made.lstm("rnn1", sizes.width, sizes.first)
        self.rnn2 = made.lstm("rnn2", sizes.first, sizes.second)
        if not plan.fused:
            self.rnn1.__class__ = self.rnn2.__class__ = Cells
        self.drop = made.dropout("drop")
        self.mix = made.linear("mix", sizes.second, sizes.second)
        self.act2 = made.activation("act2", "relu")
        self.head = made.linear("head", sizes.second, 4)
        self.axis = 0 if made.bug("") == "axis" else 1

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.act1(self.enter(x)))
        x, _ = self.rnn1(x)
        x, _ = self.rnn2(x)
        x = self.act2(self.mix(self.drop(x[:, -1])))
        return self.head(x).softmax(self.axis)


class Double(nn.Module):
    """Two convolutions."""

    def __init__(self, plan: Plan, path: str, ins: int, outs: int) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.conv1 = made.conv("conv1", ins, outs, bias=True)
        self.bn1 = made.batch_norm("bn1", outs)
        self.act1 = made.activation("act1", "relu")
        self.conv2 = made.conv("conv2", outs, outs, bias=True)
        self.act2 = made.activation("act2", "silu")

    def forward(self, x: Tensor) -> Tensor:
        return self.act2(self.conv2(self.act1(self.bn1(self.conv1(x)))))


class Up(nn.Module):
    """Resizes to what it is joined with."""

    def __init__(self, plan: Plan, path: str, ins: int, outs: int, mode: str) -> None:
        super().__init__()
        made = Parts(plan, path)
        self.bug, self.mode = made.bug(), mode
        self.merge = Double(plan, f"{path}.merge", ins, outs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        mode, size = self.mode, skip.shape[2:]
        if self.bug == "mode of resize":
            mode = "nearest" if mode == "bilinear" else "bilinear"
        mode = mode.replace("nearest", "nearest-exact")  # as TensorFlow's
        if self.bug == "align":
            x = functional.interpolate(x, size=size, mode="bilinear", align_corners=True)
        else:
            x = functional.interpolate(x, size=size, mode=mode)
        parts = [skip, x] if self.bug == "concat" else [x, skip]
        return self.merge(torch.cat(parts, 1))


class UNet(nn.Module):
    """Down twice and up twice."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        made, sizes = Parts(plan), unet(plan)
        one, two, three = sizes.widths
        self.prepare = Pictures(plan)
        self.down1 = Double(plan, "down1", 3, one)
        self.pool1 = nn.MaxPool2d(2, 2)
        self.down2 = Double(plan, "down2", one, two)
        self.pool2 = nn.MaxPool2d(2, 2, ceil_mode=made.bug("pool2") == "ceil")
        self.middle = Double(plan, "middle", two, three)
        self.drop = made.dropout("drop")
        self.up1 = Up(plan, "up1", three + two, two, sizes.mode)
        self.up2 = Up(plan, "up2", two + one, one, sizes.mode)
        self.out = made.conv("out", one, 2, 1, bias=True)
        self.act = made.activation("act", "sigmoid")

    def forward(self, x: Tensor) -> Tensor:
        first = self.down1(self.prepare(x))
        second = self.down2(self.pool1(first))
        x = self.drop(self.middle(self.pool2(second)))
        x = self.up2(self.up1(x, second), first)
        return self.act(self.out(x))


MODELS: dict[str, Callable[[Plan], nn.Module]] = {
    "cnn": Cnn,
    "mobile": Mobile,
    "encoder": Encoder,
    "lstm": Recurrent,
    "unet": UNet,
    DEEP: Encoder,
}


def build(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The model of a case, with its inputs."""
    plan = plan_of(name)
    torch.manual_seed(plan.seed)
    inputs = SIZES[plan.architecture](plan).inputs(plan)
    return MODELS[plan.architecture](plan).eval(), (torch.from_numpy(inputs),)


def __getattr__(name: str) -> Any:
    if name.partition("_")[0] in MODELS:
        return lambda: build(name)
    raise AttributeError(name)
