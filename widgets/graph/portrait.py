"""A picture of the graph around one op, for a page: for dark and light ones, drawn part by part."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QImage, QImageWriter, QPainter

from ...tracers.ir import Selection
from ..overlays.shown import Shown
from ..theme import DARK, LIGHT, Theme
from .inks import inks
from .markers import Marks
from .model import GraphModel, key_value
from .nested import Nest
from .opening import near
from .picture import Picture
from .rows import unchecked
from .scene import Area, Look, Scene
from .stage import Stage
from .walking import after, before

STEPS = 3  # from the op, either way
WIDE, HIGH = 900.0, 860.0  # of the layout at most, so that a page has room for it
_LEAST = 420.0
_HEADER = 64.0  # above the outermost node up to which a frame's header is shown, too
_ROOM, _BESIDE = 22.0, 36.0  # above and below the outermost node; beside it, where signs stand
_SCALE = 2.0  # pixels for a unit of the layout
_PART = 60  # things drawn between two looks at the clock


@dataclass(frozen=True, slots=True)
class Around:
    """A layout, the node that shows the op, and the part of the layout around it."""

    picture: Picture
    node: int
    area: Area


def around(stage: Stage, op: int, check: Callable[[], None] = unchecked) -> Around | None:
    """A layout in which the way to an op is open, and the part around it; None where nothing shows
    it. The one that is shown stays as it is. May be made in another thread."""
    model = stage.model
    if not model.knows(op, -1):
        return None
    seen = stage.pairs.seen(Selection(op=op))
    op = seen.op if seen.op >= 0 else op
    group = model.group_of_op(op)
    nest = Nest(model)
    nest.fold_shapes = stage.nest.fold_shapes
    nest.open = set(stage.nest.open) | set(model.path(group))
    nest.apart = set(stage.nest.apart) | near(model, group)
    scene = nest.scene(check)
    node = scene.node_of_op(op, model)
    if node < 0:
        return None
    picture = Picture(scene, nest, stage.progress, stage.words)
    return Around(picture, node, _area(scene, model, node))


def _area(scene: Scene, model: GraphModel, start: int) -> Area:
    """As much around a node as there is room for, the nearest first."""
    left, top, right, bottom = _rect(scene, start)
    found, edge = {start}, [start]
    for _ in range(STEPS):
        reached: list[int] = []
        for index in edge:
            for other in _beside(scene, model, index):
                if other in found:
                    continue
                found.add(other)
                rect = _rect(scene, other)
                wider = min(left, rect[0]), min(top, rect[1]), max(right, rect[2])
                lower = max(bottom, rect[3])
                if wider[2] - wider[0] > WIDE - 2 * _BESIDE or lower - wider[1] > HIGH - 2 * _ROOM:
                    continue
                (left, top, right), bottom = wider, lower
                reached.append(other)
        edge = reached
    for frame in sorted(_frames(scene, found)):
        rect = _rect(scene, frame)
        one, two = min(left, rect[0]), max(right, rect[2])
        if top <= rect[3] and rect[1] <= bottom and two - one <= WIDE - 2 * _BESIDE:
            left, right = one, two
            top = rect[1] if 0 < top - rect[1] <= _HEADER else top
    missing = max(_LEAST - (right - left) - 2 * _BESIDE, 0.0) / 2 + _BESIDE
    return left - missing, top - _ROOM, right + missing, bottom + _ROOM


def _beside(scene: Scene, model: GraphModel, index: int) -> list[int]:
    """The nodes that a node reads, and those that read it; open groups are what is in them."""
    node = scene.nodes[index]
    if node.look is Look.WEIGHT:
        return []
    ops = [*before(model, node), *after(model, node)]
    found = [scene.node_of_op(op, model) for op in dict.fromkeys(ops)]
    found += scene.weights.get(index, [])
    sources = (wire.source for wire in scene.wires if wire.target == node.key)
    found += [scene.at[key] for key in sources if key_value(key) >= 0 and key in scene.at]
    return [other for other in found if other >= 0 and scene.nodes[other].look is not Look.FRAME]


def _frames(scene: Scene, nodes: Iterable[int]) -> set[int]:
    """The open groups around nodes."""
    found: set[int] = set()
    for index in nodes:
        parent = scene.nodes[index].parent
        while parent >= 0:
            if scene.nodes[parent].look is Look.FRAME:
                found.add(parent)
            parent = scene.nodes[parent].parent
    return found


def _rect(scene: Scene, index: int) -> Area:
    node = scene.nodes[index]
    return node.x, node.y, node.x + node.width, node.y + node.height


class Portrait:
    """Two images on their way.

    Attributes:
        width: at which they are to be shown, in pixels.
    """

    def __init__(self, around_: Around, op: int, marks: Marks) -> None:
        """`marks` of the view; what is marked by node there is left out."""
        self._around = around_
        self._op, self._marks = op, marks
        left, top, right, bottom = around_.area
        self.width = round(right - left)
        self._height = round(bottom - top)
        self._images: list[QImage] = []
        self._parts = self._draw()

    def advance(self, seconds: float, now: Callable[[], float]) -> bool:
        """Draw on for about that long; whether all is drawn."""
        end = now() + seconds
        return all(now() < end for _ in self._parts)

    def cancel(self) -> None:
        """Give up."""
        self._parts.close()

    def data(self) -> tuple[bytes, bytes]:
        """Light and dark as PNG; may be called in another thread."""
        light, dark = (_png(image) for image in self._images)
        return light, dark

    def _draw(self) -> Generator[float]:
        for look in (LIGHT, DARK):
            yield from self._draw_in(look)

    def _draw_in(self, look: Theme) -> Generator[float]:
        size = (round(self.width * _SCALE), round(self._height * _SCALE))
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        ink, picture, area = inks(look), self._around.picture, self._around.area
        image.fill(ink.canvas)
        painter = QPainter(image)
        try:
            painter.scale(_SCALE, _SCALE)
            painter.translate(-area[0], -area[1])
            painter.setClipRect(QRectF(area[0], area[1], area[2] - area[0], area[3] - area[1]))
            yield from picture.parts(painter, [area], _SCALE, ink, self._marks_in(look), _PART)
        finally:
            painter.end()
        self._images.append(image)

    def _marks_in(self, look: Theme) -> Marks:
        old, overlay = self._marks, self._marks.overlay
        made: Shown | None = None
        if overlay is not None:
            made = overlay.copy()
            made.look = look
        return Marks(
            selected=self._around.node,
            selected_op=self._op,
            stops=old.stops,
            changes=old.changes,
            overlay=made,
            noted=old.noted,
        )


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, b"png").write(image):
        raise OSError("the picture could not be made")
    return bytes(buffer.data().data())
