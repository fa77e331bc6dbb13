"""The dialog of a backward pass: what it tells, what it asks for, how it is refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from opscope.app.backward_dialog import BackwardDialog
from opscope.app.backward_roots import Root

LOSS = Root(18, 0, "cross_entropy", "scalar float32", True, True, True)
LOGITS = Root(17, 0, "linear in head", "16×4 float32", False, False, False)
BEST = Root(5, 0, "argmax", "16 int64", False, True, False, "argmax is int64.")


@pytest.fixture
def dialog(qtbot):
    made = BackwardDialog([LOSS, LOGITS, BEST], LOSS, "The model runs again.")
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def asked(dialog: BackwardDialog) -> list[tuple[Root, str]]:
    found: list[tuple[Root, str]] = []
    dialog.wanted.connect(lambda root, seed: found.append((root, seed)))
    return found


def press(dialog: BackwardDialog) -> None:
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)


def test_a_scalar_starts_with_one(dialog: BackwardDialog, asked):
    assert dialog.root is LOSS
    assert dialog.told.text() == "A loss, by its op."
    press(dialog)
    assert asked == [(LOSS, "")]
    assert dialog.isVisible(), "until the debuggee has taken it"
    assert not dialog.ok.isEnabled(), "not to be asked twice"
    dialog.accept()
    assert not dialog.isVisible()


def test_what_is_no_scalar_starts_with_ones_and_says_what_that_means(dialog, asked):
    dialog.output.setCurrentIndex(1)
    assert "the sum of its elements" in dialog.told.text()
    press(dialog)
    assert asked == [(LOGITS, "ones")]


def test_a_file_must_be_named_and_is_handed_on(dialog, asked, monkeypatch):
    dialog.output.setCurrentIndex(1)
    dialog.seed.setCurrentIndex(1)
    assert not dialog.ok.isEnabled()
    assert dialog.told.text() == "A NumPy array of the output's shape, 16×4."
    answer = lambda *_: ("/data/seed.npy", "")  # noqa: E731
    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    QTest.mouseClick(dialog.browse, Qt.MouseButton.LeftButton)
    press(dialog)
    assert asked == [(LOGITS, "/data/seed.npy")]


def test_what_cannot_be_taken_is_told_and_not_asked_for(dialog, asked):
    dialog.output.setCurrentIndex(2)
    assert dialog.told.text() == "argmax is int64."
    assert dialog.told.property("kind") == "error"
    assert not dialog.ok.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert asked == []


def test_a_refusal_stands_until_something_else_is_chosen(dialog, asked):
    press(dialog)
    dialog.refuse("This output does not depend on anything.")
    assert dialog.isVisible()
    assert dialog.told.text() == "This output does not depend on anything."
    assert not dialog.ok.isEnabled()
    dialog.output.setCurrentIndex(1)
    assert dialog.told.property("kind") == "text3"
    press(dialog)
    assert [root for root, _ in asked] == [LOSS, LOGITS]
