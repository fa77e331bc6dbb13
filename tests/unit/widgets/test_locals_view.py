"""The variables of a frame: asked for level by level, kept open from stop to stop."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.widgets.source.locals_view import LocalsView
from opscope.widgets.source.variable_model import PAGE, Variable, group_of, variable_of

Asked = list[tuple[Variable, int, int]]


def scope(name: str, reference: int, count: int) -> Variable:
    row = {"name": name, "variablesReference": reference, "namedVariables": count}
    return group_of(row)


def row(name: str, value: str, reference: int = 0, count: int = 0, **more: Any) -> Variable:
    body = {"name": name, "value": value, "variablesReference": reference, **more}
    return variable_of({**body, "indexedVariables": count} if count else body)


@pytest.fixture
def view(qtbot: QtBot) -> LocalsView:
    made = LocalsView()
    made.resize(420, 300)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def asked(view: LocalsView) -> Asked:
    found: Asked = []
    view.wanted.connect(lambda owner, start, count: found.append((owner, start, count)))
    return found


def names(view: LocalsView) -> list[str]:
    """What is in sight, indented."""
    model, tree, found = view.tree.variables, view.tree, list[str]()

    def walk(parent: QModelIndex, depth: int) -> None:
        for at in range(model.rowCount(parent)):
            index = model.index(at, 0, parent)
            found.append("  " * depth + str(index.data()))
            if tree.isExpanded(index):
                walk(index, depth + 1)

    walk(QModelIndex(), 0)
    return found


def click(view: LocalsView, name: str) -> None:
    model = view.tree.variables
    waiting = list(model.root.children)
    while waiting:
        at = waiting.pop()
        waiting += at.children
        if at.name == name:
            rect = view.tree.visualRect(model.index_of(at))
            pos = QPoint(rect.center().x(), rect.center().y())
            QTest.mouseClick(view.tree.viewport(), Qt.MouseButton.LeftButton, pos=pos)
            return
    raise AssertionError(f"no {name} among {names(view)}")


def test_locals_open_by_themselves_and_the_rest_when_asked(view: LocalsView, asked: Asked):
    local, rest = scope("Locals", 7, 2), scope("Attributes", 8, 3)
    view.show_groups([local, rest])
    assert asked == [(local, 0, 2)]
    view.show_children(local, [row("x", "float32[2]"), row("self", "<Net>", 9, 4)])
    assert names(view) == ["Locals", "  x", "  self", "Attributes"]
    click(view, "self")
    assert asked[1:] == [(local.children[1], 0, 4)]
    view.show_children(local.children[1], [row("scale", "0.5")])
    assert names(view) == ["Locals", "  x", "  self", "    scale", "Attributes"]
    click(view, "self")
    assert names(view) == ["Locals", "  x", "  self", "Attributes"]
    assert len(asked) == 2, "what is known is not asked for again"


def test_what_was_open_is_open_at_the_next_stop(view: LocalsView, asked: Asked):
    for reference in (1, 50):
        local = scope("Locals", reference, 1)
        view.show_groups([local])
        view.show_children(local, [row("config", "<Config>", reference + 1, 1)])
        if reference == 1:
            click(view, "config")
    assert [owner.reference for owner, _, _ in asked] == [1, 2, 50, 51]


def test_long_lists_come_in_pages(view: LocalsView, asked: Asked):
    local = scope("Locals", 1, 1)
    view.show_groups([local])
    view.show_children(local, [row("steps", "list of 230 items", 2, 230)])
    click(view, "steps")
    steps = local.children[0]
    assert asked[-1] == (steps, 0, PAGE)
    view.show_children(steps, [row(f"[{n}]", str(n)) for n in range(PAGE)])
    assert names(view)[-1] == "    130 more"
    view.tree.scrollToBottom()
    click(view, "130 more")
    click(view, "130 more")
    assert asked[-1] == (steps, PAGE, PAGE)
    assert len(asked) == 3, "two clicks ask once"
    view.show_children(steps, [row(f"[{n}]", str(n)) for n in range(PAGE, 2 * PAGE)])
    view.tree.scrollToBottom()
    click(view, "30 more")
    view.show_children(steps, [row(f"[{n}]", str(n)) for n in range(200, 230)])
    assert names(view)[-1] == "    [229]"
    assert len(steps.children) == 230


def test_the_next_stop_is_shown_as_far_down_as_the_last(view: LocalsView, asked: Asked):
    def stop(reference: int) -> None:
        local = scope("Locals", reference, 60)
        view.show_groups([local])
        view.show_children(local, [row(f"x{n}", str(n)) for n in range(60)])

    stop(1)
    bar = view.tree.verticalScrollBar()
    view.tree.executeDelayedItemsLayout()
    bar.setValue(300)
    for reference in (2, 3):
        stop(reference)
        assert bar.value() == 300
    view.tree.scrollToTop()
    click(view, "x1")
    stop(4)
    assert bar.value() == 0


def test_what_comes_too_late_is_dropped(view: LocalsView, asked: Asked):
    old = scope("Locals", 1, 1)
    view.show_groups([old])
    view.show_groups([scope("Locals", 2, 1)])
    assert not view.show_children(old, [row("x", "1")])
    assert names(view) == ["Locals"]


def test_a_tensor_is_opened_and_its_elements_too(view: LocalsView, asked: Asked, qtbot: QtBot):
    local = scope("Locals", 1, 2)
    view.show_groups([local])
    place = {"record": 4, "slot": 1}
    view.show_children(local, [row("y", "float32[3]", 5, 3, opscope=place), row("n", "3")])
    with qtbot.waitSignal(view.opened, timeout=500) as seen:
        click(view, "y")
    assert (seen.args[0].record, seen.args[0].slot) == (4, 1)
    assert len(asked) == 1
    y = view.tree.variables.index_of(local.children[0])
    middle = view.tree.visualRect(y).center().y()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(view.tree.viewport(), left, pos=QPoint(30, middle))  # the chevron
    assert asked[-1] == (local.children[0], 0, 3)
    with qtbot.assertNotEmitted(view.opened):
        click(view, "n")


def test_rows_are_a_sound_tree(view: LocalsView, asked: Asked, qtmodeltester: Any):
    local = scope("Locals", 1, 1)
    view.show_groups([local, scope("Attributes", 2, 1)])
    view.show_children(local, [row("x", "1"), row("y", "(1, 2)", 3, 2)])
    qtmodeltester.check(view.tree.variables, force_py=True)
    model = view.tree.variables
    index = model.index_of(local.children[0])
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "x, 1"


def test_a_sentence_stands_where_there_are_none(view: LocalsView, asked: Asked):
    view.show_groups([scope("Locals", 1, 1)])
    assert not view.sentence.isVisible()
    view.say("The model is running.")
    assert view.sentence.isVisible()
    assert names(view) == []
