"""Notices a model that was let go and has not been heard of since."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

MOVES = frozenset({"continue", "next", "stepIn", "stepOut"})
_PATIENCE_MS = 250


class SettingOff(QObject):
    """A model that computes without letting go of its interpreter cannot say that it runs."""

    def __init__(self, runs: Callable[[], None], parent: QObject) -> None:
        """`runs` is called where a model has been let go, and nothing has come of that yet."""
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._timer.timeout.connect(runs)

    def answered(self, _message: object, _blob: object) -> None:
        """The request that lets it go was granted."""
        self._timer.start()

    def heard(self) -> None:
        """The model has said where it stands."""
        self._timer.stop()
