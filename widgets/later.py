"""Repaints what the user looks at second, after the op, its value and its line are on screen."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

LATER_MS = 25


class Later(QTimer):
    """Repaints a widget once, 25 ms after the first wish; wishes in between cost nothing."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, singleShot=True, interval=LATER_MS)
        self.timeout.connect(widget.update)

    def wish(self) -> None:
        """Repaint the widget soon."""
        if not self.isActive():
            self.start()
