"""What runs beside the GUI thread rests while that thread is busy, and never for good."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from opscope.widgets import turns
from opscope.widgets.graph.jobs import Check, Jobs
from opscope.widgets.turns import Turns

LONG = 3600.0  # s; what ends sooner was ended


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What rests does so until it is told to go on."""
    monkeypatch.setattr(turns, "LONGEST", LONG)


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, thread_name_prefix="aside") as made:
        yield made


@pytest.mark.usefixtures("patient")
def test_work_rests_until_the_event_loop_does(
    owner: QObject, aside: ThreadPoolExecutor, qtbot: QtBot
) -> None:
    gui = Turns(owner)
    gui.begin()
    begun = gui._number

    def rest() -> int:
        gui.give_way()
        return gui._number

    work = aside.submit(rest)
    assert not work.done()
    qtbot.waitUntil(work.done)
    assert work.result() > begun, "it did not wait for the loop"
    gui.end()


@pytest.mark.usefixtures("patient")
def test_the_end_lets_go_what_rests(owner: QObject, aside: ThreadPoolExecutor) -> None:
    gui = Turns(owner)
    gui.begin()
    work = aside.submit(gui.give_way)
    gui.end()
    work.result()
    gui.give_way()  # nor does it rest any more


def test_nothing_rests_for_good_beside_a_turn_that_does_not_end(
    owner: QObject, aside: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0.0)
    gui = Turns(owner)
    gui.begin()
    aside.submit(gui.give_way).result()
    gui.end()


def test_turns_of_threads_are_short_while_any_work_goes_on(owner: QObject) -> None:
    before = sys.getswitchinterval()
    one, two = Turns(owner), Turns(owner)
    one.begin()
    two.begin()
    two.begin()  # anew
    one.end()
    assert sys.getswitchinterval() == pytest.approx(turns.TURN)
    two.end()
    two.end()
    assert sys.getswitchinterval() == pytest.approx(before)


@pytest.mark.usefixtures("patient")
def test_a_job_that_rests_can_be_given_up(owner: QObject) -> None:
    jobs = Jobs(owner)
    begun = threading.Event()
    ended: list[str] = []

    def work(check: Check) -> Callable[[], None]:
        begun.set()
        while True:
            try:
                check()
            except BaseException:
                ended.append("given up")
                raise

    jobs.start(work)
    begun.wait()
    jobs.stop()
    assert ended == ["given up"]
    assert not jobs.busy
