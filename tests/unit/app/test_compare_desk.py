"""What the worker of a comparison tells is brought to the window while it is wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from opscope.app.choice import LaunchChoice
from opscope.app.compare import desk as module
from opscope.app.compare.choice import PairChoice
from opscope.app.compare.desk import CompareDesk
from opscope.app.compare.events import Event, Failed, Stage

PAIR = PairChoice(LaunchChoice(spec="a.py:f"), LaunchChoice(spec="b.py:f"))


class Worker:
    """Tells a stage, then waits until it is told to go on or to give up."""

    made: ClassVar[list[Worker]] = []
    fault: Exception | None = None

    def __init__(
        self,
        choice: PairChoice,
        tell: Callable[[Event], None],
        rest: Callable[[], None],
        prepare: Callable[[object], None],
    ) -> None:
        self.tell, self.rest = tell, rest
        self.ending = threading.Event()
        self.made.append(self)

    def run(self) -> None:
        self.rest()
        self.tell(Stage(f"Running {len(self.made)}"))
        self.ending.wait()
        self.tell(Stage("Too late"))
        if self.fault is not None:
            raise self.fault

    def give_up(self) -> None:
        self.ending.set()


@pytest.fixture
def desk(qtbot, monkeypatch: pytest.MonkeyPatch) -> Iterator[CompareDesk]:
    monkeypatch.setattr(module, "Worker", Worker)
    monkeypatch.setattr(Worker, "made", [])
    made = CompareDesk()
    yield made
    made.close()
    made.deleteLater()


def listen(desk: CompareDesk) -> list[Event]:
    told: list[Event] = []
    desk.told.connect(told.append)
    return told


def test_events_come_in_the_thread_of_the_window(qtbot, desk: CompareDesk) -> None:
    threads: list[threading.Thread] = []
    desk.told.connect(lambda _: threads.append(threading.current_thread()))
    told = listen(desk)
    desk.begin(PAIR)
    assert desk.active
    qtbot.waitUntil(lambda: bool(told))
    assert told == [Stage("Running 1")]
    assert threads == [threading.current_thread()]


def test_what_is_given_up_is_heard_no_more(qtbot, desk: CompareDesk) -> None:
    told = listen(desk)
    desk.begin(PAIR)
    qtbot.waitUntil(lambda: bool(told))
    with qtbot.waitSignal(desk.ended):
        desk.give_up()
        assert desk.leaving
        assert not desk.active
    assert not desk.leaving
    assert told == [Stage("Running 1")]


def test_another_comparison_takes_the_place_of_the_one_before(qtbot, desk: CompareDesk) -> None:
    told = listen(desk)
    desk.begin(PAIR)
    desk.begin(PAIR)
    qtbot.waitUntil(lambda: Stage("Running 2") in told)
    qtbot.waitUntil(lambda: not desk.leaving)
    assert Stage("Too late") not in told
    assert desk.active


def test_closing_waits_for_the_thread(qtbot, desk: CompareDesk) -> None:
    desk.begin(PAIR)
    desk.close()
    assert not desk.leaving
    assert not [each for each in threading.enumerate() if each.name.startswith("compare")]


def test_a_fault_of_ours_ends_the_waiting_and_is_raised(
    qtbot, desk: CompareDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "fault", KeyError("lost"))
    told = listen(desk)
    desk.begin(PAIR)
    with qtbot.captureExceptions() as raised:
        Worker.made[0].ending.set()
        qtbot.waitUntil(lambda: not desk.active)
    assert [kind for kind, _, _ in raised] == [KeyError]
    assert isinstance(told[-1], Failed)
