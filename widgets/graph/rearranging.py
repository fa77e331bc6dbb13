"""Lets nodes glide from where they stood to where another layout has them.

The layout that is shown is the new one from the first frame on: hit tests, selection and camera
never depend on this. Only what is painted is on its way: nodes that stay, frames that grow, wires
that keep their bends. What was not there fades in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEasingCurve, QObject, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPen

from .. import motion
from .inks import Inks
from .light import DIM
from .markers import Marks, paint_markers
from .picture import GUTTER, Picture
from .rows import Point
from .scene import Area, Look, Node

MOST = 1500  # nodes in sight from which on nothing glides
LATE = 0.4  # share of the way from which on wires appear


class Shift(NamedTuple):
    """How far off, at the start, a node is from where it comes to stand; `fresh`: it is new."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    fresh: bool = False


class Standing(NamedTuple):
    """What was seen before: a picture, and where in it what was on its way.

    Attributes:
        corner: of the view, in the picture's coordinates.
        nodes, wires: those that were in sight.
    """

    picture: Picture
    corner: Point
    zoom: float
    nodes: list[int]
    wires: list[int]
    shifts: dict[int, Shift]
    bends: dict[int, tuple[Point, ...]]


STILL = Shift()


class Rearranging(QVariantAnimation):
    """From what was seen to a picture."""

    def __init__(self, parent: QObject, moved: Callable[[], None]) -> None:
        super().__init__(parent)
        self._old: Standing | None = None
        self._new: Picture | None = None
        self._offset = (0.0, 0.0)
        self._early: list[int] = []  # what was in sight and may not be where it comes to stand
        self._early_wires: list[int] = []
        self._shifts: dict[int, Shift] = {}
        self._bends: dict[int, tuple[Point, ...] | None] = {}
        self._closed: list[tuple[int, QRectF]] = []
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(motion.RECENTRE)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(lambda: moved())
        self.finished.connect(self._forget)
        self.finished.connect(moved)

    @property
    def going(self) -> bool:
        """It has not arrived."""
        return self.state() is QVariantAnimation.State.Running

    @property
    def _rest(self) -> float:
        """The share of the way that is still to go."""
        return 1.0 - float(self.currentValue())

    def standing(self, picture: Picture, corner: Point, zoom: float, area: Area) -> Standing:
        """What is seen of a picture now."""
        nodes: list[int] = picture.scene.nodes_in([area], GUTTER).tolist()
        wires: list[int] = picture.scene.wires_in([area], GUTTER).tolist()
        if not self.going or picture is not self._new:
            return Standing(picture, corner, zoom, nodes, wires, {}, {})
        rest = self._rest
        shifts = {at: _scaled(shift, rest) for at, shift in self._shifts.items()}
        bends = {at: self._points(at) for at, bend in self._bends.items() if bend is not None}
        nodes, wires = [*self._early, *nodes], [*self._early_wires, *wires]
        return Standing(picture, corner, zoom, nodes, wires, shifts, bends)

    def begin(self, old: Standing, new: Picture, corner: Point) -> None:
        """Set out; `corner` of the view is where it was, in the new picture's coordinates."""
        self.halt()
        if len(old.nodes) > MOST:
            return
        self._old, self._new = old, new
        self._offset = corner[0] - old.corner[0], corner[1] - old.corner[1]
        at, keys = new.scene.at, old.picture.scene.nodes
        found = {at[keys[index].key] for index in old.nodes if keys[index].key in at}
        self._early = sorted(index for index in found if self._shift(index) != STILL)
        rows = (old.picture.scene.wires[index] for index in old.wires)
        self._early_wires = [
            index
            for ends in {(row.value, row.source, row.target) for row in rows}
            for index in new.scene.by_value.get(ends[0], ())
            if ends[1:] == (new.scene.wires[index].source, new.scene.wires[index].target)
        ]
        for index in self._early:
            before = old.picture.scene.at.get(new.scene.nodes[index].key, -1)
            was_frame = before >= 0 and keys[before].look is Look.FRAME
            if was_frame and new.scene.nodes[index].look is not Look.FRAME:
                self._closed.append((index, self._was(before)))
        self.start()

    def halt(self) -> None:
        """Be there at once."""
        self.stop()
        self._forget()

    def _forget(self) -> None:
        self._old = self._new = None
        self._early, self._early_wires = [], []
        self._shifts.clear()
        self._bends.clear()
        self._closed.clear()

    # Where things come from.

    def _was(self, before: int) -> QRectF:
        """Where a node of the old picture was seen, in the new one's coordinates."""
        assert self._old is not None
        node = self._old.picture.scene.nodes[before]
        shift = self._old.shifts.get(before, STILL)
        x, y = node.x + shift.x + self._offset[0], node.y + shift.y + self._offset[1]
        return QRectF(x, y, node.width + shift.width, node.height + shift.height)

    def area(self, index: int) -> QRectF:
        """Where a node of the new picture is seen on its way."""
        assert self._new is not None
        node, shift = self._new.scene.nodes[index], _scaled(self._shift(index), self._rest)
        return QRectF(
            node.x + shift.x, node.y + shift.y, node.width + shift.width, node.height + shift.height
        )

    def _shift(self, index: int) -> Shift:
        """How far from its place a node of the new picture begins."""
        found = self._shifts.get(index)
        if found is None:
            found = self._shifts[index] = self._found_shift(index)
        return found

    def _found_shift(self, index: int) -> Shift:
        assert self._old is not None
        assert self._new is not None
        node, at = self._new.scene.nodes[index], self._old.picture.scene.at
        if node.look is Look.WEIGHT:
            return self._shift(node.parent)
        keys = (node.key, *node.members)
        before = next((at[key] for key in keys if key in at), -1)
        if before < 0:
            # What is new comes with the frame that it stands in.
            around = self._shift(node.parent) if node.parent >= 0 else STILL
            return Shift(around.x, around.y, fresh=True)
        was = self._was(before)
        x, y = was.x() - node.x, was.y() - node.y
        if node.look is not Look.FRAME:
            return Shift(x, y)
        return Shift(x, y, was.width() - node.width, was.height() - node.height)

    def _bend(self, index: int) -> tuple[Point, ...] | None:
        """How far from its place each corner of a wire begins; None for one that is new."""
        if index in self._bends:
            return self._bends[index]
        assert self._old is not None
        assert self._new is not None
        scene, before = self._new.scene, self._old.picture.scene
        wire = scene.wires[index]
        found: tuple[Point, ...] | None = None
        for other in before.by_value.get(wire.value, ()):
            row = before.wires[other]
            if (row.source, row.target) == (wire.source, wire.target):
                was = self._old.bends.get(other, row.points)
                if len(was) == len(wire.points):
                    x, y = self._offset
                    found = tuple(
                        (a[0] + x - b[0], a[1] + y - b[1])
                        for a, b in zip(was, wire.points, strict=True)
                    )
                    break
        self._bends[index] = found
        return found

    def _points(self, index: int) -> tuple[Point, ...]:
        """A wire's corners on the way."""
        assert self._new is not None
        bend, rest = self._bend(index) or (), self._rest
        points = self._new.scene.wires[index].points
        return tuple(
            (p[0] + b[0] * rest, p[1] + b[1] * rest) for p, b in zip(points, bend, strict=True)
        )

    # Painting.

    def draw(
        self, painter: QPainter, areas: Sequence[Area], zoom: float, ink: Inks, marks: Marks
    ) -> None:
        """As Picture.draw does from nearby, with everything on its way."""
        picture = self._new
        assert picture is not None
        picture.wear(marks)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scene = picture.scene
        rest = self._rest
        near: list[int] = scene.nodes_in(areas, GUTTER).tolist()
        seen = sorted({*near, *self._early})
        frames = [index for index in seen if scene.nodes[index].look is Look.FRAME]
        for index in frames:
            self._shine(painter, marks, index, rest)
            area = self.area(index)
            node = scene.nodes[index]._replace(
                x=area.x(), y=area.y(), width=area.width(), height=area.height()
            )
            picture.nodes.frame(painter, node, index, areas, ink, marks)
        painter.setOpacity(1.0)
        self._wires(painter, picture, areas, zoom, ink, marks)
        for index in frames:
            self._shine(painter, marks, index, rest)
            with _Moved(painter, self._shift(index), rest):
                picture.nodes.header(painter, scene.nodes[index], index, ink, marks)
        for index in seen:
            node, shift = scene.nodes[index], self._shift(index)
            if node.look is not Look.FRAME:
                self._shine(painter, marks, index, rest)
                with _Moved(painter, shift, rest, self._hole(node, shift)):
                    picture.nodes.node(painter, node, index, ink, marks)
        painter.setOpacity(rest)
        painter.setPen(QPen(ink.line2, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, was in self._closed:
            painter.drawRoundedRect(_between(was, scene.nodes[index], rest), 10, 10)
        painter.setOpacity(1.0)
        for index in seen:
            with _Moved(painter, self._shift(index), rest):
                paint_markers(painter, scene.nodes[index], index, ink, marks)

    def _wires(
        self,
        painter: QPainter,
        picture: Picture,
        areas: Sequence[Area],
        zoom: float,
        ink: Inks,
        marks: Marks,
    ) -> None:
        """Those that move as a whole together, those that bend one by one, new ones late."""
        rest = self._rest
        whole: dict[Point, list[int]] = {}
        fresh: list[int] = []
        near: list[int] = picture.scene.wires_in(areas, GUTTER).tolist()
        for index in sorted({*near, *self._early_wires}):
            bend = self._bend(index)
            if bend is None:
                fresh.append(index)
            elif all(point == bend[0] for point in bend):
                whole.setdefault(bend[0], []).append(index)
            else:
                picture.wires.bent(painter, index, self._points(index), ink, marks.selected_op)
        for (x, y), wires in whole.items():
            with _Moved(painter, Shift(x, y), rest):
                picture.draw_wires(painter, wires, zoom, ink, marks)
        if fresh and rest < 1.0 - LATE:
            painter.setOpacity(1.0 - rest / (1.0 - LATE))
            picture.wires.paint(painter, fresh, ink, marks.selected_op, False)
            painter.setOpacity(1.0)

    def _hole(self, node: Node, shift: Shift) -> QRectF | None:
        """The frame that something new is seen through while that grows."""
        if not shift.fresh or node.parent < 0 or self._new is None:
            return None
        frame = self._new.scene.nodes[node.parent]
        around = self._shift(node.parent)
        if frame.look is not Look.FRAME or not (around.width or around.height):
            return None
        return self.area(node.parent)

    def _shine(self, painter: QPainter, marks: Marks, index: int, rest: float) -> None:
        """As strongly as a node is lit, and what is new the stronger the longer it is there."""
        light = 1.0 if marks.light is None or marks.light.nodes[index] else DIM
        painter.setOpacity(light * (1.0 - rest if self._shift(index).fresh else 1.0))


class _Moved:
    """Draws within some distance of a place, seen through a hole if there is one."""

    def __init__(
        self, painter: QPainter, shift: Shift, rest: float, hole: QRectF | None = None
    ) -> None:
        self._painter = painter
        self._x, self._y = shift.x * rest, shift.y * rest
        self._hole = hole

    def __enter__(self) -> None:
        if self._hole is not None:
            self._painter.save()
            self._painter.setClipRect(self._hole, Qt.ClipOperation.IntersectClip)
        self._painter.translate(self._x, self._y)

    def __exit__(self, *_: object) -> None:
        if self._hole is not None:
            self._painter.restore()
        else:
            self._painter.translate(-self._x, -self._y)


def _scaled(shift: Shift, by: float) -> Shift:
    return Shift(shift.x * by, shift.y * by, shift.width * by, shift.height * by, shift.fresh)


def _between(was: QRectF, node: Node, rest: float) -> QRectF:
    """From an area to a node's."""
    return QRectF(
        node.x + (was.x() - node.x) * rest,
        node.y + (was.y() - node.y) * rest,
        node.width + (was.width() - node.width) * rest,
        node.height + (was.height() - node.height) * rest,
    )
