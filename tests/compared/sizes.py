"""Sizes of the five models, by seed. Small ones: what is tested is where they part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.compared.plan import Plan


@dataclass(frozen=True)
class Pictures:
    """Takes pictures, channels first."""

    batch: int
    side: int

    def inputs(self, plan: Plan) -> Any:
        """In PyTorch's layout."""
        return plan.numbers("pictures", self.batch, 3, self.side, self.side)


@dataclass(frozen=True)
class Cnn(Pictures):
    """`blocks`: channels in and out, and the stride, of each."""

    widths: tuple[int, int]
    blocks: tuple[tuple[int, int, int], ...]


def cnn(plan: Plan) -> Cnn:
    width, wide = plan.pick("width", (5, 6, 8)), plan.pick("wide", (9, 10, 12))
    more = plan.pick("blocks", (0, 1))
    blocks = ((width, width, 1), (width, wide, 2), *[(wide, wide, 1)] * more)
    return Cnn(plan.pick("batch", (2, 3)), plan.pick("side", (14, 18)), (width, wide), blocks)


@dataclass(frozen=True)
class Mobile(Pictures):
    """`blocks`: channels in and out, stride, activation, and whether channels are weighed."""

    width: int
    out: int
    wide: int
    activation: str
    blocks: tuple[tuple[int, int, int, str, bool], ...]


def mobile(plan: Plan) -> Mobile:
    width, out = plan.pick("width", (4, 5)), plan.pick("out", (6, 7))
    kind = plan.pick("activation", ("relu6", "hard_silu"))
    rows = ((width, width, 1, kind, False), (width, out, 2, kind, True), (out, out, 1, kind, True))
    return Mobile(
        plan.pick("batch", (2, 3)),
        plan.pick("side", (16, 24)),
        width,
        out,
        plan.pick("wide", (14, 16)),
        kind,
        rows[: plan.pick("blocks", (2, 3))],
    )


@dataclass(frozen=True)
class Encoder:
    """Takes words."""

    batch: int
    length: int
    words: int
    width: int
    heads: int
    layers: int

    def inputs(self, plan: Plan) -> Any:
        """Numbers of words."""
        return plan.dice("ids").integers(0, self.words, (self.batch, self.length))


def encoder(plan: Plan) -> Encoder:
    heads = plan.pick("heads", (2, 4))
    return Encoder(
        plan.pick("batch", (2, 3)),
        plan.pick("length", (5, 7)),
        plan.pick("words", (20, 30)),
        heads * plan.pick("head", (5, 6)),
        heads,
        plan.seed if plan.architecture == DEEP else plan.pick("layers", (1, 2)),
    )


@dataclass(frozen=True)
class Lstm:
    """Takes sequences, batch first."""

    batch: int
    length: int
    ins: int
    width: int
    first: int
    second: int

    def inputs(self, plan: Plan) -> Any:
        """Sequences."""
        return plan.numbers("sequences", self.batch, self.length, self.ins)


def lstm(plan: Plan) -> Lstm:
    return Lstm(
        plan.pick("batch", (3, 4)),
        plan.pick("length", (4, 6)),
        plan.pick("ins", (5, 7)),
        plan.pick("width", (8, 9)),
        plan.pick("first", (6, 10)),
        plan.pick("second", (7, 11)),
    )


@dataclass(frozen=True)
class UNet(Pictures):
    """`mode` of the resizing."""

    widths: tuple[int, int, int]
    mode: str


def unet(plan: Plan) -> UNet:
    return UNet(
        plan.pick("batch", (1, 2)),
        plan.pick("side", (18, 22)),
        (plan.pick("one", (4, 5)), plan.pick("two", (6, 7)), plan.pick("three", (8, 10))),
        plan.pick("mode", ("bilinear", "bilinear", "nearest")),
    )


DEEP = "deep"  # an encoder with as many layers as its seed says
SIZES = {
    "cnn": cnn,
    "mobile": mobile,
    "encoder": encoder,
    "lstm": lstm,
    "unet": unet,
    DEEP: encoder,
}


def recurrent_weights(plan: Plan, path: str, ins: int, outs: int) -> tuple[Any, Any]:
    """Of an LSTM, in PyTorch's order of gates."""
    inner = plan.weight(f"{path}.inner", 4 * outs, ins)
    return inner, plan.weight(f"{path}.outer", 4 * outs, outs)
