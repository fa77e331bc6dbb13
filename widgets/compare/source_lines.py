"""The two lines of source that a pair comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ..run.painting import draw_text, face, mono_face
from ..source.code_view import tint_of
from ..source.python_tokens import spans
from ..theme import colour, hub
from .side_head import draw_badge

_EDGE = 14
_HEAD = 32
_BLOCK = 44
_INDENT = 27


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file; `line` counts from 1."""

    file: str
    line: int


class SourceLines(QWidget):
    """For each side the place, and the line where its text is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spots: dict[str, Spot] = {}
        self._texts: dict[tuple[str, str], list[str]] = {}
        hub().changed.connect(self.update)
        self.show_spots({})

    def forget(self) -> None:
        """Another comparison: files may read otherwise."""
        self._texts.clear()

    def show_spots(self, spots: dict[str, Spot]) -> list[tuple[str, str]]:
        """Other lines; by side. The files whose texts are not known."""
        self._spots = spots
        self.setVisible(bool(spots))
        self.setFixedHeight(_HEAD + _BLOCK * len(spots) + 8 if spots else 0)
        self._tell()
        wanted = [(side, spot.file) for side, spot in spots.items()]
        return [one for one in wanted if one not in self._texts]

    def show_text(self, side: str, file: str, text: str) -> None:
        """A file's text has come."""
        self._texts[side, file] = text.splitlines()
        self._tell()

    def line(self, side: str) -> str:
        """The line of a side, without what stands before it; "" where it is not known."""
        spot = self._spots.get(side)
        if spot is None:
            return ""
        lines = self._texts.get((side, spot.file), [])
        return lines[spot.line - 1].strip() if 0 < spot.line <= len(lines) else ""

    def place(self, side: str) -> str:
        """ "torch_resnet.py : 88"."""
        spot = self._spots.get(side)
        return f"{os.path.basename(spot.file)} : {spot.line}" if spot is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The heading, and two lines for each side."""
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        draw_text(painter, _EDGE, 19, "Source", face(13, 600), colour("text1"))
        y = float(_HEAD)
        for side in self._spots:
            draw_badge(painter, _EDGE, y + 10, side)
            x = _EDGE + _INDENT
            draw_text(painter, x, y + 10, self.place(side), face(11), colour("text3"))
            self._code(painter, x, y + 31, self.line(side))
            y += _BLOCK
        painter.end()

    def _code(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """The line in the colours of source."""
        faced = mono_face(12)
        right = self.width() - _EDGE
        tints: list[QColor | None] = [None] * len(text)
        for span in spans(text).get(0, []):
            for at in range(span.start, min(span.start + span.length, len(text))):
                tints[at] = tint_of(span.word)
        each = faced.width("0")
        most = max(int((right - x) / each), 1)
        shown = text if len(text) <= most else text[: most - 1] + "…"
        start = 0
        while start < len(shown):
            tint = tints[start] if start < len(tints) else None
            stop = start + 1
            while stop < len(shown) and (tints[stop] if stop < len(tints) else None) == tint:
                stop += 1
            part = shown[start:stop]
            draw_text(painter, x, middle, part, faced, tint or colour("text1"))
            x += faced.width(part)
            start = stop

    def _tell(self) -> None:
        said = (f"{side}: {self.place(side)}: {self.line(side)}" for side in self._spots)
        words = "\n".join(said)
        self.setAccessibleName(f"Source. {words}")
        self.setToolTip(words)
        self.update()
