"""The card that tells of what the pointer rests on."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ..theme import colour, hub, theme, ui_font
from .card_words import CardText, Row

PAD, HEAD, LINE, GAP = 12, 20, 18, 11
NAMES = 66  # width of the column of names
NARROW, WIDE = 216, 380
AWAY = 12  # px between the card and what it tells of
EDGE = 6  # px kept free at the borders


class Card(QWidget):
    """Stands above everything in the window; the pointer goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = CardText("")
        self._title, self._note = ui_font(13, 600), ui_font(12)
        self._name, self._words = ui_font(11), ui_font(12)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        hub().changed.connect(self.update)

    def show_text(self, text: CardText, target: QRect, bounds: QRect) -> bool:
        """Show words beside a target, inside bounds, both in the parent's coordinates.

        Whether there is a place: it never covers the target. Last rows go where there is no room.
        """
        self.text = text
        spot = placed(self.sizeHint(), target, bounds)
        while spot is None and self.text.parts:
            self.text = CardText(text.title, text.note, text.category, self.text.parts[:-1])
            spot = placed(self.sizeHint(), target, bounds)
        if spot is None:
            self.hide()
            return False
        self.setAccessibleName(text.spoken)
        self.setGeometry(QRect(spot, self.sizeHint()))
        self.show()
        self.raise_()
        self.update()
        return True

    def sizeHint(self) -> QSize:
        """Room for the words, within limits."""
        title, note = _width(self.text.title, self._title), _width(self.text.note, self._note)
        rows = [row for part in self.text.parts for row in part]
        widest = max((NAMES + _width(row.text, self._words) for row in rows), default=0.0)
        width = max(title + (8 + note if note else 0) + 9, widest) + 2 * PAD
        height = 2 * PAD + HEAD + len(rows) * LINE + len(self.text.parts) * GAP - 4
        return QSize(round(min(max(width, NARROW), WIDE)), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised card: title, then parts with lines between."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour("line2"), 1))
        painter.setBrush(colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        left, top = float(PAD), float(PAD)
        if self.text.category is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().category(self.text.category))
            painter.drawRoundedRect(QRectF(left, top + 2, 3, HEAD - 5), 1.5, 1.5)
            left += 9
        room = self.width() - PAD - left
        end = self._draw(painter, left, top - 1, HEAD, self.text.title, self._title, "text1", room)
        if self.text.note and self.width() - PAD - end > 40:
            room = self.width() - PAD - end - 8
            self._draw(painter, end + 8, top - 1, HEAD, self.text.note, self._note, "text3", room)
        top += HEAD
        for part in self.text.parts:
            painter.setPen(QPen(colour("line"), 1))
            middle = top + GAP / 2 - 0.5
            painter.drawLine(QPointF(PAD, middle), QPointF(self.width() - PAD, middle))
            top += GAP
            for row in part:
                self._row(painter, row, top)
                top += LINE

    def _row(self, painter: QPainter, row: Row, top: float) -> None:
        self._draw(painter, PAD, top, LINE, row.name, self._name, "text3", NAMES - 4)
        room = self.width() - 2 * PAD - NAMES
        paths = row.name in ("path", "in", "line")
        cut = Qt.TextElideMode.ElideMiddle if paths else Qt.TextElideMode.ElideRight
        self._draw(painter, PAD + NAMES, top, LINE, row.text, self._words, row.token, room, cut)

    def _draw(
        self,
        painter: QPainter,
        x: float,
        y: float,
        height: float,
        text: str,
        font: QFont,
        token: str,
        room: float,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> float:
        """Write a text cut to its room; where it ends."""
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(text, cut, room)
        painter.setFont(font)
        painter.setPen(colour(token))
        area = QRectF(x, y, room + 2, height)
        painter.drawText(
            area, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown
        )
        return x + metrics.horizontalAdvance(shown)


def _width(text: str, font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(text) + 1


def placed(size: QSize, target: QRect, bounds: QRect) -> QPoint | None:
    """Where a card stands beside a target: right, left, below or above it; None for nowhere."""
    inside = bounds.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    if size.width() > inside.width() or size.height() > inside.height():
        return None

    def within(spot: QPoint) -> QPoint:
        x = min(max(spot.x(), inside.left()), inside.right() + 1 - size.width())
        y = min(max(spot.y(), inside.top()), inside.bottom() + 1 - size.height())
        return QPoint(x, y)

    spots = (
        QPoint(target.right() + 1 + AWAY, target.top()),
        QPoint(target.left() - AWAY - size.width(), target.top()),
        QPoint(target.left(), target.bottom() + 1 + AWAY),
        QPoint(target.left(), target.top() - AWAY - size.height()),
    )
    for spot in map(within, spots):
        if not QRect(spot, size).intersects(target):
            return spot
    return None
