from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from opscope.app.breakpoint_dialog import BreakpointDialog
from opscope.tracers.ir import Breakpoint, BreakpointKind, Category, Graph, Op, Scope, ScopeKind


@pytest.fixture
def graph() -> Graph:
    made = Graph()
    for number in range(3):
        made.scopes.append(Scope(f"/h.{number}", 0, "", f"h.{number}", "", ScopeKind.MODULE))
        key = f"/h.{number}/softmax:0"
        made.ops.append(Op(key, "softmax", number + 1, Category.REDUCE, "", (), (), (), -1))
    return made


def test_a_pattern_tells_how_much_it_names(qtbot: QtBot, graph: Graph):
    dialog = BreakpointDialog(graph)
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert not ok.isEnabled()
    qtbot.keyClicks(dialog.pattern, "soft*")
    assert dialog.told.text() == "3 ops in this graph."
    assert ok.isEnabled()
    assert dialog.breakpoint() == Breakpoint(BreakpointKind.TYPE, "soft*", "any soft*")
    dialog.kind.setCurrentIndex(1)
    dialog.pattern.setText("h.1")
    assert dialog.told.text() == "1 module call in this graph."
    assert dialog.breakpoint() == Breakpoint(BreakpointKind.MODULE, "h.1", "into h.1")
