"""Batches out of the user's code: tensors, tuples, dictionaries, DataLoaders, datasets."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from ..protocol.input_forms import FromCode
from ..protocol.refusal import Refusal
from ..protocol.spec import SpecKind, parse_spec
from .backend import Loader
from .lib import as_items, as_mapping, np
from .targets import Target, a_kind, call_parameters, look_up, takes_nothing
from .user_code import guarded, run_file, run_module


@dataclass(frozen=True, slots=True)
class Spread:
    """A batch laid out over a call's parameters.

    Attributes:
        whole: the batch as one value.
        drawn: it came out of a loader, where labels usually follow the inputs.
    """

    whole: object
    args: tuple[object, ...] = ()
    kwargs: dict[str, object] = field(default_factory=dict[str, object])
    drawn: bool = False

    def alone(self, name: str) -> object:
        """What a single parameter gets that the user named."""
        named = as_mapping(self.whole)
        if named is not None and name in named:
            return named[name]
        parts = as_items(self.whole)
        return parts[0] if self.drawn and parts else self.whole


def batch_from_code(form: FromCode, target: Target, loader: Loader) -> Spread:
    """The batch behind "file.py:name@n". Raises Refusal."""
    spec = parse_spec(f"{form.where}:{form.name}")
    module = run_file(spec.where) if spec.kind is SpecKind.FILE else run_module(spec.where)
    where = f"{form.name} in {form.where}"
    value = look_up(module, form.name)
    if inspect.isroutine(value) and takes_nothing(cast(Callable[..., object], value)):
        value = guarded(cast(Callable[[], object], value), f"{where} could not be called")
    index = form.index or 0
    listed = form.index is not None and as_items(value) is not None
    if _is_batch(value) and not listed:
        if index:
            raise Refusal("bad-input", f"{where} is one batch; it has no batch {index}.")
        return to_tensors(value, target, loader, cut=True)
    if not isinstance(value, Iterable) and not hasattr(value, "__getitem__"):
        raise Refusal("bad-input", f"{where} is {a_kind(value)}, which gives no batch of inputs.")
    batch = guarded(lambda: _nth(cast(Iterable[object], value), index), f"{where} gave no batch")
    if batch is _NONE:
        raise Refusal("bad-input", f"{where} has no batch {index}; they count from 0.")
    return replace(to_tensors(batch, target, loader, cut=True), drawn=True)


def to_tensors(batch: object, target: Target, loader: Loader, *, cut: bool) -> Spread:
    """A batch with its NumPy arrays made into tensors, laid out over the model's parameters.

    With `cut`, what the call does not require (the labels beside the inputs) is left out.
    """
    whole = converted(batch, loader)
    parameters = call_parameters(target.model) or {}
    named = as_mapping(whole)
    if named is not None:
        fitting = {key: value for key, value in named.items() if key in parameters}
        if _takes_any(parameters, inspect.Parameter.VAR_KEYWORD) and not fitting:
            fitting = dict(named)
        return Spread(whole, (), fitting) if fitting else Spread(whole, (whole,))
    parts = as_items(whole)
    if parts is not None:
        if _takes_any(parameters, inspect.Parameter.VAR_POSITIONAL) or not parameters:
            return Spread(whole, parts)
        required, possible = _positions(parameters)
        limit = max(required, 1) if cut else possible
        return Spread(whole, parts[:limit])
    return Spread(whole, (whole,))


class _Nothing:
    pass


_NONE = _Nothing()


def _nth(batches: Iterable[object], index: int) -> object:
    return next(itertools.islice(batches, index, None), _NONE)


def _is_batch(value: object) -> bool:
    if isinstance(value, (tuple, list, Mapping, np.ndarray, int, float)):
        return True
    # A tensor of any framework; a dataset has no shape.
    return hasattr(value, "shape") and hasattr(value, "dtype")


def converted(value: object, loader: Loader) -> object:
    """The same value with the NumPy arrays in it as tensors."""
    if isinstance(value, np.ndarray):
        return guarded(lambda: loader.tensor(value), "The batch cannot be used", "bad-input")
    named = as_mapping(value)
    if named is not None:
        return {key: converted(item, loader) for key, item in named.items()}
    parts = as_items(value)
    if parts is not None and not hasattr(value, "_fields"):  # named tuples stay as they are
        items = [converted(item, loader) for item in parts]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def _positions(parameters: Mapping[str, inspect.Parameter]) -> tuple[int, int]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    places = [parameter for parameter in parameters.values() if parameter.kind in kinds]
    required = [parameter for parameter in places if parameter.default is parameter.empty]
    return len(required), len(places)


def _takes_any(parameters: Mapping[str, inspect.Parameter], kind: object) -> bool:
    return any(parameter.kind is kind for parameter in parameters.values())
