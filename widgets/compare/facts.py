"""Names with figures, in lines: what is known of a difference, and the element that is read."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ..run.painting import draw_text, face
from ..theme import colour, hub

LINE = 21
_APART = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """A line; `strong` for what is over tolerance."""

    name: str
    text: str
    strong: bool = False


class Facts(QWidget):
    """Two blocks with a line between."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole: list[Fact] = []
        self._element: list[Fact] = []
        hub().changed.connect(self.update)

    @property
    def rows(self) -> list[Fact]:
        """All lines."""
        return [*self._whole, *self._element]

    def show_facts(self, whole: list[Fact]) -> None:
        """What is known of the whole."""
        self._whole = whole
        self._tell()

    def show_element(self, element: list[Fact]) -> None:
        """What is read of an element."""
        self._element = element
        self._tell()

    def wanted_height(self) -> int:
        """Room for all lines."""
        return (len(self._whole) + len(self._element)) * LINE + 2 * _APART

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name at the left, figure at the right."""
        painter = QPainter(self)
        y = LINE / 2
        for fact in self._whole:
            self._draw(painter, y, fact)
            y += LINE
        if self._whole and self._element:
            painter.fillRect(QRectF(0, round(y - LINE / 2 + 3), self.width(), 1), colour("line"))
            y += _APART
        for fact in self._element:
            self._draw(painter, y, fact)
            y += LINE
        painter.end()

    def _draw(self, painter: QPainter, middle: float, fact: Fact) -> None:
        faced = face(12, 600)
        width = faced.width(fact.text)
        tint = colour("warn" if fact.strong else "text1")
        name = face(12)
        draw_text(painter, 0, middle, fact.name, name, colour("text3"), self.width() - width - 8)
        draw_text(painter, self.width() - width, middle, fact.text, faced, tint)

    def _tell(self) -> None:
        self.setAccessibleName(", ".join(f"{row.name} {row.text}" for row in self.rows))
        self.update()
