"""Arguments of both ops side by side, and why they differ."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from ...tracers.compare.result import Cause, Certainty
from ..run.painting import draw_text, face, fill_round, mix, mono_face
from ..theme import colour, hub, ui_font
from ..watching import watch

_EDGE = 14
_HEAD = 35
_LINE = 22
_TOKENS = {Certainty.PROVED: "ok", Certainty.HINTED: "warn", Certainty.UNKNOWN: "text3"}
Row = tuple[str, str, str, bool]
MOST = 12  # rows without "n more"


class Attributes(QWidget):
    """Names with A's and B's text; those that differ are marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._left = 0
        self._one = ""
        watch(self, self._hint)
        hub().changed.connect(self.update)
        self.show_rows((), "")

    @property
    def rows(self) -> list[Row]:
        """What is listed."""
        return self._rows

    @property
    def told(self) -> str:
        """How many differ ("1 differs")."""
        off = sum(row[3] for row in self._rows)
        return "" if not off else "1 differs" if off == 1 else f"{off} differ"

    def show_rows(self, rows: tuple[Row, ...], one: str) -> None:
        """Other ops; `one` is the side where there is only one, "" for both."""
        self._one = one
        ordered = sorted(rows, key=lambda row: not row[3])
        self._rows, self._left = ordered[:MOST], max(len(ordered) - MOST, 0)
        self.setVisible(bool(rows))
        lines = len(self._rows) + bool(self._left)
        self.setFixedHeight(_HEAD + lines * _LINE + 7 if rows else 0)
        words = (
            f"{name}: A {a or 'has none'}, B {b or 'has none'}{', differs' if off else ''}"
            for name, a, b, off in self._rows
        )
        self.setAccessibleName("Attributes. " + "; ".join(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The heading, then a line for each."""
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        draw_text(painter, _EDGE, 19, "Attributes", face(13, 600), colour("text1"))
        strong = face(12, 600)
        x = self.width() - _EDGE - strong.width(self.told)
        draw_text(painter, x, 19, self.told, strong, colour("warn"))
        first, second = self._columns()
        for at, (name, one, other, off) in enumerate(self._rows):
            middle = _HEAD + (at + 0.5) * _LINE
            tint = colour("warn" if off else "text2")
            if off:
                back = mix(colour("warn"), colour("panel"), 0.15)
                card = QRectF(6, middle - _LINE / 2, self.width() - 12, _LINE)
                fill_round(painter, card, 5, back)
            ink = colour("text1" if off else "text2")
            draw_text(painter, _EDGE, middle, name, face(), ink, first - _EDGE - 8)
            code = mono_face(11)
            width = (second if second else self.width() - _EDGE) - first - 8
            draw_text(painter, first, middle, one or "–", code, tint, width)
            if second:
                room = self.width() - _EDGE - second
                draw_text(painter, second, middle, other or "–", code, tint, room)
        if self._left:
            middle = _HEAD + (len(self._rows) + 0.5) * _LINE
            draw_text(painter, _EDGE, middle, f"{self._left} more", face(11), colour("text3"))
        painter.end()

    def _columns(self) -> tuple[float, float]:
        """Where A's text begins, and B's; 0 where there is one side alone."""
        names = max((face().width(row[0]) for row in self._rows), default=0.0)
        first = min(max(_EDGE + names + 18, 0.31 * self.width()), 0.42 * self.width())
        if self._one:
            return first, 0.0
        return first, first + (self.width() - _EDGE - first) / 2

    def _hint(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = int((event.pos().y() - _HEAD) // _LINE)
            text = ""
            if 0 <= at < len(self._rows):
                name, one, other, _off = self._rows[at]
                text = f"{name}\nA: {one or '–'}\nB: {other or '–'}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return False


class CauseView(QWidget):
    """How certain the cause is, and the sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = ""
        self._word = ""
        self._token = "text3"
        hub().changed.connect(self.update)
        self.show_cause(None)

    @property
    def words(self) -> tuple[str, str]:
        """The certainty and the sentence."""
        return self._word, self._sentence

    def show_cause(self, cause: Cause | None) -> None:
        """Another one; None where nothing diverges here."""
        self.setVisible(cause is not None)
        if cause is not None:
            known = cause.certainty is not Certainty.UNKNOWN
            self._word = cause.certainty.value if known else "unknown"
            self._token = _TOKENS[cause.certainty]
            self._sentence = cause.sentence or "No cause was found."
            self.setAccessibleName(f"Cause, {self._word}: {self._sentence}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The sentence is wrapped anew."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A plate with the word, the sentence below the heading."""
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        draw_text(painter, _EDGE, 19, "Cause", face(13, 600), colour("text1"))
        faced = face(11, 600)
        wide = faced.width(self._word) + 14
        x = self.width() - _EDGE - wide
        tint = colour(self._token)
        ground = mix(tint, colour("panel"), 0.16)
        fill_round(painter, QRectF(x, 10, wide, 18), 9, ground)
        draw_text(painter, x + 7, 19, self._word, faced, tint)
        painter.setFont(ui_font(12))
        painter.setPen(colour("text1"))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
        painter.drawText(self._room(), int(flags), self._sentence)
        painter.end()

    def _room(self) -> QRectF:
        return QRectF(_EDGE, 35, max(self.width() - 2 * _EDGE, 40), 600)

    def _fit(self) -> None:
        flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop)
        tall = QFontMetricsF(ui_font(12)).boundingRect(self._room(), flags, self._sentence).height()
        height = round(35 + tall + 9) if self._word else 0
        if height != self.height():
            self.setFixedHeight(height)
        self.update()
