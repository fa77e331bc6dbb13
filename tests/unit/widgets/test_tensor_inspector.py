from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from opscope.tracers.ir import (
    Form,
    ModelFacts,
    Place,
    RunState,
    Selection,
    TensorRequest,
    TensorSummary,
    ValueKind,
    ValueRef,
)
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import TensorServer, answer, attention, make_run


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 641)
    made.show()
    return made


def show(inspector, outputs, at_once=True, **options):
    """A run of ops in the inspector, the first one selected."""
    run, arrays = make_run(outputs, **options)
    server = TensorServer(inspector, arrays, at_once)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0))
    return run, server


def chips(inspector):
    return [text for text, _kind in inspector.header.chips.chips]


def test_head_says_which_value_of_which_op(inspector):
    show(inspector, [("softmax", [attention()])])
    assert inspector.header.subject.title == "softmax"
    assert inspector.header.subject.ordinal == 1
    assert inspector.header.picker.text() == "output 0"
    assert chips(inspector) == ["float32", "1×12×64×64", "192 KiB", "cpu", "finite"]


def test_last_two_axes_are_shown_and_the_others_at_index_0(inspector):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    shown = inspector.value.shown
    assert shown.picks == (0, 0, (0, 64, 1), (0, 64, 1))
    assert (shown.y, shown.x) == (2, 3)
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 0])
    assert inspector.value.heat.grid.wide == 5


def test_picture_has_whole_pixel_cells_and_the_rest_of_the_target(inspector):
    show(inspector, [("softmax", [attention()])])
    value = inspector.value
    assert value.heat.isVisible()
    assert value.thumbs.isVisible()
    assert list(value.thumbs.indices) == list(range(12))
    assert value.tabs.look.text() == "magma · √"
    cells = {cell.name: cell.text for cell in value.stats.cells}
    assert cells["mean"] == "0.0156"
    assert cells["zeros"] == "49.2 %"
    assert cells["NaN, Inf"] == "0"
    assert value.stats.bins.total == 12 * 64 * 64


def test_a_low_pane_has_no_thumbnails(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    inspector.resize(372, 517)
    qtbot.waitUntil(lambda: not inspector.value.thumbs.isVisible())
    assert inspector.value.heat.grid.wide == 4


def test_arrow_of_a_slicer_moves_the_index(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    slicer = inspector.value.slicers.slicers[1]
    qtbot.mouseClick(slicer._more, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(slicer._more, Qt.MouseButton.LeftButton)
    assert slicer.edit.text() == "2 of 12"
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 2])
    assert inspector.value.thumbs.current == 2


def test_typed_range_and_index(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    edit = inspector.value.slicers.slicers[2].edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "8:32")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 0, 8:32])
    assert inspector.value.heat.plane.y.at(0) == 8
    edit.selectAll()
    qtbot.keyClicks(edit, "20")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert inspector.value.shown.y == -1
    assert inspector.value.curve.isVisible()
    assert np.array_equal(inspector.value.curve.plane.values[0], pattern[0, 0, 20])


def test_nonsense_in_a_slicer_is_taken_back(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    edit = inspector.value.slicers.slicers[1].edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "99")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert inspector.value.shown.picks[1] == 0
    assert edit.text() == "0"


def test_click_on_the_letters_assigns_axes(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    slicers = inspector.value.slicers.slicers
    letter = QPoint(slicers[3].width() - 14, 38)
    qtbot.mouseClick(slicers[3], Qt.MouseButton.LeftButton, pos=letter)
    assert (inspector.value.shown.y, inspector.value.shown.x) == (3, 2)
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 0].T)
    offered_x = QPoint(slicers[1].width() - 7, 14)
    qtbot.mouseClick(slicers[1], Qt.MouseButton.LeftButton, pos=offered_x)
    assert (inspector.value.shown.y, inspector.value.shown.x) == (3, 1)
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, :, 0].T)


def test_keys_of_a_slicer(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    edit = inspector.value.slicers.slicers[1].edit
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert inspector.value.shown.picks[1] == 1
    qtbot.keyClick(edit, Qt.Key.Key_Y)
    assert inspector.value.shown.y == 1


def test_tabs_change_the_view(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    tabs, value = inspector.value.tabs.tabs, inspector.value
    for view, widget in (
        (View.IMAGES, value.images),
        (View.TABLE, value.table),
        (View.HISTOGRAM, value.histogram),
        (View.HEAT, value.heat),
    ):
        qtbot.mouseClick(tabs[view], Qt.MouseButton.LeftButton)
        assert widget.isVisible()
        assert value.view is view


def test_tabs_are_reached_and_moved_by_keys(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    tabs = inspector.value.tabs.tabs
    tabs[View.HEAT].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tabs[View.HEAT], Qt.Key.Key_Right)
    assert tabs[View.IMAGES].isChecked()
    assert inspector.value.view is View.IMAGES


def test_pointer_reads_an_element(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    heat = inspector.value.heat
    where = heat.grid.cell(41, 22).center().toPoint()
    QTest.mouseMove(heat, QPoint(5, 5))
    QTest.mouseMove(heat, where)
    assert heat.cursor_cell == (41, 22)
    assert heat.describe((41, 22)) == "query 41 · key 22"
    assert heat.value_at((41, 22)) == pattern[0, 0, 41, 22]
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=where)
    assert heat.mark == (41, 22)
    heat.setFocus()
    qtbot.keyClick(heat, Qt.Key.Key_Down)
    qtbot.keyClick(heat, Qt.Key.Key_Left)
    assert heat.mark == (42, 21)
    assert "query 42" in heat.accessibleDescription()


def test_click_on_a_thumbnail_shows_that_slice(inspector, qtbot):
    pattern = attention()
    show(inspector, [("softmax", [pattern])])
    strip = inspector.value.thumbs
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip._spot(4).center().toPoint())
    assert inspector.value.shown.picks[1] == 4
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 4])


def test_late_answers_of_another_value_are_dropped(inspector):
    first, second = attention(seed=1), attention(seed=2)
    _run, server = show(inspector, [("a", [first]), ("b", [second])], at_once=False)
    old = list(server.waiting)
    server.waiting.clear()
    inspector.show_selection(Selection(op=1))
    for request in old:
        inspector.show_piece(answer(first, request))
    server.flush()
    assert np.array_equal(inspector.value.heat.plane.values, second[0, 0])
    for request in old:
        inspector.show_piece(answer(first, request))
    assert np.array_equal(inspector.value.heat.plane.values, second[0, 0])


def test_one_request_of_a_kind_is_under_way_and_the_newest_follows(inspector):
    pattern = attention()
    _run, server = show(inspector, [("softmax", [pattern])])
    server.at_once = False
    server.asked.clear()
    for index in range(1, 9):
        inspector.value.show_slice(inspector.value.shown.at_index(1, index))
    planes = [r for r in server.asked if r.form is Form.PLANE and len(r.axes) == 2]
    assert [request.picks[1] for request in planes] == [1]
    server.flush()
    planes = [r for r in server.asked if r.form is Form.PLANE and len(r.axes) == 2]
    assert [request.picks[1] for request in planes] == [1, 8]
    assert np.array_equal(inspector.value.heat.plane.values, pattern[0, 8])


def test_nothing_is_asked_while_the_model_runs(inspector):
    run, server = show(inspector, [("a", [attention()]), ("b", [attention(seed=3)])])
    run.state = RunState.RUNNING
    inspector.show_place()
    server.asked.clear()
    inspector.show_selection(Selection(op=1))
    assert server.asked == []
    run.state = RunState.PAUSED
    inspector.show_place()
    assert {request.ref for request in server.asked} == {ValueRef(1, 0)}
    assert np.array_equal(inspector.value.heat.plane.values, attention(seed=3)[0, 0])


def test_nonfinite_values_turn_the_map_grey(inspector):
    data = np.linspace(-5, 5, 64 * 64, dtype=np.float32).reshape(64, 64).copy()
    data[3, 4] = np.nan
    data[5, 6] = -np.inf
    show(inspector, [("log", [data])])
    assert inspector.value.tabs.look.text() == "grey"
    assert ("1 NaN", "nan") in inspector.header.chips.chips
    assert ("−Inf 1", "inf") in inspector.header.chips.chips
    cells = {cell.name: cell for cell in inspector.value.stats.cells}
    assert cells["min"].text == "−Inf"
    assert cells["min"].token == "inf"
    assert cells["mean"].text.startswith("≈")
    image = inspector.grab().toImage()
    heat = inspector.value.heat
    spot = heat.mapTo(inspector, heat.grid.cell(3, 4).center().toPoint())
    assert image.pixelColor(spot).name() == "#ff6b98"


def test_signed_values_are_symmetric_about_zero(inspector):
    data = np.random.default_rng(0).normal(-1, 9, (64, 64)).astype(np.float32)
    show(inspector, [("matmul", [data])])
    norm = inspector.value.heat.norm
    assert inspector.value.tabs.look.text() == "blue–orange"
    assert norm.low == -norm.high


def test_colours_are_chosen_from_the_menu(inspector):
    show(inspector, [("softmax", [attention()])])
    menu = QMenu(inspector)
    inspector.value.tabs.fill_menu(menu)
    next(action for action in menu.actions() if action.text() == "Grey").trigger()
    assert inspector.value.tabs.look.text() == "grey"
    inspector.value.tabs.fill_menu(menu)
    next(action for action in menu.actions() if action.text() == "Min to max").trigger()
    plane = inspector.value.heat.plane.values
    assert inspector.value.heat.norm.high == plane.max()


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array(2.5, np.float32), "2.5"),
        (np.array(7), "7"),
        (np.array(True), "true"),
        (np.array(np.nan, np.float32), "NaN"),
        (np.ones((1, 1, 1), np.float32), "1"),
    ],
)
def test_a_single_element_is_written_large(inspector, array, said):
    show(inspector, [("mean", [array])])
    assert inspector.value.notice.isVisible()
    assert inspector.value.notice.number.value == said


def test_one_dimension_is_a_curve(inspector, qtbot):
    data = np.sin(np.arange(300)).astype(np.float32)
    _run, _server = show(inspector, [("bias", [data])])
    assert inspector.value.curve.isVisible()
    assert inspector.value.tabs.tabs[View.HEAT].text() == "Plot"
    assert not inspector.value.tabs.tabs[View.IMAGES].isVisible()
    assert np.array_equal(inspector.value.curve.plane.values[0], data)
    inspector.value.curve.setFocus()
    qtbot.keyClick(inspector.value.curve, Qt.Key.Key_Right)
    qtbot.keyClick(inspector.value.curve, Qt.Key.Key_Right)
    assert inspector.value.curve.position == 1


def test_dragging_over_a_curve_zooms(inspector, qtbot):
    show(inspector, [("bias", [np.arange(1000, dtype=np.float32)])])
    curve = inspector.value.curve
    start, end = (QPoint(round(curve._x(cell)), 100) for cell in (100, 200))
    qtbot.mousePress(curve, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(curve, end)
    qtbot.mouseRelease(curve, Qt.MouseButton.LeftButton, pos=end)
    first, last, _step = inspector.value.shown.picks[0]
    assert abs(first - 200) < 8
    assert abs(last - 400) < 8
    qtbot.mouseDClick(curve, Qt.MouseButton.LeftButton, pos=start)
    assert inspector.value.shown.picks == ((0, 1000, 1),)


def test_wheel_zooms_about_the_pointer(inspector, qtbot):
    show(inspector, [("mm", [np.random.default_rng(0).normal(size=(1000, 800))])])
    heat = inspector.value.heat
    assert heat.plane.reduced
    for _ in range(3):
        heat._zoom((100, 100), 0.5)
    assert inspector.value.shown.extent(0) == 125
    assert not heat.plane.reduced
    heat.zoomed.emit([])
    assert inspector.value.shown.picks == ((0, 1000, 1), (0, 800, 1))


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.arange(64).reshape(8, 8) % 3 == 0, "b"),
        (np.arange(64).reshape(8, 8), "i"),
        (np.exp(1j * np.arange(64).reshape(8, 8)).astype(np.complex64), "c"),
        (np.arange(64, dtype=np.float16).reshape(8, 8), "f"),
    ],
)
def test_kinds_of_numbers(inspector, array, kind):
    show(inspector, [("x", [array])])
    heat = inspector.value.heat
    assert heat.plane.values.dtype.kind == kind
    assert heat.isVisible()
    inspector.grab()
    assert heat.value_at((7, 7)) == array[7, 7]


def test_strings_are_a_list(inspector):
    show(inspector, [("words", [np.array(["the", "cat", "sat"], object)])])
    model = inspector.value.table.model
    assert inspector.value.table.isVisible()
    assert model.data(model.index(0, 0)) == "…"
    texts = [model.data(model.index(row, 0)) for row in range(3)]
    assert texts == ["the", "cat", "sat"]
    assert not inspector.header.save.isEnabled()


def test_what_is_no_tensor_is_text(inspector):
    run, _server = show(inspector, [("split", [np.zeros(3, np.float32)])])
    text = "DynamicCache(layers=12)"
    summary = TensorSummary((), "DynamicCache", text=text)
    run.records[0] = replace(run.records[0], outputs=(summary,))
    inspector.show_place()
    assert inspector.value.notice.number.value == text
    assert chips(inspector) == ["DynamicCache"]


def test_empty_tensor(inspector):
    _run, server = show(inspector, [("x", [np.zeros((0, 64), np.float32)])])
    assert "empty tensor" in inspector.value.notice.sentence.text
    assert server.asked == []


def test_an_op_that_has_not_run_invites_a_run(inspector):
    _run, _server = show(inspector, [("a", [attention()]), ("b", [attention()])], executed=1)
    inspector.show_selection(Selection(op=1))
    assert inspector.value.notice.sentence.text == ("Not run yet. Press F10 to step or F5 to run.")
    assert chips(inspector) == ["float32", "1×12×64×64"]
    assert not inspector.header.save.isVisible()


def test_it_follows_when_the_selected_op_runs(inspector):
    full, arrays = make_run([("a", [attention()]), ("b", [attention(seed=8)])])
    run, _ = make_run([("a", [attention()]), ("b", [attention(seed=8)])], executed=1)
    TensorServer(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=1))
    assert inspector.value.notice.isVisible()
    run.add_records(full.records[1:])
    run.head = Place(2)
    inspector.show_growth(1)
    assert np.array_equal(inspector.value.heat.plane.values, attention(seed=8)[0, 0])


def test_looking_back_hides_what_runs_later(inspector):
    run, _server = show(inspector, [("a", [attention()]), ("b", [attention()])])
    inspector.show_selection(Selection(op=1))
    assert inspector.value.heat.isVisible()
    run.cursor = Place(1, 1)
    inspector.show_place()
    assert "at this point of the run" in inspector.value.notice.sentence.text


def test_a_value_that_is_no_longer_kept(inspector):
    run, _server = show(inspector, [("a", [attention()])])
    summary = replace(run.records[0].outputs[0], kept=False)
    run.records[0] = replace(run.records[0], outputs=(summary,))
    inspector.show_place()
    assert "was let go" in inspector.value.notice.sentence.text
    assert inspector.value.stats.isVisible()
    assert not inspector.header.save.isEnabled()


def test_loading_is_said_when_it_takes_long(inspector, qtbot):
    _run, server = show(inspector, [("a", [attention()])], at_once=False)
    qtbot.waitUntil(lambda: inspector.value.notice.sentence.text == "Loading…")
    server.flush()
    assert inspector.value.heat.isVisible()


def test_a_refusal_is_shown_and_asked_again_after_the_next_stop(inspector):
    _run, server = show(inspector, [("a", [attention()])], at_once=False)
    for request in list(server.waiting):
        inspector.show_refusal(request, "The run goes on.")
    server.waiting.clear()
    assert inspector.value.notice.sentence.text == "The run goes on."
    server.at_once = True
    inspector.show_place()
    assert inspector.value.heat.isVisible()


def test_failed_op_shows_its_message_and_its_inputs(inspector, qtbot):
    run, _server = show(inspector, [("a", [attention()]), ("b", [attention()])])
    run.records[1] = replace(run.records[1], outputs=(), error="shapes do not match")
    inspector.show_selection(Selection(op=1))
    assert inspector.value.notice.sentence.text == "shapes do not match"
    assert chips(inspector) == ["failed"]
    inputs = inspector.inputs
    assert inputs.isVisible()
    assert inspector.focus_target() is inputs.rows
    (row,) = inputs.texts()
    assert row.startswith("input 0")
    assert "×" in row
    assert row.endswith("from a")
    at = inputs.rows.visualItemRect(inputs.rows.item(0)).center()
    qtbot.mouseClick(inputs.rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert inspector.value.heat.isVisible()
    assert not inputs.isVisible()
    inspector.header.chosen.emit(-1)
    assert inputs.isVisible()
    inspector.header.chosen.emit(0)
    assert inspector.value.heat.isVisible()
    assert inspector.header.picker.text() == "input 0"
    inspector.header.chosen.emit(-1)
    assert inspector.value.notice.sentence.text == "shapes do not match"


def test_outputs_and_inputs_are_chosen(inspector, qtbot):
    values, places = np.ones((4, 5), np.float32), np.arange(20).reshape(4, 5)
    weight = np.full((6, 7), 0.5, np.float32)
    _run, _server = show(
        inspector, [("a", [values]), ("topk", [values, places])], weights={"h.w": weight}
    )
    inspector.show_selection(Selection(op=1))
    labels = [choice.label for choice in inspector.subject.choices]
    assert labels == ["output 0", "output 1", "input 0", "input 1"]
    menu = QMenu(inspector)
    inspector.header.fill_choices(menu)
    with qtbot.waitSignal(inspector.picked) as seen:
        next(a for a in menu.actions() if a.text().startswith("output 1")).trigger()
    assert seen.args == [Selection(op=1, slot=1)]
    assert chips(inspector)[0] == "int64"
    with qtbot.assertNotEmitted(inspector.picked):
        inspector.header.chosen.emit(3)
    assert chips(inspector)[:2] == ["float32", "6×7"]
    assert np.array_equal(inspector.value.heat.plane.values, weight)


def test_weights_and_made_up_inputs(inspector):
    weight = np.ones((3, 4), np.float32)
    run, _server = show(inspector, [("a", [weight])], weights={"h.attn.weight": weight})
    inspector.show_selection(Selection(value=0))
    assert inspector.subject.title == "weight"
    assert inspector.subject.place == "h.attn · parameter"
    assert inspector.value.heat.isVisible()
    run.graph.values[0] = replace(run.graph.values[0], kind=ValueKind.INPUT, name="x")
    inspector.show_facts(ModelFacts("m", "torch", "2", synthetic=True))
    inspector.show_selection(Selection(op=0))
    inspector.show_selection(Selection(value=0))
    assert ("synthetic", "warn") in inspector.header.chips.chips


def test_pinned_it_stays(inspector, qtbot):
    first, second = attention(seed=1), attention(seed=2)
    show(inspector, [("a", [first]), ("b", [second])])
    qtbot.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)
    inspector.show_selection(Selection(op=1))
    assert inspector.subject.title == "a"
    qtbot.mouseClick(inspector.header.pin, Qt.MouseButton.LeftButton)
    assert inspector.subject.title == "b"
    assert np.array_equal(inspector.value.heat.plane.values, second[0, 0])


def test_picks_stay_for_a_value_of_the_same_shape(inspector):
    show(inspector, [("a", [attention()]), ("b", [attention(seed=3)])])
    inspector.value.show_slice(inspector.value.shown.at_index(1, 7))
    inspector.show_selection(Selection(op=1))
    assert inspector.value.shown.picks[1] == 7
    assert inspector.value.thumbs.current == 7


def test_convolutions_name_their_axes(inspector):
    data = np.random.default_rng(0).random((2, 16, 20, 20), dtype=np.float32)
    show(inspector, [("conv2d", [data])])
    assert inspector.value.names == ("batch", "channel", "row", "column")
    assert inspector.value.heat.describe((3, 4)) == "row 3 · column 4"
    assert len(inspector.value.thumbs.indices) == 12


def test_images_grid_and_colour(inspector, qtbot):
    photo = np.random.default_rng(0).integers(0, 255, (1, 64, 48, 3)).astype(np.uint8)
    show(inspector, [("image", [photo])])
    value = inspector.value
    assert (value.shown.y, value.shown.x) == (1, 2)
    qtbot.mouseClick(value.tabs.tabs[View.IMAGES], Qt.MouseButton.LeftButton)
    assert value.images.colour.isChecked()
    assert len(value.images.grid.shown) == 1
    qtbot.mouseClick(value.images.colour, Qt.MouseButton.LeftButton)
    assert list(value.images.grid.shown) == [0, 1, 2]
    spot = value.images.grid._spot(2).center().toPoint()
    qtbot.mouseClick(value.images.grid, Qt.MouseButton.LeftButton, pos=spot)
    assert value.shown.picks[3] == 2
    qtbot.mouseClick(value.images.order, Qt.MouseButton.LeftButton)
    assert (value.shown.y, value.shown.x) == (2, 3)


def test_many_images_come_in_pages(inspector, qtbot):
    data = np.random.default_rng(0).random((1, 256, 14, 14), dtype=np.float32)
    _run, _server = show(inspector, [("conv2d", [data])])
    qtbot.mouseClick(inspector.value.tabs.tabs[View.IMAGES], Qt.MouseButton.LeftButton)
    first = inspector.value.images.grid.shown
    qtbot.mouseClick(inspector.value.images.forth, Qt.MouseButton.LeftButton)
    assert inspector.value.images.grid.shown.start == first.stop


def test_histogram_of_the_slice(inspector, qtbot):
    show(inspector, [("softmax", [attention()])])
    value = inspector.value
    qtbot.mouseClick(value.tabs.tabs[View.HISTOGRAM], Qt.MouseButton.LeftButton)
    assert value.histogram.bins.total == 12 * 64 * 64
    qtbot.mouseClick(value.histogram.part, Qt.MouseButton.LeftButton)
    assert value.histogram.bins.total == 64 * 64
    was = value.histogram.logarithmic
    qtbot.mouseClick(value.histogram.scale, Qt.MouseButton.LeftButton)
    assert value.histogram.logarithmic is not was
    value.histogram.point(0.0)
    assert value.histogram.describe(0).startswith("0 to")


def test_a_slice_is_copied_as_numpy_code(inspector):
    data = np.array([[1.5, np.nan], [-np.inf, 0.1]], np.float32)
    show(inspector, [("x", [data])])
    inspector.menus.copy_code()
    code = QGuiApplication.clipboard().text()
    made = eval(code.partition("\n")[2], {"np": np})
    assert np.array_equal(made, data, equal_nan=True)
    assert made.dtype == data.dtype


def test_another_run_forgets_the_old_one(inspector):
    _run, server = show(inspector, [("a", [attention()])], at_once=False)
    other, arrays = make_run([("b", [attention(seed=9)])])
    inspector.show_run(other)
    assert inspector.subject.sentence.startswith("Select an op")
    inspector.show_selection(Selection(op=0))
    server.arrays.update(arrays)
    server.flush()
    assert np.array_equal(inspector.value.heat.plane.values, attention(seed=9)[0, 0])


def test_no_run_and_nothing_selected(inspector):
    inspector.show_run(None)
    assert inspector.value.notice.sentence.text == "No model is open."
    run, _arrays = make_run([("a", [attention()])])
    inspector.show_run(run)
    assert "Select an op" in inspector.value.notice.sentence.text
    inspector.show_selection(Selection(scope=1))
    assert inspector.subject.title == "attn"


def test_saving_writes_the_whole_value(inspector, tmp_path):
    data = np.random.default_rng(0).normal(size=(3, 700, 1000)).astype(np.float32)
    _run, server = show(inspector, [("x", [data])])
    server.asked.clear()
    said = []
    inspector.noted.connect(said.append)
    inspector.save_to(str(tmp_path / "x.npy"))
    assert len(server.asked) == 3
    assert np.array_equal(np.load(tmp_path / "x.npy"), data)
    assert [file.name for file in tmp_path.iterdir()] == ["x.npy"]
    assert said[0].startswith("Saved")


def test_saving_can_be_stopped(inspector, qtbot, tmp_path):
    data = np.zeros((3, 700, 1000), np.float32)
    _run, server = show(inspector, [("x", [data])])
    server.at_once = False
    inspector.save_to(str(tmp_path / "x.npy"))
    request = server.waiting.pop()
    inspector.show_piece(answer(data, request))
    assert inspector.saver.running
    qtbot.mouseClick(inspector.header.save, Qt.MouseButton.LeftButton)
    assert not inspector.saver.running
    assert list(tmp_path.iterdir()) == []
    server.flush()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_said(inspector, tmp_path):
    show(inspector, [("x", [np.zeros((4, 4), np.float32)])])
    said = []
    inspector.noted.connect(said.append)
    inspector.save_to(str(tmp_path / "missing" / "x.npy"))
    assert said
    assert "could not be written" in said[0]
    assert not inspector.saver.running


def test_requests_never_ask_for_a_whole_large_value(inspector):
    big = np.zeros((1500, 1100), np.float32)
    _run, server = show(inspector, [("mm", [big])])
    for request in server.asked_for(Form.PLANE):
        assert all(most < 1000 for most in request.limit)
    assert isinstance(server.asked[0], TensorRequest)


def test_a_running_model_is_not_waited_for_in_silence(inspector):
    run, _server = show(inspector, [("relu", [attention()])], at_once=False)
    run.state = RunState.RUNNING
    inspector.show_place()
    inspector.show_selection(Selection())
    inspector.show_selection(Selection(op=0, record=0))
    assert inspector.value.notice.sentence.text.startswith("Running.")
    run.state = RunState.DIED
    inspector.show_place()
    assert inspector.value.notice.sentence.text.endswith("Restart to see them.")
    assert inspector.value.stats.isVisible()


def test_the_op_that_raised_shows_its_error_without_a_record_in_the_selection(inspector):
    run, _server = show(inspector, [("relu", [attention()])])
    run.records[0] = replace(run.records[0], outputs=(), error="RuntimeError: no")
    run.state, run.head = RunState.FAILED, Place(0, op=0)
    inspector.show_place()
    assert inspector.subject.failed
    assert inspector.value.notice.sentence.text == "RuntimeError: no"


def test_the_keyboard_goes_to_the_view_of_the_value(inspector):
    show(inspector, [("relu", [attention()])])
    value = inspector.value
    assert inspector.focus_target() is value.heat
    value.show_view(View.TABLE)
    assert inspector.focus_target() is value.table.table
    value.show_view(View.HISTOGRAM)
    assert inspector.focus_target() is value.tabs.tabs[View.HISTOGRAM]
