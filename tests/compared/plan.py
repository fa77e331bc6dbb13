"""What the two writings of a model share: its sizes, its weights and its inputs, by a seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")

TORCH, KERAS = "torch", "keras"


@dataclass(frozen=True)
class Bug:
    """A mistake of one writing.

    Attributes:
        kind: see spots.py.
        side: TORCH or KERAS.
        path: the module that it is in, as PyTorch names it.
    """

    kind: str
    side: str
    path: str


class Plan:
    """One model of one seed. What is asked for by one name is the same on both sides."""

    def __init__(self, architecture: str, seed: int, bugs: Sequence[Bug] = ()) -> None:
        self.architecture, self.seed = architecture, seed
        self.bugs = tuple(bugs)

    def dice(self, name: str) -> np.random.Generator:
        """Random numbers for this name alone."""
        return np.random.default_rng(
            [self.seed, zlib.crc32(f"{self.architecture} {name}".encode())]
        )

    def pick(self, name: str, options: Sequence[T]) -> T:
        """One of some."""
        return options[int(self.dice(name).integers(len(options)))]

    def bug(self, path: str, side: str) -> str:
        """Its kind, "" where this module is as it should be."""
        return next((bug.kind for bug in self.bugs if (bug.path, bug.side) == (path, side)), "")

    def weight(self, name: str, *shape: int) -> Any:
        """Of a size that keeps what flows through at about 1."""
        count = int(np.prod(shape[1:])) or 1
        array = self.dice(name).normal(size=shape) * (1.6 / count) ** 0.5
        return array.astype(np.float32)

    def vector(self, name: str, size: int, middle: float = 0.0, width: float = 0.3) -> Any:
        """A bias, a scale or a statistic."""
        return (middle + width * self.dice(name).uniform(-1, 1, size)).astype(np.float32)

    def numbers(self, name: str, *shape: int) -> Any:
        """An input."""
        return self.dice(name).normal(size=shape).astype(np.float32)

    @property
    def padding(self) -> str:
        """Where the stride is 2: "symmetric" as PyTorch pads, or "same" as TensorFlow does."""
        return self.pick("padding", ("symmetric", "same"))

    @property
    def fused(self) -> bool:
        """PyTorch's attention and recurrence are one op each, not written out."""
        return self.architecture != "deep" and self.pick("fused", (True, False))

    @property
    def norm_first(self) -> bool:
        """Transformers: the normalization stands before what it is for."""
        return self.pick("norm first", (True, False))


def keras_path(path: str) -> str:
    """PyTorch's path as the Keras models have it, where `layers` means something else."""
    return path.replace("layers.", "rows.")


def same_pads(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """What TensorFlow's SAME adds before and after."""
    whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return whole // 2, whole - whole // 2


def other_activation(plan: Plan, path: str, name: str) -> str:
    """Which one stands in the place of the right one."""
    return plan.pick(f"{path} other", [each for each in _INSTEAD[name] if each != name])


_INSTEAD = {
    "relu": ("leaky_relu", "silu", "elu"),
    "relu6": ("leaky_relu", "hard_silu", "silu"),
    "hard_silu": ("silu", "relu", "leaky_relu"),
    "hard_sigmoid": ("sigmoid", "tanh"),
    "silu": ("relu", "gelu", "hard_silu"),
    "gelu": ("relu", "silu"),
    "tanh": ("relu", "sigmoid"),
    "sigmoid": ("tanh", "hard_sigmoid"),
}
SLOPE = 0.2  # of the leaky one


def changed_kernel(plan: Plan, path: str, kernel: Any) -> Any:
    """A convolution's (out, in, height, width) in another order."""
    way = plan.pick(f"{path} kernel", ("exchanged", "flipped"))
    return kernel.swapaxes(2, 3) if way == "exchanged" else kernel[:, :, ::-1, ::-1]


def changed_gates(plan: Plan, path: str, rows: Any) -> Any:
    """An LSTM's rows (input, forget, cell, output) in another order."""
    order = plan.pick(f"{path} gates", ((0, 1, 3, 2), (1, 0, 2, 3), (0, 2, 1, 3)))
    parts = np.split(rows, 4)
    return np.concatenate([parts[place] for place in order])


def transposed_gates(rows: Any) -> Any:
    """Each of an LSTM's four square recurrent weights transposed."""
    return np.concatenate([part.T for part in np.split(rows, 4)])


def interleaved(rows: Any, heads: int) -> Any:
    """Rows of a projection with the heads innermost."""
    width = len(rows) // heads
    return rows.reshape(heads, width, *rows.shape[1:]).swapaxes(0, 1).reshape(rows.shape)
