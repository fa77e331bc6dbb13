"""The menu that opens on an op: what it is opened on is selected, and its commands act on that."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from opscope.app.context_menu import ContextMenu
from opscope.app.main_window import MainWindow
from opscope.app.settings_store import SettingsStore
from opscope.tracers.ir import Selection
from opscope.widgets.run.execution_list import ExecutionList
from opscope.widgets.run.timeline import Timeline

from ..widgets import run_samples as samples


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    made = MainWindow(SettingsStore(tmp_path / "settings.json"))
    qtbot.addWidget(made)
    made.workbench.show_run(samples.gpt2(231).run)
    return made


def press_menu(widget: QWidget, at: QPoint) -> None:
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))


def test_it_selects_and_lists_the_commands(window: MainWindow):
    menu = ContextMenu(window).menu_for(Selection(op=12))
    assert window.workbench.selection == Selection(op=12)
    names = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    assert "run.to_here" in names
    assert "run.breakpoint" in names
    menu.close()


def test_the_list_asks_for_the_menu_of_the_row_under_the_pointer(qtbot: QtBot):
    panel = ExecutionList()
    panel.resize(304, 600)
    qtbot.addWidget(panel)
    panel.show_run(samples.gpt2(231).run)
    panel.show()
    qtbot.waitExposed(panel)
    panel.show_place()
    tree = panel.tree
    node = panel._model.reveal(230)
    assert node is not None
    tree.show_node(node)
    spot = tree.visualRect(panel._model.index_of(node)).center()
    with qtbot.waitSignal(panel.menu_wanted, timeout=500) as asked:
        press_menu(tree.viewport(), spot)
    assert asked.args[0] == Selection(op=230)


def test_the_timeline_asks_for_the_menu_of_an_executed_op(qtbot: QtBot):
    pane = Timeline()
    pane.resize(900, 98)
    qtbot.addWidget(pane)
    run = samples.gpt2(231).run
    pane.show_run(run)
    pane.show()
    x = round(pane.x_of(100) + (pane.x_of(101) - pane.x_of(100)) / 2)
    with qtbot.waitSignal(pane.menu_wanted, timeout=500) as asked:
        press_menu(pane, QPoint(x, 70))
    assert asked.args[0] == Selection(op=run.records[100].op, record=100)


def test_nothing_opens_over_nothing(window: MainWindow, qtbot: QtBot):
    menu = ContextMenu(window)
    menu.serve(window.workbench.graph)
    window.workbench.graph.menu_wanted.emit(Selection(), QPoint(0, 0))
    assert not [m for m in window.findChildren(QMenu) if m.isVisible()]
