"""The pieces of a tensor's way: which lead to a node, or on from it, through the frames around."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .scene import Look, Scene


def wires_at(scene: Scene, node: int) -> frozenset[int]:
    """All pieces of what a node takes, back to where it is made, and of what it gives."""
    _values, source, target = scene.ends
    if scene.nodes[node].look is Look.WEIGHT:
        return frozenset()
    if scene.nodes[node].look is Look.FRAME:
        entering = np.array([wire.entering for wire in scene.wires], bool)
        arrow = np.array([wire.arrow for wire in scene.wires], bool)
        inside = ((source == node) & entering) | ((target == node) & ~arrow)
        ends = np.flatnonzero(inside)
        return _back(scene, ends.tolist()) | _on(scene, ends.tolist())
    into: list[int] = np.flatnonzero(target == node).tolist()
    out: list[int] = np.flatnonzero(source == node).tolist()
    return _back(scene, into) | _on(scene, out)


def wires_of(scene: Scene, wire: int) -> frozenset[int]:
    """All pieces of a piece's tensor."""
    return frozenset(scene.by_value[scene.wires[wire].value])


def _back(scene: Scene, wires: Iterable[int]) -> frozenset[int]:
    """With the pieces before them, through borders."""
    found = set(wires)
    stack = list(found)
    while stack:
        wire = scene.wires[stack.pop()]
        at = scene.at.get(wire.source, -1)
        if at < 0 or scene.nodes[at].look is not Look.FRAME:
            continue
        for index in scene.by_value[wire.value]:
            if index not in found and scene.wires[index].target == wire.source:
                found.add(index)
                stack.append(index)
    return frozenset(found)


def _on(scene: Scene, wires: Iterable[int]) -> frozenset[int]:
    """With the pieces after them, through borders."""
    found = set(wires)
    stack = list(found)
    while stack:
        wire = scene.wires[stack.pop()]
        at = scene.at.get(wire.target, -1)
        if at < 0 or scene.nodes[at].look is not Look.FRAME:
            continue
        for index in scene.by_value[wire.value]:
            if index not in found and scene.wires[index].source == wire.target:
                found.add(index)
                stack.append(index)
    return frozenset(found)
