"""The inspector's head: which op, which of its values, what is known of it, what can be done."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from ..theme import colour, hub, theme, ui_font
from .controls import EDGE, Chips, IconButton, WordButton, add_title, rule
from .formatting import count
from .subject import Choice, Subject

HEIGHT = 63
_MOST_IN_MENU = 60


class Header(QWidget):
    """Square, op type, place, the shown value's picker; pin, save, more; chips below.

    Signals:
        chosen: index into Subject.choices.
        pinned: bool.
        save_wanted, cancel_wanted: the user's clicks.
        more_wanted: the menu is about to be shown; fill it.
        edit_wanted: the user's click.
    """

    chosen = Signal(int)
    pinned = Signal(bool)
    save_wanted = Signal()
    cancel_wanted = Signal()
    more_wanted = Signal(QMenu)
    edit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject = Subject()
        self._progress = -1.0
        self.chips = Chips(self)
        self.picker = WordButton("Which value is shown", 12, self)
        self.edit = IconButton("pencil", "Edit this value", self)
        self.edit.hide()
        self.pin = IconButton("pin", "Keep showing this value", self)
        self.pin.setCheckable(True)
        self.save = IconButton("download", "Save as .npy", self)
        self.more = IconButton("ellipsis-vertical", "More", self)
        self._menu = QMenu(self)
        self._menu.setAccessibleName("Which value is shown")
        self._more = QMenu(self)
        self.setFixedHeight(HEIGHT)
        self.picker.clicked.connect(self._open_choices)
        self.edit.clicked.connect(self.edit_wanted)
        self.pin.toggled.connect(self._pin)
        self.save.clicked.connect(self._save)
        self.more.clicked.connect(self._open_more)
        hub().changed.connect(self.update)

    @property
    def subject(self) -> Subject:
        """What is named."""
        return self._subject

    def show_subject(self, subject: Subject, can_save: bool) -> None:
        """Name another value."""
        self._subject = subject
        choice = subject.choice
        has = bool(subject.choices) and subject.choices[0].ref.slot >= 0
        self.edit.setVisible(has and subject.op >= 0)
        self.pin.setVisible(has)
        self.save.setVisible(has)
        self.more.setVisible(has)
        self.allow_save(can_save)
        real = has and choice is not None
        self.picker.setVisible(real and bool(subject.ordinal))
        if choice is not None:
            several = len(subject.choices) > 1 or subject.failed
            told = subject.failed and bool(subject.sentence)
            self.picker.show_text("error" if told else choice.label, opens=several)
        place = ", ".join(part for part in (subject.title, subject.place) if part)
        self.setAccessibleName(f"{place}, op {subject.ordinal}" if subject.ordinal else place)
        self._lay_out()
        self.update()

    def allow_save(self, allowed: bool) -> None:
        """There is, or is not, an array that could be saved."""
        self.save.setEnabled(allowed or self._progress >= 0)

    def show_pinned(self, pinned: bool) -> None:
        """Follow without echoing."""
        was = self.pin.blockSignals(True)
        self.pin.setChecked(pinned)
        self.pin.blockSignals(was)
        name = "Follow the selection again" if pinned else "Keep showing this value"
        self.pin.show_icon("pin-off" if pinned else "pin", name)

    def show_progress(self, share: float) -> None:
        """How much is saved, from 0 to 1; below 0 nothing is being saved."""
        saving = share >= 0
        if saving != (self._progress >= 0):
            name = "Stop saving" if saving else "Save as .npy"
            self.save.show_icon("x" if saving else "download", name)
            self.save.setEnabled(True)
        self._progress = share
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines."""
        return QSize(452, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the parts in their places."""
        self._lay_out()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close the menus with the window."""
        self._menu.close()
        self._more.close()
        super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Square, words, lower line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        subject = self._subject
        left = float(EDGE)
        if subject.category is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().category(subject.category))
            painter.drawRoundedRect(QRectF(left, 14, 8, 8), 2, 2)
            left += 16
        end = self._end()
        painter.setFont(ui_font(14, 600))
        painter.setPen(colour("text1"))
        bold = QFontMetricsF(painter.font())
        title = bold.elidedText(subject.title, Qt.TextElideMode.ElideRight, end - left)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 8, end - left, 20), middle, title)
        left += bold.horizontalAdvance(title) + 9
        painter.setFont(ui_font(12))
        painter.setPen(colour("text3"))
        before, after = self._words()
        painter.drawText(QRectF(left, 8, max(end - left, 0), 20), middle, before)
        if after and self.picker.isVisible():
            painter.drawText(QRectF(self.picker.geometry().right() + 4, 8, 90, 20), middle, after)
        rule(painter, HEIGHT - 1, self.width())
        if self._progress >= 0:
            wide = self.width() * self._progress
            painter.fillRect(QRectF(0, HEIGHT - 2, wide, 2), colour("accent"))

    def _end(self) -> float:
        if self.pin.isHidden():
            return self.width() - float(EDGE)
        return self.width() - (98.0 if self.edit.isHidden() else 126.0)

    def _words(self) -> tuple[str, str]:
        """What stands before and after the picker, as short as the room demands."""
        subject = self._subject
        ordinal = f"op {count(subject.ordinal)}" if subject.ordinal else ""
        title = QFontMetricsF(ui_font(14, 600)).horizontalAdvance(subject.title)
        metrics = QFontMetricsF(ui_font(12))
        room = self._end() - EDGE - (16 if subject.category is not None else 0) - title - 9
        if self.picker.isHidden():
            words = " · ".join(part for part in (subject.place, ordinal) if part)
            return metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(room, 0)), ""
        after = f"· {ordinal}" if ordinal else ""
        room -= self.picker.width()
        if room < metrics.horizontalAdvance(after) + 40:
            after = ""
        room -= metrics.horizontalAdvance(after) + metrics.horizontalAdvance(" · ")
        place = metrics.elidedText(subject.place, Qt.TextElideMode.ElideMiddle, max(room, 0))
        return (f"{place} ·" if len(place) > 1 else ""), after

    def _lay_out(self) -> None:
        self.chips.setGeometry(EDGE, 34, self.width() - 2 * EDGE, 20)
        for place, button in enumerate((self.edit, self.pin, self.save, self.more)):
            button.move(self.width() - 120 + 28 * place, 6)
        title = QFontMetricsF(ui_font(14, 600)).horizontalAdvance(self._subject.title)
        left = EDGE + (16 if self._subject.category is not None else 0) + title + 9
        before, _after = self._words()
        left += QFontMetricsF(ui_font(12)).horizontalAdvance(before)
        self.picker.move(round(left), 8)

    def _pin(self, on: bool) -> None:
        self.show_pinned(on)
        self.pinned.emit(on)

    def _save(self) -> None:
        (self.cancel_wanted if self._progress >= 0 else self.save_wanted).emit()

    def _open_choices(self) -> None:
        self.fill_choices(self._menu)
        self._menu.popup(self.picker.mapToGlobal(self.picker.rect().bottomLeft()))

    def fill_choices(self, menu: QMenu) -> None:
        """Every output and input as an action."""
        menu.clear()
        group = QActionGroup(menu)
        section = ""
        if self._subject.failed:
            message = menu.addAction("error")
            message.triggered.connect(lambda _checked=False: self.chosen.emit(-1))
        for index, choice in enumerate(self._subject.choices[:_MOST_IN_MENU]):
            if choice.group != section:
                section = choice.group
                add_title(menu, section)
            action = QAction(_choice_text(choice), menu)
            action.setCheckable(True)
            told = self._subject.failed and bool(self._subject.sentence)
            action.setChecked(index == self._subject.chosen and not told)
            action.triggered.connect(lambda _checked=False, index=index: self.chosen.emit(index))
            group.addAction(action)
            menu.addAction(action)

    def _open_more(self) -> None:
        self._more.clear()
        self.more_wanted.emit(self._more)
        left = self.more.rect().right() - self._more.sizeHint().width()
        self._more.popup(self.more.mapToGlobal(QPoint(left, self.more.rect().bottom())))


def _choice_text(choice: Choice) -> str:
    words = [choice.label, choice.detail, choice.form]
    return "   ".join(word for word in words if word).replace("&", "&&")
