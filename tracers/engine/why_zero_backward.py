"""Rules of a gradient that is 0, of autograd's nodes: the forward op lets none through."""

from __future__ import annotations

import math

import numpy as np

from ..ir import OpRecord
from .element import Element, broadcast, number_text
from .moved import Source
from .why_look import Look
from .why_zero_link import Link

_CUTS = ("relu", "threshold", "relu6", "hardtanh", "clamp", "clampmin", "clampmax")
_SATURATES = ("sigmoid", "tanh", "softmax", "logsoftmax", "gelu", "silu", "elu", "exp", "softplus")
_VIEWS = ("view", "reshape", "reshapealias", "unsafeview", "squeeze", "unsqueeze", "clone")
_CHOOSES = ("where", "maskedfill", "max", "amax", "min", "amin")
_PRODUCTS = ("addmm", "mm", "matmul", "bmm", "linear", "convolution")


def gradient_link(look: Look, at: Element, row: OpRecord) -> Link | None:
    """What made the gradient 0; None of ops that are no autograd nodes, and where it is not
    known."""
    if "Backward" not in at.op.type:
        return None
    name = at.op.type.partition("Backward")[0].lower()
    came = _turned(at, name) or _came(at)
    if came is not None:
        return Link("reads a gradient of 0", source=came)
    operands = _operands(look, at, row)
    if name in _CUTS and operands:
        x = operands[0]
        return Link(f"lets no gradient through where its input was {number_text(x)}", "relu-cut")
    if name in ("mul", "div") and 0.0 in operands:
        return Link("multiplies the gradient by the other factor, which was 0", "times-zero")
    if name in _SATURATES and operands:
        x = operands[0]
        return Link(f"has no slope at {number_text(x)}", "saturated")
    if any(name.startswith(each) for each in _CHOOSES):
        return Link("gives its gradient to the elements that were chosen, not to this", "masked")
    if "dropout" in name:
        return Link("gives no gradient to what was dropped", "dropout")
    if name in _PRODUCTS:
        return _column(at) or _product(look, at, row)
    return None


def _turned(at: Element, name: str) -> Source | None:
    """Of views, the gradient's element that was moved here, where it is 0."""
    given = at.given[0] if at.given else None
    if given is None or given.summary is None or given.value is None:
        return None
    shape = given.summary.shape
    if name == "t":
        where = at.index[::-1]
    elif name in _VIEWS and math.prod(shape) == math.prod(at.summary.shape):
        flat = int(np.ravel_multi_index(at.index, at.summary.shape)) if at.index else 0
        where = tuple(int(n) for n in np.unravel_index(flat, shape)) if shape else ()
    else:
        return None
    part = at.cut(given.value, where)
    return Source(0, where) if part is not None and part.size == 1 and part[0] == 0 else None


def _column(at: Element) -> Link | None:
    """Of a product's weight or bias, all gradients that came for its output are 0."""
    given = at.given[0] if at.given else None
    if given is None or given.summary is None or given.value is None or not at.index:
        return None
    shape = given.summary.shape
    if len(shape) != 2 or shape[-1] != at.summary.shape[-1]:
        return None
    part = at.cut(given.value, (slice(None), at.index[-1]))
    if part is None or part.any():
        return None
    return Link(
        f"adds up {part.size:,} gradients that are all 0", source=Source(0, (0, at.index[-1]))
    )


def _came(at: Element) -> Source | None:
    """The gradient's element at the same place where it is 0, or one of a gradient of zeros."""
    given = at.given[0] if at.given else None
    if given is None or given.summary is None:
        return None
    where = broadcast(given.summary.shape, at.summary.shape, at.index)
    if where is not None and at.number(0) == 0:
        return Source(0, where)
    if given.summary.minimum == 0 == given.summary.maximum:
        return Source(0, (0,) * len(given.summary.shape))
    return None


def _operands(look: Look, at: Element, row: OpRecord) -> list[float]:
    """What the forward op read at the element's place."""
    if row.forward < 0:
        return []
    found: list[float] = []
    for ref in look.run.records[row.forward].inputs:
        given = look.given(ref)
        if given.summary is None or given.value is None:
            continue
        where = broadcast(given.summary.shape, at.summary.shape, at.index)
        part = at.cut(given.value, where) if where is not None else None
        if part is not None and part.size == 1 and part.dtype.kind == "f":
            found.append(float(part[0]))
    return found


def _product(look: Look, at: Element, row: OpRecord) -> Link | None:
    """A product's gradient is the gradient that came times what the other side was."""
    if row.forward < 0:
        return None
    for ref in look.run.records[row.forward].inputs:
        summary = look.summary(ref)
        if summary is not None and summary.minimum == 0 == summary.maximum:
            name = look.given(ref).name
            return Link(f"multiplies the gradient by {name}, which was all 0", "zero-activation")
    return None
