"""`opscope.breakpoint`: a place in the user's own code where a run stops and shows a value."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Protocol, cast, runtime_checkable

from ..ir import Place, Ref, SourceLine
from ..protocol.refusal import Refusal
from . import attaching
from .backend import Attached, Attaching
from .expressions import Expression
from .frameworks import framework_of, loaded, loader_of
from .gate import Command, Gate, Move
from .guest import GuestLive
from .operands import Functions
from .recorder import Recorder
from .saying import say
from .user_frames import Framed

TYPE = "breakpoint"  # of the record that holds the value

_PLAIN = (bool, int, float, complex, str, bytes)
_DEBUGGEE = f"{__name__.rpartition('.')[0]}.debuggee"
_said: set[str] = set()

When = bool | str | Callable[[Any], object] | None


@runtime_checkable
class Stoppable(Attached, Protocol):
    """A program that may stop between two ops, where its own code asks for it."""

    def apart(self) -> AbstractContextManager[None]:
        """Inside, what this thread runs is the debugger's own."""
        ...

    def hindrance(self) -> str:
        """Why it cannot stop on this thread, or now, as a sentence; "" where it can."""
        ...

    def tensors(self, value: object, recorder: Recorder) -> list[tuple[object, Ref]]:
        """The tensors inside a value, with where each was made."""
        ...


def breakpoint(value: Any = None, when: When = None) -> None:
    """Stop here, with the value shown: in a run that is under way, or in one of its own.

    `when` says whether to: a yes or no, a function of the value, or an expression of `value` as
    conditions of breakpoints have it ("value.max() > 10"). Once the window is closed, and where a
    model was opened by Opscope, it does nothing.
    """
    if when is False or attaching.closed():
        return
    if _DEBUGGEE in sys.modules:
        _say_once("breakpoint() is passed over in what Opscope has opened; set one on its line.")
        return
    if not attaching.running():
        _stop_alone(value, when)
        return
    live = attaching.window()
    loaded_now = live.loaded() if live is not None else None
    recorder = loaded_now.judge.recorder if loaded_now is not None else None
    program = loaded_now.program if loaded_now is not None else None
    if live is None or recorder is None or not isinstance(program, Stoppable):
        return
    why = program.hindrance()
    if why:
        _say_once(why)
        return
    with program.apart():
        if _holds(when, value, program.backend.functions):
            _stop(live, program, recorder, value)


def _stop_alone(value: Any, when: When) -> None:
    """A run that holds the value and nothing else."""
    framework = _framework_of(value)
    if not framework:
        _say_once("breakpoint() needs PyTorch or TensorFlow, and neither is imported.")
        return
    asked = _asked(framework)
    why = asked.hindrance()
    if why:
        _say_once(why)
        return
    if not _holds(when, value, asked.backend.functions):
        return
    program = _alone(framework)
    live = attaching.window()
    recorder = live.begin(program, _where(_line(program)), free=True) if live is not None else None
    if live is None or recorder is None:
        return
    with attaching.alone():
        try:
            with program.apart():
                _stop(live, program, recorder, value)
        finally:
            live.go(Command(Move.CONTINUE))  # it has been looked at
            live.finish(recorder)


def _stop(live: GuestLive, program: Stoppable, recorder: Recorder, value: Any) -> None:
    """Record the value, and hold the thread behind it."""
    line = _line(program)
    found = program.tensors(value, recorder)
    tensors = [tensor for tensor, _ in found]
    step = recorder.before(
        TYPE,
        [ref for _, ref in found],
        note="" if len(tensors) == 1 and tensors[0] is value else type(value).__name__,
        source=line,
        given=tensors,
        asks=False,
    )
    plain: list[object] = [value] if isinstance(value, _PLAIN) else []
    record = recorder.after(step, tensors or plain)
    gate = live.loaded().watch.gate
    if isinstance(gate, Gate):  # else the window has gone meanwhile
        scope = recorder.run.graph.ops[step.op].scope
        place = Place(record, step.op, scope, step.frame, step.source)
        gate.halt(place, f"{_where(line)} asks to stop here.")


def _line(program: object) -> SourceLine | None:
    """The innermost line of the user's that this thread is at."""
    frames = program.frames() if isinstance(program, Framed) else []
    return frames[0][1] if frames else None


def _where(line: SourceLine | None) -> str:
    return TYPE if line is None else f"{TYPE} in {os.path.basename(line.file)}:{line.line}"


def _holds(when: When, value: Any, functions: Functions) -> bool:
    """What was asked for; False, with a sentence that is said once, where it cannot be told."""
    try:
        if isinstance(when, str):
            return _expression(when).holds({"value": value}, functions)
        return when is None or bool(when(value) if callable(when) else when)
    except Refusal as error:
        why = str(error)
    except Exception as error:  # noqa: BLE001 - the user's, who is told; the program goes on
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"
    _say_once(f"a breakpoint's condition could not be asked, so that it does not stop: {why}")
    return False


@lru_cache(maxsize=64)
def _expression(text: str) -> Expression:
    return Expression(text)


def _framework_of(value: Any) -> str:
    """That of a tensor, or of what is imported; "" for none."""
    names = loaded()
    if len(names) < 2:
        return names[0] if names else ""
    inside: Any = value
    while isinstance(inside, (list, tuple, dict)) and inside:
        items = cast("dict[Any, Any] | list[Any] | tuple[Any, ...]", inside)
        inside = next(iter(items.values() if isinstance(items, dict) else items))
    return framework_of(cast(object, inside)) or names[0]


def _alone(framework: str) -> Stoppable:
    """Something of a framework to look at, without a model."""
    loader = loader_of(framework)
    assert isinstance(loader, Attaching)
    program = loader.attach(_nothing, None, TYPE)
    assert isinstance(program, Stoppable)
    return program


@lru_cache(maxsize=2)
def _asked(framework: str) -> Stoppable:
    """What lends its functions to conditions while no run is under way."""
    return _alone(framework)


def _nothing() -> None:
    """What runs where a breakpoint stands by itself."""


def _say_once(sentence: str) -> None:
    if sentence and sentence not in _said:
        _said.add(sentence)
        say(sentence)
