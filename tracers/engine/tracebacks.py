"""Tracebacks of the user's errors, without the frames of the debugger's."""

from __future__ import annotations

import inspect
import os
from collections.abc import Container, Iterator
from types import CodeType, TracebackType

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def clean(error: BaseException) -> None:
    """Leave the tracers' frames out of an error, and out of those that it was made from."""
    for each in _chain(error):
        each.__traceback__ = _without(each.__traceback__)


def pass_on(error: BaseException) -> None:
    """Leave out the caller's frame, which has just caught an error; a bare `raise` adds none."""
    trace = error.__traceback__
    here = inspect.currentframe()
    if trace is not None and here is not None and trace.tb_frame is here.f_back:
        error.__traceback__ = trace.tb_next


def after(trace: TracebackType | None, floors: Container[CodeType]) -> TracebackType | None:
    """What stands behind the frame of one of these functions; all, where there is none."""
    rest = trace
    while rest is not None:
        if rest.tb_frame.f_code in floors:
            return rest.tb_next
        rest = rest.tb_next
    return trace


def _without(trace: TracebackType | None) -> TracebackType | None:
    kept = [row for row in _rows(trace) if not is_ours(row.tb_frame.f_code)]
    for row, following in zip(kept, [*kept[1:], None], strict=True):
        if row.tb_next is not following:
            row.tb_next = following
    return kept[0] if kept else None


def is_ours(code: CodeType) -> bool:
    """It is the tracers' own."""
    known = _ours.get(code)
    if known is None:
        known = _ours[code] = os.path.abspath(code.co_filename).startswith(_OWN)
    return known


_ours: dict[CodeType, bool] = {}


def _rows(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]
