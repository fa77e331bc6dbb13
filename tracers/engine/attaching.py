"""`opscope.debug`: a window on what this process runs, for as long as that runs."""

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
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from ..protocol.refusal import Refusal
from .backend import Attached, Attaching, Inputs
from .frameworks import framework_of, loader_of
from .guest import HANDLERS, GuestLive
from .serving import make_server

WINDOW = "OPSCOPE_WINDOW"  # the command of a window, to which --attach PATH is added; "" for none
_TURN = 0.2  # seconds between two looks at whether the window still starts


@dataclass(slots=True)
class _Open:
    """The window that this process has, and whether a run is under way."""

    live: GuestLive | None = None
    running: bool = False
    refused: bool = False  # none came, so none is waited for again
    lock: threading.Lock = field(default_factory=threading.Lock)


_open = _Open()


def debug(model: Any, /, *args: Any, **kwargs: Any) -> Any:
    """With arguments: call the model with them under the debugger, and give what it gives.

    Without: a context manager; what runs inside it (forward, backward, optimizer) is one run.
    """
    if not args and not kwargs:
        return _debugging(model, None)
    with _debugging(model, (args, kwargs)):
        return _call(model, args, kwargs)


def _call(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return model(*args, **kwargs)


@contextlib.contextmanager
def _debugging(model: Any, inputs: Inputs | None) -> Generator[None, None, None]:
    live = None if _open.running else _window()
    program = None if live is None else _program(model, inputs)
    if live is None or program is None:
        yield
        return
    name = type(model).__name__ if not hasattr(model, "__name__") else str(model.__name__)
    recorder = live.begin(program, name)
    if recorder is None:
        yield
        return
    live.release = program.let_go
    _open.running = True
    try:
        try:
            with program.recording(recorder):
                yield
        except Exception as error:
            live.finish(recorder, error)
            raise
        live.finish(recorder)
    finally:
        _open.running = False
        live.release = _nothing


def _program(model: Any, inputs: Inputs | None) -> Attached | None:
    """What the model is to the debugger; a sentence, and None, where it is nothing to it."""
    framework = framework_of(model)
    loader = loader_of(framework) if framework else None
    if not isinstance(loader, Attaching):
        _say(f"a {type(model).__name__} is no model that Opscope can debug; it runs as ever.")
        return None
    try:
        return loader.attach(model, inputs, _name(model))
    except Refusal as error:
        _say(f"{error} It runs as ever.")
        return None


def _name(model: Any) -> str:
    return str(getattr(model, "__name__", type(model).__name__))


def _window() -> GuestLive | None:
    """The window, opened now if there is none; None where none comes."""
    with _open.lock:
        live = _open.live
        if live is not None and live.attached:
            return live
        if _open.refused or live is not None:  # the user has closed it
            return None
        _open.live = _connected()
        _open.refused = _open.live is None
        return _open.live


def _connected() -> GuestLive | None:
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
        _say("no window came; everything runs as ever.")
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


def _accepted(listener: socket.socket, path: str) -> socket.socket | None:
    """The window's connection; None where its program ends before it comes."""
    command = _command()
    if not command:
        _say(f"waiting for a window; open one with: opscope --attach {path}")
        return listener.accept()[0]
    try:
        window = subprocess.Popen(
            [*command, "--attach", path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        _say(f"{command[0]} could not be started: {error.strerror}.")
        return None
    listener.settimeout(_TURN)
    while True:
        try:
            connection = listener.accept()[0]
        except TimeoutError:
            if window.poll() is not None:
                return None
            continue
        connection.settimeout(None)
        return connection


def _command() -> list[str]:
    """How to open a window; empty where the user opens one, on this machine or from another."""
    given = os.environ.get(WINDOW)
    if given is not None:
        return shlex.split(given)
    parts = importlib.util.find_spec("PySide6"), importlib.util.find_spec("opscope.app")
    screen = sys.platform != "linux" or os.environ.get("DISPLAY") or _wayland()
    return [sys.executable, "-m", "opscope"] if all(parts) and screen else []


def _wayland() -> str:
    return os.environ.get("WAYLAND_DISPLAY", "") or os.environ.get("QT_QPA_PLATFORM", "")


def _say(sentence: str) -> None:
    """On standard error, which is the program's own."""
    sys.stderr.write(f"opscope: {sentence}\n")
    sys.stderr.flush()


def _nothing() -> None:
    """Nothing is under way."""
