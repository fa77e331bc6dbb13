"""Where another client joins: a private line, and the window that is opened to come over it."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys

from ..protocol.private_line import Listener

WINDOW = "OPSCOPE_WINDOW"  # the command of a window, to which --join PATH is added; "" for none

_windows: list[subprocess.Popen[bytes]] = []  # held, since they outlive the adapter


class Door:
    """Open until `close`; clients come one after the other.

    Raises Refusal where this system has no private lines.
    """

    def __init__(self) -> None:
        self._listener = Listener()

    @property
    def address(self) -> str:
        """What a client must name."""
        return self._listener.address

    @property
    def descriptor(self) -> int:
        """Can be read when somebody stands before it."""
        return self._listener.descriptor

    def accept(self) -> int | None:
        """The descriptor of a client's line, None where it has gone already."""
        return self._listener.accept()

    def open_window(self) -> bool:
        """A window that joins; False where none can be opened here."""
        command = window_command()
        if not command:
            return False
        try:
            window = subprocess.Popen(
                [*command, "--join", self.address],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        _windows.append(window)
        return True

    def close(self) -> None:
        """Nobody comes any more."""
        self._listener.close()


def window_command() -> list[str]:
    """How to open a window; empty where the user opens one, or there is no screen."""
    given = os.environ.get(WINDOW)
    if given is not None:
        return shlex.split(given)
    parts = importlib.util.find_spec("PySide6"), importlib.util.find_spec("opscope.app")
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    screen = sys.platform != "linux" or any(os.environ.get(name) for name in named)
    return [sys.executable, "-m", "opscope"] if all(parts) and screen else []
