"""Evaluates expressions beside the model's thread, so that a long one can be broken off."""

from __future__ import annotations

import _thread
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from ..protocol.refusal import Refusal
from .operands import Functions

SECONDS = 20.0  # that an expression may take
MOST_AT_ONCE = 2

_NONE: Mapping[str, object] = {}

Found = Callable[[object], None]
Fail = Callable[[Refusal], None]


class Computation(Protocol):
    """What is computed; an Expression is one."""

    def evaluate(
        self, names: Mapping[str, object], functions: Functions, check: Callable[[], None]
    ) -> object:
        """Calls `check` often, and lets what that raises through. Raises Refusal."""
        ...


class _BrokenOff(BaseException):
    """Passes by whatever catches errors of the framework's."""


class Task:
    """One computation under way. Exactly one of `found` and `fail` is called, on any thread."""

    def __init__(
        self,
        expression: Computation,
        names: Mapping[str, object],
        functions: Functions,
        found: Found,
        fail: Fail,
        problem: Callable[[], Refusal | None],
        what: str = "The expression",
    ) -> None:
        """`problem` is asked again and again: why to go no further. `what` it is, for sentences."""
        self._what = what
        self._expression = expression
        self._names = names
        self._functions = functions
        self._found = found
        self._fail = fail
        self._problem = problem
        self._lock = threading.Lock()
        self._answered = False
        self._done = threading.Event()

    def cancel(self, why: Refusal) -> None:
        """Answer at once. What is being computed ends with the step that it is at."""
        if self._claim():
            self._done.set()
            self._fail(why)

    def run(self) -> None:
        """Compute it, on this thread."""
        try:
            value = self._expression.evaluate(self._names, self._functions, self._check)
        except _BrokenOff:
            return
        except Refusal as error:
            if self._claim():
                self._fail(error)
            return
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must be answered
            name = type(error).__name__
            if self._claim():
                self._fail(Refusal("failed", f"{self._what} could not be computed: {name}."))
            return
        finally:
            self._done.set()
            self._names = _NONE
        if self._claim():
            self._found(value)

    def wait(self, seconds: float) -> None:
        """Until it is done or given up; no longer than so."""
        if not self._done.wait(seconds):
            said = f"It was not known within {seconds:.0f} s, and was broken off."
            self.cancel(Refusal("too-slow", said))

    def _check(self) -> None:
        if self._answered:
            raise _BrokenOff
        why = self._problem()
        if why is not None:
            self.cancel(why)
            raise _BrokenOff

    def _claim(self) -> bool:
        with self._lock:
            first, self._answered = not self._answered, True
        return first


class Evaluations:
    """Runs tasks, a few at once, in the order in which they came.

    Their threads are started beside Python's `threading`, since those are counted as the model's.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._running = 0

    def begin(self, task: Task) -> None:
        """Compute it as soon as there is room."""
        with self._lock:
            self._waiting.append(task)
        self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            if self._running >= MOST_AT_ONCE or not self._waiting:
                return
            task = self._waiting.popleft()
            self._running += 1
        _thread.start_new_thread(task.wait, (self._seconds,))
        _thread.start_new_thread(self._work, (task,))

    def _work(self, task: Task) -> None:
        try:
            task.run()
        finally:
            with self._lock:
                self._running -= 1
            self._go_on()
