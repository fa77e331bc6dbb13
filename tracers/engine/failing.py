"""Errors on their way out of a model: which of them stop the run, and what is told of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import FrameType

from ..ir import Failure, Place, Run, SourceLine
from ..protocol.messages import RAISED, UNCAUGHT
from .catching import will_be_caught
from .shape_errors import sentences
from .user_code import is_users, said

_LONG = 400


class Errors:
    """The rules for one run, on the model's thread.

    An error is noticed where an op raises it, and once more at every scope that it leaves. What
    the model catches stops nothing by default, as in debuggers for Python: models try things out.
    That it will be caught is read off the source, since once it is known the op is long gone. An
    error that stopped the run once does not do so again, nor do those raised from it.

    Attributes:
        filters: RAISED, UNCAUGHT or both.
        told: the last one that stopped the run, until something runs again.
        caught: the model's code will catch the one that was asked about last.
    """

    def __init__(self, run: Run) -> None:
        self.filters = frozenset({UNCAUGHT})
        self.told: BaseException | None = None
        self.caught = False
        self._run = run
        self._by_op: tuple[BaseException, int] | None = None

    def stops(self, error: BaseException, record: int) -> bool:
        """The run stops at this error of an op; `record` is -1 where it leaves a scope."""
        if record >= 0 and (self._by_op is None or self._by_op[0] is not error):
            self._by_op = error, record
        if not self.filters or self.is_told(error):
            return False
        self.caught = will_be_caught(error, inspect.currentframe())
        if self.caught and RAISED not in self.filters:
            return False
        self.told = error
        return True

    def is_told(self, error: BaseException) -> bool:
        """The run has stopped at this error, or at one that it was made from."""
        told = self.told
        if told is None:
            return False
        # A runtime below Python (TorchScript's) may make another error of it on the way.
        return told in _chain(error) or not _is_raised_by_user(error)

    def forget(self) -> None:
        """Something runs: what was on its way has been caught."""
        self.told = self._by_op = None

    def failure(self, error: BaseException, place: Place, name: str) -> Failure:
        """What is told of an error that is at a place; `name` is the model's."""
        run = self._run
        record = -1
        if self._by_op is not None and self._is_from(error, self._by_op[0]):
            record = self._by_op[1]
        if record >= 0:
            where = run.graph.op_label(run.records[record].op)
        else:
            where = run.graph.scopes[place.scope].path or name
        return Failure(
            type(error).__name__,
            short(" ".join(said(error).split())),
            where,
            record,
            self.caught,
            sentences(run, record) if record >= 0 else (),
        )

    def _is_from(self, error: BaseException, other: BaseException) -> bool:
        return error is other or (self.told is other and self.is_told(error))


def message_of(failure: Failure) -> str:
    """The sentence that names the place and the error."""
    return f"{failure.where} raised {short(failure.error)}"


def short(text: str) -> str:
    """As much of an error's text as a sentence can bear."""
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def frames_of(
    error: BaseException, is_own: Callable[[str], bool] = is_users
) -> list[tuple[FrameType, SourceLine]]:
    """The user's frames that an error has left, innermost first, with the lines that raised."""
    found: list[tuple[FrameType, SourceLine]] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if is_own(code.co_filename):
            line = SourceLine(code.co_filename, trace.tb_lineno, code.co_name)
            found.append((trace.tb_frame, line))
        trace = trace.tb_next
    return found[::-1]


def _is_raised_by_user(error: BaseException) -> bool:
    """The error comes out of the user's code, not out of a library that this has called."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_users(trace.tb_frame.f_code.co_filename)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it was raised from, or while they were handled."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        waiting += [other for other in (item.__cause__, item.__context__) if other is not None]
