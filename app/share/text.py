"""Texts as a page has them: names and messages come from models, and may hold anything."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

MOST = 4000  # letters of one text
MINUS = "\u2212"

# Letters that nobody sees or that turn the reading direction round, halves of letters, and what
# no page may hold.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)


def clean(text: str, most: int = MOST) -> str:
    """A text without what a page may not hold, cut where it is very long."""
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int = 400) -> str:
    """A text for a title or a cell."""
    return clean(" ".join(text[: most * 4].split()), most)


def number(value: object) -> str:
    """Five significant digits, a real minus, NaN and infinities in words; "–" for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, complex):
        sign = MINUS if math.copysign(1.0, value.imag) < 0 else "+"
        return f"{number(value.real)} {sign} {number(abs(value.imag))}i"
    if isinstance(value, int):
        return str(value).replace("-", MINUS)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "+Inf" if value > 0 else f"{MINUS}Inf"
        return f"{value:.5g}".replace("-", MINUS)
    return str(value)


def shape_text(shape: Sequence[int] | None) -> str:
    """ "1×12×64"; "scalar"; "?" stands for what is not known."""
    if shape is None:
        return "?"
    return "×".join("?" if extent < 0 else str(extent) for extent in shape) or "scalar"


def index_text(index: Sequence[int]) -> str:
    """ "[0, 12]", "" of a scalar."""
    return f"[{', '.join(map(str, index))}]" if index else ""
