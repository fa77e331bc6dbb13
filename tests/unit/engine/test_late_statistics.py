"""Statistics that are put off: who computes them, and when."""

from __future__ import annotations

from collections.abc import Sequence

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import Late, putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import TensorSummary


class Eager:
    """Knows lists of numbers, and summarises them at once."""

    name = "lists"

    def __init__(self) -> None:
        self.computed: list[object] = []

    def describe(self, value: object) -> tuple[tuple[int, ...], str]:
        assert isinstance(value, list)
        return (len(value),), "list"

    def summarize(self, value: object) -> TensorSummary:
        assert isinstance(value, list)
        self.computed.append(value)
        nan = sum(number != number for number in value)
        return TensorSummary((len(value),), "list", "cpu", 8 * len(value), min(value), nan=nan)

    def keep(self, value: object) -> object:
        assert isinstance(value, list)
        return list(value)


class Glancing(Eager):
    """Puts off what is finite."""

    moving = frozenset({"moves"})
    spreading = frozenset({"spreads"})

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        assert isinstance(value, list)
        if any(number != number for number in value):
            return self.keep(value), self.summarize(value)
        return self.keep(value), TensorSummary(
            (len(value),), "list", "cpu", 8 * len(value), pending=True
        )

    def summarize_all(self, values: Sequence[object]) -> list[TensorSummary]:
        return [self.summarize(value) for value in values]


def recorder(backend: Eager, budget: int = 1 << 20) -> Recorder:
    history = History(budget)
    made = Recorder(backend, GraphBuilder(), keeper=history)  # type: ignore[arg-type]
    made.late = putting_off(backend, made.run, history)  # type: ignore[arg-type]
    return made


def record(made: Recorder, *outputs: list[float]) -> int:
    return made.after(made.before("op", []), outputs)


def minima(made: Recorder) -> list[float | None]:
    return [row.minimum for record in made.run.records for row in record.outputs]


def late_of(made: Recorder) -> Late:
    assert made.late is not None
    return made.late


def test_a_backend_that_cannot_glance_is_asked_at_once():
    backend = Eager()
    made = recorder(backend)
    record(made, [1.0, 2.0])
    assert made.late is None
    assert minima(made) == [1.0]


def test_what_is_finite_waits_and_what_is_not_does_not():
    backend = Glancing()
    made = recorder(backend)
    record(made, [1.0, 2.0])
    record(made, [3.0, float("nan")])
    first, second = (row.outputs[0] for row in made.run.records)
    assert first.pending
    assert first.finite
    assert not second.pending
    assert second.nan == 1
    assert len(backend.computed) == 1


def test_settling_computes_the_newest_first_and_tells_of_each_once():
    backend = Glancing()
    made = recorder(backend)
    for number in range(200):
        record(made, [float(number)], [float(-number)])
    late = late_of(made)
    assert not late.settle(0)  # one round, however little time there is
    newest = made.run.records[-1].outputs
    assert [row.minimum for row in newest] == [199.0, -199.0]
    assert made.run.records[0].outputs[0].pending
    assert late.settle()
    assert minima(made) == [x for n in range(200) for x in (float(n), float(-n))]
    assert not any(row.pending for record in made.run.records for row in record.outputs)
    told: list[int] = []
    while some := late.drain(30):
        assert len(some) <= 30
        told += some
    assert sorted(told) == list(range(200))
    assert len(backend.computed) == 400


def test_a_look_computes_that_value_alone():
    backend = Glancing()
    made = recorder(backend)
    for number in range(3):
        record(made, [float(number)])
    late = late_of(made)
    assert late.need((1, 0)).minimum == 1.0
    assert minima(made) == [None, 1.0, None]
    assert late.drain(10) == [1]
    late.settle()
    assert len(backend.computed) == 3


def test_a_value_is_summarised_before_it_is_let_go():
    backend = Glancing()
    made = recorder(backend, budget=32)
    for number in range(6):
        record(made, [float(number), 9.0])
    assert minima(made) == [0.0, 1.0, 2.0, 3.0, None, None]
    late_of(made).settle()
    assert minima(made) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(backend.computed) == 6


def test_a_value_that_was_never_kept_is_summarised_at_once():
    backend = Glancing()
    made = recorder(backend, budget=32)
    record(made, [1.0] * 5)
    assert minima(made) == [1.0]
    # the second output lets the first one go before the record is there
    record(made, [2.0] * 3, [3.0] * 3)
    assert minima(made) == [1.0, 2.0, None]
    late_of(made).settle()
    assert minima(made) == [1.0, 2.0, 3.0]


def test_writing_to_a_value_later_changes_nothing():
    made = recorder(Glancing())
    value = [5.0, 6.0]
    record(made, value)
    value[0] = -1.0
    late_of(made).settle()
    assert minima(made) == [5.0]


def test_what_a_rewind_forgot_is_not_computed():
    backend = Glancing()
    made = recorder(backend)
    for number in range(4):
        record(made, [float(number)])
    made.run.forget_from(2, 1)
    assert isinstance(made.keeper, History)
    made.keeper.forget_from(2)
    record(made, [7.0])
    late = late_of(made)
    assert late.settle()
    assert minima(made) == [0.0, 1.0, 7.0]
    assert late.drain(10) == [0, 1, 2]
    assert sorted(backend.computed, key=str) == [[0.0], [1.0], [7.0]]
