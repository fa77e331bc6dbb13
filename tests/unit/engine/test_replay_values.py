"""What is kept of a run, over replays of it: eviction, pins, refilling, fetching."""

from __future__ import annotations

from opscope.tracers.engine.history import Fetching, History, Refill
from opscope.tracers.engine.pinned import Pins
from opscope.tracers.ir import OpRecord, Phase, Run, TensorSummary


def filled(budget: int, count: int, size: int = 10) -> History:
    history = History(budget)
    for record in range(count):
        history.put((record, 0), f"value {record}", size)
    return history


def kept(history: History) -> list[int]:
    return sorted(record for record, _ in history)


def executed(*ops: int) -> Run:
    run = Run()
    outputs = (TensorSummary((), "float32"), TensorSummary((), "float32"))
    run.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, (), outputs) for op in ops])
    return run


def test_the_oldest_go_first():
    history = filled(30, 5)
    assert kept(history) == [2, 3, 4]
    assert (history.held, history.dropped, history.oldest, len(history)) == (30, 2, 2, 3)
    history.put((9, 0), "too large", 31)
    assert kept(history) == [2, 3, 4]
    assert history.dropped == 3


def test_a_value_put_twice_is_held_once():
    history = filled(30, 2)
    history.put((0, 0), "new", 20)
    assert (history.get((0, 0)), history.held, history.size((0, 0))) == ("new", 30, 20)


def test_pinned_values_stay_until_they_are_not():
    history = filled(30, 3)
    pins = {(0, 0), (1, 0)}
    history.pinned = pins.__contains__
    history.put((3, 0), "three", 10)
    history.put((4, 0), "four", 10)
    assert kept(history) == [0, 1, 4]
    assert history.get((0, 0)) == "value 0"
    assert history.oldest == 0
    pins.add((4, 0))
    history.put((5, 0), "five", 10)
    assert kept(history) == [0, 1, 4], "pinned ones take all the room there is"
    pins.clear()
    history.unpin()
    history.put((6, 0), "six", 10)
    assert kept(history) == [1, 4, 6]
    assert history.held == 30


def test_forgetting_what_a_rewind_takes_back():
    history = filled(100, 6)
    history.forget_from(2)
    assert kept(history) == [0, 1]
    assert (history.held, history.dropped) == (20, 0)


def test_a_replay_fills_the_room_with_what_is_nearest_its_goal():
    history = filled(40, 10)
    assert kept(history) == [6, 7, 8, 9]
    history.forget_from(8)
    refill = Refill(history, 8)
    for record in range(10):
        refill.put((record, 0), f"again {record}", 10)
    history.sort()
    assert kept(history) == [4, 5, 6, 7]
    assert history.get((6, 0)) == "value 6", "what was kept stays"
    assert refill.get((5, 0)) == "again 5"
    history.put((8, 0), "new", 10)
    assert kept(history) == [5, 6, 7, 8], "the oldest go first as ever"
    refill = Refill(history, 8)
    refill.put((0, 0), "large", 41)
    refill.put((1, 0), "no room", 10)
    assert kept(history) == [5, 6, 7, 8]


def test_fetching_keeps_what_is_wanted_and_nothing_else():
    history = filled(30, 10)
    fetching = Fetching(history, {(1, 0), (8, 0), (2, 1)})
    for record in range(10):
        for slot in range(2):
            fetching.put((record, slot), f"again {record}", 10)
    assert sorted(history) == [(1, 0), (2, 1), (8, 0)]
    assert fetching.get((1, 0)) == "again 1"


def test_a_pin_names_an_execution_and_outlives_a_rewind():
    run = executed(4, 5, 4, 6)
    pins = Pins(run)
    assert not pins((2, 0))
    pins.add((2, 1))
    assert pins((2, 1))
    assert not pins((2, 0))
    assert not pins((0, 1))
    assert pins.refs() == [(2, 1)]
    run.forget_from(1, 1)
    assert pins.refs() == []
    assert not pins((2, 1))
    run.add_records(executed(6, 6, 4).records)
    assert pins.refs() == [(3, 1)]
    assert pins((3, 1))
    pins.remove((3, 1))
    assert not pins((3, 1))
