"""Saves the graph as a picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from ..theme import theme
from .inks import inks
from .markers import Marks
from .picture import FAR, Picture

EDGE = 24.0
LARGEST_SIDE = 16_000  # px of a PNG; a larger graph is drawn smaller


def draw(painter: QPainter, picture: Picture, marks: Marks, target: QRectF) -> None:
    """Draw the whole graph into a rectangle, keeping its proportions."""
    scene, ink = picture.scene, inks(theme())
    painter.fillRect(target, ink.canvas)
    width, height = scene.width + 2 * EDGE, scene.height + 2 * EDGE
    scale = min(target.width() / width, target.height() / height)
    painter.save()
    painter.translate(
        target.x() + (target.width() - scene.width * scale) / 2,
        target.y() + (target.height() - scene.height * scale) / 2,
    )
    painter.scale(scale, scale)
    everything = (-EDGE, -EDGE, width, height)
    picture.draw(painter, [everything], max(scale, FAR), ink, marks)
    painter.restore()


def export_svg(picture: Picture, marks: Marks, path: Path) -> None:
    """Save as SVG. Raises OSError where the file cannot be written."""
    size = QSize(
        round(picture.scene.width + 2 * EDGE) or 1, round(picture.scene.height + 2 * EDGE) or 1
    )
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle("Graph")
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(f"cannot write {path}")
    draw(painter, picture, marks, QRectF(0, 0, size.width(), size.height()))
    painter.end()


def export_png(picture: Picture, marks: Marks, path: Path, scale: float = 2.0) -> None:
    """Save as PNG. Raises OSError where the file cannot be written."""
    width, height = picture.scene.width + 2 * EDGE, picture.scene.height + 2 * EDGE
    scale = min(scale, LARGEST_SIDE / max(width, height))
    image = QImage(
        max(1, round(width * scale)),
        max(1, round(height * scale)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw(painter, picture, marks, QRectF(image.rect()))
    painter.end()
    if not image.save(str(path)):
        raise OSError(f"cannot write {path}")
