"""Where in the user's code the thread stands that runs it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType

from ..engine import visits
from ..engine.script import FLOORS
from ..ir import SourceLine
from .sources import file_of, innermost_call, is_users


def user_frames(frame: FrameType | None, base: CodeType | None) -> Iterator[FrameType]:
    """Frames of the user's code up to that of `base`, innermost first."""
    while frame is not None and frame.f_code is not base and frame.f_code not in FLOORS:
        if is_users(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def line_of(frame: FrameType) -> SourceLine:
    """Where a frame stands."""
    return _line(frame.f_code, frame.f_lineno or 1)


@lru_cache(maxsize=4096)
def _line(code: CodeType, number: int) -> SourceLine:
    return SourceLine(file_of(code.co_filename), number, code.co_name)


def user_line() -> SourceLine | None:
    """The innermost line of the user's that this thread is at."""
    frame = next(user_frames(inspect.currentframe(), None), None)
    return None if frame is None else line_of(frame)


def error_line(error: BaseException) -> SourceLine | None:
    """The innermost line of the user's that an error has left."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        if is_users(trace.tb_frame.f_code.co_filename):
            found = _line(trace.tb_frame.f_code, trace.tb_lineno)
        trace = trace.tb_next
    return found


def library_call() -> str:
    """The name of the library function that the user's innermost frame has called, "" for none."""
    frames: list[tuple[str, int, str]] = []
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        frames.append((code.co_filename, frame.f_lineno or 1, code.co_name))
        if is_users(code.co_filename):
            break
        frame = frame.f_back
    return innermost_call(frames[::-1])


class Visits(visits.Visits):
    """Of the user's frames."""

    def __init__(self) -> None:
        super().__init__(user_frames, line_of)
