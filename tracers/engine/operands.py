"""What expressions work on: which values come in, how large they may grow, how they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import numpy as np

from ..protocol.refusal import Refusal

Function = Callable[..., Any]

CODE = "bad-expression"
MOST_ELEMENTS = 1 << 28  # of a tensor that an expression makes
MOST_PRODUCTS = 1 << 36  # of a matrix product
MOST_ITEMS = 10_000  # of a tuple or text that an expression makes
# Functions of matrices; those that take the third power of the side.
MATRIX = frozenset(
    {"det", "diagonal", "eigvalsh", "inv", "matrix_rank", "svdvals", "trace", "tril", "triu"}
)
_CUBIC = frozenset({"det", "eigvalsh", "inv", "matrix_rank", "svdvals"})
_SQUARE = frozenset({"det", "eigvalsh", "inv"})
_DEEPEST = 4  # of lists in lists
_SHOWN = 8


class Functions(Protocol):
    """What a framework lends to expressions. Tensors come in as `take` gave them."""

    @property
    def table(self) -> Mapping[str, Function]:
        """By the grammar's name. The first argument is a tensor; `dim` and `keepdim` go by these
        names or in this order."""
        ...

    def quiet(self) -> AbstractContextManager[object]:
        """Inside, nothing is recorded and no gradient is followed."""
        ...

    def is_tensor(self, value: object) -> bool: ...

    def take(self, value: Any) -> Any:
        """The tensor as an expression may work on it: apart from the model's gradients."""
        ...

    def shape(self, value: Any) -> tuple[int, ...]: ...

    def dtype(self, value: Any) -> str:
        """As the window writes it: "float32"."""
        ...

    def device(self, value: Any) -> str: ...

    def item(self, value: Any) -> Any:
        """The only element as a Python number."""
        ...

    def index(self, value: Any, key: Any) -> Any: ...


def admitted(value: Any, name: str, lent: Functions, depth: int = 0) -> Any:
    """The value of a name, if no code of the user's stands behind its operators."""
    if value is None or type(value) in (bool, int, float, complex, str):
        return value
    if lent.is_tensor(value):
        return lent.take(value)
    kind = kind_of(value)
    base: Any = next((base for base in (list, tuple) if issubclass(kind, base)), None)
    if base is not None and depth < _DEEPEST and base.__len__(value) <= MOST_ITEMS:
        return tuple(admitted(item, name, lent, depth + 1) for item in base.__iter__(value))
    if kind is dict and depth < _DEEPEST:
        rows: dict[object, object] = value
        keys = [key for key in rows if type(key) in (str, int)][:MOST_ITEMS]
        return {key: admitted(rows[key], name, lent, depth + 1) for key in keys}
    if issubclass(kind, np.generic):
        return value.item()
    if text := dtype_text(value):
        return text
    raise Refusal(
        CODE,
        f"{name} holds a {kind.__name__}; expressions reach numbers, text, tensors and "
        "lists of them.",
    )


def truth(value: Any, lent: Functions) -> bool:
    """As a condition; a tensor must be a single element."""
    if lent.is_tensor(value):
        shape = lent.shape(value)
        if count(shape) != 1:
            raise Refusal(
                CODE,
                f"the answer is a tensor of {extents(shape)}, no yes or no; use any(…) or all(…).",
            )
        return bool(lent.item(value))
    return bool(value)


def words(value: Any, lent: Functions) -> str:
    """In a few words: a number, a short list, or what a tensor is."""
    if lent.is_tensor(value):
        shape = lent.shape(value)
        if count(shape) == 1:
            return words(lent.item(value), lent)
        if len(shape) == 1 and 0 < shape[0] <= _SHOWN:
            cells = [words(lent.index(value, n), lent) for n in range(shape[0])]
            return f"[{', '.join(cells)}]"
        return f"{lent.dtype(value)}[{extents(shape)}]"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        cells = [words(item, lent) for item in items[:_SHOWN]]
        return f"({', '.join(cells)}{', …' if len(items) > _SHOWN else ''})"
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def check_broadcast(lent: Functions, *values: Any) -> None:
    """Tensors that are broadcast must not make a far larger one."""
    shapes = [lent.shape(value) for value in values if lent.is_tensor(value)]
    if len(shapes) > 1:
        longest = max(map(len, shapes))
        padded = [(1,) * (longest - len(shape)) + shape for shape in shapes]
        _limit(count([max(sides) for sides in zip(*padded, strict=True)]), shapes)


def check_product(lent: Functions, left: Any, right: Any) -> None:
    """A matrix product must be neither far larger nor endless."""
    if not (lent.is_tensor(left) and lent.is_tensor(right)):
        raise Refusal(CODE, "@ needs a tensor at both sides.")
    one, other = lent.shape(left), lent.shape(right)
    summed = max(1, one[-1] if one else 1)
    made = (count(one) // summed) * (count(other) // summed)
    batch = count(one[:-2]) if len(other) > 2 and len(one) > 2 else 1
    made //= max(1, batch)
    _limit(made, [one, other])
    if made * summed > MOST_PRODUCTS:
        raise Refusal(CODE, "the matrix product is too large.")


def check_matrix(shape: tuple[int, ...], name: str) -> None:
    """What is told of matrices needs one, and one that is not too large."""
    if len(shape) < 2:
        raise Refusal(CODE, f"{name} needs a matrix, and this has the shape [{extents(shape)}].")
    if name in _SQUARE and shape[-1] != shape[-2]:
        raise Refusal(CODE, f"{name} needs a square matrix, and this is {extents(shape)}.")
    if name in _CUBIC and count(shape) * min(shape[-2:]) > MOST_PRODUCTS:
        raise Refusal(CODE, f"{name} of {extents(shape)} would take too long.")


def kind_of(value: Any) -> Any:
    """Its type; what isinstance asks besides may be code of the user's."""
    kind: Any = type
    return kind(value)


def dtype_text(value: Any) -> str:
    """A framework's dtype or device as text, "" for what is neither; never the user's own code."""
    kind = kind_of(value)
    if kind.__module__ in ("torch", "tensorflow.python.framework.dtypes") and (
        kind.__name__ in ("dtype", "device", "DType")
    ):
        text = str(getattr(value, "name", value)) if kind.__name__ == "DType" else str(value)
        return text.removeprefix("torch.")
    return ""


def count(shape: Any) -> int:
    """Elements of a shape."""
    total = 1
    for extent in shape:
        total *= extent
    return total


def extents(shape: tuple[int, ...]) -> str:
    """As a sentence has it: 2×3."""
    return "×".join(str(extent) for extent in shape)


def _limit(elements: int, shapes: list[tuple[int, ...]]) -> None:
    if elements > MOST_ELEMENTS:
        sides = " with ".join(extents(shape) for shape in shapes)
        raise Refusal(CODE, f"{sides} makes {elements:,} elements, too many.")
