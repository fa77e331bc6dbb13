"""What the model's error is, and where in the run it happened."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir import Failure, Place
from ..protocol.messages import StackLine
from .failing import message_of
from .frames import error_stack
from .loaded import Loaded


@dataclass(frozen=True, slots=True)
class Left:
    """An error that has left the model.

    Attributes:
        text: its type and message, on one line.
        message: the sentence for the run.
        place: where it happened, if between two ops; None where the last op raised it.
        stack: Python's frames, innermost first, where it happened between two ops.
    """

    failure: Failure
    text: str
    message: str
    place: Place | None = None
    stack: tuple[StackLine, ...] = ()


def failure_of(loaded: Loaded, error: BaseException, frame: int = 0) -> Left:
    """Tell it; `frame` is the innermost one still open."""
    run = loaded.run
    inner = max(loaded.watch.unwound, frame)
    place = Place(len(run.records), -1, run.frames[inner].scope, inner)
    failure = loaded.gate.errors.failure(error, place, loaded.program.facts.name)
    text, message = failure.error, message_of(failure)
    if failure.record >= 0:
        return Left(failure, text, message)
    return Left(failure, text, message, place, error_stack(error))
