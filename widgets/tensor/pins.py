"""The values that stay at hand: a tab for each beside the selection's, and what is subtracted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QTabBar, QWidget

from ..theme import colour, hub, theme, ui_font
from .controls import EDGE, IconButton, WordButton, add_title, rule
from .subject import Subject

HEIGHT = 32
MOST = 12
MINUS = "\u2212"


class PinBar(QWidget):
    """Hidden while nothing is pinned.

    Signals:
        picked: int; the tab that the user wants, 0 for the selection's.
        closed: int; the pin that is no longer wanted, counted from 0.
        difference_wanted: int; the pin that the shown value is subtracted from, -1 for none.
    """

    picked = Signal(int)
    closed = Signal(int)
    difference_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._first = -1
        self.tabs = QTabBar(self)
        self.tabs.setAccessibleName("Pinned values")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setFont(ui_font(11))
        self.tabs.addTab("Selection")
        self.minus = WordButton("What the shown value is subtracted from", 11, self)
        self._menu = QMenu(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE - 6, 3, EDGE - 6, 3)
        row.setSpacing(6)
        row.addWidget(self.tabs, 1)
        row.addWidget(self.minus)
        self.setFixedHeight(HEIGHT)
        self.hide()
        self.tabs.currentChanged.connect(self.picked)
        self.minus.clicked.connect(self._open)
        hub().changed.connect(self._recolour)
        self._recolour()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the pins."""
        return self._names

    def show_pins(self, names: Sequence[str], current: int, first: int) -> None:
        """Follow without echoing: the pins, the tab that is on, the pin that is subtracted from."""
        self._first = first
        with QSignalBlocker(self.tabs):
            if tuple(names) != self._names:
                self._names = tuple(names)
                while self.tabs.count() > 1:
                    self.tabs.removeTab(1)
                for place, name in enumerate(self._names):
                    self.tabs.addTab(name.replace("&", "&&"))
                    self.tabs.setTabToolTip(place + 1, name)
                    close = IconButton("x", f"Unpin {name}", self.tabs, 16)
                    close.clicked.connect(lambda _on=False, place=place: self.closed.emit(place))
                    self.tabs.setTabButton(place + 1, QTabBar.ButtonPosition.RightSide, close)
            self.tabs.setCurrentIndex(current)
        self.minus.show_text(f"A {MINUS} B")
        self.setVisible(bool(self._names))

    def fill_menu(self, menu: QMenu) -> None:
        """Every pin that the shown value can be subtracted from."""
        menu.clear()
        add_title(menu, f"A {MINUS} B, where B is what is shown")
        group = QActionGroup(menu)
        for place, name in enumerate(("No difference", *self._names), -1):
            text = name if place < 0 else f"A = {name}"
            action = QAction(text.replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(place == self._first)
            action.triggered.connect(
                lambda _checked=False, place=place: self.difference_wanted.emit(place)
            )
            group.addAction(action)
            menu.addAction(action)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(372, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        rule(painter, self.height() - 1, self.width())

    def _open(self) -> None:
        self.fill_menu(self._menu)
        self._menu.popup(self.minus.mapToGlobal(self.minus.rect().bottomLeft()))

    def _recolour(self) -> None:
        look = theme()
        self.tabs.setStyleSheet(
            "QTabBar { border: none; background: transparent; }"
            f"QTabBar::tab {{ color: {look.text2}; background: transparent; border: none;"
            " border-radius: 6px; padding: 3px 8px; margin-right: 3px; max-width: 140px; }"
            f"QTabBar::tab:selected {{ color: {look.text1}; background: {look.selection}; }}"
            f"QTabBar::tab:hover:!selected {{ background: {look.hover}; }}"
            f"QTabBar::tab:focus {{ color: {look.accent}; }}"
        )
        self.update()


def pin_name(subject: Subject) -> str:
    """ "softmax, op 31"; the output too where it is not the first."""
    choice = subject.choice
    words = subject.title
    if choice is not None and subject.ordinal and choice.label != "output 0":
        words = f"{words} {choice.label}"
    return f"{words}, op {subject.ordinal:,}" if subject.ordinal else words
