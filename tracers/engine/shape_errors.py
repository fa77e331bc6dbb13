"""Says of a failed op which axes do not fit, and where on their way they parted."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..ir import OUTSIDE, Run
from .axis_walk import Change, Node, Trail, call_of, outside_name, shape_of, walk
from .misfits import Misfit, find_misfit

_MOST = 3  # changes that are told of one axis


def sentences(run: Run, record: int) -> tuple[str, ...]:
    """Sentences on the shapes; none where they fit, or where nothing is known of the op."""
    row = run.records[record]
    call = call_of(run, record)
    misfit = find_misfit(call, row.error) if call is not None else None
    if misfit is None:
        return ()
    nodes = [
        (row.inputs[index], axis)
        for index, axis in (misfit.one, misfit.other or (-1, -1))
        if index >= 0 and axis >= 0
    ]
    if misfit.one[1] < 0:  # of the elements' number, every axis has a part
        shape = call.inputs[0] if call is not None else ()
        nodes = [(row.inputs[0], axis) for axis, extent in enumerate(shape) if extent != 1]
    return (_first(run, record, misfit), *_ways(run, nodes, misfit))


def _first(run: Run, record: int, misfit: Misfit) -> str:
    one = _axis(run, record, misfit.one)
    if misfit.other is None:
        return f"{one}; the op asks for {misfit.asks}."
    tail = f", {misfit.asks}" if misfit.asks else ""
    other = _axis(run, record, misfit.other)
    return f"{one}, {other[0].lower()}{other[1:]}{tail}."


def _axis(run: Run, record: int, where: tuple[int, int]) -> str:
    index, axis = where
    ref = run.records[record].inputs[index]
    shape = shape_of(run, ref) or ()
    name = f"input {index}"
    if ref[0] == OUTSIDE:
        name += f" ({outside_name(run.graph, ref[1])})"
    if axis < 0:
        size = "×".join(str(extent) for extent in shape)
        return f"{name[0].upper()}{name[1:]} has {math.prod(shape):,} elements ({size})"
    return f"Axis {axis} of {name} is {shape[axis]}"


def _ways(run: Run, nodes: list[Node], misfit: Misfit) -> Iterator[str]:
    """For each axis what was done to it, up to where both were one."""
    whole = [walk(run, node) for node in nodes]
    shared: set[Node] = set()
    if misfit.other is not None and len(whole) == 2:
        shared = set(whole[0].nodes) & set(whole[1].nodes)
    told: set[Change] = set()
    for place, (node, trail) in enumerate(zip(nodes, whole, strict=True)):
        if shared:
            trail = walk(run, node, shared)
        index = (misfit.one, misfit.other or misfit.one)[min(place, 1)][0]
        name = f"input {index}" if misfit.one[1] >= 0 else f"axis {node[1]}"
        yield from _way(run, name, node, trail, bool(shared), told)
    meeting = next((node for node in whole[0].nodes if node in shared), None) if whole else None
    if meeting is not None:
        (record, slot), axis = meeting
        extent = (shape_of(run, (record, slot)) or ())[axis]
        yield f"Both come from axis {axis} of {_source(run, record, slot)}, {extent}."


def _way(
    run: Run, name: str, node: Node, trail: Trail, shared: bool, told: set[Change]
) -> Iterator[str]:
    changes = [change for change in dict.fromkeys(trail.changes) if change not in told]
    rounded = [change for change in changes if change.ceil]
    chosen = (rounded + [change for change in changes if not change.ceil])[:_MOST]
    chosen.sort(key=lambda change: -change.record)
    told.update(chosen)
    label = f"{name[0].upper()}{name[1:]}"
    for change in chosen:
        yield f"{label}: {_told(run, change)}."
    if chosen or not trail.nodes:
        end = ""
    elif shared:
        return
    else:
        end = _end(run, node, trail)
        if end:
            yield f"{label}: {end}."
    for record in trail.unknown[:1]:
        yield f"{label}: not known before {_op(run, record)}, which has no rule."


def _end(run: Run, node: Node, trail: Trail) -> str:
    """Of an axis that no op has changed, the value from outside that it comes from."""
    if not trail.ends or node[0][0] == OUTSIDE:
        return ""
    value, axis = trail.ends[0]
    return f"unchanged since axis {axis} of {outside_name(run.graph, value)}"


def _told(run: Run, change: Change) -> str:
    """ "75 → 37 by a floor in max_pool2d (op 5: kernel 2, stride 2); ceil would give 38"."""
    before = " and ".join(str(extent) for extent in change.before)
    way = f"{before} → {change.after}"
    if change.before == (change.after,):
        return f"{change.after} set in {_op(run, change.record, change.how)}"
    if not change.before:
        return f"{change.after} {change.how} in {_op(run, change.record)}"
    if change.ceil:
        where = _op(run, change.record, change.how)
        return f"{way} by a floor in {where}; ceil would give {change.ceil}"
    return f"{way} in {_op(run, change.record, change.how)}"


def _source(run: Run, record: int, slot: int) -> str:
    if record == OUTSIDE:
        return outside_name(run.graph, slot)
    return _op(run, record)


def _op(run: Run, record: int, how: str = "") -> str:
    label = run.graph.op_label(run.records[record].op)
    return f"{label} (op {record + 1}{': ' if how else ''}{how})"
