"""Functions and arguments of recorded calls as Python source."""

from __future__ import annotations

import builtins
import enum
import importlib
import keyword
import math
import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, cast

from .lib import is_tensor, torch
from .names import property_name

_fx: Any = importlib.import_module("torch.fx.node")
np: Any = importlib.import_module("numpy")

_WIDTH = 100
_TAKEN = frozenset(
    {*keyword.kwlist, *dir(builtins), "F", "call", "graph", "held", "method", "model"}
    | {"build", "operator", "restored", "seed", "torch"}
)
_PUBLIC = {
    "F": torch.nn.functional,
    "torch": torch,
    "torch.fft": torch.fft,
    "torch.linalg": torch.linalg,
    "torch.special": torch.special,
    "torch.sparse": torch.sparse,
    "torch.nested": torch.nested,
}
_ITEMS = MappingProxyType({"__getitem__": operator.getitem, "__setitem__": operator.setitem})
# Properties that are no ops for the debugger, but matter to what comes after them.
TELLING = frozenset({"T", "mT", "H", "mH", "real", "imag", "data", "grad", "requires_grad"})

Show = Callable[[Any], str]  # a tensor as source


class Unwritable(Exception):
    """A call has no source; the message says why ("it takes a Generator")."""


def call_source(
    function: Any, args: tuple[Any, ...], named: dict[str, Any], show: Show
) -> tuple[str, list[str]]:
    """What a call does to a graph: the function that notes it, and the arguments' source.

    Raises Unwritable.
    """
    raw = str(getattr(function, "__name__", ""))
    if raw in ("__get__", "__set__"):
        field = f'"{property_name(function)}"'
        if raw == "__get__":
            return "call", ["getattr", literal(args[0], show), field]
        return "call", ["setattr", literal(args[0], show), field, literal(args[1], show)]
    words = [literal(value, show) for value in args]
    words += [_named(key, value, show) for key, value in named.items()]
    if raw in _ITEMS:
        return "call", [f"operator.{_ITEMS[raw].__name__}", *words]
    if raw == "__iter__":
        return "method", ['"unbind"', *words]
    if args and (method := _method(raw, function)):
        return "method", [f'"{method}"', *words]
    return "call", [_function(function), *words]


def raw_name(function: Any) -> str:
    """The function's own name; of a property, the property's."""
    raw = str(getattr(function, "__name__", "") or type(function).__name__)
    return property_name(function) if raw in ("__get__", "__set__") else raw


def literal(value: Any, show: Show) -> str:
    """A value as source, tensors by `show`. Raises Unwritable."""
    if is_tensor(value):
        return show(value)
    if value is None or value is Ellipsis or isinstance(value, (bool, int, str, bytes)):
        if isinstance(value, enum.Enum):
            raise Unwritable(f"it takes an argument of type {type(value).__name__}")
        if isinstance(value, str):
            return _quoted(value)
        return "..." if value is Ellipsis else repr(value)
    if isinstance(value, (float, complex)):
        return _number(value)
    if isinstance(value, np.generic):
        return literal(value.item(), show)
    if isinstance(value, slice):
        cut = cast(Any, value)
        parts = (literal(part, show) for part in (cut.start, cut.stop, cut.step))
        return f"slice({', '.join(parts)})"
    if isinstance(value, range):
        return repr(value)
    if isinstance(value, (tuple, list)):
        rows = [literal(part, show) for part in cast("list[Any]", value)]
        if isinstance(value, list):
            return f"[{', '.join(rows)}]"
        return f"({rows[0]},)" if len(rows) == 1 else f"({', '.join(rows)})"
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return "{" + ", ".join(f"{literal(k, show)}: {literal(v, show)}" for k, v in pairs) + "}"
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)):
        return str(value)
    if isinstance(value, torch.device):
        return f'torch.device("{value}")'
    raise Unwritable(f"it takes an argument of type {type(value).__name__}")


def statement(name: str, kind: str, words: list[str]) -> str:
    """One line of the builder, or several where one is too long. `name` may be ""."""
    start = f"    {name} = {kind}(" if name else f"    {kind}("
    line = f"{start}{', '.join(words)})"
    if len(line) <= _WIDTH:
        return line
    rows = "".join(f"        {word},\n" for word in words)
    return f"{start}\n{rows}    )"


class Namer:
    """Hands out variable names."""

    def __init__(self) -> None:
        self._used = set(_TAKEN)
        self._counts: dict[str, int] = {}

    def name(self, wish: str) -> str:
        """The wish as an identifier that none had before: "conv2d", "conv2d_1", …"""
        plain = "".join(c if c.isalnum() and c.isascii() else "_" for c in wish).strip("_")
        base = name = plain if plain and not plain[0].isdigit() else f"value_{plain}"
        while name in self._used:
            count = self._counts[base] = self._counts.get(base, 0) + 1
            name = f"{base}_{count}"
        self._used.add(name)
        return name


def _method(raw: str, function: Any) -> str:
    """The name of one of Tensor's methods, "" of any other function (`2 ** x` calls a wrapper)."""
    if raw and getattr(torch.Tensor, raw, None) is function:
        return raw
    rows: dict[str, Any] = torch.Tensor.__dict__
    return next((name for name, value in rows.items() if value is function), "")


def _quoted(text: str) -> str:
    plain = repr(text)[1:-1] == text and '"' not in text
    return f'"{text}"' if plain else repr(text)


def _number(value: float | complex) -> str:
    if isinstance(value, complex):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _named(key: str, value: Any, show: Show) -> str:
    if not key.isidentifier() or keyword.iskeyword(key):
        return f"**{{{key!r}: {literal(value, show)}}}"
    return f"{key}={literal(value, show)}"


def _function(function: Any) -> str:
    """The dotted name of a function of torch. Raises Unwritable for any other."""
    raw = str(getattr(function, "__name__", "")).removeprefix("linalg_").removeprefix("fft_")
    for home, module in _PUBLIC.items():
        if raw and getattr(module, raw, None) is function:
            return f"{home}.{raw}"
    try:
        name = str(_fx._get_qualified_name(function))
        found: Any = torch
        for part in name.split(".")[1:]:
            found = getattr(found, part)
    except (AttributeError, RuntimeError, TypeError):
        found, name = None, ""
    if found is not function or not name.startswith("torch."):
        raise Unwritable("it is none of torch's own functions")
    return name
