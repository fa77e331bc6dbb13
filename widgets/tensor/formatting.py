"""Numbers, shapes and sizes as the inspector writes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...tracers.ir import TensorSummary

MINUS = "\u2212"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_WORDS = ("str", "bytes", "object", "resource", "variant")


def number(value: Any, digits: int = 4) -> str:
    """A value in few characters: `digits` significant ones, a real minus, NaN and ±Inf in words."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value).replace("-", MINUS)
    if isinstance(value, complex):
        sign = MINUS if value.imag < 0 or math.copysign(1.0, value.imag) < 0 else "+"
        return f"{number(value.real, digits)} {sign} {number(abs(value.imag), digits)}i"
    return _real(float(value), digits)


def _real(value: float, digits: int) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else MINUS + "Inf"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10.0 ** max(digits + 2, 6) or size < 1e-4:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    places = max(digits - 1 - math.floor(math.log10(size)), 0)
    text = f"{value:.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def exact(value: Any) -> str:
    """A value with every digit that tells it from its neighbours."""
    if isinstance(value, (bool, int, str)):
        return number(value)
    if isinstance(value, complex):
        return str(value).strip("()").replace("j", "i").replace("-", MINUS)
    if math.isfinite(value):
        return f"{value:.9g}".replace("-", MINUS)
    return number(value)


def tick(value: float, span: float) -> str:
    """A value on a scale that spans `span`: as many decimals as two digits of it need."""
    if value == 0:
        return "0"
    if span <= 0 or span >= 1e5 or span < 1e-3:
        return number(value, 2)
    places = max(1 - math.floor(math.log10(span / 2.01)), 0)
    places = 1 if places == 0 and span < 40 else places
    text = f"{value:.{places}f}"
    return ("0" if float(text) == 0 else text).replace("-", MINUS)


def count(value: int) -> str:
    """A count with its thousands set apart."""
    return f"{value:,}".replace(",", "\u202f") if value >= 10_000 else str(value)


def percent(part: int, whole: int) -> str:
    """A share; never 0 % or 100 % where that is not exact."""
    if whole <= 0:
        return "–"
    if part == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    share = 100.0 * part / whole
    if share < 0.1:
        return "< 0.1 %"
    if share > 99.9:
        return "> 99.9 %"
    return f"{number(round(share, 1), 3)} %"


def shape_text(shape: tuple[int, ...] | None) -> str:
    """ "1×12×64×64"; "scalar"; "?" stands for what is not known."""
    if shape is None:
        return "shape ?"
    if not shape:
        return "scalar"
    return "×".join("?" if extent < 0 else str(extent) for extent in shape)


def size_text(nbytes: int) -> str:
    """ "192 KiB"."""
    size = float(nbytes)
    power = 0
    while size >= 1024 and power < len(_UNITS) - 1:
        size /= 1024
        power += 1
    return f"{number(round(size, 1) if size < 10 else round(size), 4)} {_UNITS[power]}"


def is_words(dtype: str) -> bool:
    """Elements of a dtype are texts or things, no numbers."""
    return dtype.startswith(_WORDS)


def is_text(summary: TensorSummary) -> bool:
    """The value is shown in words: it has no elements, or none that are numbers."""
    return is_words(summary.dtype) or bool(summary.text)
