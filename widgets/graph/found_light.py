"""Lights in the graph what a query found: ops, and closed groups with some in them."""

from __future__ import annotations

import numpy as np

from ..run.found import Found
from .light import Bools, Light
from .model import GraphModel, is_op, key_scope
from .scene import Look, Scene


def light_of(found: Found, scene: Scene, model: GraphModel) -> Light:
    """What is lit of a scene; wires are not. A closed group says how many are in it."""
    fits = np.zeros(len(model.graph.ops), bool)
    known = min(len(fits), len(found.mask))
    fits[:known] = found.mask[:known]
    inside = _counts(fits, model)
    nodes = np.zeros(len(scene.nodes), bool)
    alone = scene.alone
    there = alone >= 0
    nodes[there] = fits[alone[there]]
    counts: dict[int, int] = {}
    marked: list[int] = np.flatnonzero(nodes).tolist()
    others: list[int] = np.flatnonzero(~there).tolist()
    for index in others:
        node = scene.nodes[index]
        if node.look in (Look.WEIGHT, Look.INPUT):
            nodes[index] = node.look is Look.WEIGHT and bool(nodes[node.parent])
            continue
        held = sum(int(fits[key]) if is_op(key) else inside[key_scope(key)] for key in node.members)
        nodes[index] = held > 0
        if held and node.look is not Look.FRAME:
            marked.append(index)
        if held and node.look in (Look.GROUP, Look.FOLD):
            counts[index] = held
    return Light(nodes, np.zeros(len(scene.wires), bool), np.array(marked, np.int64), counts)


def _counts(fits: Bools, model: GraphModel) -> list[int]:
    """How many were found in each scope and beneath it; the inside of one that was found counts
    as one more."""
    scopes, ops = model.graph.scopes, model.graph.ops
    found: list[int] = np.flatnonzero(fits).tolist()
    counts = [0] * len(scopes)
    for op in found:
        counts[ops[op].scope] += 1
    for index in range(len(scopes) - 1, 0, -1):  # parents always come first
        counts[scopes[index].parent] += counts[index]
    for op in found:
        if ops[op].inner >= 0:
            counts[ops[op].inner] += 1
    return counts
