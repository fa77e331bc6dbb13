"""`opscope.debug`: a window on what this process runs, for as long as that runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from ..protocol.refusal import Refusal
from .backend import Attached, Attaching, Inputs, Program
from .block import Begun, Block
from .frameworks import framework_of, loader_of
from .guest import Find, GuestLive
from .meeting import connected, window_command
from .recorder import Recorder
from .saying import say
from .tracebacks import pass_on


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
        return debugging(model, None)
    try:
        with debugging(model, (args, kwargs)):
            return model(*args, **kwargs)
    except BaseException as error:
        pass_on(error)
        raise


def debugging(model: Any, inputs: Inputs | None) -> Block:
    """As `debug` gives it: what runs inside is one run; `inputs` are those of the only call."""
    return Block(lambda: _begin(model, inputs), _ended)


def _begin(model: Any, inputs: Inputs | None) -> Begun | None:
    """None where a run is under way, which this is part of, and where no window is there."""
    live = None if _open.running else window()
    program = None if live is None else _program(model, inputs)
    if live is None or program is None:
        return None
    with _open.lock:
        if _open.running:  # another thread's
            return None
        _open.running = True
    recorder = None
    try:
        recorder = live.begin(program, _name(model))
    finally:
        if recorder is None:
            _open.running = False
    if recorder is None:
        return None
    live.release = program.let_go
    return Begun(live, program, recorder)


def _ended() -> None:
    _open.running = False
    if _open.live is not None:
        _open.live.release = _nothing
        if _open.live.calls is not None:
            _open.live.calls.changed()


def show(
    program: Program,
    name: str,
    run: Callable[[Recorder], None],
    let_go: Callable[[], None],
    put_back: Callable[[], None],
    find: Find,
) -> None:
    """Record a run in the window, and hold it at its end, where `find` says to look.

    `put_back` is called before that; `let_go` where the window has gone. `find` is not called
    where no window is there at the end.
    """
    live = None if _open.running else window()
    recorder = live.begin(program, name, free=True) if live is not None else None
    if live is None or recorder is None:
        return
    live.release = let_go
    with alone():
        error: Exception | None = None
        try:
            run(recorder)
        except Exception as raised:  # noqa: BLE001 - shown as the run's end
            error = raised
        put_back()
        try:
            live.finish(recorder, error, find)
        finally:
            live.release = _nothing


@contextlib.contextmanager
def alone() -> Generator[None, None, None]:
    """Inside, nothing that the program hands to the debugger is shown."""
    before, _open.running = _open.running, True
    try:
        yield
    finally:
        _open.running = before


def running() -> bool:
    """A run is under way."""
    return _open.running


def attached() -> bool:
    """A window is there."""
    return _open.live is not None and _open.live.attached


def closed() -> bool:
    """No window is there any more, or none came."""
    return _open.refused or (_open.live is not None and not _open.live.attached)


def can_open() -> bool:
    """A window can be opened from here."""
    return bool(window_command()) and not _open.refused


def _program(model: Any, inputs: Inputs | None) -> Attached | None:
    """What the model is to the debugger; a sentence, and None, where it is nothing to it."""
    framework = framework_of(model)
    loader = loader_of(framework) if framework else None
    if not isinstance(loader, Attaching):
        say(f"a {type(model).__name__} is no model that Opscope can debug; it runs as ever.")
        return None
    try:
        return loader.attach(model, inputs, _name(model))
    except Refusal as error:
        say(f"{error} It runs as ever.")
        return None


def _name(model: Any) -> str:
    return str(getattr(model, "__name__", type(model).__name__))


def use(live: GuestLive) -> None:
    """The line that this process has from its start; no window is opened."""
    _open.live = live


def window() -> GuestLive | None:
    """The window, opened now if there is none; None where none comes."""
    with _open.lock:
        live = _open.live
        if live is not None and live.attached:
            return live
        if _open.refused or live is not None:  # the user has closed it
            return None
        _open.live = connected()
        _open.refused = _open.live is None
        return _open.live


def _nothing() -> None:
    """Nothing is under way."""
