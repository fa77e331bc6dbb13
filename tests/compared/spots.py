"""Where bugs may be in the models of a seed, and which ops they are, in both writings.

The right op is the one whose argument, weight or code is another. Where that is not one op:

- Padding: a separate Pad before a convolution counts as the convolution.
- The other writing's counterpart may be several ops (Keras's normalizations and activations,
  attention beside a fused one): each of them is right there. In the changed writing eps is the
  addition that it stands in.
- A mask that is off by one is a constant: what makes it and what applies it are right.
- A residual that is missing takes its shortcut's convolution with it: both are right.
- Where a writing has no such op (a dropout left on, a residual, channels reversed), the right one
  there is what reads the value that the op would have read: see table.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.compared.plan import KERAS, TORCH, Bug, Plan, keras_path
from tests.compared.sizes import DEEP, cnn, encoder, mobile, unet


@dataclass(frozen=True)
class Place:
    """Ops of one writing.

    Attributes:
        types: any where there are none.
        below: modules inside count, too.
    """

    module: str
    types: frozenset[str] = frozenset()
    below: bool = True

    def holds(self, module: str, type_: str) -> bool:
        """An op of this type in this module is one of them."""
        return self.has_module(module) and (not self.types or type_ in self.types)

    def has_module(self, module: str) -> bool:
        """The module is right, whatever the op."""
        inside = self.below and module.startswith(f"{self.module}." if self.module else "")
        return module == self.module or inside


@dataclass(frozen=True)
class Spot:
    """A bug that may be, with its place in both writings; None where one has no such op."""

    bug: Bug
    torch: Place | None
    keras: Place | None


_CONV = {TORCH: "conv2d", KERAS: "Conv2D DepthwiseConv2dNative"}
_LINEAR = {TORCH: "linear", KERAS: "MatMul"}
_ADD = {TORCH: "add", KERAS: "AddV2"}
_BIASES = "MatMul Conv2D BiasAdd AddV2 Reshape Squeeze"
_ATTENTION = "BatchMatMulV2 MatMul RealDiv AddV2 Softmax Transpose"


def spots(plan: Plan) -> list[Spot]:
    """All of them, in a fixed order."""
    return list(_OF[plan.architecture](plan))


def _both(
    kind: str,
    path: str,
    types: dict[str, str],
    below: bool = True,
    other: dict[str, str] | None = None,
    sides: tuple[str, ...] = (TORCH, KERAS),
) -> Iterator[Spot]:
    """A kind that either writing may have. `other`: types on a side that the bug is not on."""
    for side in sides:
        found: dict[str, Place] = {}
        for each in (TORCH, KERAS):
            names = types if each == side or other is None else other
            where = path if each == TORCH else keras_path(path)
            found[each] = Place(where, frozenset(names.get(each, "").split()), below)
        yield Spot(Bug(kind, side, path), found[TORCH], found[KERAS])


def _missing(kind: str, path: str, types: dict[str, str], has: bool, below: bool) -> Iterator[Spot]:
    """A kind where one writing has an op that the other lacks: the one with the bug has it, or the
    one without."""
    for side in (TORCH, KERAS):
        owner = side if has else (KERAS if side == TORCH else TORCH)
        where = path if owner == TORCH else keras_path(path)
        place = Place(where, frozenset(types.get(owner, "").split()), below)
        places = (place, None) if owner == TORCH else (None, place)
        yield Spot(Bug(kind, side, path), *places)


def _conv(plan: Plan, path: str, kernel: int = 3, stride: int = 1, bias: bool = False):
    yield from _both("dtype", path, {})
    if kernel > 1:
        yield from _both("reorder", path, _CONV)
    if kernel > 1 and stride > 1:
        types = {TORCH: "conv2d pad", KERAS: f"{_CONV[KERAS]} Pad"}
        yield from _both("padding", path, types)
    if bias:
        yield from _both("bias", path, {TORCH: "conv2d", KERAS: _BIASES})


def _linear(plan: Plan, path: str, square: bool = False, heads: bool = False):
    yield from _both("dtype", path, {})
    yield from _both("bias", path, {TORCH: "linear", KERAS: _BIASES})
    if square:
        yield from _both("transposed", path, _LINEAR)
    if heads:
        yield from _both("reorder", path, {TORCH: "linear", KERAS: "MatMul BiasAdd AddV2"})


def _batch_norm(path: str) -> Iterator[Spot]:
    yield from _both("eps", path, {TORCH: "batch_norm", KERAS: "AddV2"}, other={})
    yield from _both("mode", path, {})
    yield from _both("reorder", path, {})


def _layer_norm(path: str) -> Iterator[Spot]:
    yield from _both("eps", path, {TORCH: "layer_norm", KERAS: "AddV2"}, other={})


def _activation(path: str, kind: str) -> Iterator[Spot]:
    yield from _both("activation", path, {})
    if kind == "gelu":
        yield from _both("gelu", path, {})


def _dropout(path: str) -> Iterator[Spot]:
    yield from _missing("dropout", path, {}, has=True, below=True)


def _residual(path: str) -> Iterator[Spot]:
    yield from _missing("residual", path, _ADD, has=False, below=False)


def _pictures() -> Iterator[Spot]:
    types = {TORCH: "flip", KERAS: "ReverseV2"}
    yield from _missing("channels", "prepare", types, has=True, below=False)


def _cnn(plan: Plan) -> Iterator[Spot]:
    sizes = cnn(plan)
    yield from _pictures()
    yield from _conv(plan, "stem")
    yield from _batch_norm("bn")
    yield from _activation("act", "relu")
    yield from _both("ceil", "pool", {TORCH: "max_pool2d", KERAS: "MaxPool"})
    for n, (ins, outs, stride) in enumerate(sizes.blocks):
        path = f"blocks.{n}"
        yield from _conv(plan, f"{path}.conv1", 3, stride)
        yield from _conv(plan, f"{path}.conv2")
        for name in ("bn1", "bn2"):
            yield from _batch_norm(f"{path}.{name}")
        for name in ("act1", "act2"):
            yield from _activation(f"{path}.{name}", "relu")
        if stride > 1 or ins != outs:
            yield from _conv(plan, f"{path}.short", 1, stride)
        yield from _residual(path)
        if stride > 1:
            for spot in _both(
                "stride", f"{path}.conv1", {TORCH: "conv2d pad", KERAS: "Conv2D Pad"}
            ):
                yield Spot(Bug("stride", spot.bug.side, path), spot.torch, spot.keras)
    yield from _both("count", "smooth", {TORCH: "avg_pool2d", KERAS: "AvgPool Pad"})
    yield from _linear(plan, "mix", square=True)
    yield from _activation("act3", "silu")
    yield from _dropout("drop")
    yield from _linear(plan, "head")


def _mobile(plan: Plan) -> Iterator[Spot]:
    sizes = mobile(plan)
    yield from _pictures()
    yield from _conv(plan, "stem", 3, 2)
    yield from _batch_norm("bn")
    yield from _activation("act", sizes.activation)
    for n, (ins, outs, stride, kind, squeezes) in enumerate(sizes.blocks):
        path = f"blocks.{n}"
        yield from _conv(plan, f"{path}.expand", 1)
        yield from _conv(plan, f"{path}.depth", 3, stride)
        yield from _conv(plan, f"{path}.project", 1)
        for name in ("bn1", "bn2", "bn3"):
            yield from _batch_norm(f"{path}.{name}")
        for name in ("act1", "act2"):
            yield from _activation(f"{path}.{name}", kind)
        if squeezes:
            for name, act, inner in (("down", "act1", "relu"), ("up", "act2", "hard_sigmoid")):
                yield from _conv(plan, f"{path}.squeeze.{name}", 1, bias=True)
                yield from _activation(f"{path}.squeeze.{act}", inner)
        if stride == 1 and ins == outs:
            yield from _residual(path)
    yield from _conv(plan, "last", 1)
    yield from _batch_norm("bn4")
    yield from _activation("act4", sizes.activation)
    yield from _dropout("drop")
    yield from _linear(plan, "head")


def _encoder(plan: Plan) -> Iterator[Spot]:
    yield from _both("scale", "", {TORCH: "mul", KERAS: "Mul"}, below=False)
    fused = "scaled_dot_product_attention"
    for n in range(encoder(plan).layers):
        path = f"layers.{2 * n}.inner"
        for name in "qkv":
            yield from _linear(plan, f"{path}.{name}", square=True, heads=True)
        yield from _linear(plan, f"{path}.o", square=True)
        torch_scale = fused if plan.fused else "mul"
        keras = {TORCH: torch_scale, KERAS: "RealDiv"}
        other = {TORCH: torch_scale, KERAS: _ATTENTION if plan.fused else "RealDiv"}
        yield from _both("scale", path, keras, below=False, other=other)
        axis = {TORCH: "softmax", KERAS: "Softmax Transpose"}
        other = {TORCH: fused if plan.fused else "softmax", KERAS: axis[KERAS]}
        yield from _both("axis", path, axis, below=False, other=other)
        mask = {TORCH: f"tril masked_fill bitwise_not invert {fused}"}
        mask[KERAS] = _ATTENTION if plan.fused else "MatrixBandPart Mul Sub AddV2"
        own = {**mask, KERAS: "MatrixBandPart Mul Sub AddV2"}
        yield from _both("mask", path, own, below=False, other=mask)
        feed = f"layers.{2 * n + 1}.inner"
        yield from _linear(plan, f"{feed}.up")
        yield from _activation(f"{feed}.act", "gelu")
        yield from _linear(plan, f"{feed}.down")
        yield from _dropout(f"{feed}.drop")
        for number in (2 * n, 2 * n + 1):
            yield from _layer_norm(f"layers.{number}.norm")
            yield from _residual(f"layers.{number}")
    yield from _linear(plan, "out")


def _lstm(plan: Plan) -> Iterator[Spot]:
    yield from _linear(plan, "enter")
    yield from _activation("act1", "tanh")
    yield from _layer_norm("norm")
    for path in ("rnn1", "rnn2"):
        products = {TORCH: "lstm" if plan.fused else "linear", KERAS: "MatMul"}
        sums = {**products, KERAS: "MatMul BiasAdd AddV2"}
        other = {} if plan.fused else sums
        yield from _both("gates", path, sums, other=other)
        yield from _both("transposed", path, products, other=other)
        yield from _both("bias", path, sums, other=other)
        own = {KERAS: "AddV2 Relu6 RealDiv Mul Sigmoid", TORCH: "sigmoid lstm"}
        yield from _both("activation", path, own, sides=(KERAS,))
    yield from _dropout("drop")
    yield from _linear(plan, "mix", square=True)
    yield from _activation("act2", "relu")
    yield from _linear(plan, "head")
    axis = {TORCH: "softmax", KERAS: "Softmax Transpose"}
    yield from _both("axis", "", axis, below=False)


def _double(plan: Plan, path: str) -> Iterator[Spot]:
    for name in ("conv1", "conv2"):
        yield from _conv(plan, f"{path}.{name}", bias=True)
    yield from _batch_norm(f"{path}.bn1")
    yield from _activation(f"{path}.act1", "relu")
    yield from _activation(f"{path}.act2", "silu")


def _unet(plan: Plan) -> Iterator[Spot]:
    yield from _pictures()
    for path in ("down1", "down2", "middle", "up1.merge", "up2.merge"):
        yield from _double(plan, path)
    yield from _both("ceil", "pool2", {TORCH: "max_pool2d", KERAS: "MaxPool"})
    yield from _dropout("drop")
    resize = {TORCH: "interpolate", KERAS: "ResizeBilinear ResizeNearestNeighbor"}
    for path in ("up1", "up2"):
        yield from _both("mode of resize", path, resize, below=False)
        if unet(plan).mode == "bilinear":
            yield from _both("align", path, resize, below=False)
            yield from _both("half pixel", path, resize, below=False, sides=(KERAS,))
        yield from _both("concat", path, {TORCH: "cat", KERAS: "ConcatV2"}, below=False)
    yield from _conv(plan, "out", 1, bias=True)
    yield from _activation("act", "sigmoid")


_OF = {
    "cnn": _cnn,
    "mobile": _mobile,
    "encoder": _encoder,
    "lstm": _lstm,
    "unet": _unet,
    DEEP: _encoder,
}
