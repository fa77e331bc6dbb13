"""A few words about an op beside its name, and its arguments that are not tensors, as text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from .lib import is_tensor, torch
from .statistics import dtype_name

Details = tuple[str, tuple[tuple[str, str], ...]]

_LONG = 60
_EXPONENT = re.compile(r"e\+?(-?)0*(\d)")  # 1e-08 is written 1e-8
_QUIET = frozenset({"out", "_stacklevel", "memory_format", "generator", "pin_memory", "async"})
# These take a size or order as one tuple or spread over the arguments.
_SPREAD = (
    *("view", "reshape", "permute", "expand", "repeat", "tile", "flip", "movedim"),
    *("new_zeros", "new_ones", "new_empty", "zeros", "ones", "rand", "randn", "empty"),
)
_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_transpose")


def details_of(name: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Details:
    """The note ("dim=-1", "3×3, stride 2", "8.0") and the attributes of one call."""
    named, defaults = named_arguments(name, function, args, kwargs)
    attributes: list[tuple[str, str]] = []
    for key, value in named:
        if key in _QUIET or _is_tensors(value):
            continue
        attributes.append((key, text_of(value)))
    return _note(name, named, defaults), tuple(attributes)


def text_of(value: Any) -> str:
    """A value as a short text, in PyTorch's own words."""
    if is_tensor(value):
        shape = "×".join(str(extent) for extent in value.shape)
        return f"tensor {shape}" if shape else "tensor"
    if isinstance(value, torch.dtype):
        return dtype_name(value)
    if isinstance(value, slice):
        return _slice_text(value)
    if isinstance(value, (tuple, list)):
        inner = ", ".join(text_of(part) for part in cast("list[Any]", value))
        text = f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    elif value is Ellipsis:
        text = "…"
    elif isinstance(value, float):
        text = repr(value) if value.is_integer() and abs(value) < 1e6 else f"{value:g}"
        text = _EXPONENT.sub(r"e\1\2", text)
    else:
        text = str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _slice_text(value: Any) -> str:
    parts = ["" if part is None else text_of(part) for part in (value.start, value.stop)]
    if value.step is not None:
        parts.append(text_of(value.step))
    return ":".join(parts)


def _note(name: str, named: list[tuple[str, Any]], defaults: Mapping[str, Any]) -> str:
    given = dict(named)
    if name in ("getitem", "setitem"):
        index = given.get("index", given.get("idx"))
        inner = cast("tuple[Any, ...]", index) if isinstance(index, tuple) else (index,)
        return f"[{', '.join(text_of(part) for part in inner)}]"
    if name.startswith(_CONVOLUTIONS) or "_pool" in name:
        return _window(name, given)
    if "dim0" in given and "dim1" in given:
        return f"{text_of(given['dim0'])}, {text_of(given['dim1'])}"
    for key in ("dims", "size", "shape", "equation", "p", "dtype"):
        if key in given and not _is_tensors(given[key]) and given[key] is not None:
            value = given[key]
            if key == "p" or (key == "dtype" and name != "to"):
                return f"{key}={text_of(value)}"
            if isinstance(value, (tuple, list)):
                return ", ".join(text_of(part) for part in cast("list[Any]", value))
            return text_of(value)
    if (dim := given.get("dim", given.get("axis"))) is not None:
        return f"dim={text_of(dim)}"
    shown = [
        (key, value)
        for key, value in named
        if isinstance(value, (int, float, str, torch.dtype))
        and not isinstance(value, bool)
        and key not in _QUIET
        and not (key in defaults and _same(defaults[key], value))
    ]
    if len(shown) == 1 or (shown and len(named) <= 2):
        return text_of(shown[0][1])
    return ", ".join(f"{key}={text_of(value)}" for key, value in shown[:2])


def _window(name: str, given: Mapping[str, Any]) -> str:
    """Kernel, stride and groups of a convolution or a pool ("3×3, stride 2")."""
    weight = given.get("weight")
    size: Any = tuple(weight.shape[2:]) if is_tensor(weight) else given.get("kernel_size")
    if size is None:
        size = given.get("output_size")
    if size is None:
        return ""
    extents = _as_list(size)
    note = "×".join(text_of(extent) for extent in extents)
    if len(extents) == 1 and "2d" in name:
        note = f"{note}×{note}"
    strides = _as_list(given.get("stride") or 1)
    if any(stride != 1 for stride in strides):
        even = all(stride == strides[0] for stride in strides)
        note += f", stride {text_of(strides[0] if even else tuple(strides))}"
    groups = given.get("groups", 1)
    return note if groups in (None, 1) else f"{note}, groups {text_of(groups)}"


def _as_list(value: Any) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, (tuple, list)) else [value]


def named_arguments(
    name: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """Arguments with their names, as well as torch tells them, and the defaults."""
    values = list(args)
    if name in _SPREAD and len(values) > 2 and all(isinstance(v, int) for v in values[1:]):
        values = [values[0], tuple(values[1:])]
    parameters, defaults = _parameters(name, function, values, kwargs)
    if name in ("getitem", "setitem"):
        parameters = ["self", "index", "value"]
    names = parameters[: len(values)]
    names += [f"arg{place}" for place in range(len(names), len(values))]
    return [*zip(names, values, strict=True), *kwargs.items()], defaults


def _parameters(
    name: str, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    if inspect.isfunction(function):
        found = _signatures.get(function)
        if found is None:
            found = _signatures[function] = _signature(function)
        if found[0]:
            return found
    schema = getattr(function, "_schema", None)
    kinds = "".join([_kind(value) for value in args])
    key = (name if schema is None else function, kinds, tuple(kwargs))
    if key not in _fitting:
        schemas = [schema] if schema is not None else schemas_of(name)
        _fitting[key] = _by_schema(schemas, kinds, tuple(kwargs))
    return _fitting[key]


_Parameters = tuple[list[str], dict[str, Any]]  # names, defaults
_signatures: MutableMapping[Any, _Parameters] = WeakKeyDictionary()
_fitting: dict[tuple[Any, str, tuple[str, ...]], _Parameters] = {}


def _signature(function: Any) -> _Parameters:
    """Nothing where it takes any number of arguments."""
    # Not what a wrapper wraps: Tensor.__pow__ wraps a built-in without a signature.
    found = inspect.signature(function, follow_wrapped=False).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in found):
        return [], {}
    defaults = {p.name: p.default for p in found if p.default is not inspect.Parameter.empty}
    return [p.name for p in found], defaults


def _by_schema(schemas: list[Any], kinds: str, keywords: tuple[str, ...]) -> _Parameters:
    for named in (keywords, ()):  # some functions take keywords that their operator lacks
        for schema in schemas:
            rows = list(schema.arguments)
            if _fits(rows, kinds, named):
                return [row.name for row in rows], {
                    row.name: row.default_value for row in rows if row.has_default_value()
                }
    return [], {}


def _kind(value: Any) -> str:
    """A letter for what decides whether an argument fits."""
    if value is None:
        return "n"
    return "l" if isinstance(value, (tuple, list)) else "t" if is_tensor(value) else "o"


def schemas_of(name: str) -> list[Any]:
    """The signatures of the operators of that name, its in-place one's where it has no other."""
    for operator in (f"aten::{name}", f"aten::{name}_"):
        found: list[Any] = list(torch._C._jit_get_schemas_for_operator(operator))
        if found:
            return found
    return []


def _fits(rows: list[Any], kinds: str, keywords: tuple[str, ...]) -> bool:
    """The schema takes as many arguments, tensors where tensors are, and names the keywords."""
    names = {row.name for row in rows}
    if len(kinds) > len(rows) or not set(keywords) <= names:
        return False
    return all(
        kind in "ln" or (kind == "t") == ("Tensor" in str(row.type))
        for row, kind in zip(rows, kinds, strict=False)
    ) and not any("Dimname" in str(row.type) for row in rows)


def _is_tensors(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        parts = cast("list[Any]", value)
        return any(is_tensor(part) for part in parts)
    return is_tensor(value)


def _same(default: Any, value: Any) -> bool:
    return type(default) is type(value) and default == value
