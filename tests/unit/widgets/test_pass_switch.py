"""The switch between the passes, and the list that follows it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Phase, Selection
from opscope.widgets.run.execution_list import ExecutionList
from opscope.widgets.run.modules_list import ModulesModel, modules_of
from opscope.widgets.run.pass_switch import PassSwitch

from .backward_samples import Step


def rows(panel: ExecutionList) -> list[str]:
    """The rows at the top, with what stands after their names."""
    model = panel.tree.model()
    found: list[str] = []
    for number in range(model.rowCount()):
        row = model.row_of(model.node(model.index(number, 0)), False)
        found.append(f"{row.name} {row.note}".strip())
    return found


@pytest.fixture
def panel(qtbot):
    made = ExecutionList()
    made.resize(304, 600)
    qtbot.addWidget(made)
    return made


def show(panel: ExecutionList, step: Step) -> list[Phase]:
    passes: list[Phase] = []
    panel.show_run(step.run)
    panel.show_place()
    panel.pass_shown.connect(passes.append)
    return passes


def go(panel: ExecutionList, step: Step, to: int) -> None:
    panel.show_growth(step.go(to))
    panel.show_place()
    last = len(step.run.records) - 1
    panel.show_selection(Selection(op=step.run.records[last].op, record=last))


def test_a_click_says_which_pass_is_wanted(qtbot):
    switch = PassSwitch()
    qtbot.addWidget(switch)
    assert switch.shown is Phase.FORWARD
    switch.allow_backward(True)
    with qtbot.waitSignal(switch.picked, timeout=500) as told:
        QTest.mouseClick(switch.halves[Phase.BACKWARD], Qt.MouseButton.LeftButton)
    assert told.args == [Phase.BACKWARD]
    with qtbot.waitSignal(switch.picked, timeout=500) as told:
        QTest.keyClick(switch, Qt.Key.Key_Left)
    assert told.args == [Phase.FORWARD]
    with qtbot.assertNotEmitted(switch.picked):
        switch.show_pass(Phase.BACKWARD)
    assert switch.shown is Phase.BACKWARD


def test_without_a_backward_pass_its_half_is_off_and_says_why(qtbot):
    switch = PassSwitch()
    qtbot.addWidget(switch)
    switch.allow_backward(False, "None was recorded.")
    half = switch.halves[Phase.BACKWARD]
    assert half.toolTip() == "None was recorded."
    with qtbot.assertNotEmitted(switch.picked):
        QTest.mouseClick(half, Qt.MouseButton.LeftButton)
        QTest.keyClick(switch, Qt.Key.Key_Right)


def test_the_pass_back_is_one_row_among_all_and_has_a_list_of_its_own(panel: ExecutionList):
    step = Step()
    passes = show(panel, step)
    step.end()
    forward = ["linear fc1", "relu", "linear fc2", "cross_entropy", "backward"]
    assert rows(panel)[:5] == forward
    model = panel.tree.model()
    assert not model.hasChildren(model.index(4, 0)), "its rows are shown by themselves"
    panel.show_pass(Phase.BACKWARD)
    assert passes == [Phase.BACKWARD]
    assert rows(panel) == [
        "LogSoftmaxBackward ∂ cross_entropy",
        "fc2 Linear",
        "ReluBackward ∂ relu",
        "fc1 Linear",
    ]
    panel.show_pass(Phase.FORWARD)
    assert rows(panel)[:5] == forward
    assert passes == [Phase.BACKWARD, Phase.FORWARD]


def test_the_list_goes_where_the_run_goes(panel: ExecutionList):
    step = Step()
    passes = show(panel, step)
    go(panel, step, 3)
    assert passes == []
    go(panel, step, 4)
    assert passes == [Phase.BACKWARD], "the place leads, not the op that has just run"
    go(panel, step, 8)
    assert passes == [Phase.BACKWARD]
    go(panel, step, 14)
    assert passes == [Phase.BACKWARD, Phase.FORWARD]
    step.look_back(6)
    panel.show_place()
    assert passes[-1] is Phase.BACKWARD
    step.run.cursor = None
    step.go(16)
    step.end()
    panel.show_growth(14)
    panel.show_place()
    assert passes[-1] is Phase.FORWARD


def test_a_run_that_ends_with_the_pass_back_stays_in_it(panel: ExecutionList):
    step = Step(upto=14)
    passes = show(panel, step)
    go(panel, step, 10)
    step.go(14)
    step.end()
    panel.show_growth(10)
    panel.show_place()
    assert passes == [Phase.BACKWARD]


def test_the_list_goes_where_the_selection_is(panel: ExecutionList):
    step = Step()
    passes = show(panel, step)
    go(panel, step, 16)
    panel.show_selection(Selection(op=8))
    assert passes[-1] is Phase.BACKWARD
    selected = panel.tree.model().node(panel.tree.currentIndex())
    assert selected.key == ("op", 8)
    assert selected.depth == 1, "in its module"
    panel.show_selection(Selection(op=1))
    assert passes[-1] is Phase.FORWARD
    panel.show_selection(Selection(scope=step.graph.ops[4].scope))
    assert passes[-1] is Phase.BACKWARD


def test_the_place_inside_a_pass_is_marked_on_its_row(panel: ExecutionList):
    step = Step()
    show(panel, step)
    go(panel, step, 8)
    panel.show_pass(Phase.FORWARD)
    model = panel.tree.model()
    row = model.row_of(model.node(model.index(4, 0)), False)
    assert (row.name, row.mark.value, row.leaf) == ("backward", "next", True)


def test_a_pass_that_comes_while_its_rows_are_shown_is_shown(panel: ExecutionList):
    step = Step(upto=4)
    show(panel, step)
    go(panel, step, 4)
    step.add_ops(5)
    go(panel, step, 5)
    assert rows(panel) == ["LogSoftmaxBackward ∂ cross_entropy"]
    step.add_ops(10)
    go(panel, step, 9)
    assert rows(panel)[1:] == ["fc2 Linear", "ReluBackward ∂ relu"]


def test_what_is_open_in_one_pass_is_open_when_it_is_shown_again(panel: ExecutionList):
    step = Step()
    show(panel, step)
    go(panel, step, 16)
    panel.show_selection(Selection(op=8))
    opened = panel.tree.opened()
    assert opened
    panel.show_pass(Phase.FORWARD)
    panel.show_pass(Phase.BACKWARD)
    model = panel.tree.model()
    fc2 = model.index(1, 0)
    assert panel.tree.isExpanded(fc2)


def test_a_pass_back_is_no_call_of_the_modules_but_shows_theirs(panel: ExecutionList):
    step = Step(upto=14)
    named = {module.name: module.scopes for module in modules_of(step.graph)[1:]}
    assert {name: len(scopes) for name, scopes in named.items()} == {"fc1": 1, "fc2": 1}
    model = ModulesModel(panel)
    model.show_graph(step.graph)
    assert model.number_of(step.graph.ops[5].scope) == model.number_of(step.graph.ops[2].scope)
    assert model.number_of(step.graph.ops[4].scope) == -1


def test_a_pass_that_has_not_begun_is_a_row_that_comes_next(panel: ExecutionList):
    step = Step(upto=4)
    show(panel, step)
    step.go(4)
    step.begin_pass()
    panel.show_growth(0)
    panel.show_place()
    model = panel.tree.model()
    row = model.row_of(model.node(model.index(0, 0)), False)
    assert (model.rowCount(), row.name, row.mark.value) == (1, "backward", "next")
    go(panel, step, 5)
    assert rows(panel) == ["LogSoftmaxBackward ∂ cross_entropy"]
