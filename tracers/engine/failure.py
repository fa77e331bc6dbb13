"""What the model's error is, and where in the run it happened."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Place
from ..protocol.messages import StackLine
from .frames import error_stack
from .loaded import Loaded
from .user_code import said

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that has left the model.

    Attributes:
        text: its type and message, on one line.
        message: the sentence for the run.
        place: where it happened, if between two ops; None where the last op raised it.
        stack: Python's frames, innermost first, where it happened between two ops.
    """

    text: str
    message: str
    place: Place | None = None
    stack: tuple[StackLine, ...] = ()


def failure_of(loaded: Loaded, error: BaseException, frame: int = 0) -> Failure:
    """Tell it; `frame` is the innermost one still open."""
    run = loaded.run
    message = " ".join(said(error).split())
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if run.records and run.records[-1].error:
        where = run.graph.op_label(run.records[-1].op)
        return Failure(text, f"{where} raised {short}")
    inner = max(loaded.watch.unwound, frame)
    scope = run.frames[inner].scope
    where = run.graph.scopes[scope].path or loaded.program.facts.name
    place = Place(len(run.records), -1, scope, inner)
    return Failure(text, f"{where} raised {short}", place, error_stack(error))
