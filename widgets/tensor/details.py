"""Percentiles, and how many different integers there are: shown where the user asks for them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ...tracers.ir import PERCENTS, Form, TensorPiece, TensorRequest
from ..theme import colour, hub, ui_font
from .controls import EDGE, WordButton, rule
from .desk import Desk
from .feeds import Part
from .formatting import count, number
from .pieces import array_of

HEIGHT = 66


class Details(QWidget):
    """A line of what is counted, and below it the percentiles side by side.

    Signals:
        part_wanted: bool; of the shown slice alone, or of the whole value.
    """

    part_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float, ...] = ()
        self._remark = ""
        self._of_part = False
        self.part = WordButton("Elements that are counted", 11, self)
        self.part.show_text("whole value")
        self.part.clicked.connect(lambda: self.part_wanted.emit(not self._of_part))
        self.setFixedHeight(HEIGHT)
        self.hide()
        hub().changed.connect(self.update)

    @property
    def values(self) -> tuple[float, ...]:
        """The percentiles, in the order of PERCENTS; () before they came."""
        return self._values

    @property
    def remark(self) -> str:
        """How they were taken, and what else was counted."""
        return self._remark

    def show_values(self, values: tuple[float, ...], remark: str, of_part: bool) -> None:
        """Show other percentiles."""
        self._values, self._remark, self._of_part = values, remark, of_part
        self.part.show_text("this slice" if of_part else "whole value")
        pairs = zip(PERCENTS, values, strict=False)
        words = [f"{percent} %: {number(value, 3)}" for percent, value in pairs]
        self.setAccessibleName("Percentiles: " + ", ".join([*words, remark]).strip(", "))
        self.update()

    def sizeHint(self) -> QSize:
        """Three short rows."""
        return QSize(372, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The word stands upper left."""
        self.part.move(EDGE - 4, 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Remark, names, values."""
        painter = QPainter(self)
        rule(painter, 0, self.width())
        painter.setFont(ui_font(11))
        painter.setPen(colour("text3"))
        middle = Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | middle
        painter.drawText(QRectF(EDGE, 4, self.width() - 2 * EDGE, 20), right, self._remark)
        wide = (self.width() - 2 * EDGE) / len(PERCENTS)
        digits = 3 if wide >= 60 else 2
        for place, percent in enumerate(PERCENTS):
            left = EDGE + place * wide
            painter.setFont(ui_font(10))
            painter.setPen(colour("text3"))
            name = "median" if percent == 50 else f"{percent} %"
            painter.drawText(QRectF(left, 24, wide, 18), middle, name)
            painter.setFont(ui_font(11, 500))
            painter.setPen(colour("text1"))
            text = number(self._values[place], digits) if place < len(self._values) else "–"
            painter.drawText(QRectF(left, 40, wide, 18), middle, text)


class DetailFeed(QObject):
    """Asks for percentiles while they can be seen."""

    def __init__(self, desk: Desk, view: Details) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self._part: Part | None = None
        self._wanted = False
        self._of_part = False
        self._known: TensorRequest | None = None
        view.part_wanted.connect(self._turn)

    @property
    def wanted(self) -> bool:
        """The user asked for them."""
        return self._wanted

    def want(self, on: bool) -> None:
        """Show them from now on, or no longer."""
        self._wanted = on
        self._ask()

    def follow(self, part: Part | None) -> None:
        """Another part is shown; None where nothing can be counted."""
        self._part = part
        self._ask()

    def _turn(self, of_part: bool) -> None:
        self._of_part = of_part
        self._ask()

    def _ask(self) -> None:
        part = self._part if self._wanted else None
        self._view.setVisible(part is not None)
        if part is None:
            self._desk.drop("percentiles")
            self._known = None
            return
        request = TensorRequest(part.ref, Form.PERCENTILES)
        if self._of_part:
            request = replace(request, picks=part.shown.picks)
        if request == self._known:
            return
        self._known = request
        self._view.show_values((), "", self._of_part)

        def take(piece: TensorPiece) -> None:
            values = tuple(float(value) for value in array_of(piece))
            self._view.show_values(values, _remark(piece), self._of_part)

        def refused(sentence: str) -> None:
            self._known = None
            self._view.show_values((), sentence, self._of_part)

        self._desk.ask("percentiles", request, take, refused)


def _remark(piece: TensorPiece) -> str:
    if not piece.data:
        return "No element is finite, so there is nothing to rank."
    words: list[str] = []
    if not piece.request.picks and piece.whole.rms is not None:
        words.append(f"rms {number(piece.whole.rms, 3)}")
    if piece.distinct is not None:
        words.append(f"{count(piece.distinct)} distinct")
    if piece.sampled > 1:
        words.append(f"≈ of 1 in {count(piece.sampled)} elements")
    return " · ".join(words)
