"""What a query may go on with: names, values of the run, and the list beneath the filter field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Run
from opscope.widgets.run.completing import completions
from opscope.widgets.run.execution_list import ExecutionList

from .graph_samples import gpt, paused


@pytest.fixture
def run() -> Run:
    return paused(gpt(3), 40)


@pytest.fixture
def pane(qtbot, run: Run) -> ExecutionList:
    made = ExecutionList()
    qtbot.addWidget(made)
    made.resize(320, 600)
    made.show_run(run)
    with qtbot.waitExposed(made):
        made.show()
    made.focus_filter()
    return made


def offered(text: str, run: Run | None, caret: int = -1) -> list[str]:
    at = len(text) if caret < 0 else caret
    return [offer.text for offer in completions(text, at, run)]


def test_names_begin_with_what_is_typed(run: Run) -> None:
    assert offered("sc", run) == ["scope:"]
    assert offered("conv -ty", run) == ["type:"]
    assert offered("m", run) == [], "one letter is a word as yet"
    assert offered("zz", run) == []
    assert offered('"sc', run) == []
    assert offered("/sc", run) == []
    assert offered("sc conv", run, 2) == ["scope:"], "where the caret is"
    assert offered("sc conv", run, 4) == []


def test_values_are_those_of_the_run(run: Run) -> None:
    assert offered("type:soft", run) == ["softmax"]
    assert offered("type:softmax", run) == [], "it is complete"
    assert offered("type:softmax|ta", run) == ["softmax|tanh"]
    assert offered("dtype:", run) == ["float32"]
    assert offered("scope:h.1.m", run) == ["transformer.h.1.mlp"]
    assert offered("module:gpt2b", run) == ["GPT2Block"]
    assert offered("line:", run) == ["model.py"]
    assert offered("phase:b", None) == ["backward"]
    assert offered("time:", None)[0] == ">1ms"
    assert offered("type:soft", None) == []


def test_an_offer_takes_the_place_of_what_is_typed(run: Run) -> None:
    (offer,) = completions("conv sc x", 7, run)
    assert offer.put_into("conv sc x") == ("conv scope: x", 11)
    (offer,) = completions("-type:soft x", 10, run)
    assert offer.put_into("-type:soft x") == ("-type:softmax x", 14)


def test_tab_takes_the_first_offer_of_the_field(pane: ExecutionList, qtbot) -> None:
    QTest.keyClicks(pane.filter, "ty")
    assert pane.offers.list.isVisible()
    QTest.keyClick(pane.filter, Qt.Key.Key_Tab)
    assert pane.filter.text() == "type:"
    assert pane.filter.hasFocus()
    QTest.keyClicks(pane.filter, "softm")
    QTest.keyClick(pane.filter, Qt.Key.Key_Tab)
    assert pane.filter.text() == "type:softmax "
    assert not pane.offers.list.isVisible()
    pane.finding.finish()
    assert pane.tabs.tail() == "3 found"


def test_another_is_chosen_by_arrows_or_the_mouse(pane: ExecutionList) -> None:
    QTest.keyClicks(pane.filter, "phase:")
    QTest.keyClick(pane.filter, Qt.Key.Key_Down)
    QTest.keyClick(pane.filter, Qt.Key.Key_Down)
    QTest.keyClick(pane.filter, Qt.Key.Key_Down)
    QTest.keyClick(pane.filter, Qt.Key.Key_Up)
    QTest.keyClick(pane.filter, Qt.Key.Key_Return)
    assert pane.filter.text() == "phase:forward "
    pane.filter.clear()
    QTest.keyClicks(pane.filter, "sh")
    rows = pane.offers.list
    spot = rows.visualItemRect(rows.item(0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert pane.filter.text() == "shape:"


def test_escape_closes_the_offers_before_it_ends_the_filter(pane: ExecutionList) -> None:
    QTest.keyClicks(pane.filter, "sh")
    QTest.keyClick(pane.filter, Qt.Key.Key_Escape)
    assert not pane.offers.list.isVisible()
    assert pane.filter.text() == "sh"
    QTest.keyClick(pane.filter, Qt.Key.Key_Escape)
    assert pane.filter.text() == ""


def test_enter_without_a_choice_goes_to_what_was_found(pane: ExecutionList, qtbot) -> None:
    QTest.keyClicks(pane.filter, "sc")
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.keyClick(pane.filter, Qt.Key.Key_Return)
    assert not pane.offers.list.isVisible()
    assert pane.finding.found is not None
    assert seen.args[0].op == pane.finding.found.ops[0]


def test_the_field_says_what_is_wrong(pane: ExecutionList) -> None:
    QTest.keyClicks(pane.filter, "nan:lots")
    assert pane._page.sentence.isVisible()
    assert pane._page.sentence.text() == "nan: wants a number, for example nan:>0, not lots."
    assert pane.tabs.tail() == ""
    pane.filter.clear()
    QTest.keyClicks(pane.filter, "qqqq")
    assert pane._page.sentence.text() == "No op fits."
