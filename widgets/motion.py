"""Whether anything on the screen may move by itself."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle

RECENTRE = 160  # ms in which a view comes to rest elsewhere
SELECT = 80  # ms in which a mark comes to what it marks next
HURRY = 250  # ms within which one step follows on another so quickly that nothing glides

_wanted = [False]


def use(wanted: bool) -> None:
    """Let things move where the system has nothing against it, or never. They begin at rest."""
    _wanted[0] = wanted


def moves() -> bool:
    """Both the user and the system let things move."""
    return _wanted[0] and not _system_is_against()


def _system_is_against() -> bool:
    """Qt tells it from 6.12 on; before that, a style that knows it answers 0 ms."""
    owner = QGuiApplication.styleHints()  # PySide takes it that the hints end with this
    asked = getattr(owner.accessibility(), "motionPreference", None)
    if asked is not None and asked().value != 0:
        return True
    return QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


class Pace:
    """Tells steps that come one by one from those that follow quickly on each other.

    The frames of a motion that the next step finds under way would only make that step late.
    """

    def __init__(self) -> None:
        self._since = QElapsedTimer()
        self._quick = False

    def step(self) -> None:
        """One more."""
        self._quick = self._recent
        self._since.start()

    @property
    def hurried(self) -> bool:
        """The last step came quickly on the one before it, and is not long ago."""
        return self._quick and self._recent

    @property
    def _recent(self) -> bool:
        return self._since.isValid() and self._since.elapsed() < HURRY
