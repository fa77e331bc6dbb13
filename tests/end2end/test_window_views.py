"""Each view of the inspector, worked by mouse and keys on a real debuggee."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from opscope.tracers.ir import RunState, Selection, Sought
from opscope.widgets.tensor.colours import Palette
from opscope.widgets.tensor.go_bar import WORDS
from opscope.widgets.tensor.labels import LabelDialog
from opscope.widgets.tensor.scales import bar_beside
from opscope.widgets.tensor.tabs import View

from .conftest import MODELS, Window

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def finish(window: Window, spec: str = f"{MODELS / 'views.py'}:build") -> None:
    window.main.resize(1600, 1000)
    window.open(spec)
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED, window.run.message


def look(window: Window, type_: str, nth: int = 0) -> None:
    """Select an op of a type; its value is there after."""
    graph = window.run.graph
    ops = [index for index, op in enumerate(graph.ops) if op.type == type_]
    window.bench.select(Selection(op=ops[nth]))
    window.settle()


def turn_to(window: Window, view: View) -> None:
    QTest.mouseClick(window.bench.inspector.value.tabs.tabs[view], LEFT)
    window.settle()


def click(widget: QWidget, at: QPoint) -> None:
    QTest.mouseMove(widget, at)
    QTest.mouseClick(widget, LEFT, pos=at)


def choose(menu: QMenu, text: str) -> None:
    """As a click on a menu's row does."""
    next(action for action in menu.actions() if action.text().startswith(text)).trigger()


def test_the_heat_map_names_its_axes_picks_elements_and_has_a_range(window: Window):
    finish(window)
    look(window, "softmax")
    value = window.bench.inspector.value
    heat = value.heat
    assert heat.isVisible()
    assert value.names == ("batch", "head", "query", "key")
    click(heat, heat.grid.cell(4, 2).center().toPoint())
    assert heat.describe(heat.mark) == "query 4 · key 2"
    QTest.keyClick(heat, Qt.Key.Key_Right)
    QTest.keyClick(heat, Qt.Key.Key_Down)
    assert value.element == (0, 0, 5, 3)
    thumbs = value.thumbs
    assert thumbs.isVisible()
    QTest.keyClick(thumbs, Qt.Key.Key_Right)
    window.settle()
    assert value.shown.picks[1] == 1
    assert heat.plane is not None
    assert np.allclose(heat.plane.values.sum(1), 1), "each query's weights"
    assert np.count_nonzero(np.triu(heat.plane.values, 1)) == 0

    fitted = heat.norm
    assert fitted is not None
    bar = bar_beside(heat.grid.area)
    top = QPoint(round(bar.center().x()), round(bar.top()))
    QTest.mouseMove(heat, top)
    QTest.mousePress(heat, LEFT, pos=top)
    QTest.mouseMove(heat, QPoint(top.x(), round(bar.center().y())))
    QTest.mouseRelease(heat, LEFT, pos=QPoint(top.x(), round(bar.center().y())))
    assert heat.norm is not None
    assert heat.norm.high < fitted.high
    QTest.mouseDClick(heat, LEFT, pos=top)
    assert heat.norm == fitted, "a double click fits the range again"
    menu = QMenu()
    value.tabs.fill_menu(menu)
    choose(menu, "Grey")
    assert heat.norm is not None
    assert heat.norm.palette is Palette.GREY


def test_elements_are_gone_to_by_index_rank_and_threshold(window: Window):
    finish(window)
    look(window, "softmax")
    value = window.bench.inspector.value
    QTest.mouseClick(value.tabs.go, LEFT)
    value.bar.index.selectAll()
    QTest.keyClicks(value.bar.index, "[0, 2, 1:5, ::2]")
    QTest.keyClick(value.bar.index, Qt.Key.Key_Return)
    window.settle()
    assert value.heat.plane is not None
    assert value.heat.plane.values.shape == (4, 3)
    value.show_all()
    window.settle()
    QTest.mouseClick(value.bar.next, LEFT)
    window.until(lambda: value.heat.mark is not None)
    window.settle()
    assert value.heat.value_at(value.heat.mark) == 1.0, "the first query sees itself alone"
    look(window, "masked_fill")
    value.heat.clear_mark()
    QTest.keyClick(value.heat, Qt.Key.Key_N)
    window.until(lambda: value.heat.mark is not None)
    window.settle()
    assert value.heat.value_at(value.heat.mark) == -math.inf
    look(window, "relu")
    menu = QMenu()
    value.bar.fill_menu(menu)
    choose(menu, WORDS[Sought.ABOVE])
    value.bar.limit.setText("0.3")
    value.heat.clear_mark()
    QTest.keyClick(value.bar.limit, Qt.Key.Key_Return)
    window.until(lambda: value.heat.mark is not None)
    window.settle()
    found = value.heat.value_at(value.heat.mark)
    assert isinstance(found, float)
    assert found > 0.3


def test_images_stand_channels_first_or_last_and_in_colour(window: Window):
    finish(window)
    look(window, "relu")
    value = window.bench.inspector.value
    turn_to(window, View.IMAGES)
    grid = value.images.grid
    assert grid.isVisible()
    assert list(grid.shown) == list(range(8)), "a picture for each channel"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert value.shown.picks[1] == 1
    look(window, "contiguous")
    assert value.images.colour.isVisible(), "the last of three axes is seen to be the channels"
    assert value.images.colour.isChecked()
    picture = grid.grab().toImage()
    shades = {picture.pixelColor(x, 60).hue() for x in range(20, picture.width() - 20, 7)}
    assert len(shades) > 3, "red, green and blue together"
    QTest.mouseClick(value.images.colour, LEFT)
    window.settle()
    assert list(grid.shown) == [0, 1, 2]
    QTest.mouseClick(value.images.order, LEFT)
    window.settle()
    assert (value.shown.y, value.shown.x) == (2, 3), "channels first: a picture for each row"
    assert len(grid.shown) > 3


def test_a_row_of_numbers_is_a_plot_a_table_and_a_histogram(window: Window):
    finish(window)
    look(window, "cumsum")
    inspector = window.bench.inspector
    value = inspector.value
    curve = value.curve
    assert curve.isVisible()
    assert value.tabs.tabs[View.HEAT].text() == "Plot"
    assert curve.plane is not None
    values = curve.plane.values[0].tolist()
    assert len(values) == 8
    curve.setFocus()
    QTest.keyClick(curve, Qt.Key.Key_Right)
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert value.element == (1,)
    turn_to(window, View.TABLE)
    value.table.grab()
    window.settle()
    model = value.table.model
    assert model.rowCount() == 8
    assert model.data(model.index(7, 0)).startswith(f"{values[7]:.3f}"[:5])

    look(window, "relu")
    turn_to(window, View.HISTOGRAM)
    histogram = value.histogram
    assert histogram.bins is not None
    assert histogram.bins.total == 8 * 16 * 20
    was = histogram.logarithmic
    QTest.mouseClick(histogram.scale, LEFT)
    assert histogram.logarithmic is not was
    QTest.mouseClick(histogram.part, LEFT)
    window.settle()
    assert histogram.bins.total == 16 * 20, "of the slice alone"

    assert not value.details.isVisible()
    QTest.mouseClick(value.stats, LEFT)
    window.until(lambda: bool(value.details.values))
    names = [cell.name for cell in value.stats.cells]
    assert names == ["min", "max", "mean", "std", "zeros", "NaN, Inf"]
    assert list(value.details.values) == sorted(value.details.values)


def test_a_frame_of_the_strip_opens_its_pass(window: Window):
    window.main.resize(1600, 1000)
    window.open("sample:char_gru")
    graph = window.run.graph
    loop = next(index for index, op in enumerate(graph.ops) if op.type == "While")
    while window.run.head.op != loop:
        window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F11)
    for _ in range(5):
        window.press(Qt.Key.Key_F10)
    run = window.run
    op = next(index for index, each in enumerate(graph.ops) if each.type == "Sigmoid")
    window.bench.select(Selection(op=op))
    window.settle()
    value = window.bench.inspector.value
    strip = value.film
    assert strip.isVisible()
    assert strip.count == len(run.executions(op)) == 5
    window.until(lambda: all(strip.picture(place) is not None for place in range(5)))
    QTest.mouseClick(strip, LEFT, pos=strip.spot(1).center().toPoint())
    window.until(lambda: strip.current == 1)
    window.arrive()
    assert window.bench.inspector.subject.record == run.executions(op)[1]
    assert run.turns(run.place.frame) == (1,), "graph, list and source look at that pass"
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    window.until(lambda: strip.current == 2)
    window.arrive()
    assert run.turns(run.place.frame) == (2,)


def test_passes_of_a_loop_in_python_are_a_strip_and_a_plot(window: Window):
    finish(window)
    look(window, "sin", nth=20)
    value = window.bench.inspector.value
    strip = value.film
    assert (strip.count, strip.current) == (40, 20)
    assert 20 in strip.in_sight
    window.until(lambda: strip.missing() is None)
    window.settle()
    assert strip.picture(0) is None, "what is not in sight is not fetched"
    QTest.mouseClick(strip, LEFT, pos=strip.spot(21).center().toPoint())
    window.until(lambda: strip.current == 21)
    window.settle()
    value.go_to((1, 0))
    window.settle()
    turn_to(window, View.PASSES)
    curve = value.stage.passes
    window.until(curve.isVisible)
    assert curve.plane is not None
    assert curve.plane.values.shape == (1, 40)


def test_an_element_is_followed_over_a_restart_and_an_edit(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("views.py")
    source = Path(spec.rpartition(":")[0])
    finish(window, spec)
    look(window, "cumsum")
    inspector = window.bench.inspector
    value = inspector.value
    value.go_to((7,))
    window.settle()
    menu = QMenu()
    inspector.menus.fill(menu)
    choose(menu, "Follow element over runs")
    window.settle()
    assert value.view is View.RUNS
    (anchor,) = inspector.following.runs.anchors

    def readings() -> tuple[object, ...]:
        return tuple(each.value for each in inspector.following.runs.readings(anchor))

    window.until(lambda: len(readings()) == 1)
    source.write_text(
        source.read_text().replace("torch.relu(self.conv", "2 * torch.relu(self.conv")
    )
    before = window.run
    QTest.keyClick(window.main, Qt.Key.Key_F5, CONTROL | SHIFT)
    window.until(lambda: window.main.session.run not in (None, before), 40_000)
    window.arrive()
    window.press(Qt.Key.Key_F5)
    window.until(lambda: len(readings()) == 2)
    first, second = readings()
    assert isinstance(first, float)
    assert second == pytest.approx(2 * first, rel=1e-5)
    look(window, "cumsum")
    turn_to(window, View.RUNS)
    runs = value.stage.runs
    assert runs.isVisible()
    assert runs.table.rowCount() == 2
    assert runs.table.item(1, 3).text() == "restarted"
    assert runs.curve.plane is not None
    assert runs.curve.plane.values[0].tolist() == [first, second]


def test_values_are_labelled_saved_and_copied(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    finish(window)
    look(window, "softmax")
    inspector = window.bench.inspector
    value = inspector.value
    menu = QMenu()
    inspector.menus.fill(menu)
    choose(menu, "Label an axis")
    dialog = inspector.findChild(LabelDialog)
    assert dialog is not None
    dialog.axis.setCurrentIndex(3)
    dialog.text.setPlainText("the\ncat\nsat\non\nmy\nmat")
    QTest.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Ok), LEFT)
    window.settle()
    assert value.heat.describe((5, 2)) == "query 5 · key 2 (sat)"

    for suffix, row in ((".npy", ""), (".csv", "Save the slice"), (".png", "Save the picture")):
        path = tmp_path / f"weights{suffix}"
        monkeypatch.setattr(
            QFileDialog, "getSaveFileName", lambda *_args, path=path: (str(path), "")
        )
        if row:
            menu.clear()
            inspector.menus.fill(menu)
            choose(menu, row)
        else:
            QTest.mouseClick(inspector.header.save, LEFT)
        window.until(path.exists)
        window.until(lambda: not inspector.saver.running)
    saved = np.load(tmp_path / "weights.npy")
    assert saved.shape == (1, 3, 6, 6)
    assert value.heat.plane is not None
    assert np.array_equal(saved[0, 0], value.heat.plane.values)
    lines = (tmp_path / "weights.csv").read_text().splitlines()
    assert any("sat" in line for line in lines) or len(lines) >= 6
    assert QImage(str(tmp_path / "weights.png")).size() == value.stage.size()
    menu.clear()
    inspector.menus.fill(menu)
    choose(menu, "Copy slice as NumPy code")
    clipboard = QGuiApplication.clipboard()
    window.until(lambda: "np.array(" in clipboard.text())
    made = eval(clipboard.text().partition("\n")[2], {"np": np})
    assert np.array_equal(made, saved[0, 0])


def test_the_gradient_stands_beside_its_value(window: Window):
    finish(window, "sample:train_step")
    inspector, run = window.bench.inspector, window.run
    tied = (value for row in run.records for value in row.gradient_of if value[0] >= 0)
    record, slot = next(value for value in tied if len(run.records[value[0]].outputs) == 1)
    window.bench.select(Selection(op=run.records[record].op, record=record, slot=slot))
    window.settle()
    assert inspector.gradient.isVisible()
    QTest.mouseClick(inspector.gradient, LEFT, pos=QPoint(60, 12))
    window.settle()
    assert (record, slot) in run.records[inspector.subject.record].gradient_of
    assert inspector.gradient.isVisible(), "and the value beside its gradient"
