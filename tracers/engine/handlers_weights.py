"""Requests of a comparison about weights: one debuggee packs its own into a file, the other holds
its own against them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any, cast

from ..protocol.messages import COMPARE_PACK, COMPARE_WEIGHTS
from ..protocol.refusal import Refusal
from .axis_orders import AxisOrder
from .compare_arguments import number_in, reader_of, ref_in, refs_in, rows_in
from .lib import Array, np
from .live import Live
from .lockstep import read_array
from .server import Answer, Handlers
from .weight_relations import EQUAL, relation

Json = dict[str, Any]


def _pack(live: Live, arguments: Json) -> Answer:
    """Writes values into one file, one behind the other."""
    loaded = live.still()
    reader = reader_of(loaded, {})
    parts: list[Array] = []
    places: list[int | None] = []
    at = 0
    with loaded.program.backend.functions.quiet():
        for ref in refs_in(loaded, arguments.get("values")):
            array = reader.array(ref)
            places.append(None if array is None else at)
            if array is not None:
                parts.append(np.ravel(array))
                at += array.size
    dtype = np.result_type(np.float32, *{part.dtype for part in parts})
    path = os.path.join(str(arguments.get("folder") or ""), f"{arguments.get('prefix')}packed.npy")
    try:
        packed = np.concatenate(parts, dtype=dtype) if parts else np.zeros(0, dtype)
        np.save(path, packed, allow_pickle=False)
    except OSError as error:
        raise Refusal("not-written", f"{path} could not be written: {error.strerror}.") from error
    return Answer({"path": path, "places": places})


def _weights(live: Live, arguments: Json) -> Answer:
    """What some weights have to do with the other run's."""
    loaded = live.still()
    reader = reader_of(loaded, {})
    tolerance = number_in(arguments, "tolerance")
    packed = read_array(str(arguments.get("path")))
    seen: dict[AxisOrder, int] = {}
    rows: list[list[object] | None] = []
    with loaded.program.backend.functions.quiet(), np.errstate(all="ignore"):
        for given, refs, how in rows_in(arguments.get("pairs"), 3):
            mine = [_cut(packed, *row) for row in rows_in(given, 2)]
            theirs = [reader.array(ref_in(loaded, *ref)) for ref in rows_in(refs, 2)]
            if not mine or not theirs or any(array is None for array in theirs):
                rows.append(None)
                continue
            often = sorted(seen, key=lambda order: -seen[order])
            join = _JOINS.get(str(how), _sum)
            found = relation(join(mine), join(theirs), tolerance, often)
            if found.kind == EQUAL and found.order is not None:
                seen[found.order] = seen.get(found.order, 0) + 1
            order = None if found.order is None else found.order.encode()
            rows.append([found.kind, list(found.detail), found.error, order])
    return Answer({"rows": rows})


def _cut(packed: Array, at: object, shape: object) -> Array:
    extents = cast("list[object]", shape) if isinstance(shape, list) else [None]
    sizes = [extent for extent in extents if type(extent) is int]
    count = math.prod(sizes)
    if len(sizes) != len(extents) or type(at) is not int or not 0 <= at <= len(packed) - count:
        raise Refusal("bad-arguments", "A packed weight is named by its place and its shape.")
    return np.asarray(packed[at : at + count]).reshape(sizes)


def _sum(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.sum(np.stack(arrays), 0)


def _stack(arrays: Sequence[Array]) -> Array:
    return arrays[0] if len(arrays) == 1 else np.stack(arrays)


_JOINS: dict[str, Callable[[Sequence[Array]], Array]] = {"sum": _sum, "stack": _stack}

MODEL: Handlers = {COMPARE_PACK: _pack, COMPARE_WEIGHTS: _weights}
