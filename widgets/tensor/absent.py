"""A value that was let go, and the way to bring it back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from .stage import Stage

GONE = (
    "This value was let go: its memory was needed for newer ones. Its statistics remain. Running"
    " the model again brings it back; the run stays where it is."
)
BRING_BACK = "Run again to get it"


class Absent(QObject):
    """What is said in the place of such a value.

    Attributes:
        gone: it was let go.
        fetching: it is being brought back.

    Signals:
        wanted_back: the user wants to see it.
        given_up: the user waits for it no longer.
    """

    wanted_back = Signal()
    given_up = Signal()

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.gone = self.fetching = False
        stage.notice.pressed.connect(self._press)

    def forget(self) -> None:
        """Another value is shown."""
        self.gone = self.fetching = False

    def say_gone(self) -> None:
        """It was let go: how it can be had."""
        self.gone = True
        self._stage.say(GONE, "history", button=BRING_BACK)

    def say_fetching(self, text: str) -> None:
        """The model runs again to bring it back."""
        self.fetching = True
        self._stage.say(text, "loader", button="Cancel")

    def _press(self) -> None:
        (self.given_up if self.fetching else self.wanted_back).emit()
