"""The strip of one value in every pass of its loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from opscope.tracers.ir import Form, Selection, ValueRef
from opscope.widgets.tensor import TensorInspector
from opscope.widgets.tensor.tabs import View
from tests.unit.widgets.tensor_server import TensorServer, make_run, summarize

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def inspector(qtbot):
    made = TensorInspector()
    qtbot.addWidget(made)
    made.resize(452, 700)
    made.show()
    made.server = TensorServer(made)
    return made


def serve(inspector, arrays, at_once=True):
    """Answer from these arrays alone."""
    server = inspector.server
    server.arrays, server.at_once = arrays, at_once
    server.asked.clear()
    return server


def passes(many):
    base = np.linspace(-1, 1, 48, dtype=np.float32).reshape(6, 8)
    return [base * (1 + step) for step in range(many)]


def look(inspector, values, shown=-1, at_once=True):
    """A run of one op that is executed once for each value, looked at in one of its passes."""
    run, arrays = make_run([("add", [values[0]])])
    first = run.records[0]
    run.add_records([replace(first, outputs=(summarize(value),)) for value in values[1:]])
    arrays |= {ValueRef(number, 0): value for number, value in enumerate(values)}
    server = serve(inspector, arrays, at_once)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=range(len(values))[shown]))
    return run, server


def frames_asked(server):
    """The passes that were asked for as frames."""
    small = [r for r in server.asked if r.form is Form.PLANE and r.limit == (60, 60)]
    return [request.ref.record for request in small]


def turn(strip, by):
    """Turn the wheel over the strip."""
    spot = QPointF(strip.width() / 2, 20)
    none = Qt.MouseButton.NoButton
    event = QWheelEvent(
        spot, spot, QPoint(), QPoint(0, by), none, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(strip, event)


def test_each_pass_has_a_frame_and_the_shown_one_is_ringed(inspector):
    look(inspector, passes(5), shown=3)
    strip = inspector.value.film
    assert strip.isVisible()
    assert (strip.count, strip.current) == (5, 3)
    assert all(strip.picture(place) is not None for place in range(5))
    assert strip.accessibleName() == "Passes 1 to 5, 4 shown"
    first, last = strip.picture(0), strip.picture(4)
    assert first != last, "one range of colours for all passes"


def test_only_what_is_in_sight_is_asked_for(inspector):
    values = passes(300)
    _run, server = look(inspector, values, shown=150)
    strip = inspector.value.film
    assert 150 in strip.in_sight
    assert set(frames_asked(server)) == set(strip.in_sight)
    assert len(strip.in_sight) < 16
    seen = set(strip.in_sight)
    turn(strip, -1200)
    assert set(frames_asked(server)) == seen | set(strip.in_sight)
    assert not seen & set(strip.in_sight)


def test_the_newest_sight_wins(inspector):
    _run, server = look(inspector, passes(300), shown=0, at_once=False)
    server.flush()
    strip = inspector.value.film
    server.asked.clear()
    for _ in range(40):
        turn(strip, -120)
    assert len(frames_asked(server)) == 1, "one is under way, whatever comes into sight"
    server.flush()
    assert set(frames_asked(server)[1:]) == set(strip.in_sight)


def test_a_click_wants_that_pass(inspector, qtbot):
    look(inspector, passes(5))
    strip = inspector.value.film
    with qtbot.waitSignal(inspector.pass_wanted) as wanted:
        qtbot.mouseClick(strip, LEFT, pos=strip.spot(1).center().toPoint())
    assert wanted.args == [1]
    with qtbot.assertNotEmitted(inspector.pass_wanted):
        qtbot.mouseClick(strip, LEFT, pos=strip.spot(4).center().toPoint())


def test_keys_go_through_the_passes(inspector, qtbot):
    look(inspector, passes(5), shown=2)
    strip = inspector.value.film
    for key, record in ((Qt.Key.Key_Left, 1), (Qt.Key.Key_End, 4), (Qt.Key.Key_Home, 0)):
        with qtbot.waitSignal(inspector.pass_wanted) as wanted:
            qtbot.keyClick(strip, key)
        assert wanted.args == [record]


def test_a_drag_scrolls_and_picks_nothing(inspector, qtbot):
    look(inspector, passes(300), shown=0)
    strip = inspector.value.film
    with qtbot.assertNotEmitted(inspector.pass_wanted):
        qtbot.mousePress(strip, LEFT, pos=QPoint(300, 20))
        qtbot.mouseMove(strip, QPoint(120, 20))
        qtbot.mouseRelease(strip, LEFT, pos=QPoint(120, 20))
    assert strip.in_sight.start == 5


def test_it_follows_the_slice_and_the_view(inspector):
    values = [np.random.default_rng(step).normal(size=(3, 4, 5)) for step in range(4)]
    look(inspector, values)
    strip, value = inspector.value.film, inspector.value
    before = strip.picture(0)
    value.show_slice(value.shown.at_index(0, 2))
    assert strip.picture(0) != before
    value.show_view(View.TABLE)
    assert not strip.isVisible()
    value.show_view(View.HEAT)
    assert strip.isVisible()


def test_other_values_under_the_same_names_are_fetched_anew(inspector):
    run, server = look(inspector, passes(4), shown=3)
    strip = inspector.value.film
    was = strip.picture(1)
    server.arrays[ValueRef(1)] = -server.arrays[ValueRef(1)]
    inspector.show_rewound()
    assert strip.picture(1) != was
    assert run.records


def test_a_row_of_numbers_has_one_and_a_single_number_none(inspector):
    look(inspector, [np.arange(7.0) + step for step in range(3)])
    assert inspector.value.film.isVisible()
    look(inspector, [np.array(float(step)) for step in range(3)])
    assert not inspector.value.film.isVisible()
    look(inspector, passes(1))
    assert not inspector.value.film.isVisible()


def test_a_pass_that_cannot_be_read_leaves_a_gap(inspector):
    values = passes(4)
    run, arrays = make_run([("add", [values[0]])])
    first = run.records[0]
    run.add_records([replace(first, outputs=(summarize(value),)) for value in values[1:]])
    arrays |= {ValueRef(number, 0): value for number, value in enumerate(values)}
    del arrays[ValueRef(2)]
    serve(inspector, arrays)
    inspector.show_run(run)
    inspector.show_selection(Selection(op=0, record=3))
    strip = inspector.value.film
    assert [strip.picture(place) is not None for place in range(4)] == [True, True, False, True]
    assert strip.missing() is None
