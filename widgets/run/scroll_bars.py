"""Narrow scroll bars without buttons, in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractScrollArea

from ..theme import colour, hub

_STYLE = """
QScrollBar:vertical {{ background: transparent; width: 9px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 9px; margin: 0; }}
QScrollBar::handle {{ background: {handle}; border-radius: 2px; margin: 2px 2px 2px 3px; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {hover}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


class SlimBars(QObject):
    """Keeps an area's scroll bars styled; lives as long as the area."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        self._area = area
        hub().changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        style = _STYLE.format(handle=colour("line2").name(), hover=colour("text3").name())
        self._area.verticalScrollBar().setStyleSheet(style)
        self._area.horizontalScrollBar().setStyleSheet(style)
