"""Lights in the graph what a query found: ops, and closed groups with some in them."""

from __future__ import annotations

import numpy as np

from ..run.found import Found
from .light import Bools, Light
from .model import GraphModel, is_op
from .scene import Look, Scene


def light_of(found: Found, scene: Scene, model: GraphModel) -> Light:
    """What is lit of a scene; wires are not. A closed group says how many are in it."""
    fits = np.zeros(len(model.graph.ops), bool)
    known = min(len(fits), len(found.mask))
    fits[:known] = found.mask[:known]
    alone = scene.alone
    there = alone >= 0
    nodes = np.zeros(len(scene.nodes), bool)
    nodes[there] = fits[alone[there]]
    marked: list[int] = np.flatnonzero(nodes).tolist()
    # Plain lists: an array's elements are slow to come by one by one.
    lit: list[bool] = nodes.tolist()
    fit: list[bool] = fits.tolist()
    inside = _counts(fits, model)
    counts: dict[int, int] = {}
    others: list[int] = np.flatnonzero(~there).tolist()
    for index in others:
        node = scene.nodes[index]
        look = node.look
        if look is Look.WEIGHT:
            lit[index] = lit[node.parent]
        elif look is not Look.INPUT:
            held = sum(fit[key] for key in node.members if is_op(key))
            held += sum(inside[scope] for scope in scene.scopes(node))
            if held:
                lit[index] = True
                if look is not Look.FRAME:
                    marked.append(index)
                if look is Look.GROUP or look is Look.FOLD:
                    counts[index] = held
    wires = np.zeros(len(scene.wires), bool)
    return Light(np.array(lit, bool), wires, np.array(marked, np.int64), counts)


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
