"""Tokens or classes beside an axis."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMenu

from opscope.tracers.ir import Selection
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.labels import LabelDialog, read_labels
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import attention
from tests.unit.widgets.test_tensor_inspector import show

TOKENS = tuple(f"tok{index}" for index in range(64))


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("cat\ndog\n", ("cat", "dog")),
        ('["cat", 2, "a\\nb"]', ("cat", "2", "a\nb")),
        ("[CLS]\nthe\n[SEP]\n", ("[CLS]", "the", "[SEP]")),
        ("  \n", ()),
        ("a\n\nb", ("a", "", "b")),
    ],
)
def test_lists_of_labels(text, labels):
    assert read_labels(text) == labels


def test_a_broken_list_is_said():
    with pytest.raises(ValueError, match="JSON list"):
        read_labels('["cat", ')


def ask(inspector):
    menu = QMenu()
    inspector.header.more_wanted.emit(menu)
    next(action for action in menu.actions() if action.text() == "Label an axis…").trigger()
    return inspector.findChild(LabelDialog)


def test_labels_stand_beside_the_axis_in_every_view(inspector, qtbot):
    show(inspector, [("softmax", [attention()]), ("softmax", [attention(seed=3)])])
    dialog = ask(inspector)
    dialog.axis.setCurrentIndex(3)
    dialog.text.setPlainText("\n".join(TOKENS[:5]))
    okay = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not okay.isEnabled()
    assert dialog.words.text() == "5 labels, and the axis has 64 elements."
    dialog.text.setPlainText("\n".join(TOKENS))
    qtbot.mouseClick(okay, Qt.MouseButton.LeftButton)
    value = inspector.value
    assert value.heat.describe((41, 22)) == "query 41 · key 22 (tok22)"
    assert value.heat.plane.x.label(3) == "tok3"
    value.show_view(View.TABLE)
    header = value.table.model.headerData(7, Qt.Orientation.Horizontal)
    assert header == "tok7"
    value.show_view(View.HEAT)
    value.show_slice(value.shown.at_index(2, 9))
    value.curve.show_position(4)
    assert value.curve.plane.x.describe(4) == "key 4 (tok4)"
    inspector.show_selection(Selection(op=1))
    assert value.curve.plane.x.label(63) == "tok63", "axes of the same name and length have them"


def test_labels_are_read_from_a_file_and_taken_off_again(inspector, qtbot, monkeypatch, tmp_path):
    show(inspector, [("linear", [np.ones((3, 4), np.float32)])])
    dialog = ask(inspector)
    (tmp_path / "classes.json").write_text('["a", "b", "c", "d"]')
    path = str(tmp_path / "classes.json")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    dialog._load()
    assert dialog.words.text() == "4 labels."
    dialog._give()
    assert inspector.value.labels == {1: ("a", "b", "c", "d")}
    path = str(tmp_path / "missing.txt")
    dialog._load()
    assert "could not be read" in dialog.words.text()
    inspector.value.label_axis(1, ())
    assert inspector.value.labels == {}
    assert inspector.value.heat.plane.x.label(2) == "2"
