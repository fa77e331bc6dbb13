"""Rules on extents of the ops that only arrange elements: reshapes, transposes, joins, slices."""

from __future__ import annotations

import math

from .axis_calls import Call, Origin, Rule, Shape
from .slices import Piece, parse_index


def reshape(call: Call, slot: int, axis: int) -> Origin | None:
    """Axes are kept, merged or split: blocks of both shapes with the same product."""
    output, source = call.outputs[slot], call.inputs[0]
    for here, there in blocks(source, output):
        if axis not in there:
            continue
        kept = [place for place in here if source[place] != 1]
        if len(kept) == 1 and source[kept[0]] == output[axis]:
            return Origin(((0, kept[0]),))
        parts = "×".join(str(source[place]) for place in here)
        if len(there) == 1 or math.prod(output[place] for place in there) == output[axis]:
            return Origin(tuple((0, place) for place in kept), f"{parts} merged")
        return Origin(tuple((0, place) for place in kept), f"a part of {parts}")
    return None


def blocks(source: Shape, output: Shape) -> list[tuple[list[int], list[int]]]:
    """Runs of axes of two shapes that hold the same elements, in order."""
    found: list[tuple[list[int], list[int]]] = []
    left = right = 0
    while left < len(source) or right < len(output):
        here, there = [left] if left < len(source) else [], [right] if right < len(output) else []
        one = source[left] if here else 1
        other = output[right] if there else 1
        left, right = left + len(here), right + len(there)
        while one != other:
            if one < other and left < len(source):
                one *= source[left]
                here.append(left)
                left += 1
            elif right < len(output):
                other *= output[right]
                there.append(right)
                right += 1
            else:
                return found
        found.append((here, there))
    return found


def permute(call: Call, slot: int, axis: int) -> Origin | None:
    rank = len(call.inputs[0])
    if call.type in ("t", "T", "numpy_T"):
        return Origin(((0, rank - 1 - axis),))
    order = list(range(rank))
    if call.type == "permute":
        dims = call.numbers("dims")
        order = [place % rank for place in dims] if dims is not None else []
    elif call.type in ("movedim", "moveaxis"):
        source, target = call.numbers("source"), call.numbers("destination")
        if source is not None and target is None:
            half = len(source) // 2
            source, target = source[:half], source[half:]
        if source is None or target is None or len(source) != len(target):
            return None
        taken = [place % rank for place in source]
        order = [place for place in order if place not in taken]
        for place, origin_ in sorted((t % rank, s) for s, t in zip(taken, target, strict=True)):
            order.insert(place, origin_)
    else:
        one = call.number("dim0", "axis0", default=-2) % rank
        other = call.number("dim1", "axis1", default=-1) % rank
        order[one], order[other] = order[other], order[one]
    return Origin(((0, order[axis]),))


def cat(call: Call, slot: int, axis: int) -> Origin:
    rank = len(call.outputs[slot])
    dim = call.number("dim", "axis") % rank
    if call.type == "hstack":
        dim = 0 if rank == 1 else 1
    if axis != dim:
        return Origin(((0, axis),))
    parts = [shape[dim] for shape in call.inputs if len(shape) == rank]
    sources = tuple((n, dim) for n, shape in enumerate(call.inputs) if len(shape) == rank)
    return Origin(sources, " + ".join(str(part) for part in parts) + " joined")


def stack(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim", "axis") % len(call.outputs[slot])
    if axis == dim:
        return Origin((), f"{len(call.inputs)} tensors stacked")
    return Origin(((0, axis - (axis > dim)),))


def getitem(call: Call, slot: int, axis: int) -> Origin | None:
    index = call.given.get("index")
    pieces = parse_index(index, len(call.inputs[0])) if isinstance(index, str) else None
    if pieces is None:
        return None
    kept = [piece for piece in pieces if piece.text is not None]
    piece: Piece = kept[axis]
    if piece.axis < 0:
        return Origin((), "added by None")
    changed = call.inputs[0][piece.axis] != call.outputs[slot][axis]
    return Origin(((0, piece.axis),), f"the slice {piece.text}" if changed else "")


def along(words: str) -> Rule:
    """One axis changes its extent, the others do not."""

    def rule(call: Call, slot: int, axis: int) -> Origin:
        rank = len(call.outputs[slot])
        if axis == call.number("dim", "axis", default=-1 if call.type == "topk" else 0) % rank:
            return Origin(((0, axis),), words)
        return Origin(((0, axis),))

    return rule


def select(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim", "axis") % len(call.inputs[0])
    return Origin(((0, axis + (axis >= dim)),))


def squeeze(call: Call, slot: int, axis: int) -> Origin | None:
    source, output = call.inputs[0], call.outputs[slot]
    dims = call.numbers("dim")
    gone = {place % len(source) for place in dims} if dims is not None else set(range(len(source)))
    kept = [n for n, extent in enumerate(source) if extent != 1 or n not in gone]
    return Origin(((0, kept[axis]),)) if len(kept) == len(output) else None


def unsqueeze(call: Call, slot: int, axis: int) -> Origin:
    dim = call.number("dim") % len(call.outputs[slot])
    return Origin((), "added") if axis == dim else Origin(((0, axis - (axis > dim)),))


def expand(call: Call, slot: int, axis: int) -> Origin:
    source, output = call.inputs[0], call.outputs[slot]
    place = axis - (len(output) - len(source))
    if place >= 0 and source[place] == output[axis]:
        return Origin(((0, place),))
    return Origin((), "expanded")


def repeat(call: Call, slot: int, axis: int) -> Origin:
    source, output = call.inputs[0], call.outputs[slot]
    place = axis - (len(output) - len(source))
    if place < 0:
        return Origin((), "repeated")
    times = output[axis] // source[place] if source[place] else 1
    return Origin(((0, place),), f"repeated {times} times" if times != 1 else "")


def pixel_shuffle(call: Call, slot: int, axis: int) -> Origin:
    rank, factor = len(call.outputs[slot]), call.number("upscale_factor", "downscale_factor")
    word = "divided" if (axis == rank - 3) == (call.type == "pixel_shuffle") else "multiplied"
    if axis < rank - 3:
        return Origin(((0, axis),))
    times = factor * factor if axis == rank - 3 else factor
    return Origin(((0, axis),), f"{word} by {times}")
