"""Expressions computed beside the model's thread: cancelled, given up, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.evaluating import Evaluations, Task
from opscope.tracers.engine.expressions import Expression
from opscope.tracers.engine.results import MOST, Results
from opscope.tracers.ir import TensorSummary
from opscope.tracers.protocol.refusal import Refusal
from tests.numpy_functions import NumpyFunctions


class Slow(NumpyFunctions):
    """Its sum waits until it is let go."""

    def __init__(self) -> None:
        self.entered, self.go = threading.Semaphore(0), threading.Event()
        self.table = {**NumpyFunctions.table, "sum": self._wait}

    def _wait(self, value: Any) -> Any:
        self.entered.release()
        assert self.go.wait(20)
        return value.sum(keepdims=True)


class Asked:
    """What came of one expression."""

    def __init__(
        self, text: str, lent: NumpyFunctions, problem: Callable[[], Refusal | None] = lambda: None
    ) -> None:
        self.found: list[object] = []
        self.failed: list[Refusal] = []
        self.answered = threading.Event()
        self.task = Task(
            Expression(text), {"x": np.arange(4.0)}, lent, self._take, self._fail, problem
        )

    def _take(self, value: object) -> None:
        self.found.append(value)
        self.answered.set()

    def _fail(self, why: Refusal) -> None:
        self.failed.append(why)
        self.answered.set()

    def wait(self) -> None:
        assert self.answered.wait(20)


def test_a_value_comes():
    lent, asked = NumpyFunctions(), Asked("x.max() + 1", NumpyFunctions())
    Evaluations().begin(asked.task)
    asked.wait()
    assert lent.item(np.asarray(asked.found[0])) == 4
    assert not asked.failed


def test_a_cancelled_one_answers_at_once_and_once():
    lent, desk = Slow(), Evaluations()
    asked = Asked("x.sum().max()", lent)
    desk.begin(asked.task)
    assert lent.entered.acquire(timeout=20)
    asked.task.cancel(Refusal("cancelled", "It was cancelled."))
    assert [why.code for why in asked.failed] == ["cancelled"]
    lent.go.set()
    after = Asked("x.max()", lent)
    desk.begin(after.task)
    after.wait()
    asked.task.cancel(Refusal("cancelled", "It was cancelled."))
    assert not asked.found
    assert len(asked.failed) == 1


def test_what_takes_too_long_is_given_up():
    lent = Slow()
    asked = Asked("x.sum()", lent)
    Evaluations(seconds=0.01).begin(asked.task)
    asked.wait()
    lent.go.set()
    assert asked.failed[0].code == "too-slow"
    assert "broken off" in str(asked.failed[0])


def test_those_that_wait_come_as_there_is_room():
    lent, desk = Slow(), Evaluations()
    held = [Asked("x.sum()", lent) for _ in range(4)]
    for asked in held:
        desk.begin(asked.task)
    for _ in range(2):
        assert lent.entered.acquire(timeout=20)
    assert not lent.entered.acquire(blocking=False), "two at once"
    lent.go.set()
    for asked in held:
        asked.wait()
        assert len(asked.found) == 1


def test_the_run_going_on_ends_it():
    why = Refusal("not-stopped", "The model went on.")
    asked = Asked("x.max() + 1", NumpyFunctions(), lambda: why)
    Evaluations().begin(asked.task)
    asked.wait()
    assert asked.failed == [why]


def test_results_are_bounded_in_number_and_bytes():
    kept = Results(lambda: 1000)
    small = TensorSummary((1,), "float32", nbytes=4)
    first = kept.put("first", small)
    assert kept.get(first) == ("first", small)
    for number in range(MOST):
        kept.put(number, small)
    with pytest.raises(Refusal, match="no longer held"):
        kept.get(first)
    large = TensorSummary((500,), "float32", nbytes=2000)
    last = kept.put("large", large)
    assert kept.get(last) == ("large", large), "the newest is held whatever it takes"
    with pytest.raises(Refusal):
        kept.get(last - 1)
