"""Values of a run as pieces of a file, and back. Elements alone: no object is ever made anew."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, cast

from ..protocol.refusal import Refusal
from .lib import np
from .run_file import Piece, RunFile, RunFileWriter, broken, parse_piece

_NUMBERS = frozenset(
    {"|b1", "|i1", "|u1"}
    | {f"<{kind}{size}" for kind in "iu" for size in (2, 4, 8)}
    | {"<f2", "<f4", "<f8", "<c8", "<c16"}
)
_BRAIN, _TEXTS = "bfloat16", "text"
_MOST_AXES = 64

Json = dict[str, Any]


@dataclass(slots=True)
class SavedValue:
    """A value of the file, which is read when it is asked for. Frozen ones take thrice the time to
    make, and a run has tens of thousands.

    Attributes:
        form: a NumPy dtype; "bfloat16": its upper halves as whole numbers; "text": a list in JSON.
        why: why there are no elements, as a sentence; "" where there are.
    """

    shape: tuple[int, ...]
    dtype: str
    form: str
    piece: Piece
    why: str = ""

    def array(self, file: RunFile) -> Any:
        """All of it; not to be written to. Raises Refusal where the file is damaged."""
        data = file.piece(self.piece)
        if self.form == _TEXTS:
            return self._texts(bytes(data), file)
        flat = np.frombuffer(data, "<u2" if self.form == _BRAIN else self.form)
        return flat.reshape(self.shape)

    def cut(self, file: RunFile, index: tuple[int | slice, ...]) -> Any:
        """A part, as a backend cuts it. Raises Refusal."""
        if self.why:
            raise Refusal("no-data", self.why)
        part = np.asarray(self.array(file)[index])
        if self.form == _BRAIN:
            return (part.astype(np.uint32) << 16).view(np.float32)
        if self.dtype.startswith("float8"):
            return part.astype(np.float32)
        return part.copy()

    def _texts(self, data: bytes, file: RunFile) -> Any:
        try:
            found: object = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise broken(file.name, "a text cannot be read") from error
        items = cast("list[object]", found) if isinstance(found, list) else []
        if len(items) != math.prod(self.shape) or not all(isinstance(x, str) for x in items):
            raise broken(file.name, "a text has not the length it should have")
        flat = np.empty(len(items), dtype=object)
        flat[:] = items
        return flat.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class SavedKind:
    """What many values of a run have in common. `size` is in bytes, None where any will do."""

    shape: tuple[int, ...]
    dtype: str
    form: str
    size: int | None
    why: str

    def value(self, piece: Piece, name: str) -> SavedValue:
        """The value at a piece. Raises Refusal where that is not so long as it must be."""
        if self.size is not None and self.size != piece[1]:
            raise broken(name, "a value has not the length it should have")
        return SavedValue(self.shape, self.dtype, self.form, piece, self.why)


def read_kind(row: object, name: str) -> SavedKind:
    """All of a row but its piece. Raises Refusal."""
    given = cast(Json, row) if isinstance(row, dict) else {}
    shape, dtype, form = given.get("shape"), given.get("dtype"), given.get("form")
    why = given.get("why", "")
    if not isinstance(shape, list) or not isinstance(dtype, str) or not isinstance(why, str):
        raise broken(name, "its index names no value where one should be")
    extents = cast("list[object]", shape)
    if len(extents) > _MOST_AXES or not all(type(n) is int and n >= 0 for n in extents):
        raise broken(name, "a value has no shape")
    sides = tuple(cast("list[int]", extents))
    if why:
        return SavedKind(sides, dtype, "|u1", None, why)
    if form == _TEXTS:
        return SavedKind(sides, dtype, _TEXTS, None, "")
    if form != _BRAIN and form not in _NUMBERS:
        raise broken(name, "a value is of a kind that is not known")
    each = 2 if form == _BRAIN else np.dtype(form).itemsize
    return SavedKind(sides, dtype, str(form), math.prod(sides) * each, "")


def write_value(writer: RunFileWriter, array: Any, dtype: str) -> Json:
    """What `cut` gave of a whole value; its row for the index. Raises OSError."""
    shape = list(array.shape)
    if array.dtype.kind in "OUS":
        texts = [str(item) for item in array.ravel().tolist()]
        piece = writer.put(json.dumps(texts).encode())
        return {"shape": shape, "dtype": dtype, "form": _TEXTS, "piece": list(piece)}
    form, array = _narrowed(array, dtype)
    flat = np.ascontiguousarray(array).reshape(-1)
    return {"shape": shape, "dtype": dtype, "form": form, "piece": list(writer.put(_bytes(flat)))}


def refused_value(dtype: str, why: str) -> Json:
    """The row of a value that has no elements to write."""
    return {"shape": [], "dtype": dtype, "form": "|u1", "piece": [16, 0, ""], "why": why}


def read_value(row: object, name: str) -> SavedValue:
    """A row of the index. Raises Refusal where it is none."""
    kind = read_kind(row, name)
    return kind.value(parse_piece(cast(Json, row).get("piece"), name), name)


def _narrowed(array: Any, dtype: str) -> tuple[str, Any]:
    """The form, and the array in it: what NumPy lacks came wider, and loses nothing."""
    if dtype == "bfloat16" and array.dtype == np.float32:
        bits = np.ascontiguousarray(array).view(np.uint32)
        if not (bits & 0xFFFF).any():
            return _BRAIN, (bits >> 16).astype("<u2")
    if dtype.startswith("float8") and array.dtype == np.float32:
        with np.errstate(over="ignore"):
            half = array.astype("<f2")
        if np.array_equal(half.astype(np.float32), array, equal_nan=True):
            return "<f2", half
    little = array.dtype.newbyteorder("<")
    return str(little.str), array.astype(little, copy=False)


def _bytes(flat: Any) -> Any:
    return memoryview(flat.view(np.uint8)) if flat.size else b""
