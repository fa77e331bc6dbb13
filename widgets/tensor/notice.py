"""What stands in the place of a picture: a sentence, one number, or text."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QStackedLayout, QWidget

from ..theme import colour, hub, mono_font, paint_icon, theme, ui_font

_WIDEST = 300
_FLAGS = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap


class Sentence(QWidget):
    """An icon and a sentence in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._icon = ""
        self._token = "text2"
        hub().changed.connect(self.update)

    @property
    def text(self) -> str:
        """The sentence."""
        return self._text

    def show_sentence(self, text: str, icon: str = "", token: str = "text2") -> None:
        """Say something else."""
        self._text, self._icon, self._token = text, icon, token
        self.setAccessibleName(text)
        self.update()

    def bottom(self) -> float:
        """Where the text ends."""
        top, tall = self._measure()
        return top + tall + (36 if self._icon else 0)

    def _measure(self) -> tuple[float, float]:
        """(top of the icon, height of the text)."""
        space = QRectF(0, 0, self._width(), 400)
        tall = QFontMetricsF(ui_font(12)).boundingRect(space, int(_FLAGS), self._text).height()
        block = tall + (36 if self._icon else 0)
        return max((self.height() - block) / 2 - 12, 8), tall

    def _width(self) -> int:
        return min(_WIDEST, self.width() - 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Icon above text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(12))
        width, flags = self._width(), _FLAGS
        top, tall = self._measure()
        middle = self.width() / 2
        if self._icon:
            tint = colour("text3" if self._token == "text2" else self._token)
            paint_icon(painter, self._icon, QRectF(middle - 12, top, 24, 24), tint)
            top += 36
        painter.setPen(colour(self._token))
        painter.drawText(QRectF(middle - width / 2, top, width, tall + 8), int(flags), self._text)


class BigNumber(QWidget):
    """The only element of a value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value, self._exact, self._token = "", "", "text1"
        hub().changed.connect(self.update)

    @property
    def value(self) -> str:
        """What is written large."""
        return self._value

    def show_value(self, value: str, exact: str, token: str) -> None:
        """Show another number; `exact` has all its digits."""
        self._value, self._exact, self._token = value, exact, token
        self.setAccessibleName(f"Value {exact}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The number, and its digits below."""
        painter = QPainter(self)
        middle = self.height() / 2 - 18
        size = 32
        while size > 16:
            width = QFontMetricsF(ui_font(size, 600)).horizontalAdvance(self._value)
            if width <= self.width() - 28:
                break
            size -= 2
        painter.setFont(ui_font(size, 600))
        painter.setPen(colour(self._token))
        top = QRectF(0, middle - 26, self.width(), 40)
        painter.drawText(top, Qt.AlignmentFlag.AlignCenter, self._value)
        if self._exact != self._value:
            painter.setFont(mono_font(12))
            painter.setPen(colour("text3"))
            below = QRectF(0, middle + 18, self.width(), 20)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._exact)


class Notice(QWidget):
    """One of: a sentence, with a button where something can be done; a number; a text.

    Signals:
        pressed: the button below the sentence.
    """

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = Sentence(self)
        self.number = BigNumber(self)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setFont(mono_font(12))
        self.text.setAccessibleName("Value")
        self.text.setTabChangesFocus(True)
        self.button = QPushButton(self.sentence)
        self.button.clicked.connect(self.pressed)
        self.button.hide()
        self._layers = QStackedLayout(self)
        for layer in (self.sentence, self.number, self.text):
            self._layers.addWidget(layer)
        hub().changed.connect(self._recolour)
        self._recolour()

    def say(self, text: str, icon: str = "", token: str = "text2", button: str = "") -> None:
        """Show a sentence; `button` is what can be done about it, "" for nothing."""
        self.sentence.show_sentence(text, icon, token)
        self._layers.setCurrentWidget(self.sentence)
        self.button.setVisible(bool(button))
        if button:
            self.button.setText(button)
            self.button.adjustSize()
            self._place_button()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button stays below the sentence."""
        super().resizeEvent(event)
        self._place_button()

    def _place_button(self) -> None:
        if not self.button.isHidden():
            left = (self.width() - self.button.width()) // 2
            self.button.move(left, round(self.sentence.bottom()) + 8)

    def show_number(self, value: str, exact: str, token: str = "text1") -> None:
        """Show one number."""
        self.number.show_value(value, exact, token)
        self._layers.setCurrentWidget(self.number)

    def show_text(self, text: str) -> None:
        """Show a text that may be long."""
        self.text.setPlainText(text)
        self._layers.setCurrentWidget(self.text)

    def shows(self) -> QWidget | None:
        """The one that is shown."""
        return self._layers.currentWidget()

    def _recolour(self) -> None:
        look = theme()
        self.text.setStyleSheet(
            f"QPlainTextEdit {{ background: {look.panel}; color: {look.text1}; padding: 8px; }}"
        )
