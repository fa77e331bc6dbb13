"""Slices as .csv, pictures as .png; what axes are called in attention."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from opscope.tracers.ir import Form
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.axes import axis_names
from tests.unit.widgets.tensor_server import attention
from tests.unit.widgets.test_tensor_inspector import show


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def test_a_slice_is_written_row_by_row_with_every_digit(inspector, qtbot, tmp_path):
    array = np.random.default_rng(0).normal(size=(2, 900, 70)).astype(np.float32)
    array[1, 3, 4], array[1, 5, 6] = np.nan, -np.inf
    _run, server = show(inspector, [("linear", [array])])
    inspector.value.show_slice(inspector.value.shown.at_index(0, 1).at_range(1, (1, 900, 2)))
    before = len(server.asked_for(Form.PLANE))
    with qtbot.waitSignal(inspector.noted) as said:
        inspector.save_to(str(tmp_path / "x.csv"))
    assert said.args == [f"Saved {tmp_path / 'x.csv'}"]
    assert len(server.asked_for(Form.PLANE)) - before == 2
    loaded = np.loadtxt(tmp_path / "x.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(loaded, array[1, 1::2], equal_nan=True)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_one_axis_is_one_column_and_words_are_quoted(inspector, tmp_path):
    show(inspector, [("split", [np.array(["a,b", 'c"d', "ä"], object)])])
    inspector.save_to(str(tmp_path / "words.csv"))
    with (tmp_path / "words.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["a,b"], ['c"d'], ["ä"]]


def test_a_file_that_cannot_be_written_is_told(inspector, qtbot, tmp_path):
    show(inspector, [("softmax", [attention()])])
    for name in ("x.csv", "x.png"):
        with qtbot.waitSignal(inspector.noted) as said:
            inspector.save_to(str(tmp_path / "missing" / name))
        assert "could not be written" in said.args[0]
    assert not inspector.saver.running


def test_saving_stops_half_way_and_leaves_nothing(inspector, tmp_path):
    array = np.zeros((900, 70), np.float32)
    _run, server = show(inspector, [("linear", [array])])
    server.at_once = False
    inspector.save_to(str(tmp_path / "x.csv"))
    assert inspector.saver.running
    inspector.header.cancel_wanted.emit()
    server.flush()
    assert not inspector.saver.running
    assert not list(tmp_path.iterdir())


def test_the_menu_asks_for_a_path(inspector, monkeypatch, tmp_path):
    show(inspector, [("softmax", [attention()])])
    asked = []

    def choose(_parent, title, name, kinds):
        asked.append((title, name, kinds))
        return str(tmp_path / "picture"), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    menu = QMenu()
    inspector.header.more_wanted.emit(menu)
    next(a for a in menu.actions() if a.text() == "Save the picture as .png…").trigger()
    assert asked == [("Save the picture as .png", "h_5_attn_softmax.png", "Pictures (*.png)")]
    picture = QImage(str(tmp_path / "picture.png"))
    assert picture.size() == inspector.value.stage.size()
    grid = inspector.value.heat.grid
    spot = grid.cell(0, 0).center().toPoint()
    assert picture.pixelColor(spot).lightness() > 200, "the brightest cell of the softmax"


def test_axes_of_attention_have_names():
    assert axis_names("softmax", (), 4, "h.5.attn") == ("batch", "head", "query", "key")
    assert axis_names("Softmax", (), 4, "encoder.self_attention")[1:] == ("head", "query", "key")
    assert axis_names("softmax", (), 4, "head")[0] == "axis 0"
    assert axis_names("scaled_dot_product_attention", (), 4)[3] == "feature"
    assert axis_names("embedding", (), 3) == ("batch", "token", "feature")
    assert axis_names("softmax", (), 2, "h.5.attn")[0] == "axis 0"
