"""Painted controls of the comparison's bar: a button with words, a switch, a choice, a figure."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMenu, QWidget

from ..run.painting import draw_text, face, fill_round
from ..theme import colour, hub, paint_icon, theme, ui_font

HEIGHT = 30
_ICON, _GAP, _SIDE = 16, 8, 10
_BARE = 30


def _ring(painter: QPainter, rect: QRectF, token: str = "accent", radius: float = 6) -> None:
    painter.setPen(QPen(colour(token), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


class WordButton(QAbstractButton):
    """An icon and a word; the word goes where there is little room."""

    def __init__(
        self, icon: str, text: str, tip: str, parent: QWidget | None = None, primary: bool = False
    ) -> None:
        super().__init__(parent)
        self._icon, self._primary, self._words = icon, primary, True
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_words(True)
        hub().changed.connect(self.update)

    def show_words(self, shown: bool) -> None:
        """With its word, or the icon alone."""
        self._words = shown
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as icon and word need."""
        if not self._words:
            return QSize(_BARE, HEIGHT)
        weight = 600 if self._primary else 500
        width = QFontMetricsF(ui_font(12, weight)).horizontalAdvance(self.text())
        return QSize(round(width) + _ICON + _GAP + 2 * _SIDE + 2, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, ring, icon, word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        live, over = self.isEnabled(), self.underMouse()
        tint = colour("text1" if live else "not_run")
        if self._primary and live:
            ground = colour("accent")
            tint = colour("on_accent")
            if self.isDown() or over:
                ground = ground.darker(110) if self.isDown() else ground.lighter(107)
            fill_round(painter, box, 6, ground)
        elif live and (over or self.isDown()):
            fill_round(painter, box, 6, colour("selection" if self.isDown() else "hover"))
        if self.hasFocus():
            _ring(painter, box, "text1" if self._primary else "accent")
        left = _SIDE if self._words else (self.width() - _ICON) / 2
        paint_icon(painter, self._icon, QRectF(left, (HEIGHT - _ICON) / 2, _ICON, _ICON), tint)
        if self._words:
            faced = face(12, 600 if self._primary else 500)
            draw_text(painter, left + _ICON + _GAP, HEIGHT / 2, self.text(), faced, tint)
        painter.end()


class Switch(QAbstractButton):
    """On or off, with its word beside it."""

    def __init__(self, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = True
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(tip)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())
        hub().changed.connect(self.update)

    def show_words(self, shown: bool) -> None:
        """With its word, or alone."""
        self._words = shown
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """The switch and the word."""
        if not self._words:
            return QSize(36, HEIGHT)
        width = QFontMetricsF(ui_font(12)).horizontalAdvance(self.text())
        return QSize(round(width) + 48, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A track with a knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        track = QRectF(3, HEIGHT / 2 - 8, 28, 16)
        fill_round(painter, track, 8, colour("accent" if on else "line2"))
        x = track.right() - 14 if on else track.left() + 2
        knob = colour("on_accent") if on and theme().name == "light" else colour("canvas")
        if not on:
            knob = colour("text2") if theme().name == "dark" else colour("panel")
        elif theme().name == "dark":
            knob = colour("text1")
        fill_round(painter, QRectF(x, track.top() + 2, 12, 12), 6, knob)
        if self.hasFocus():
            _ring(painter, track.adjusted(-3, -3, 3, 3), radius=10)
        if self._words:
            draw_text(painter, 40, HEIGHT / 2, self.text(), face(12, 500), colour("text1"))
        painter.end()


class Choice(QAbstractButton):
    """One of a few, in a menu.

    Signals:
        picked: str, the key of what the user chose.
    """

    picked = Signal(str)

    def __init__(self, name: str, rows: dict[str, tuple[str, str]], parent: QWidget) -> None:
        """`rows`: by key, the words and the hint of each."""
        super().__init__(parent)
        self._rows, self._key = rows, next(iter(rows))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self._actions: dict[str, QAction] = {}
        group = QActionGroup(self)
        for key, (words, hint) in rows.items():
            action = self.menu.addAction(words)
            action.setCheckable(True)
            action.setToolTip(hint)
            action.triggered.connect(lambda _checked=False, key=key: self.picked.emit(key))
            group.addAction(action)
            self._actions[key] = action
        self.clicked.connect(self._open)
        widest = max(face(12, 600).width(words) for words, _ in rows.values())
        self.setFixedSize(round(widest) + 40, 28)
        hub().changed.connect(self.update)
        self.show_key(self._key)

    @property
    def key(self) -> str:
        """What is chosen."""
        return self._key

    def show_key(self, key: str) -> None:
        """Follow without echoing."""
        self._key = key
        self._actions[key].setChecked(True)
        words, hint = self._rows[key]
        self.setText(words)
        self.setToolTip(hint)
        self.setAccessibleDescription(words)
        self.update()

    def allow(self, keys: set[str]) -> None:
        """The others are not known of any pair."""
        for key, action in self._actions.items():
            action.setEnabled(key in keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose the one before or after."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        keys = [key for key, action in self._actions.items() if action.isEnabled()]
        at = keys.index(self._key) + step if self._key in keys else 0
        if 0 <= at < len(keys):
            self.picked.emit(keys[at])

    def paintEvent(self, event: QPaintEvent) -> None:
        """A field with a chevron."""
        painter = QPainter(self)
        _paint_field(painter, QRectF(self.rect()), self.hasFocus())
        draw_text(painter, 11, self.height() / 2, self.text(), face(12, 500), colour("text1"))
        spot = QRectF(self.width() - 23, self.height() / 2 - 7, 14, 14)
        paint_icon(painter, "chevron-down", spot, colour("text2"))
        painter.end()

    def _open(self) -> None:
        self.menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))


class Figure(QWidget):
    """A number that can be typed, or chosen from a menu.

    Signals:
        typed: str, on the user's input only.
    """

    typed = Signal(str)

    def __init__(self, name: str, offers: tuple[str, ...], tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setAccessibleName(name)
        self.edit.setToolTip(tip)
        self.edit.setFrame(False)
        self.edit.setFont(ui_font(12, 500))
        self.edit.editingFinished.connect(self._finish)
        self.edit.textChanged.connect(self.update)
        self.menu = QMenu(self)
        for text in offers:
            self.menu.addAction(text).triggered.connect(
                lambda _checked=False, text=text: self.typed.emit(text)
            )
        self.button = Chevron(f"{name}: choose", self)
        self.button.clicked.connect(self._open)
        self.setFixedSize(86, 28)
        self.edit.setGeometry(9, 3, 52, 22)
        self.button.setGeometry(61, 2, 23, 24)
        self._shown = ""
        hub().changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: str) -> None:
        """Follow without echoing."""
        self._shown = text
        self.edit.setText(text)
        self.edit.setModified(False)
        self.edit.setCursorPosition(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field."""
        painter = QPainter(self)
        _paint_field(painter, QRectF(self.rect()), self.edit.hasFocus())
        painter.end()

    def _finish(self) -> None:
        if self.edit.isModified():
            self.typed.emit(self.edit.text())

    def _open(self) -> None:
        self.menu.popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def _restyle(self) -> None:
        self.edit.setStyleSheet(
            "QLineEdit { border: none; padding: 0; margin: 0; min-height: 0;"
            f" background: transparent; color: {theme().text1};"
            f" selection-background-color: {theme().accent};"
            f" selection-color: {theme().on_accent}; }}"
        )
        self.update()


class Chevron(QAbstractButton):
    """A chevron that opens a menu."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chevron."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            _ring(painter, QRectF(self.rect()), radius=4)
        paint_icon(painter, "chevron-down", QRectF(4, 5, 14, 14), colour("text2"))
        painter.end()


def _paint_field(painter: QPainter, rect: QRectF, focused: bool) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = colour("line2") if theme().name == "light" else colour("field")
    painter.setPen(QPen(colour("accent"), 2) if focused else QPen(edge, 1))
    painter.setBrush(colour("field"))
    inset = 1.0 if focused else 0.5
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), 6, 6)
