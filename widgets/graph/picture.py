"""Draws a scene into any painter: what the canvas shows and what is exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from .dress import Dress
from .far_painter import GUTTER, MARGIN, FarPainter
from .inks import Inks, Words
from .light import DIM, Light
from .markers import Marks, paint_markers
from .nested import Nest
from .node_painter import NodePainter
from .note_signs import paint_note
from .progress import Progress
from .scene import Area, Look, Scene
from .wire_painter import WirePainter

FAR = 0.35  # zoom below which there is no text, no curve, no antialiasing
QUIET = 0.6  # zoom below which wires carry no text


class Picture:
    """One scene with the painters and caches for it."""

    def __init__(self, scene: Scene, nest: Nest, progress: Progress, words: Words) -> None:
        self.scene = scene
        self.progress = progress
        self.nodes = NodePainter(scene, nest, progress, words)
        self.wires = WirePainter(scene, progress, words)
        self.far = FarPainter(scene, nest, progress)

    def draw(
        self, painter: QPainter, areas: Sequence[Area], zoom: float, ink: Inks, marks: Marks
    ) -> None:
        """Draw what touches `areas`; the painter maps layout coordinates, `zoom` says how large."""
        if zoom < FAR:
            self.wear(marks)
            self.far.draw(painter, areas, ink, self.dress, marks.light)
            self.far.marks(painter, zoom, ink, marks)
            return
        for _ in self.parts(painter, areas, zoom, ink, marks):
            pass

    def parts(
        self,
        painter: QPainter,
        areas: Sequence[Area],
        zoom: float,
        ink: Inks,
        marks: Marks,
        many: int = 1 << 30,
    ) -> Iterator[float]:
        """Draw as from nearby, about `many` things at a time; after each part the share done."""
        self.wear(marks)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scene, light = self.scene, marks.light
        found: list[int] = scene.nodes_in(areas, GUTTER).tolist()
        frames = [i for i in found if scene.nodes[i].look is Look.FRAME]
        others = [i for i in found if scene.nodes[i].look is not Look.FRAME]
        wires: list[int] = scene.wires_in(areas, MARGIN).tolist()
        total, drawn = 2 * len(frames) + len(wires) + len(others) + 1, 0
        for some in _split(frames, many):
            for index in some:
                _shine(painter, light, index)
                self.nodes.frame(painter, scene.nodes[index], index, areas, ink, marks)
            drawn += len(some)
            yield drawn / total
        painter.setOpacity(1.0)
        for some in _split(wires, many):
            self.draw_wires(painter, some, zoom, ink, marks)
            drawn += len(some)
            yield drawn / total
        for some in _split(frames, many):
            for index in some:
                _shine(painter, light, index)
                self.nodes.header(painter, scene.nodes[index], index, ink, marks)
            drawn += len(some)
            yield drawn / total
        for some in _split(others, many):
            for index in some:
                _shine(painter, light, index)
                self.nodes.node(painter, scene.nodes[index], index, ink, marks)
            drawn += len(some)
            yield drawn / total
        painter.setOpacity(1.0)
        for index in found:
            paint_markers(painter, scene.nodes[index], index, ink, marks)
            paint_note(painter, scene.nodes[index], ink, marks)
        if self.dress is not None and self.dress.first in scene.at:
            index = scene.at[self.dress.first]
            self.dress.gutter(painter, scene.nodes[index], index, ink, marks)
        yield 1.0

    def draw_wires(
        self, painter: QPainter, wires: list[int], zoom: float, ink: Inks, marks: Marks
    ) -> None:
        """All alike; or, where some are singled out, those on top of the others, which are dim."""
        light, apart, texts = marks.light, marks.apart, zoom >= QUIET
        if light is None and not apart:
            self.wires.paint(painter, wires, ink, marks.selected_op, texts)
            return
        chosen = [i for i in wires if (i in apart if apart else light and light.wires[i])]
        rest = sorted(set(wires).difference(chosen))
        painter.setOpacity(DIM)
        self.wires.paint(painter, rest, ink, -1, texts)
        painter.setOpacity(1.0)
        self.wires.paint(painter, chosen, ink, marks.selected_op, texts)

    @property
    def dress(self) -> Dress | None:
        """The overlay's colours on this scene."""
        return self.nodes.dress

    def wear(self, marks: Marks) -> None:
        """Put on, renew or take off the overlay that the marks name."""
        dress, shown = self.nodes.dress, marks.overlay
        if shown is None:
            dress = None
        elif dress is None or not dress.fits(shown):
            dress = Dress(self.scene, shown, self.progress.run, dress)
        self.nodes.dress = self.wires.dress = dress

    def reached(self, index: int) -> bool:
        """Whether anything of a node has run."""
        return self.far.reached(index)


def _split(rows: list[int], many: int) -> list[list[int]]:
    return [rows[at : at + many] for at in range(0, len(rows), many)]


def _shine(painter: QPainter, light: Light | None, index: int) -> None:
    """Let a node be seen as strongly as it is lit."""
    if light is not None:
        painter.setOpacity(1.0 if light.nodes[index] else DIM)


def draw_grid(painter: QPainter, area: QRectF, step: float, origin: QPointF, ink: Inks) -> None:
    """The canvas's dots, `step` pixels apart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(ink.grid, 1))
    first_x = area.left() + (origin.x() - area.left()) % step
    first_y = area.top() + (origin.y() - area.top()) % step
    xs = np.arange(first_x, area.right() + 1, step)
    ys = np.arange(first_y, area.bottom() + 1, step)
    painter.drawPoints([QPointF(x, y) for y in ys.tolist() for x in xs.tolist()])
