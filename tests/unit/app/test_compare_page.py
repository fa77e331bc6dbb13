"""The page of a comparison: what is waited for, why there is none, what is said above both runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from opscope.app.compare.events import RAISED, Failed, Head, Stage
from opscope.app.compare.page import ComparePage
from tests.unit.widgets.compare_samples import story


def head(name: str, **rows: str) -> Head:
    known = {"Model": "ResNet", "Numbers": "float32", "Mode": "evaluation", "Dropout": "off"}
    return Head(name, f"models/{name}.py:build", tuple((known | rows).items()))


HEADS = head("A"), head("B")


@pytest.fixture
def page(qtbot) -> ComparePage:
    made = ComparePage()
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    made.begin("a and b")
    return made


def test_stages_and_both_heads_are_told_before_anything_is_compared(page: ComparePage):
    waiting = page.waiting
    page.show_stage(Stage("Running A", "Building the model"))
    assert waiting.sentence.text() == "Running A: Building the model…"
    assert page.status.left_parts()[0].text == "Running A"
    assert not waiting.table.isVisible()
    waiting.show_head(HEADS[0])
    assert ["Mode", "evaluation", ""] in waiting.table.texts()
    laid = replace(head("B", Mode="training"), told=("x: A's 1×3 laid out as 3×1 for B",))
    waiting.show_head(laid)
    assert waiting.table.texts()[0] == ["", "A   A.py", "B   B.py"]
    assert ["Mode", "evaluation", "training"] in waiting.table.texts()
    assert not page.compared


def test_escape_gives_up(qtbot, page: ComparePage):
    with qtbot.waitSignal(page.waiting.cancelled, timeout=500):
        qtbot.keyClick(page.waiting.cancel, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("failed", "title", "buttons"),
    [
        (Failed("No.", "bad-spec", "A"), "A could not be run", []),
        (Failed("No.", RAISED, "B", ("A",)), "B failed", ["Open A"]),
        (Failed("No.", good=("A", "B")), "These runs could not be compared", ["Open A", "Open B"]),
    ],
)
def test_why_there_is_none(page: ComparePage, failed: Failed, title: str, buttons: list[str]):
    page.show_failed(failed)
    waiting = page.waiting
    assert waiting.title.text() == page.status.left_parts()[0].text == title
    assert waiting.sentence.text() == "No."
    assert [each.text() for each in waiting.good.values() if each.isVisible()] == buttons
    assert not waiting.trust.isVisible()


def test_a_file_that_is_not_trusted_is_trusted_by_a_button(qtbot, page: ComparePage):
    page.show_failed(Failed("It can run code.", "not-trusted", "B", ("A",)))
    waiting = page.waiting
    assert waiting.trust.text() == "I trust B's file: go on"
    with qtbot.waitSignal(waiting.trust_wanted, timeout=500) as asked:
        qtbot.mouseClick(waiting.trust, Qt.MouseButton.LeftButton)
    assert asked.args == ["B"]
    assert not waiting.retry.isVisible()


def test_both_runs_and_where_they_part(page: ComparePage):
    page.show_story(story(), HEADS)
    assert page.compared
    texts = [part.text for part in page.status.left_parts()]
    assert texts[0] == "First divergence at layer2.0.conv2"
    assert texts[1].startswith("A: ")
    assert texts[2].startswith("B: ")
    assert page.status.lead()[0] == "warn"
    assert page.notices.isVisible() is False
    page.begin("others")
    assert not page.compared


def test_what_the_reader_must_know_stands_above(page: ComparePage):
    told = story()
    noted = replace(told, found=replace(told.found, notes=("One note.", "Another.")))
    heads = HEADS[0], head("B", Dropout="on in 2 ops", Mode="training")
    page.show_story(noted, heads)
    banner = page.notices.banner("known")
    assert banner is not None
    assert banner.message.title == "B alone is in training mode"
    assert banner.message.text == (
        "Mode: evaluation in A, training in B. Dropout: off in A, on in 2 ops in B."
        "\nOne note.\nAnother."
    )
    page.begin("the same, trained")
    page.show_story(noted, heads, meant=True)
    banner = page.notices.banner("known")
    assert banner is not None
    assert banner.message.title == "About this comparison"
    assert banner.message.text == "One note.\nAnother."
    banner.closed.emit()
    assert page.notices.banner("known") is None


def test_an_alignment_goes_on_above_the_one_before(qtbot, page: ComparePage):
    page.show_story(story(), HEADS)
    halted: list[bool] = []
    page.show_aligning("Matching values", lambda: halted.append(True))
    strip = page.notices.banner("aligning")
    assert strip is not None
    assert page.compared
    qtbot.mouseClick(strip.buttons[0], Qt.MouseButton.LeftButton)
    assert halted == [True]
    page.show_story(story(), HEADS)
    assert page.notices.banner("aligning") is None


def test_equal_runs_are_told_so(page: ComparePage):
    page.show_story(story(equal=True), HEADS)
    assert page.status.lead() == ("ok", "Nothing differs that rounding does not explain")
