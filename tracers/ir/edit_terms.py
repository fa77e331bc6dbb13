"""What an edit's text must be. Only the grammar, so that the window can check what is typed."""

from __future__ import annotations

import math
import re

from .edit import Edit, EditKind
from .expression import BadExpression, parse

# Names of an edit's expression, each with what it stands for.
EDIT_NAMES = {"x": "the value itself", "inputs": "tensors that the op reads"}

Number = bool | int | float | complex

_ELEMENT = re.compile(r"\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]\s*=(.*)", re.DOTALL)
_LOGICAL = {"true": True, "false": False}


def number_of(text: str) -> Number:
    """A constant as it is typed: 3, -0.5, 1e-3, nan, -inf, 2j, true. Raises BadExpression."""
    text = text.strip()
    if text.lower() in _LOGICAL:
        return _LOGICAL[text.lower()]
    for kind in (int, float, complex):
        try:
            return kind(text)
        except ValueError:
            continue
    if not text:
        raise BadExpression("The constant is empty; write a number.")
    shown = text if len(text) <= 40 else text[:39] + "…"
    raise BadExpression(f"{shown} is no number; for something that is computed, use an expression.")


def noise_of(text: str) -> float:
    """The standard deviation of an edit that adds noise. Raises BadExpression."""
    try:
        width = float(text)
    except ValueError as error:
        raise BadExpression(
            "Noise needs its standard deviation as a number, such as 0.1."
        ) from error
    if not math.isfinite(width) or width < 0:
        raise BadExpression("The standard deviation of noise is a finite number, 0 or more.")
    return width


def element_of(text: str) -> tuple[tuple[int, ...], Number]:
    """Where an edit of an element falls, and what stands there then. Raises BadExpression."""
    found = _ELEMENT.fullmatch(text.strip())
    if found is None:
        raise BadExpression('An element is set as in "[0, 2] = 1.5".')
    return tuple(int(number) for number in found[1].split(",")), number_of(found[2])


def element_text(at: tuple[int, ...], number: str) -> str:
    """As `element_of` takes it."""
    return f"[{', '.join(map(str, at))}] = {number.strip()}"


def edit_problem(edit: Edit) -> str:
    """What is wrong with an edit's text, in one sentence; "" if nothing is."""
    try:
        if edit.kind is EditKind.EXPRESSION:
            unknown = sorted(parse(edit.text).names - EDIT_NAMES.keys())
            if unknown:
                raise BadExpression(f"There is no {unknown[0]} here; known are x and inputs.")
        elif edit.kind is EditKind.CONSTANT:
            number_of(edit.text)
        elif edit.kind is EditKind.ELEMENT:
            element_of(edit.text)
        elif edit.kind is EditKind.NOISE:
            noise_of(edit.text)
        elif edit.kind is EditKind.FILE and not edit.text.strip().lower().endswith(".npy"):
            raise BadExpression("An array comes from a .npy file; choose one.")
    except BadExpression as error:
        return str(error)
    return ""
