"""Breakpoints as rows: conditions, hits and messages, and what is wrong with them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import Breakpoint, BreakpointKind
from opscope.widgets.run.breakpoint_list import BreakpointList
from opscope.widgets.run.breakpoint_rows import BreakpointModel
from opscope.widgets.run.card_delegate import ROW_HEIGHT
from opscope.widgets.theme import colour

MATMUL = Breakpoint(BreakpointKind.OP, "/h.5/matmul:1", "matmul in h.5", condition="index > 3")
GELU = Breakpoint(BreakpointKind.TYPE, "gelu", condition="hits > 2")
LONG = Breakpoint(
    BreakpointKind.TYPE, "softmax", condition="output.max() > 0.98765 and output.min() < 0.01"
)
LOG = Breakpoint(BreakpointKind.MODULE, "h.3", "into h.3", log="at {index}")
BAD = Breakpoint(BreakpointKind.TYPE, "relu", condition="output.max( > 3")
MORE = 17  # px of a further line


@pytest.fixture
def points(qtbot: QtBot) -> BreakpointList:
    widget = BreakpointList()
    widget.resize(304, 200)
    qtbot.addWidget(widget)
    widget.show_breakpoints([MATMUL, GELU, LONG, LOG], set())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def model_of(points: BreakpointList) -> BreakpointModel:
    model = points.rows.model()
    assert isinstance(model, BreakpointModel)
    return model


def test_terms_stand_at_the_right_where_they_fit_else_below(points: BreakpointList):
    model = model_of(points)
    assert model.lines(0, 304) == ("in h.5", "if index > 3", ""), "an op keeps its place"
    assert model.lines(1, 304) == ("if hits > 2", "", "")
    assert model.lines(2, 304) == ("all ops", f"if {LONG.condition}", "")
    assert model.lines(3, 304) == ("log “at {index}”", "", "")
    assert model.lines(1, 150) == ("all ops", "if hits > 2", ""), "a narrow pane has two lines"
    assert points.height() == 32 + 4 * ROW_HEIGHT + 2 * MORE + 4


def test_a_pane_made_narrow_gives_its_rows_the_height_they_need(
    points: BreakpointList, qtbot: QtBot
):
    before = points.height()
    points.resize(150, points.height())
    qtbot.waitUntil(lambda: points.height() == before + 2 * MORE)


def test_rows_are_told_to_those_who_cannot_see_them(points: BreakpointList):
    model = model_of(points)
    told = [model.data(model.index(row, 0), Qt.ItemDataRole.AccessibleTextRole) for row in range(4)]
    assert told[0] == "matmul, in h.5, if index > 3, enabled"
    assert told[3] == "into h.3, module, log “at {index}”, enabled"


def test_terms_that_cannot_be_read_are_said_in_the_row(points: BreakpointList):
    points.show_breakpoints([BAD], set())
    model = model_of(points)
    _, below, problem = model.lines(0, 304)
    assert below == "if output.max( > 3"
    assert problem.startswith("This is no expression")
    assert points.height() == 32 + ROW_HEIGHT + 2 * MORE + 4


def test_a_verdict_stays_with_its_breakpoint_until_that_changes(
    points: BreakpointList, qtbot: QtBot
):
    model = model_of(points)
    points.show_hits({"gelu"}, verdict="No.")
    assert [model.problem(row) for row in range(4)] == ["", "No.", "", ""]
    points.show_hits(set())
    assert model.problem(1) == "No.", "it still could not be asked"
    points.show_breakpoints([GELU, MATMUL], set())
    assert model.problem(0) == "No."
    changed = Breakpoint(BreakpointKind.TYPE, "gelu", condition="hits > 3")
    points.show_breakpoints([changed, MATMUL], set())
    assert model.problem(0) == ""
    points.show_hits({"gelu"}, verdict="No.")
    points.forget_verdicts()
    assert model.problem(0) == ""
    sentence = "The condition of the breakpoint “any gelu” cannot be asked: hits > 3: no hits."
    points.show_hits({"gelu"}, verdict=sentence)
    assert model.problem(0) == "No hits.", "the row has the condition already"
    qtbot.waitUntil(lambda: points.rows.verticalScrollBar().maximum() == 0)


def test_editing_is_asked_for_by_a_double_click_f2_and_the_menu(
    points: BreakpointList, qtbot: QtBot
):
    viewport = points.rows.viewport()
    left = Qt.MouseButton.LeftButton
    with qtbot.waitSignal(points.edit_wanted, timeout=1000) as seen:
        QTest.mouseDClick(viewport, left, pos=QPoint(80, 13))
    assert seen.args == [MATMUL]
    with qtbot.assertNotEmitted(points.edit_wanted):
        QTest.mouseDClick(viewport, left, pos=QPoint(20, 13))  # the dot
    points.rows.setCurrentIndex(model_of(points).index(1, 0))
    with qtbot.waitSignal(points.edit_wanted, timeout=1000) as seen:
        QTest.keyClick(points.rows, Qt.Key.Key_F2)
    assert seen.args == [GELU]
    menu = points.menu_for(3)
    actions = {action.text().partition("\t")[0]: action for action in menu.actions()}
    with qtbot.waitSignal(points.edit_wanted, timeout=1000) as seen:
        actions["Edit Breakpoint…"].trigger()
    assert seen.args == [LOG]
    menu.close()


def test_signs_differ(points: BreakpointList, qtbot: QtBot):
    points.show_breakpoints([Breakpoint(BreakpointKind.TYPE, "a"), GELU, LOG], set())

    def pixels(widget: QWidget, row: int) -> set[tuple[int, int]]:
        image = widget.grab().toImage()
        wanted = colour("breakpoint").rgb()
        top = ROW_HEIGHT * row
        return {
            (x, y - top)
            for x in range(14, 29)
            for y in range(top, top + ROW_HEIGHT)
            if image.pixel(x, y) == wanted
        }

    plain, asking, logging = (pixels(points.rows.viewport(), row) for row in range(3))
    assert asking < plain, "the bars are cut out of the dot"
    assert len(logging) < len(plain), "a diamond"
    assert {y for _, y in logging} == {y for _, y in plain}
