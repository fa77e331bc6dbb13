"""Arrow keys: along a wire up or down, to what stands beside it left or right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt

from .model import GraphModel, is_op, key_scope, key_value
from .scene import Look, Node, Scene


def neighbour(scene: Scene, model: GraphModel, index: int, key: Qt.Key) -> int:
    """The node an arrow key leads to, -1 for none."""
    node = scene.nodes[index]
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        return _beside(scene, index, 1 if key is Qt.Key.Key_Right else -1)
    down = key is Qt.Key.Key_Down
    if node.look is Look.FRAME and down:
        inside = [i for i, other in enumerate(scene.nodes) if other.parent == index]
        inside = [i for i in inside if scene.nodes[i].look is not Look.WEIGHT]
        return min(inside, key=lambda i: (scene.nodes[i].y, scene.nodes[i].x), default=-1)
    ops = after(model, node) if down else before(model, node)
    shown = (scene.node_of_op(op, model) for op in ops)
    found = {other for other in shown if other >= 0 and other != index}
    middle = node.x + node.width / 2
    if found:
        return min(found, key=lambda i: (_away(scene.nodes[i], middle), i))
    values = [] if down else [wire.source for wire in scene.wires if wire.target == node.key]
    inputs = [scene.at[source] for source in values if key_value(source) >= 0]
    if inputs:
        return inputs[0]
    return node.parent if not down and node.parent >= 0 else -1


def _away(node: Node, middle: float) -> float:
    return abs(node.x + node.width / 2 - middle)


def _members(model: GraphModel, node: Node) -> set[int]:
    found: set[int] = set()
    for key in node.members:
        if is_op(key):
            found.add(key)
        elif key_scope(key) >= 0:
            found.update(model.ops_of(key_scope(key)))
    return found


def after(model: GraphModel, node: Node) -> Iterable[int]:
    value = key_value(node.key)
    if value >= 0:
        if node.look is Look.WEIGHT:
            return []
        return model.users(value)
    own = _members(model, node)
    return {other for op in own for other in model.feeds(op)} - own


def before(model: GraphModel, node: Node) -> Iterable[int]:
    if key_value(node.key) >= 0:
        return []
    own = _members(model, node)
    return {other for op in own for other in model.fed_by(op)} - own


def _beside(scene: Scene, index: int, side: int) -> int:
    """The nearest node to one side whose height overlaps."""
    node = scene.nodes[index]
    best, least = -1, float("inf")
    for at, other in enumerate(scene.nodes):
        if at == index or other.look is Look.FRAME:
            continue
        if other.y >= node.y + node.height or node.y >= other.y + other.height:
            continue
        away = (other.x - node.x) * side
        if 0 < away < least:
            best, least = at, away
    return best
