"""One banner: a strip of one line, or a card with a sign, a title, a text and buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from ..theme import colour, hub, icon, paint_icon, ui_font
from .painting import Face, draw_text, face, fill_round, mix

_STRIP = 34
_CARD = 64
_MARGIN = 14
_INSET = 23  # above and below the lines of a card together
_TITLE, _TEXT, _GAP = 20, 20, 1  # heights of a line, and what parts title and text
_WORDS = 60.0  # where the words of a card begin
_BUTTON, _CROSS = 28, 24
_LEAST = 220  # px of words; with less, the buttons go below them
_MOST_TITLE, _MOST_TEXT = 3, 8  # lines


@dataclass(frozen=True, slots=True)
class Message:
    """What a banner says.

    Attributes:
        token: the colour of its sign and outline.
        title, text: sentences; a card wraps them, the strip has one line.
        buttons: (words, what they do); the first is the primary one.
        strip: one line over the whole width, for what is no trouble.
    """

    icon: str
    token: str
    title: str
    text: str = ""
    buttons: tuple[tuple[str, Callable[[], None]], ...] = ()
    strip: bool = False
    closable: bool = True


def wrapped(text: str, faced: Face, room: float, most: int) -> list[str]:
    """A text in lines of whole words, new ones where it has line ends; the last line takes the rest
    where more would be needed."""
    lines: list[str] = []
    for part in text.split("\n"):
        first = len(lines)
        for word in part.split():
            longer = f"{lines[-1]} {word}" if len(lines) > first else word
            if len(lines) > first and faced.width(longer) <= room:
                lines[-1] = longer
            elif len(lines) < most:
                lines.append(word)
            else:
                rest = " ".join(text.split())
                told = len(" ".join(lines[:-1]))
                lines[-1] = rest[told:].strip()
                return lines
    return lines


class Banner(QWidget):
    """One message.

    Signals:
        closed: its × was pressed.
    """

    closed = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self._title: list[str] = []
        self._text: list[str] = []
        self._room = 0.0
        self._below = False  # the buttons stand below the words
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(message.text)
        self.setToolTip("\n".join(part for part in (message.title, message.text) if part))
        self.buttons = [self._button(words, run) for words, run in message.buttons]
        self.close_button = QToolButton(self)
        self.close_button.setAccessibleName("Close")
        self.close_button.setFixedSize(_CROSS, _CROSS)
        self.close_button.setVisible(message.closable and not message.strip)
        self.close_button.clicked.connect(self.closed)
        hub().changed.connect(self.restyle)
        self.restyle()
        self.fit(400)

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def lines(self) -> tuple[list[str], list[str]]:
        """The lines of title and text as they are painted."""
        return self._title, self._text

    def fit(self, width: int) -> None:
        """Wrap the words at a width, and take the height that they need."""
        if self.message.strip:
            self._title = [self.message.title]
            self.setFixedHeight(_STRIP)
            return
        right = width - _MARGIN - 10 - (0 if self.close_button.isHidden() else _CROSS + 8)
        beside = sum(button.sizeHint().width() + 8 for button in self.buttons)
        room = right - _MARGIN - _WORDS - 8
        self._below = bool(self.buttons) and room - beside < _LEAST
        if not self._below:
            room -= beside
        title, text = face(14, 600), face(12)
        self._title = wrapped(self.message.title, title, room, _MOST_TITLE)
        self._text = wrapped(self.message.text, text, room, _MOST_TEXT)
        self._room = room
        self.setFixedHeight(round(self._card_height()) + _MARGIN)
        self._place_buttons()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_buttons()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        message, card = self.message, self._card()
        tint = colour(message.token)
        if message.strip:
            end = min((button.x() for button in self.buttons), default=self.width()) - 12.0
            middle = card.center().y()
            painter.fillRect(self.rect(), colour("selection"))
            painter.setPen(colour("line"))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
            paint_icon(painter, message.icon, QRectF(15, middle - 8, 16, 16), tint)
            draw_text(painter, 39, middle, message.title, face(12, 500), colour("text1"), end - 39)
        else:
            painter.setPen(QPen(mix(tint, colour("panel"), 0.75), 1))
            painter.setBrush(colour("raised"))
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
            top = card.top() + (_CARD - 32) / 2
            sign = QRectF(card.left() + 14, top, 32, 32)
            fill_round(painter, sign, 8, mix(tint, colour("panel"), 0.14))
            paint_icon(painter, message.icon, sign.adjusted(8, 8, -8, -8), tint)
            self._paint_words(painter, card)
        painter.end()

    def _paint_words(self, painter: QPainter, card: QRectF) -> None:
        x = card.left() + _WORDS
        y = card.top() + max(_INSET / 2, (_CARD - self._words_height()) / 2)
        for line in self._title:
            draw_text(painter, x, y + _TITLE / 2, line, face(14, 600), colour("text1"), self._room)
            y += _TITLE
        y += _GAP
        for line in self._text:
            draw_text(painter, x, y + _TEXT / 2, line, face(12), colour("text2"), self._room)
            y += _TEXT

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        strip = self.message.strip
        for number, button in enumerate(self.buttons):
            if strip:
                look = f"color: {colour('accent').name()}; background: transparent; border: none;"
                look += " padding: 0; min-height: 0;"
                over = "text-decoration: underline;"
            elif number == 0:
                look = (
                    f"color: {colour('on_accent').name()}; background: {colour('accent').name()};"
                    " border: none; border-radius: 6px; padding: 0 12px; min-height: 0;"
                )
                over = f"background: {colour('accent').lighter(108).name()};"
            else:
                look = (
                    f"color: {colour('text1').name()}; background: transparent;"
                    f" border: 1px solid {colour('line2').name()}; border-radius: 6px;"
                    " padding: 0 12px; min-height: 0;"
                )
                over = f"background: {colour('hover').name()};"
            ring = f"border: 2px solid {colour('text1' if number == 0 else 'accent').name()};"
            ring += " padding: 0 10px;"
            button.setStyleSheet(
                f"QPushButton {{ {look} }} QPushButton:hover {{ {over} }}"
                f" QPushButton:focus {{ {ring if not strip else over} }}"
            )
        self.close_button.setIcon(icon("x", "text3"))
        self.close_button.setStyleSheet(
            "QToolButton { border: none; border-radius: 6px; background: transparent; }"
            f"QToolButton:hover {{ background: {colour('hover').name()}; }}"
        )
        self.update()

    def _words_height(self) -> float:
        gap = _GAP if self._text else 0
        return _TITLE * len(self._title) + gap + _TEXT * len(self._text)

    def _card_height(self) -> float:
        words = max(self._words_height() + _INSET, _CARD)
        return words + (_BUTTON + 4 if self._below else 0)

    def _card(self) -> QRectF:
        if self.message.strip:
            return QRectF(self.rect())
        return QRectF(_MARGIN, _MARGIN, max(self.width() - 2 * _MARGIN, 0), self._card_height())

    def _place_buttons(self) -> None:
        card = self._card()
        right = card.right() - 10
        middle = card.top() + _CARD / 2 if not self.message.strip else card.center().y()
        if not self.close_button.isHidden():
            self.close_button.move(round(right - _CROSS), round(middle - _CROSS / 2))
            right -= _CROSS + 8
        height = 22 if self.message.strip else _BUTTON
        if self._below:
            left, top = card.left() + _WORDS, card.bottom() - _BUTTON - 12
            for button in self.buttons:
                width = button.sizeHint().width()
                button.setGeometry(round(left), round(top), width, height)
                left += width + 8
            return
        for button in reversed(self.buttons):
            width = button.sizeHint().width()
            button.setGeometry(round(right - width), round(middle - height / 2), width, height)
            right -= width + 8

    def _button(self, words: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        button.setFont(ui_font(12, 600))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(run)
        return button
