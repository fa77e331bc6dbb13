"""Ops that move elements or pick some: views, joins, slices, gathers, selections.

Which element it is, the op itself tells: it is run once more on numbers that stand for places.
"""

from __future__ import annotations

from typing import Any

from .again import CannotRepeat
from .lib import np
from .sources import Asked, Found, Read, alone

_MOST = 1 << 24  # elements that are numbered
_FIRST = float(1 << 40) + 0.5  # a number that no op fills in, and no sum of two comes to

_MOVES = frozenset(
    (
        *("view", "reshape", "flatten", "unflatten", "ravel", "permute", "transpose", "t", "mt"),
        *("numpy_t", "h", "mh", "adjoint", "movedim", "moveaxis", "swapaxes", "swapdims"),
        *("squeeze", "unsqueeze", "expanddims", "expand", "expand_as", "broadcast_to"),
        *("broadcastto", "contiguous", "clone", "detach", "alias", "identity", "stopgradient"),
        *("getitem", "setitem", "select", "narrow", "slice", "split", "split_with_sizes", "splitv"),
        *("tensor_split", "hsplit", "vsplit", "dsplit", "chunk", "unbind", "unpack", "cat"),
        *("concat", "concatenate", "concatv2", "stack", "hstack", "vstack", "dstack", "pack"),
        *("column_stack", "row_stack", "repeat", "tile", "repeat_interleave", "roll", "flip"),
        *("fliplr", "flipud", "rot90", "reversev2", "pad", "padv2", "mirrorpad", "constant_pad_nd"),
        *("reflection_pad1d", "reflection_pad2d", "replication_pad1d", "replication_pad2d"),
        *("gather", "take_along_dim", "take", "index", "index_put", "index_copy", "index_fill"),
        *("masked_fill", "masked_select", "masked_scatter", "where", "scatter", "tril", "triu"),
        *("diagonal", "diag", "diag_embed", "matrixbandpart", "matrixdiagpartv3", "unfold"),
        *("as_strided", "pixel_shuffle", "pixel_unshuffle", "depthtospace", "spacetodepth"),
        *("spacetobatchnd", "batchtospacend", "view_as", "reshape_as", "unsafe_view", "copy"),
        *("select_scatter", "slice_scatter", "channel_shuffle", "meshgrid", "scatternd"),
        *("tensorscatterupdate", "ensureshape", "preventgradient", "broadcast_tensors", "movedims"),
        *("index_select", "embedding", "resourcegather", "readvariableop", "select_copy"),
        *("reshape_copy", "view_copy", "lift_fresh", "select_backward", "numpy"),
    )
)
_CHOOSERS = frozenset(
    (
        *("index", "indices", "idx", "mask", "condition", "cond", "begin", "end", "size", "shape"),
        *("perm", "axis", "dim", "paddings", "multiples", "strides", "repeats", "split_dim"),
        *("size_splits", "num_lower", "num_upper", "block_shape", "crops", "k", "batch_dims"),
    )
)
_HOW = "The op moves elements and leaves them as they are: it is this one."
_FILLED = "The op fills this element in; it came from no element of its inputs."


def moved(asked: Asked) -> Found | None:
    """The one element."""
    if asked.name not in _MOVES:
        return None
    return _row(asked) or _numbered(asked)


def _numbered(asked: Asked) -> Found | None:
    again = asked.again
    if again is None:
        return None
    data = _data(asked)
    sizes = {at: int(np.prod(asked.shape_of(at), dtype=np.int64)) for at in data}
    if not data or sum(sizes.values()) > _MOST:
        return None
    inputs: list[object] = [given.value for given in asked.inputs]
    start = 0
    starts: dict[int, int] = {}
    for at in data:
        starts[at] = start
        numbers = np.arange(start, start + sizes[at], dtype=np.float64) + _FIRST
        inputs[at] = numbers.reshape(asked.shape_of(at))
        start += sizes[at]
    try:
        outputs = again.run(inputs, True)
        number = float(outputs[asked.element.slot][asked.index])
    except (CannotRepeat, IndexError) as error:
        asked.problems.append(str(error))
        return None
    place = number - _FIRST
    if place != int(place) if np.isfinite(place) else True:
        return Found((), _FILLED) if number == asked.value else None
    for at in data:
        if starts[at] <= place < starts[at] + sizes[at]:
            spot = np.unravel_index(int(place) - starts[at], asked.shape_of(at) or (1,))
            index = tuple(int(each) for each in spot)[: len(asked.shape_of(at))]
            return _one(asked, at, index)
    return Found((), _FILLED) if number == asked.value else None


def _data(asked: Asked) -> list[int]:
    """The inputs whose elements are moved; the others say which, or where to."""
    names = dict[int, str]()
    ordered = sorted(asked.places.items(), key=lambda row: row[1])
    for at in range(len(asked.inputs)):
        names[at] = next((name for name, first in reversed(ordered) if first <= at), "")
    dtype = asked.element.summary.dtype
    return [
        at
        for at in range(len(asked.inputs))
        if names.get(at) not in _CHOOSERS and asked.dtype_of(at) == dtype
    ]


def _row(asked: Asked) -> Found | None:
    """Whole rows by index, where numbering a large table would take long."""
    if asked.name == "embedding":
        table, chooser, axis = asked.place("weight"), asked.place("input", "indices"), 0
    elif asked.name == "index_select":
        table, chooser = asked.place("input", "self"), asked.place("index")
        axis = asked.whole("dim", default=0)
    elif asked.name in ("gather", "resourcegather") and asked.place("params", "resource") >= 0:
        table, chooser = asked.place("params", "resource"), asked.place("indices")
        axes = asked.place("axis")
        axis = int(asked.array(axes)) if axes >= 0 else 0
        if asked.whole("batch_dims", default=0):
            return None
    else:
        return None
    if min(table, chooser) < 0 or not asked.shape_of(table):
        return None
    axis %= len(asked.shape_of(table))
    picked = asked.index[axis : axis + len(asked.shape_of(chooser))]
    which = np.asarray(asked.array(chooser, picked))
    if which.size != 1:
        return None
    row = int(which.reshape(())) % max(asked.shape_of(table)[axis], 1)
    rest = asked.index[axis + len(picked) :]
    found = _one(asked, table, (*asked.index[:axis], row, *rest))
    if found is None:
        return None
    by = Read(chooser, alone(picked), note="It says which element is taken.")
    return Found((*found.reads, by), found.how, found.value)


def _one(asked: Asked, at: int, index: tuple[int, ...]) -> Found | None:
    value: Any = np.asarray(asked.array(at, index)).reshape(-1)
    if value.size != 1:
        return None
    real = value.dtype.kind in "fiub"
    one = np.ones(1) if real else None
    read = Read(at, alone(index), one)
    return Found((read,), _HOW, float(value[0]) if real else None)
