"""The forms that an input can be written in. Parsing alone; files are read elsewhere.

    [NAME=]1x3x224x224[:DTYPE][:LOW..HIGH|zeros|ones|range]   made up, with a fixed seed
    [NAME=]3.5[:DTYPE]   [NAME=][[1,2],[3,4]][:DTYPE]          written out
    [NAME=]FILE.npy|npz|pt|png|jpg[:OPTIONS]                    read
    [NAME=]FILE.py:NAME[@N]   [NAME=]MODULE:NAME[@N]            the N-th batch, from 0
    text=WORDS                                                  through the model's tokenizer

One axis alone is written `16x`; `scalar` has none.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from .refusal import Refusal


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Random or constant elements. `fill` is "normal", "uniform", "zeros", "ones" or "range"."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    fill: str = "normal"
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, truth value, None or nested list. `dtype` "" leaves a bare number to Python."""

    value: Any
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class FromFile:
    """An array, saved tensors or a picture. `words` are options without a value."""

    path: str
    suffix: str
    options: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FromCode:
    """A name in the user's code that is, gives, or iterates over batches.

    `index` is None where none was written: the first batch, or the name's whole value.
    """

    where: str
    name: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Text for the model's own tokenizer."""

    text: str


Form = MadeUp | Literal | FromFile | FromCode | Words

DTYPES = (
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
_ALIASES = {
    "half": "float16",
    "float": "float32",
    "double": "float64",
    "int": "int32",
    "long": "int64",
    "f16": "float16",
    "bf16": "bfloat16",
    "f32": "float32",
    "f64": "float64",
    "i32": "int32",
    "i64": "int64",
}
_NAME = re.compile(r"([A-Za-z_]\w*)=(?!=)")
_SHAPE = re.compile(r"\d+(?:x\d+)+|\d+x|scalar")
_FILE = re.compile(r"(.+?\.(npy|npz|pth?|png|jpe?g))(?::(.*))?", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"(.+\.py|[A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(?:@(\d{1,15}))?")
_RANGE = re.compile(r"([+-]?[\d.]+(?:e[+-]?\d+)?)\.\.([+-]?[\d.]+(?:e[+-]?\d+)?)", re.IGNORECASE)
_MOST_DIGITS = 15
_LARGEST = 1e300  # the distance of two such numbers is finite
_WORDS = {"true": True, "false": False, "none": None}


def parse_input(text: str) -> tuple[str, Form]:
    """(name, form); the name is "" for a positional input. Raises Refusal "bad-input"."""
    name = ""
    rest = text.strip()
    match = _NAME.match(rest)
    if match is not None:
        name, rest = match[1], rest[match.end() :].strip()
    if name == "text":
        return name, Words(rest)
    return name, parse_form(rest, text)


def parse_form(rest: str, text: str) -> Form:
    """A form without a name; `text` is what the user wrote, for the refusal."""
    match = _FILE.fullmatch(rest)
    if match is not None:
        return _file(match[1], match[2].lower(), match[3] or "")
    head, *parts = rest.split(":")
    if _SHAPE.fullmatch(head):
        return _made_up(head, parts, text)
    literal = _literal(rest, text)
    if literal is not None:
        return literal
    match = _CODE.fullmatch(rest)
    if match is not None:
        return FromCode(match[1], match[2], None if match[3] is None else int(match[3]))
    raise Refusal(
        "bad-input",
        f'"{short(text)}" is no input; write a shape (1x3x224x224, ids=2x16:int64:0..1000), '
        "a number, a file (.npy, .npz, .pt, .png, .jpg), or file.py:name.",
    )


def dtype_name(text: str) -> str:
    """The full name of a dtype; "" where it is none."""
    lowered = text.strip().lower().removeprefix("torch.").removeprefix("tf.")
    lowered = _ALIASES.get(lowered, lowered)
    return lowered if lowered in DTYPES else ""


def _made_up(head: str, parts: list[str], text: str) -> MadeUp:
    extents = [] if head == "scalar" else head.split("x")
    if any(len(digits) > _MOST_DIGITS for digits in extents):
        raise Refusal("bad-input", f'"{short(text)}" has more elements than any memory holds.')
    shape = tuple(int(digits) for digits in extents if digits)
    dtype, fill, low, high = "", "", 0.0, 0.0
    for part in parts:
        found = _RANGE.fullmatch(part.strip())
        if found is not None:
            fill, low, high = "uniform", _number(found[1], text), _number(found[2], text)
            if not low < high:
                raise Refusal(
                    "bad-input",
                    f'In "{short(text)}", the range {part} has nothing between its ends.',
                )
        elif part in ("normal", "zeros", "ones", "range"):
            fill = part
        elif dtype_name(part):
            dtype = dtype_name(part)
        else:
            raise Refusal(
                "bad-input",
                f'In "{short(text)}", "{part}" is neither a dtype (float32, int64, …), nor a range '
                "(0..1000), nor zeros, ones, normal or range.",
            )
    dtype = dtype or "float32"
    whole = dtype == "bool" or dtype.lstrip("u").startswith("int")
    if fill == "normal" and whole:
        raise Refusal("bad-input", f'In "{short(text)}", {dtype} cannot hold normal numbers.')
    if not fill and whole:
        fill, high = "uniform", 2.0 if dtype == "bool" else 10.0
    least, most = _bounds(dtype)
    if low < least or high - whole > most:
        raise Refusal("bad-input", f'In "{short(text)}", {dtype} cannot hold the whole range.')
    return MadeUp(shape, dtype, fill or "normal", low, high)


def _bounds(dtype: str) -> tuple[float, float]:
    """The least and the largest number of a dtype, as far as a range may reach."""
    if dtype == "bool":
        return 0, 1
    if dtype.lstrip("u").startswith("int"):
        bits = int(dtype.lstrip("uint"))
        unsigned = dtype.startswith("u")
        return (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    most = {"float16": 65504.0, "float32": 3e38, "bfloat16": 3e38, "complex64": 3e38}
    found = most.get(dtype, _LARGEST)
    return -found, found


def _literal(rest: str, text: str) -> Literal | None:
    head, colon, tail = rest.rpartition(":")
    dtype = dtype_name(tail) if colon else ""
    body = head if dtype else rest
    if body.lower() in _WORDS:
        return Literal(_WORDS[body.lower()], dtype)
    try:
        value = json.loads(body)
    except RecursionError:
        raise Refusal("bad-input", f'"{short(text)}" is nested too deeply.') from None
    except ValueError:
        try:
            value = float(body)  # ".5", "inf" and "nan", which JSON lacks
        except ValueError:
            if colon and not dtype and _is_number(head):
                raise Refusal("bad-input", f'In "{short(text)}", "{tail}" is no dtype.') from None
            return None
    if isinstance(value, (dict, str)):
        return None
    return Literal(value, dtype)


def _file(path: str, suffix: str, tail: str) -> FromFile:
    options: list[tuple[str, str]] = []
    words: list[str] = []
    for part in filter(None, (part.strip() for part in tail.split(","))):
        key, equals, value = part.partition("=")
        if equals:
            options.append((key.strip().lower(), value.strip()))
        else:
            words.append(part)
    return FromFile(
        path, {"pth": "pt", "jpeg": "jpg"}.get(suffix, suffix), tuple(options), tuple(words)
    )


def _number(digits: str, text: str) -> float:
    try:
        found = float(digits)
    except ValueError:
        found = math.inf
    if not math.isfinite(found) or abs(found) > _LARGEST:
        raise Refusal(
            "bad-input",
            f'In "{short(text)}", "{short(digits)}" is no number that a range can end at.',
        )
    return found


def short(text: str) -> str:
    """What the user wrote, as far as a sentence has room for it."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
