"""Pausing a model that comes to no op for a while, and where it then stands."""

from __future__ import annotations

import inspect
import signal
import threading
from collections.abc import Callable
from types import FrameType

from ..ir import Place
from .backend import Cancellable, Located
from .frames import python_lines, user_line
from .gate import Stack
from .loaded import Loaded

PATIENCE = 0.2  # seconds that a pause waits for the next op before it stops inside plain Python


Listener = Callable[[int, FrameType | None], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """From now on the model's thread, which is the main one, can be interrupted."""
    _listeners[:] = [listener]
    signal.signal(signal.SIGUSR1, listener)


def is_heard() -> bool:
    """The model has not taken the signal for itself, whatever it would then do."""
    return signal.getsignal(signal.SIGUSR1) in _listeners


def insist(loaded: Loaded) -> None:
    """Interrupt the model's thread, where the pause is not over by then."""
    main = threading.main_thread().ident
    assert main is not None

    def late() -> None:
        if loaded.gate.pausing:
            break_off(loaded)
            if is_heard():
                signal.pthread_kill(main, signal.SIGUSR1)

    timer = threading.Timer(PATIENCE, late)
    timer.daemon = True
    timer.start()


def break_off(loaded: Loaded) -> None:
    """End a loop that runs as one op."""
    if isinstance(loaded.program, Cancellable):
        loaded.program.cancel()


def place_in_python(loaded: Loaded, frame: FrameType | None) -> Place:
    """Between two ops, in the innermost scope, on the user's line."""
    run = loaded.run
    inner = max((n for n, end in enumerate(loaded.watch.log.ends) if end < 0), default=0)
    source = loaded.builder.source(user_line(frame))
    return Place(len(run.records), -1, run.frames[inner].scope, inner, source)


def stack_for_lines(loaded: Loaded) -> Stack:
    """The gate's, for line breakpoints: the user's Python frames, else the op's line."""
    if isinstance(loaded.program, Located):
        return [(file, line, visit) for _, file, line, visit in loaded.program.stack()]
    found = python_lines(inspect.currentframe(), loaded.gate.files)
    head = loaded.run.head
    if found or head.source < 0:
        return found
    row = loaded.run.graph.sources[head.source]
    return [(row.file, row.line, head.frame)]
