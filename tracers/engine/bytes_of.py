"""Raw bytes of a value, for clients that show memory."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from ..ir import OUTSIDE, Ref
from ..protocol.refusal import Refusal
from .backend import Backend

MOST_BYTES = 1 << 20


def memory_reference(ref: Ref) -> str:
    """Names a value to `readMemory`; good for the whole run."""
    record, slot = ref
    return f"value:{slot}" if record == OUTSIDE else f"record:{record}:{slot}"


def parse_reference(text: str) -> Ref:
    """Back from `memory_reference`. Raises Refusal."""
    kind, _, rest = text.partition(":")
    numbers = rest.split(":")
    if all(number.isdigit() for number in numbers):
        if kind == "value" and len(numbers) == 1:
            return OUTSIDE, int(numbers[0])
        if kind == "record" and len(numbers) == 2:
            return int(numbers[0]), int(numbers[1])
    raise Refusal("bad-arguments", f"{text} names no value's memory.")


def read_bytes(backend: Backend, value: object, offset: int, count: int) -> dict[str, Any]:
    """A part of the elements as they travel (little-endian, C order), as `readMemory` tells it."""
    extents = list(backend.describe(value)[0] or ())
    one = np.asarray(backend.cut(value, tuple(slice(0, 1) for _ in extents)))
    if one.dtype.hasobject:
        raise Refusal("no-data", "Strings have no memory to show.")
    size = int(one.dtype.itemsize)
    total = math.prod(extents) * size
    start = max(0, offset)
    stop = min(total, offset + min(count, MOST_BYTES))
    data = b""
    if start < stop and not extents:
        data = _packed(one)[start:stop]
    elif start < stop:
        row = total // extents[0]
        first, last = start // row, -(-stop // row)
        rest = tuple(slice(0, extent) for extent in extents[1:])
        rows = _packed(np.asarray(backend.cut(value, (slice(first, last), *rest))))
        data = rows[start - first * row : stop - first * row]
    body: dict[str, Any] = {"address": hex(start), "data": base64.b64encode(data).decode("ascii")}
    missing = count - len(data)
    return {**body, "unreadableBytes": missing} if missing else body


def _packed(array: Any) -> bytes:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
