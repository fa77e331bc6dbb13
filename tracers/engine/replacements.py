"""The value that an edit puts in the place of another: made in NumPy, in the other's shape."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ..ir import Edit, EditKind
from ..ir.edit_terms import element_of, noise_of, number_of
from ..ir.expression import BadExpression
from ..protocol.refusal import Refusal
from .backend import Backend
from .expressions import Expression
from .lib import np
from .operands import extents

CODE = "bad-edit"

_PLAIN = (bool, int, float, complex)
_MOST_BYTES = 1 << 33  # of a .npy file


# Equal bit for bit; else the largest absolute difference, None where nothing can be subtracted.
Verdict = tuple[bool, float | None]


@runtime_checkable
class Editable(Protocol):
    """A backend that can make tensors, and hold them against each other.

    Attributes:
        no_edits: why values cannot be replaced all the same, "" where they can.
    """

    no_edits: str

    def like(self, value: object, array: Any) -> object:
        """A new tensor with the value's dtype and device; where the array has its shape, with its
        strides. The array has numbers that its dtype holds.

        Raises Refusal where the value is of a kind that cannot be made.
        """
        ...

    def difference(self, one: object, other: object) -> Verdict:
        """Of two kept values of the same shape and dtype."""
        ...


def replacement(edit: Edit, value: object, inputs: Sequence[object], backend: Backend) -> object:
    """What an edit puts in the place of a value, which is left as it is.

    Raises Refusal with one sentence where the edit does not fit the value.
    """
    try:
        if backend.functions.is_tensor(value):
            return _tensor(edit, value, inputs, backend)
        return _plain(edit, value, inputs, backend)
    except BadExpression as error:
        raise Refusal(CODE, str(error)) from error


def read_array(path: str) -> Any:
    """The array in a .npy file. Raises Refusal."""
    name = os.path.basename(path)
    if not os.path.isfile(path):
        raise Refusal(CODE, f"There is no file {path}.")
    if os.path.getsize(path) > _MOST_BYTES:
        raise Refusal(CODE, f"{name} is over 8 GiB, too large for one value.")
    try:
        array: Any = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise Refusal(CODE, f"{name} is no .npy file that can be read.") from error
    if not isinstance(array, np.ndarray):  # an .npz under another name
        array.close()
        raise Refusal(CODE, f"{name} holds several arrays; save one of them with numpy.save.")
    if array.dtype.kind not in "biufc":
        raise Refusal(CODE, f"{name} holds {array.dtype}, no numbers.")
    return array


def fitted(array: Any, shape: tuple[int, ...], dtype: str, free: bool = False) -> Any:
    """The array in a shape, its numbers such as a dtype holds. Raises Refusal.

    `free`: one that does not broadcast to the shape keeps its own.
    """
    array = np.asarray(array)
    if array.dtype.kind not in "biufc":
        raise Refusal(CODE, "The new value is no number and no tensor.")
    if array.shape != shape and not (free and not _broadcasts(array.shape, shape)):
        try:
            array = np.broadcast_to(array, shape)
        except ValueError as error:
            raise Refusal(
                CODE,
                f"The new value's shape {_shape(array.shape)} does not broadcast to"
                f" {_shape(shape)}.",
            ) from error
    _check_numbers(array, dtype)
    return array


def _tensor(edit: Edit, value: object, inputs: Sequence[object], backend: Backend) -> object:
    lent = backend.functions
    shape, dtype = lent.shape(value), lent.dtype(value)
    assert isinstance(backend, Editable)
    if edit.kind is EditKind.ZERO:
        array: Any = np.zeros((), np.int8)
    elif edit.kind is EditKind.CONSTANT:
        array = np.asarray(number_of(edit.text))
    elif edit.kind is EditKind.FILE:
        array = read_array(edit.text.strip())
    elif edit.kind is EditKind.ELEMENT:
        array = _with_element(backend.cut(value, tuple(slice(0, n) for n in shape)), edit.text)
    elif edit.kind is EditKind.NOISE:
        if not _is_floating(dtype):
            raise Refusal(CODE, f"Noise is added to floating-point values; this one is {dtype}.")
        array = _noisy(backend.cut(value, ()), noise_of(edit.text), edit.id)
    else:
        array = _evaluated(edit, value, inputs, backend)
    # What an op reads may have another shape: that may be just what the op fails over.
    free = edit.is_input and edit.kind in (EditKind.EXPRESSION, EditKind.FILE)
    return backend.like(value, fitted(array, shape, dtype, free))


def _evaluated(edit: Edit, value: object, inputs: Sequence[object], backend: Backend) -> Any:
    """An expression's value as an array, or as nested tuples of numbers."""
    names = {"x": value, "inputs": tuple(inputs)}
    found = Expression(edit.text).evaluate(names, backend.functions)
    return backend.cut(found, ()) if backend.functions.is_tensor(found) else _as_array(found)


def _as_array(found: object) -> Any:
    try:
        return np.asarray(found)
    except ValueError as error:
        raise Refusal(CODE, "The new value's rows are of unequal length.") from error


def _plain(edit: Edit, value: object, inputs: Sequence[object], backend: Backend) -> object:
    """In the place of a Python number: what `.item()` gives, or what an `if` asks."""
    kind: Any = type(value)
    if kind not in _PLAIN:
        raise Refusal(CODE, f"A {kind.__name__} cannot be replaced; edit a tensor or a number.")
    if edit.kind is EditKind.FILE:
        raise Refusal(CODE, f"A single {kind.__name__} comes from no file; write a constant.")
    if edit.kind is EditKind.ELEMENT:
        raise Refusal(CODE, f"A single {kind.__name__} has no elements; write a constant.")
    if edit.kind is EditKind.ZERO:
        return kind(0)
    if edit.kind is EditKind.CONSTANT:
        new: Any = np.asarray(number_of(edit.text))
    elif edit.kind is EditKind.NOISE:
        if kind is not float:
            raise Refusal(
                CODE, f"Noise is added to floating-point values; this is a {kind.__name__}."
            )
        new = _noisy(np.asarray(value), noise_of(edit.text), edit.id)
    else:
        new = _evaluated(edit, value, inputs, backend)
    if new.size != 1:
        raise Refusal(
            CODE, f"The new value has the shape {_shape(new.shape)}; one number is needed."
        )
    names = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
    return kind(fitted(new.reshape(()), (), names[kind]).item())


def _with_element(array: Any, text: str) -> Any:
    """A copy, in a type that holds the new number, too."""
    at, number = element_of(text)
    sizes = tuple(array.shape)
    if len(at) > len(sizes) or any(n >= size for n, size in zip(at, sizes, strict=False)):
        raise Refusal(CODE, f"A value of shape {_shape(sizes)} has no element {list(at)}.")
    made = array.astype(np.result_type(array.dtype, np.asarray(number).dtype))
    made[at] = number
    return made


def _noisy(array: Any, width: float, seed: int) -> Any:
    """Plus normal noise, the same for every run with this seed."""
    made = np.random.default_rng(abs(seed)).standard_normal(array.shape) * width
    return array + made


def _check_numbers(array: Any, dtype: str) -> None:
    """The dtype can hold the array's numbers: nothing is cut off without a word."""
    if dtype.startswith("complex"):
        return
    if array.dtype.kind == "c":
        raise Refusal(CODE, f"The new value is complex; the value it replaces is {dtype}.")
    if _is_floating(dtype):
        return
    if dtype == "bool":
        if array.dtype.kind != "b" and not np.isin(array, (0, 1)).all():
            raise Refusal(CODE, "The value it replaces is bool; use 0, 1 or a comparison.")
        return
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array % 1 == 0).all()):
        raise Refusal(
            CODE, f"The value it replaces is {dtype}; the new one has numbers that are not whole."
        )
    least, most = _range(dtype)
    if array.size and (array.min() < least or array.max() > most):
        raise Refusal(CODE, f"{dtype} holds {least} to {most}; the new value has others.")


def _is_floating(dtype: str) -> bool:
    return dtype.startswith(("float", "bfloat", "quint", "qint", "half"))  # quantised: rounded


def _range(dtype: str) -> tuple[int, int]:
    try:
        found = np.iinfo(dtype)
    except (TypeError, ValueError) as error:
        raise Refusal(CODE, f"A value of dtype {dtype} cannot be replaced.") from error
    return int(found.min), int(found.max)


def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, to) == to
    except ValueError:
        return False


def _shape(shape: tuple[int, ...]) -> str:
    return extents(shape) or "of a single number"
