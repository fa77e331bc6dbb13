"""The card on the canvas that says what the colours of an overlay mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ..icon_button import IconButton
from ..run.painting import draw_text, face, text_width
from ..run.wording import count_text
from ..theme import colour, hub, ui_font
from .shown import Shown

WIDTH = 236
EDGE = 12
TITLE, BAR, ROW = 24, 8, 18
SCALES = {False: "linear", True: "log"}


class Legend(QWidget):
    """Title, colours with their ends, the kind of scale; of grades how many ops have them.

    Signals:
        scale_switched: the other kind of scale is wanted.
        closed: no overlay is wanted any more.
    """

    scale_switched = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self.scale = QPushButton(self)
        self.scale.setFont(ui_font(11))
        self.scale.setFlat(True)
        self.scale.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.scale.clicked.connect(self.scale_switched)
        self.close_button = IconButton("x", "Show no overlay", self)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addStretch(1)
        head.addWidget(self.scale)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 6, 6, 0)
        column.addLayout(head)
        column.addStretch(1)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_overlay(self, shown: Shown | None) -> None:
        """Another overlay, or another scale; None: no legend."""
        self._shown = shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        self.scale.setVisible(shown.scale is not None)
        self.scale.setText(SCALES[shown.logarithmic])
        self.scale.setAccessibleName(f"Scale: {SCALES[shown.logarithmic]}")
        other = "linear" if shown.logarithmic else "logarithmic"
        self.scale.setToolTip(f"Change to a {other} scale")
        self.scale.setFixedSize(
            round(QFontMetricsF(ui_font(11)).horizontalAdvance("linear")) + 16, 20
        )
        self.setAccessibleName(f"Legend: {shown.overlay.title}")
        self.setAccessibleDescription(self.words())
        self.setToolTip(shown.overlay.help)
        self.setFixedSize(self.sizeHint())
        self.update()

    def words(self) -> str:
        """What the legend says, in words."""
        shown = self._shown
        if shown is None:
            return ""
        if shown.overlay.grades:
            rows = [f"{words}: {count_text(ops)}" for words, _, ops in graded(shown)]
            return ", ".join(rows) or shown.overlay.missing
        low, high = ends(shown)
        return f"{low} to {high}, {SCALES[shown.logarithmic]}" if high else shown.overlay.missing

    def sizeHint(self) -> QSize:
        """As high as what there is to say."""
        return QSize(WIDTH, 0) if self._shown is None else card_size(self._shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised card."""
        shown = self._shown
        if shown is None:
            return
        painter = QPainter(self)
        buttons = self.scale.width() if self.scale.isVisible() else 0
        buttons += self.close_button.width() + 12
        paint_card(painter, shown, QRectF(self.rect()), buttons)
        painter.end()

    def _restyle(self) -> None:
        self.scale.setStyleSheet(
            "QPushButton { border: none; border-radius: 5px; padding: 0 6px; min-height: 0;"
            f" background: transparent; color: {colour('text2').name()}; }}"
            f"QPushButton:hover, QPushButton:focus {{ background: {colour('hover').name()}; }}"
        )
        self.update()


def ends(shown: Shown) -> tuple[str, str]:
    """The smallest and the largest amount on the scale in words; "" where there is none."""
    scale = shown.scale
    if scale is None:
        return "", ""
    if scale.low == scale.high:
        return "", shown.words(scale.high)
    return shown.words(scale.low), shown.words(scale.high)


def graded(shown: Shown) -> list[tuple[str, str, int]]:
    """Words, colour token and count of ops of each grade that occurs, worst first."""
    grades = shown.overlay.grades
    if not grades:
        return []
    known = shown.amounts.ops[~np.isnan(shown.amounts.ops)]
    counts: list[int] = np.bincount(known.astype(np.int64), minlength=len(grades)).tolist()
    rows = [(row.words, row.token, ops) for row, ops in zip(grades, counts, strict=True)]
    return [row for row in reversed(rows) if row[2]]


def card_size(shown: Shown) -> QSize:
    """Room for what there is to say of an overlay."""
    rows = max(len(graded(shown)), 1)
    return QSize(WIDTH, 12 + TITLE + rows * ROW + (BAR + 3 if shown.scale is not None else 0))


def paint_card(painter: QPainter, shown: Shown, card: QRectF, buttons: float = 0.0) -> None:
    """A raised card, with room for buttons at the right end of its first line."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(card.topLeft())
    painter.setPen(colour("line2"))
    painter.setBrush(colour("raised"))
    box = QRectF(0.5, 0.5, card.width() - 1, card.height() - 1)
    painter.drawRoundedRect(box, 8, 8)
    room = WIDTH - 2 * EDGE - buttons
    draw_text(painter, EDGE, 18, shown.overlay.title, face(12, 600), colour("text1"), room)
    top = 6 + TITLE
    rows = graded(shown)
    if rows:
        _paint_grades(painter, rows, top)
    elif shown.scale is not None:
        _paint_scale(painter, shown, top + 1)
    else:
        draw_text(painter, EDGE, top + 9, shown.overlay.missing, face(11), colour("text2"))
    painter.restore()


def _paint_scale(painter: QPainter, shown: Shown, top: float) -> None:
    bar = QRectF(EDGE, top, WIDTH - 2 * EDGE, BAR)
    steps = shown.steps()
    ink = QLinearGradient(bar.topLeft(), bar.topRight())
    for place, tint in enumerate(steps):
        ink.setColorAt(place / (len(steps) - 1), tint)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawRoundedRect(bar, 3, 3)
    low, high = ends(shown)
    middle = bar.bottom() + 11
    draw_text(painter, EDGE, middle, low, face(11), colour("text2"))
    right = WIDTH - EDGE - text_width(high, face(11))
    draw_text(painter, right, middle, high, face(11), colour("text2"))
    if shown.scale is not None and shown.scale.signed:
        draw_text(painter, WIDTH / 2 - 3, middle, "0", face(11), colour("text2"))


def _paint_grades(painter: QPainter, rows: list[tuple[str, str, int]], top: float) -> None:
    middle = top + ROW / 2
    for words, token, ops in rows:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(token or "ok"))
        painter.drawRoundedRect(QRectF(EDGE, middle - 4, 8, 8), 2, 2)
        draw_text(painter, EDGE + 16, middle, words, face(11), colour("text1"))
        count = count_text(ops)
        right = WIDTH - EDGE - text_width(count, face(11))
        draw_text(painter, right, middle, count, face(11), colour("text2"))
        middle += ROW
