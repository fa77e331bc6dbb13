"""The registry, and the menus, keys and toolbar drawn from it."""

from __future__ import annotations

import ast
import inspect

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

from opscope.app import commands, stylesheet
from opscope.app.action_set import ActionSet, key_text
from opscope.app.actions import MENUS, Action, all_actions, find, register
from opscope.app.commands import Commands, When, facts
from opscope.app.title_strip import TitleStrip
from opscope.app.toolbar import Toolbar
from opscope.tracers.ir import OpRecord, Phase, Place, Run, RunState, Selection
from opscope.widgets import theme


class Asked:
    """Notes which command was asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getattr__(self, name: str):
        return lambda *_chosen: self.names.append(name)


def window_with(qtbot, asked: Asked) -> tuple[QMainWindow, ActionSet]:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window, ActionSet(window, asked)


def test_every_command_has_an_action_and_the_reverse() -> None:
    asked = Asked()
    for row in all_actions():
        row.run(asked)
    methods = [name for name, _ in inspect.getmembers(Commands, inspect.isfunction)]
    methods = [name for name in methods if not name.startswith("_")]
    assert sorted(set(asked.names)) == sorted(methods)


def test_rows_have_sane_keys_and_icons() -> None:
    for row in all_actions():
        assert row.text.count("&") == 1, row.id
        if row.key:
            assert not QKeySequence(row.key).isEmpty(), row.id
            assert key_text(row.key)


def test_access_keys_are_unique_within_a_menu() -> None:
    for menu in MENUS:
        rows = [row for row in all_actions() if row.menu == menu]
        inner = {row.submenu for row in rows} - {""}
        for submenu in {"", *inner}:
            texts = [row.text for row in rows if row.submenu == submenu]
            texts += inner if not submenu else ()
            letters = [text[text.index("&") + 1].lower() for text in texts]
            assert len(letters) == len(set(letters)), (menu, submenu, letters)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": "run.pause"}, "twice"),
        ({"key": "F10"}, "belongs to"),
        ({"menu": "Nowhere"}, "no menu"),
    ],
)
def test_a_row_that_clashes_is_refused(change: dict[str, str], complaint: str) -> None:
    row = {"id": "test.one", "text": "&One", "menu": "File", "run": lambda to: None} | change
    with pytest.raises(ValueError, match=complaint):
        register(Action(**row))
    assert "test.one" not in {row.id for row in all_actions()}


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.FINISHED])
def test_a_run_that_is_over_reaches_only_what_ran(state: RunState) -> None:
    run = Run(state=state, head=Place(1))
    run.add_records([OpRecord(0, 0, Phase.FORWARD, 0.0, (), ())])
    for cursor in (None, Place(0, op=0)):
        run.cursor = cursor
        assert When.REACHABLE in facts(run, Selection(op=0))
        assert When.REACHABLE not in facts(run, Selection(op=1))
        assert When.REACHABLE not in facts(run, Selection(scope=1))


def test_facts_of_a_run() -> None:
    assert facts(None) == When.ALWAYS
    run = Run(state=RunState.RUNNING)
    assert When.RUNNING in facts(run)
    assert When.PAUSED not in facts(run)
    run.state = RunState.PAUSED
    run.head = Place(3, op=3)
    assert When.PAUSED | When.EARLIER | When.ENDABLE in facts(run)
    run.cursor = Place(0, op=0)
    held = facts(run, Selection(op=1))
    assert When.PAST | When.REACHABLE | When.SELECTED_OP in held
    assert not held & (When.PAUSED | When.EARLIER)
    run.cursor = None
    run.state = RunState.DIED
    assert not facts(run, Selection(op=1)) & (When.PAUSED | When.ENDABLE | When.REACHABLE)


def test_actions_follow_the_facts(qtbot) -> None:
    _, actions = window_with(qtbot, Asked())
    assert actions["file.open"].isEnabled()
    assert not actions["run.step_over"].isEnabled()
    actions.show_facts(facts(Run(state=RunState.PAUSED)))
    assert actions["run.step_over"].isEnabled()
    assert not actions["run.step_back"].isEnabled()
    assert not actions["run.pause"].isEnabled()
    assert "run.step_over" in {row.id for row in actions.enabled()}


def test_a_key_runs_its_command(qtbot) -> None:
    asked = Asked()
    window, actions = window_with(qtbot, asked)
    actions.show_facts(facts(Run(state=RunState.PAUSED)))
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F10)
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window, Qt.Key.Key_F6)  # not enabled
    assert asked.names == ["step_over", "step_out"]


def test_menus_hold_every_action_once(qtbot) -> None:
    window, actions = window_with(qtbot, Asked())
    strip = TitleStrip(actions)
    window.setMenuWidget(strip)
    shown: list[str] = []
    for top in strip.menus.actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        for part in (menu, *menu.findChildren(QMenu)):
            rows = [action for action in part.actions() if not action.isSeparator()]
            shown += [action.objectName() for action in rows if action.menu() is None]
    assert sorted(shown) == sorted(row.id for row in all_actions())


def test_toolbar_drops_labels_and_swaps_continue_for_pause(qtbot) -> None:
    asked = Asked()
    window, actions = window_with(qtbot, asked)
    bar = Toolbar(actions)
    window.setCentralWidget(bar)
    window.resize(1600, 60)
    window.show()
    qtbot.waitUntil(lambda: bar.width() == 1600)
    assert all(step.labelled for step in bar.steps)
    wide = bar.search.width()
    window.resize(1280, 60)
    qtbot.waitUntil(lambda: bar.search.width() < wide)
    assert not any(step.labelled for step in bar.steps)
    bar.show_state(RunState.RUNNING)
    actions.show_facts(facts(Run(state=RunState.RUNNING)))
    assert bar.go_on.text() == "Pause"
    qtbot.mouseClick(bar.go_on, Qt.MouseButton.LeftButton)
    bar.show_state(RunState.PAUSED)
    actions.show_facts(facts(Run(state=RunState.PAUSED)))
    assert bar.go_on.text() == "Continue"
    qtbot.mouseClick(bar.go_on, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.search, Qt.MouseButton.LeftButton)
    assert asked.names == ["pause", "continue_run", "find_anything"]


@pytest.mark.parametrize("chosen", [theme.DARK, theme.LIGHT])
def test_the_style_sheet_is_complete(qapp: QApplication, chosen: theme.Theme) -> None:
    sheet = stylesheet.style_sheet(chosen)
    assert "$" not in sheet
    assert chosen.accent in sheet
    assert sheet.count("{") == sheet.count("}")


def test_every_icon_that_the_registry_names_is_shipped(qapp: QApplication) -> None:
    for row in all_actions():
        if row.icon:
            assert not theme.icon(row.icon).isNull(), row.id


def test_commands_module_stays_free_of_qt() -> None:
    tree = ast.parse(inspect.getsource(commands))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any("PySide6" in name for name in names)
    assert find("run.step_over").key == "F10"
