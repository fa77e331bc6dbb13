"""The button that the painted panes have: an icon, nothing around it."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from .theme import colour, hub, icon


class IconButton(QToolButton):
    """24 px wide and high; follows the theme."""

    def __init__(self, name: str, says: str, parent: QWidget, token: str = "text2") -> None:
        super().__init__(parent)
        self._name, self._token = name, token
        self.setToolTip(says)
        self.setAccessibleName(says)
        self.setAutoRaise(True)
        self.setFixedSize(24, 24)
        hub().changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setIcon(icon(self._name, self._token))
        self.setStyleSheet(
            "QToolButton { border: none; border-radius: 6px; background: transparent; }"
            f"QToolButton:hover {{ background: {colour('hover').name()}; }}"
        )
