"""The line of view tabs, with the colours' name at its end."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QWidget

from ..theme import hub
from .colours import Look, Palette, Range, Scale
from .controls import EDGE, IconButton, TabButton, WordButton, add_title, rule

_HEIGHT = 34
_GAP, _NARROW = 18, 9


class View(Enum):
    """The ways to look at a value."""

    HEAT = "Heat map"
    IMAGES = "Images"
    TABLE = "Table"
    HISTOGRAM = "Histogram"
    PASSES = "Passes"
    RUNS = "Runs"


_ICONS = {
    View.HEAT: "grid-3x3",
    View.IMAGES: "layout-grid",
    View.TABLE: "table-2",
    View.HISTOGRAM: "chart-column-big",
    View.PASSES: "repeat",
    View.RUNS: "history",
}
_FIRST = {"Plot": "chart-line", "Value": "hash"}  # what the first view is where it is no picture


class ViewTabs(QWidget):
    """One tab per view.

    Signals:
        view_picked: View, on the user's clicks only.
        look_picked: Look; other colours.
        going: bool; an index is to be typed, elements gone to.
    """

    view_picked = Signal(object)
    look_picked = Signal(object)
    going = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = Look()
        self._group = QButtonGroup(self)
        self.tabs: dict[View, TabButton] = {}
        for view in View:
            tab = TabButton(_ICONS[view], view.value, self)
            tab.clicked.connect(lambda _checked=False, view=view: self.view_picked.emit(view))
            self._group.addButton(tab)
            self.tabs[view] = tab
        self.tabs[View.HEAT].setChecked(True)
        self.look = WordButton("Colours and their range", 11, self)
        self.go = IconButton("crosshair", "Type an index, go to elements", self)
        self.go.setCheckable(True)
        self.go.toggled.connect(self.going)
        self.origin = IconButton("route", "Where from: what the picked element came from", self)
        self._menu = QMenu(self)
        self.look.clicked.connect(self._open)
        self.setFixedHeight(_HEIGHT)
        hub().changed.connect(self.update)

    def show_view(self, view: View, offered: frozenset[View], first: str) -> None:
        """Follow: which view is on, which there are, and what the first is called."""
        for one, tab in self.tabs.items():
            tab.setVisible(one in offered)
        self.tabs[view].setChecked(True)
        self.tabs[View.HEAT].rename(_FIRST.get(first, _ICONS[View.HEAT]), first)
        self._lay_out()

    def show_look(self, look: Look, name: str) -> None:
        """Follow: the colours' name, "" where there are none."""
        self._look = look
        self.look.setVisible(bool(name))
        if name:
            self.look.show_text(name)
        self._lay_out()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(372, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        rule(QPainter(self), _HEIGHT - 1, self.width())

    def fill_menu(self, menu: QMenu) -> None:
        """Every choice of colours as an action."""
        menu.clear()
        for title, kind, current in (
            ("Colours", Palette, self._look.palette),
            ("Range", Range, self._look.range),
            ("Scale", Scale, self._look.scale),
        ):
            add_title(menu, title)
            group = QActionGroup(menu)
            for option in kind:
                if option is Range.CHOSEN and self._look.range is not option:
                    continue  # the handles of the colour bar choose it
                action = QAction(option.value.capitalize(), menu)
                action.setCheckable(True)
                action.setChecked(option is current)
                action.triggered.connect(lambda _checked=False, option=option: self._choose(option))
                group.addAction(action)
                menu.addAction(action)

    def _choose(self, option: Palette | Range | Scale) -> None:
        look = self._look
        if isinstance(option, Palette):
            look = replace(look, palette=option)
        elif isinstance(option, Range):
            look = replace(look, range=option)
        else:
            look = replace(look, scale=option)
        self._look = look
        self.look_picked.emit(look)

    def _open(self) -> None:
        self.fill_menu(self._menu)
        self._menu.popup(self.look.mapToGlobal(self.look.rect().bottomLeft()))

    def _lay_out(self) -> None:
        tabs = [tab for tab in self.tabs.values() if not tab.isHidden()]
        for tab in tabs:
            tab.show_words(True)
        look = 0 if self.look.isHidden() else self.look.width() + 4
        self.go.move(self.width() - EDGE - 22, 4)
        self.origin.move(self.width() - EDGE - 48, 4)
        room = self.width() - 2 * EDGE - 52
        words = sum(tab.width() for tab in tabs)
        gaps = max(len(tabs) - 1, 1)
        gap = min(max((room + 8 - look - words) // gaps, _NARROW), _GAP)
        if words + gap * gaps > room:
            gap = _GAP
            for tab in tabs:
                tab.show_words(tab.isChecked())
            words = sum(tab.width() for tab in tabs)
        left = EDGE
        for tab in tabs:
            tab.move(left, 0)
            left += tab.width() + gap
        words += gap * gaps
        fits = words + look <= room + 8
        self.look.move(self.width() - EDGE - look - 44 if fits else self.width() + 10, 7)
