"""Sees a widget's events without overriding `event`.

An override of `QWidget.event` in Python puts a Python call between Qt and every other handler of
the widget, and shiboken 6.11 on Python 3.11 crashes when a handler below such a call raises.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

Handler = Callable[[QEvent], bool]


class _Watch(QObject):
    """Lives as long as the widget."""

    def __init__(self, widget: QWidget, handler: Handler) -> None:
        super().__init__(widget)
        self._handler = handler

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True where the handler took the event."""
        return self._handler(event)


def watch(widget: QWidget, handler: Handler) -> None:
    """Call `handler` with every event of a widget, first; True keeps it from the widget."""
    widget.installEventFilter(_Watch(widget, handler))
