"""How far a model is that runs anew: said where that takes long, to clients that want it."""

from __future__ import annotations

from typing import Any

from opscope.tracers.engine.rerun_way import PATIENCE, STEP, Way


class Told:
    """A wire that keeps events, and a clock that stands."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.now = 0.0

    def event(self, name: str, body: dict[str, Any]) -> None:
        self.events.append((name, body))

    def way(self, total: int, wanted: bool = True) -> Way:
        client = {"supportsProgressReporting": wanted}
        return Way(self, client, total, clock=lambda: self.now)  # type: ignore[arg-type]


def test_a_short_way_needs_no_word():
    told = Told()
    way = told.way(100)
    for record in range(100):
        way.at(record)
    told.now = PATIENCE / 2
    way.at(100)
    way.end()
    assert told.events == []


def test_a_long_one_is_told_a_few_times_a_second():
    told = Told()
    way = told.way(200)
    told.now = PATIENCE
    way.at(20)
    way.at(21)
    told.now += STEP
    way.at(100)
    told.now += STEP
    way.at(250)
    way.end()
    way.end()
    names = [name for name, _ in told.events]
    assert names == ["progressStart", "progressUpdate", "progressUpdate", "progressEnd"]
    assert [body.get("percentage") for _, body in told.events] == [10, 50, 100, None]
    assert {body["progressId"] for _, body in told.events} == {"opscope-rerun"}
    assert told.events[0][1]["title"] == "Running the model again"


def test_who_did_not_ask_is_not_told():
    told = Told()
    way = told.way(10, wanted=False)
    told.now = 60
    way.at(5)
    way.end()
    assert told.events == []
