"""Whether errors stop the run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from opscope.app.points import Points
from opscope.app.settings import decode, encode
from opscope.tracers.protocol.messages import RAISED, UNCAUGHT
from opscope.widgets.run.breakpoint_list import BreakpointList
from opscope.widgets.run.card_delegate import ROW_HEIGHT


def test_errors_are_switched_by_hand_and_followed_without_an_echo(qtbot: QtBot):
    points = BreakpointList()
    qtbot.addWidget(points)
    points.resize(304, 200)
    points.show()
    assert points.errors.isHidden(), "while no model is open"
    with qtbot.assertNotEmitted(points.errors_switched):
        points.show_errors({UNCAUGHT})
    assert points.height() == 32 + 2 * ROW_HEIGHT + 4
    caught, uncaught = points.errors.switch(RAISED), points.errors.switch(UNCAUGHT)
    assert (uncaught.isChecked(), caught.isChecked()) == (True, False)
    with qtbot.waitSignal(points.errors_switched, timeout=500) as seen:
        QTest.mouseClick(caught, Qt.MouseButton.LeftButton)
    assert seen.args == [RAISED, True]
    with qtbot.waitSignal(points.errors_switched, timeout=500) as seen:
        QTest.keyClick(uncaught, Qt.Key.Key_Space)
    assert seen.args == [UNCAUGHT, False]


def test_which_errors_stop_is_remembered(qtbot: QtBot):
    settings = decode({})
    assert settings.errors == [UNCAUGHT], "of an older version"
    points = Points()
    with qtbot.waitSignal(points.changed, timeout=500):
        points.catch(RAISED, True)
    assert points.errors == {RAISED, UNCAUGHT}
    points.catch(UNCAUGHT, False)
    settings.errors = sorted(points.errors)
    assert decode(encode(settings)).errors == [RAISED]
    settings.errors = []
    assert decode(encode(settings)).errors == []
    assert decode({"errors": ["moon", 5]}).errors == []
