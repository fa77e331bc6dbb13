"""Saves the graph as a picture: PNG, SVG or PDF, drawn part by part so that the window lives on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSaveFile, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from ..overlays.legend import card_size, paint_card
from ..theme import theme
from .collecting import uncollected
from .inks import inks
from .markers import Marks
from .picture import FAR, Picture
from .scene import Area

EDGE = 24.0
FORMATS = ("png", "svg", "pdf")
LARGEST_SIDE = 16_000  # px of a PNG; a larger graph is drawn smaller
MOST_PIXELS = 48_000_000  # the same of its area: 192 MB while it is drawn
LONGEST_PAGE = 14_400.0  # points, the most that PDF allows; a taller graph has several pages
OVERLAP = 60.0  # of the layout that two pages have in common
POINTS = 0.75  # points for a pixel
FINE = 8  # dots of a PDF for a point
PART = 60  # things drawn between two looks at the clock


def whole(picture: Picture) -> Area:
    """Everything, with an edge around it."""
    scene = picture.scene
    return -EDGE, -EDGE, scene.width + EDGE, scene.height + EDGE


def png_scale(area: Area, wanted: float) -> float:
    """Pixels for a unit of the layout: as many as wanted, fewer where that would be too large."""
    width, height = max(area[2] - area[0], 1.0), max(area[3] - area[1], 1.0)
    return min(wanted, LARGEST_SIDE / max(width, height), (MOST_PIXELS / (width * height)) ** 0.5)


def pages(area: Area, height: float) -> list[Area]:
    """An area cut into parts of a height, which overlap a little."""
    left, _, right, bottom = area
    found = [area]
    while found[-1][3] - found[-1][1] > height:
        cut = found[-1][1]
        found[-1] = (left, cut, right, cut + height)
        found.append((left, cut + height - OVERLAP, right, bottom))
    return found


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a picture shows.

    Attributes:
        area: of the layout.
        scale: pixels of a PNG for a unit of the layout.
    """

    area: Area
    scale: float = 2.0


class Exporting:
    """One picture on its way into a file; nothing is there until it is finished."""

    def __init__(self, picture: Picture, marks: Marks, sheet: Sheet, path: Path) -> None:
        """Raises OSError where the file cannot be written."""
        self._picture, self._marks, self._sheet = picture, marks, sheet
        self.path = path
        self._file = QSaveFile(str(path))
        if not self._file.open(QSaveFile.OpenModeFlag.WriteOnly):
            raise OSError(self._file.errorString())
        self._painter = QPainter()
        self._image = QImage()
        self._pages = [sheet.area]
        left, top, right, bottom = sheet.area
        size = QSizeF(right - left, bottom - top)
        self._device, scale = self._begin(size)
        if not self._painter.begin(self._device):
            self._file.cancelWriting()
            raise OSError("a picture of this size cannot be made")
        self._parts = self._draw(scale)
        self._held = ExitStack()
        self._held.enter_context(uncollected())

    def _begin(self, size: QSizeF) -> tuple[QImage | QSvgGenerator | QPdfWriter, float]:
        """The device that is drawn on, and its dots for a unit of the layout."""
        kind = self.path.suffix.lower()
        if kind == ".svg":
            whole_size = QSize(max(1, round(size.width())), max(1, round(size.height())))
            generator = QSvgGenerator()
            generator.setOutputDevice(self._file)
            generator.setSize(whole_size)
            generator.setViewBox(QRectF(0, 0, whole_size.width(), whole_size.height()))
            generator.setTitle("Graph")
            return generator, 1.0
        if kind == ".pdf":
            scale = min(POINTS, LONGEST_PAGE / size.width())
            page = QSizeF(size.width(), min(size.height(), LONGEST_PAGE / scale))
            self._pages = pages(self._sheet.area, page.height())
            writer = QPdfWriter(self._file)
            writer.setTitle("Graph")
            writer.setResolution(72 * FINE)
            exact = QPageSize.SizeMatchPolicy.ExactMatch
            paper = QPageSize(page * scale, QPageSize.Unit.Point, "", exact)
            upright = QPageLayout.Orientation.Portrait
            writer.setPageLayout(QPageLayout(paper, upright, QMarginsF()))
            return writer, scale * FINE
        scale = png_scale(self._sheet.area, self._sheet.scale)
        self._image = QImage(
            max(1, round(size.width() * scale)),
            max(1, round(size.height() * scale)),
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        self._image.fill(Qt.GlobalColor.transparent)
        return self._image, scale

    def _draw(self, scale: float) -> Iterator[float]:
        painter, ink = self._painter, inks(theme())
        painter.scale(scale, scale)
        for number, area in enumerate(self._pages):
            if number and isinstance(self._device, QPdfWriter):
                self._device.newPage()
            page = QRectF(0, 0, area[2] - area[0], area[3] - area[1])
            painter.fillRect(page, ink.canvas)
            painter.save()
            painter.setClipRect(page)
            painter.translate(-area[0], -area[1])
            parts = self._picture.parts(painter, [area], max(scale, FAR), ink, self._marks, PART)
            for share in parts:
                yield (number + share) / len(self._pages)
            painter.restore()
        shown, area = self._marks.overlay, self._pages[-1]
        if shown is not None:
            card = card_size(shown)
            corner = QPointF(12, area[3] - area[1] - card.height() - 12)
            paint_card(painter, shown, QRectF(corner, QSizeF(card)))

    def advance(self, seconds: float) -> float:
        """Draw on for about that long; the share that is done, 1.0 when all is."""
        end = time.perf_counter() + seconds
        share = 1.0
        for share in self._parts:
            if time.perf_counter() >= end:
                return min(share, 0.99)
        return 1.0

    def write(self) -> None:
        """Write what was drawn; may be called in another thread. Raises OSError."""
        self._held.close()
        self._painter.end()  # of a PDF it writes the fonts and the page
        if not self._image.isNull():
            writer = QImageWriter(self._file, b"png")
            if not writer.write(self._image):
                self._file.cancelWriting()
                raise OSError(writer.errorString())
        if not self._file.commit():
            raise OSError(self._file.errorString())

    def cancel(self) -> None:
        """Give up; the file stays as it was."""
        self._held.close()
        if self._painter.isActive():
            self._painter.end()
        self._file.cancelWriting()
        self._file.commit()


def export_picture(picture: Picture, marks: Marks, path: Path, sheet: Sheet | None = None) -> None:
    """Save at once; the format is that of the name. Raises OSError."""
    job = Exporting(picture, marks, sheet or Sheet(whole(picture)), path)
    while job.advance(1.0) < 1.0:
        pass
    job.write()
