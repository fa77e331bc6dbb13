"""Takes down what is seen of a stage as a Bookmark, and finds it again."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from ...tracers.ir import Graph
from .bookmarks import EVERYTHING, MOST, Bookmark
from .model import is_op, key_scope, scope_key
from .name_groups import is_named
from .scene import Look
from .stage import Stage


def take_down(stage: Stage, slot: int, area: QRectF, zoom: float) -> Bookmark:
    """What is seen, told from the node nearest to the middle that has a key of its own."""
    scene, model, graph = stage.picture.scene, stage.model, stage.model.graph
    middle = area.center()
    best, least = -1, float("inf")
    for index, node in enumerate(scene.nodes):
        if node.look in (Look.INPUT, Look.WEIGHT):
            continue
        away = abs(node.x + node.width / 2 - middle.x()) + abs(node.y - middle.y())
        if away < least:
            best, least = index, away
    open_ = {scope for scope in stage.nest.open if scope > 0}
    shown = sorted(scope for scope in open_ if open_.issuperset(model.path(scope)[1:]))
    everything = len(shown) == len(model.groups) - 1
    keys = tuple(model.row(scope).key for scope in shown[:MOST])
    anchor, corner, title = "", QPointF(), "The whole graph"
    if best >= 0:
        node = scene.nodes[best]
        corner = QPointF(node.x, node.y)
        if is_op(node.key):
            op = graph.ops[node.key]
            anchor, title = op.key, op.type
            path = model.row(model.group_of_op(node.key)).path
            title = f"{path} · {title}" if path else title
        else:
            scope = key_scope(node.key)
            row = model.row(scope)
            path = "" if is_named(scope) else row.path
            anchor, title = row.key, path or model.title(scope)
    return Bookmark(
        slot=slot,
        title=title,
        anchor=anchor,
        across=middle.x() - corner.x(),
        down=middle.y() - corner.y(),
        zoom=zoom,
        open=(EVERYTHING,) if everything else keys,
        apart=tuple(sorted(model.row(scope).key for scope in stage.nest.apart))[:MOST],
        fold=stage.nest.fold_shapes,
    )


def open_as(stage: Stage, mark: Bookmark) -> bool:
    """Open and close what was open then; whether the layout is another."""
    nest, groups = stage.nest, stage.model.groups
    scopes = stage.model.by_key()
    known = {scopes[key] for key in mark.open if key in scopes}
    open_ = set(groups) if EVERYTHING in mark.open else (known & groups.keys()) | {0}
    apart = {scopes[key] for key in mark.apart if key in scopes} & groups.keys()
    if (nest.open, nest.apart, nest.fold_shapes) == (open_, apart, mark.fold):
        return False
    stage.before_change()
    nest.open, nest.apart, nest.fold_shapes = open_, apart, mark.fold
    nest.all_changed()
    return True


def corner_of(stage: Stage, mark: Bookmark, width: float, height: float) -> QPointF:
    """Where the camera's corner is to be, in a view of that many layout units."""
    scene = stage.picture.scene
    index = _anchor(stage, mark.anchor)
    corner = QPointF()
    if index >= 0:
        corner = QPointF(scene.nodes[index].x, scene.nodes[index].y)
    return corner + QPointF(mark.across - width / 2, mark.down - height / 2)


def _anchor(stage: Stage, key: str) -> int:
    graph: Graph = stage.model.graph
    at = stage.picture.scene.at
    scope = stage.model.by_key().get(key, -1)
    if scope >= 0 and scope_key(scope) in at:
        return at[scope_key(scope)]
    for index, op in enumerate(graph.ops):
        if op.key == key:
            return stage.picture.scene.node_of_op(index, stage.model)
    return -1
