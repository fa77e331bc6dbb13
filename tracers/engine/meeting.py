"""Opens a window beside this process, or waits for one, and meets it at a socket."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

from .guest import HANDLERS, GuestLive
from .ranks import is_looked_at
from .saying import say
from .serving import make_server

WINDOW = "OPSCOPE_WINDOW"  # the command of a window, to which --attach PATH is added; "" for none
_TURN = 0.2  # seconds between two looks at whether the window still starts

_windows: list[subprocess.Popen[bytes]] = []  # held, since they outlive whoever started them


def connected() -> GuestLive | None:
    """The line to a window; None where none comes, and where another process is looked at."""
    if not is_looked_at():
        return None
    if not hasattr(socket, "AF_UNIX"):
        say("attaching needs a system with Unix sockets (Linux, macOS); everything runs as ever.")
        return None
    folder = tempfile.mkdtemp(prefix="opscope-")  # nobody else's: its mode is 0700
    path = os.path.join(folder, "socket")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            os.chmod(path, 0o600)
            listener.listen(1)
            connection = _accepted(listener, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if connection is None:
        say("no window came; everything runs as ever.")
        return None
    live = GuestLive(connection)
    server = make_server(live, HANDLERS)

    def read() -> None:
        with contextlib.suppress(OSError):
            server.read()
        live.let_go()
        connection.close()

    threading.Thread(target=read, name="opscope-reader", daemon=True).start()
    os.register_at_fork(after_in_child=live.forked)
    atexit.register(live.let_go)
    return live


def window_command() -> list[str]:
    """How to open a window; empty where the user opens one, on this machine or from another."""
    given = os.environ.get(WINDOW)
    if given is not None:
        return shlex.split(given)
    parts = importlib.util.find_spec("PySide6"), importlib.util.find_spec("opscope.app")
    screen = sys.platform != "linux" or os.environ.get("DISPLAY") or _wayland()
    return [sys.executable, "-m", "opscope"] if all(parts) and screen else []


def _accepted(listener: socket.socket, path: str) -> socket.socket | None:
    """The window's connection; None where its program ends before it comes."""
    command = window_command()
    if not command:
        say(f"waiting for a window; open one with: opscope --attach {path}")
        return listener.accept()[0]
    with tempfile.TemporaryFile() as words:  # the program's own pipes must end when it does
        try:
            window = subprocess.Popen(
                [*command, "--attach", path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=words,
                start_new_session=True,
            )
        except OSError as error:
            say(f"{command[0]} could not be started: {error.strerror}.")
            return None
        _windows.append(window)
        listener.settimeout(_TURN)
        while True:
            try:
                connection = listener.accept()[0]
            except TimeoutError:
                if window.poll() is None:
                    continue
                words.seek(0)
                _say_last(words.read().decode(errors="replace"))
                return None
            connection.settimeout(None)
            return connection


def _say_last(words: str) -> None:
    """What a window that ended had to say, if it said something."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    if lines:
        say(lines[-1].removeprefix("opscope: "))


def _wayland() -> str:
    return os.environ.get("WAYLAND_DISPLAY", "") or os.environ.get("QT_QPA_PLATFORM", "")
