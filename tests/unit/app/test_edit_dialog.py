"""What is asked of an edit, and what is said of it while it is typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from opscope.app.edit_check import Editable, check, editables, kinds_of
from opscope.app.edit_dialog import EditDialog, what_follows
from opscope.tracers.ir import Edit, EditKind, Run, TensorSummary

from ..widgets import run_samples as samples

VALUE = Editable("output 0", 0, False, (2, 3), "float32")
WHOLE = replace(VALUE, dtype="int64")
TRUTH = replace(VALUE, label="output 0", shape=None, dtype="bool", tensor=False)


def op_of(run: Run, type_: str) -> int:
    return next(index for index, op in enumerate(run.graph.ops) if op.type == type_)


def choose(box: QComboBox, text: str) -> None:
    """As a user does with the keyboard."""
    found = next(i for i in range(box.count()) if box.itemText(i).startswith(text))
    box.setFocus()
    while box.currentIndex() != found:
        key = Qt.Key.Key_Down if box.currentIndex() < found else Qt.Key.Key_Up
        QTest.keyClick(box, key)


# What is said


@pytest.mark.parametrize(
    ("kind", "text", "value", "fine", "words"),
    [
        (EditKind.EXPRESSION, "where(x > 0, x, 0)", VALUE, True, ""),
        (EditKind.EXPRESSION, "x + inputs[1]", VALUE, True, ""),
        (EditKind.EXPRESSION, "1 + 2", VALUE, True, "every element is the same"),
        (EditKind.EXPRESSION, "x +", VALUE, False, "no expression"),
        (EditKind.EXPRESSION, "y", VALUE, False, "There is no y here"),
        (EditKind.EXPRESSION, "x = 3", VALUE, False, "cannot assign"),
        (EditKind.EXPRESSION, "open('x')", VALUE, False, "open"),
        (EditKind.EXPRESSION, "not x", TRUTH, True, ""),
        (EditKind.EXPRESSION, "", VALUE, False, "x is the value"),
        (EditKind.CONSTANT, "-1e-3", VALUE, True, ""),
        (EditKind.CONSTANT, "nan", VALUE, True, ""),
        (EditKind.CONSTANT, "many", VALUE, False, "many is no number"),
        (EditKind.CONSTANT, "0.5", WHOLE, False, "no whole number"),
        (EditKind.CONSTANT, "nan", WHOLE, False, "no whole number"),
        (EditKind.CONSTANT, "3", WHOLE, True, ""),
        (EditKind.CONSTANT, "2j", VALUE, False, "complex"),
        (EditKind.CONSTANT, "true", TRUTH, True, ""),
        (EditKind.CONSTANT, "", VALUE, False, "A number for every element"),
        (EditKind.NOISE, "0.1", VALUE, True, ""),
        (EditKind.NOISE, "-1", VALUE, False, "0 or more"),
        (EditKind.NOISE, "loud", VALUE, False, "standard deviation"),
        (EditKind.ZERO, "", VALUE, True, "Every element becomes 0"),
        (EditKind.FILE, "", VALUE, False, "A NumPy array"),
        (EditKind.FILE, "weights.pt", VALUE, False, ".npy"),
        (EditKind.FILE, "/nowhere/at/all.npy", VALUE, False, "There is no file"),
    ],
)
def test_what_is_typed_is_judged(kind, text, value, fine, words):
    verdict = check(kind, text, value)
    assert verdict.fine is fine
    assert words in verdict.sentence
    assert bool(verdict.sentence) or verdict.fine


def test_an_array_must_fit(tmp_path: Path):
    def judge(name: str, array: np.ndarray, value: Editable = VALUE):
        np.save(tmp_path / name, array)
        return check(EditKind.FILE, str(tmp_path / name), value)

    same = judge("same.npy", np.zeros((2, 3), "f4"))
    assert (same.fine, same.sentence) == (True, "2×3 float32.")
    row = judge("row.npy", np.zeros(3))
    assert (row.fine, row.sentence) == (True, "3 float64, broadcast to 2×3.")
    odd = judge("odd.npy", np.zeros((4, 3)))
    assert not odd.fine
    assert "odd.npy is 4×3 float64, which does not fit 2×3" in odd.sentence
    larger = judge("larger.npy", np.zeros((5, 2, 3)))
    assert not larger.fine, "a value keeps its shape"
    read = judge("read.npy", np.zeros((4, 3)), replace(VALUE, is_input=True))
    assert (read.fine, read.sentence) == (True, "4×3 float64, where it was 2×3.")
    unknown = judge("unknown.npy", np.zeros((4, 3)), replace(VALUE, shape=None))
    assert unknown.fine, "the debuggee will tell"
    things = judge("things.npy", np.array([{}, 3], dtype=object))
    assert not things.fine
    (tmp_path / "text.npy").write_text("no array")
    assert "does not hold" in check(EditKind.FILE, str(tmp_path / "text.npy"), VALUE).sentence


# What can be edited


def test_an_executed_op_offers_its_outputs_and_inputs():
    run = samples.gpt2(231).run
    split = op_of(run, "split")
    record = run.executions(split)[0]
    run.records[record] = replace(run.records[record], inputs=((record - 1, 0), (-1, 0)))
    found = editables(run, split, record)
    assert [value.label for value in found] == [
        *("output 0", "output 1", "output 2", "input 0", "input 1"),
    ]
    assert found[0].text == "output 0   1×64×768 float32"
    assert found[3].is_input


def test_an_op_that_has_not_run_offers_what_the_map_expects():
    run = samples.gpt2(3).run
    split = op_of(run, "split")
    assert [value.slot for value in editables(run, split, -1)] == [0, 1, 2]
    bare = replace(run.graph.ops[split], outputs=())
    run.graph.ops[split] = bare
    assert editables(run, split, -1) == (Editable("output 0", 0, False),)


def test_what_is_no_tensor_becomes_no_array():
    run = samples.gpt2(231).run
    text = TensorSummary((), "bool", text="True")
    run.records[0] = replace(run.records[0], outputs=(text,))
    value = editables(run, run.records[0].op, 0)[0]
    assert not value.tensor
    assert kinds_of(value) == (EditKind.EXPRESSION, EditKind.CONSTANT)


# The dialog


@pytest.fixture
def run() -> Run:
    return samples.gpt2(231).run


def test_an_edit_is_typed(qtbot, run):
    split = op_of(run, "split")
    record = run.executions(split)[0]
    dialog = EditDialog(run, split, record, (2, False))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.value.currentText().startswith("output 2")
    assert not dialog.ok.isEnabled()
    QTest.keyClicks(dialog.text, "x * y")
    assert "There is no y" in dialog.told.text()
    assert dialog.text.property("wrong")
    assert not dialog.ok.isEnabled()
    QTest.keyClick(dialog.text, Qt.Key.Key_Backspace)
    QTest.keyClicks(dialog.text, "2")
    assert not dialog.text.property("wrong")
    with qtbot.waitSignal(dialog.accepted, timeout=500):
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert dialog.edit(7) == Edit(
        7,
        run.graph.ops[split].key,
        EditKind.EXPRESSION,
        "x * 2",
        slot=2,
        label="output 2 of split in h.0.attn",
    )


def test_each_kind_keeps_what_was_typed_for_it(qtbot, run):
    dialog = EditDialog(run, 3, 3)
    qtbot.addWidget(dialog)
    dialog.show()
    QTest.keyClicks(dialog.text, "x + 1")
    choose(dialog.kind, "Constant")
    assert dialog.text.text() == ""
    assert not dialog.browse.isVisible()
    QTest.keyClicks(dialog.text, "nan")
    choose(dialog.kind, "Array")
    assert dialog.browse.isVisible()
    choose(dialog.kind, "Zeros")
    assert not dialog.text.isVisible()
    assert dialog.ok.isEnabled()
    assert dialog.edit(1).text == ""
    choose(dialog.kind, "Constant")
    assert dialog.text.text() == "nan"
    choose(dialog.kind, "Expression")
    assert dialog.text.text() == "x + 1"


def test_an_edit_is_changed(qtbot, run):
    known = Edit(4, run.graph.ops[3].key, EditKind.NOISE, "0.5", turn=0, enabled=False, label="was")
    dialog = EditDialog(run, 3, 3, known=known)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.windowTitle() == "Change Edit"
    assert (dialog.kind.currentData(), dialog.text.text()) == (EditKind.NOISE, "0.5")
    assert dialog.text.selectedText() == "0.5", "typing replaces it"
    QTest.keyClicks(dialog.text, "0.25")
    changed = dialog.edit(99)
    assert (changed.id, changed.text, changed.enabled) == (4, "0.25", False)


def test_what_will_happen_is_said(run):
    value = editables(run, 3, 3)[0]
    assert what_follows(run, 3, 3, value) == (
        "The model runs again from its start and stands after op 4, add; the 227 ops behind it"
        " are run anew when you go on."
    )
    assert "stands before op 4, add; the 228 ops" in what_follows(
        run, 3, 3, replace(value, is_input=True)
    )
    last = len(run.records) - 1
    op = run.records[last].op
    assert what_follows(run, op, last, value).endswith(f"after op 231, {run.graph.ops[op].type}.")
    assert what_follows(run, 300, -1, value) == f"It is made when {run.graph.ops[300].type} runs."
