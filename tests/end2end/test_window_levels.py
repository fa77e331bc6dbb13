"""Opening and closing all groups of a real model's graph with the keyboard and the menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.widgets.graph.scene import Look

from .conftest import Window

DEEPER = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_keys_and_menu_open_and_close_all_levels(window: Window) -> None:
    window.open("sample:resnet18")
    graph = window.bench.graph

    def counts() -> tuple[int, int]:
        picture = graph.canvas.picture
        assert picture is not None
        looks = [node.look for node in picture.scene.nodes]
        return looks.count(Look.FRAME), looks.count(Look.GROUP) + looks.count(Look.FOLD)

    opened, _ = counts()
    closed = 1
    while closed:
        frames, closed = counts()
        QTest.keyClick(window.main, Qt.Key.Key_Down, DEEPER)
        window.until(lambda: not graph.busy)
    frames, _ = counts()
    assert frames > opened
    ops = {node.key for node in graph.canvas.picture.scene.nodes if node.look is Look.OP}
    assert len(ops) == len(window.run.graph.ops)
    QTest.keyClick(window.main, Qt.Key.Key_Up, DEEPER)
    assert 0 < counts()[0] < frames
    window.main.actions_["view.close_all"].trigger()
    assert counts()[0] == 0
    window.main.actions_["view.open_all"].trigger()
    window.until(lambda: not graph.busy)
    assert counts() == (frames, 0)
