"""The user's Python frames among the scopes of a stopped run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import Protocol, runtime_checkable

from ..ir import Run, RunState, SourceLine
from ..protocol.messages import StackLine
from .failing import frames_of


@runtime_checkable
class Framed(Protocol):
    """A program that runs the user's Python code."""

    def frames(self) -> list[tuple[FrameType, SourceLine]]:
        """The user's frames of the model's thread, innermost first; of installed packages where
        there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Level:
    """A row of the stack; `frame` is the Python frame that it is, None where there is none."""

    line: StackLine
    frame: FrameType | None = None


def levels_of(
    program: object, run: Run, lines: Sequence[StackLine], error: BaseException | None = None
) -> list[Level]:
    """The stack that is shown; with Python's frames where the run stands live.

    An `error` that stands between two ops has left frames, which are part of the stack still.
    """
    if not is_live(run) or not isinstance(program, Framed):
        return [Level(line) for line in lines]
    left = frames_of(error) if error is not None and run.head.op < 0 else []
    return with_frames(lines, [*left, *program.frames()], run.head.op >= 0)


def is_live(run: Run) -> bool:
    """Python's frames are where the user looks: the run stands, and he does not look back."""
    return run.state is RunState.PAUSED and run.cursor is None


def with_frames(
    lines: Sequence[StackLine], frames: Sequence[tuple[FrameType, SourceLine]], op: bool
) -> list[Level]:
    """The scopes with the Python frames that they run in, and functions called inside them.

    Both innermost first; `op`: the first line is an op's. A library's module has no frame of the
    user's: it stands on the line that called it, which is an outer one's.
    """
    found: list[Level] = []  # outermost first
    waiting = list(frames)
    scopes, ops = (lines[1:], lines[:1]) if op else (lines, ())
    for line in reversed(scopes):
        inner = next((n for n in reversed(range(len(waiting))) if _is(waiting[n][1], line)), -1)
        if inner < 0:
            found.append(Level(line))
            continue
        frame, source = waiting[-1]
        found.append(Level(replace(line, file=source.file, line=source.line), frame))
        found += [_plain(*item) for item in reversed(waiting[inner:-1])]
        del waiting[inner:]
    found += [_plain(*item) for item in reversed(waiting)]
    found += [Level(line) for line in ops]
    return found[::-1]


def _is(source: SourceLine, line: StackLine) -> bool:
    return (source.file, source.line) == (line.file, line.line)


def _plain(frame: FrameType, source: SourceLine) -> Level:
    return Level(StackLine(source.function, source.file, source.line), frame)
