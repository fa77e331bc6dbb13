"""Finding in the real window: the palette, the filter, matches in graph, list and timeline."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from opscope.app.palette import Palette
from opscope.tracers.ir import Selection
from opscope.widgets.run.timeline_found import tick_places
from opscope.widgets.theme import colour

from .conftest import Window

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def palette(window: Window, text: str) -> Palette:
    """Ctrl+K, with something typed and gone through."""
    QTest.keyClick(window.main, Qt.Key.Key_K, CTRL)
    (opened,) = (one for one in window.main.findChildren(Palette) if one.isVisible())
    opened.edit.clear()
    QTest.keyClicks(opened.edit, text)
    window.until(lambda: not opened._timer.isActive())
    return opened


def typed(window: Window, text: str) -> None:
    """Ctrl+F, with something typed and gone through."""
    QTest.keyClick(window.main, Qt.Key.Key_F, CTRL)
    QTest.keyClicks(window.bench.execution.filter, text)
    window.until(lambda: not window.bench.execution.finding.busy)


def found(window: Window) -> list[str]:
    """Types of the ops that the panes show as found."""
    shown = window.bench.execution.finding.shown
    return [] if shown is None else [window.run.graph.ops[op].type for op in shown.ops.tolist()]


def lit(window: Window) -> set[str]:
    """Types of the ops whose nodes are lit."""
    canvas = window.bench.graph.canvas
    assert canvas.picture is not None
    assert canvas.marks.light is not None
    nodes = canvas.picture.scene.nodes
    return {
        window.run.graph.ops[node.key].type
        for index, node in enumerate(nodes)
        if canvas.marks.light.nodes[index] and 0 <= node.key < len(window.run.graph.ops)
    }


def ticks(window: Window) -> int:
    """How many ticks the timeline shows, by the pixels of their row."""
    line = window.bench.timeline
    picture: QImage = line.grab().toImage()
    ratio = picture.devicePixelRatio()
    accent, count, before = QColor(colour("accent")), 0, False
    for x in range(picture.width()):
        here = picture.pixelColor(x, round(54 * ratio)) == accent
        count += here and not before
        before = here
    return count


def selected(window: Window) -> str:
    chosen = window.bench.selection
    return window.run.graph.op_label(chosen.op) if chosen.op >= 0 else ""


def test_the_palettes_matches_are_lit_listed_and_ticked_and_f3_leads_through_them(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    bench, bar = window.bench, window.main.finding.bar
    before = bench.execution.tabs.tail()

    opened = palette(window, "type:conv")
    assert found(window) == ["conv2d"] * 3
    assert lit(window) == {"conv2d"}
    assert bench.execution.tabs.tail() == "1 of 3", "the first is selected already"
    assert ticks(window) == 3
    QTest.keyClick(opened.edit, Qt.Key.Key_Escape)
    assert found(window) == []
    assert bench.graph.canvas.marks.light is None
    assert ticks(window) == 0
    assert not bar.isVisible()

    opened = palette(window, "conv2d")
    QTest.keyClick(opened.edit, Qt.Key.Key_Return)
    assert bar.isVisible()
    assert (bar.query.text(), bar.count.text()) == ("conv2d", "1 of 3")
    assert bench.execution.filter.text() == "conv2d"
    assert selected(window) == "conv2d in stem"
    visited: list[str] = []
    for _ in range(3):
        QTest.keyClick(window.main, Qt.Key.Key_F3)
        visited.append(selected(window))
    assert visited == ["conv2d in first.conv", "conv2d in second.conv", "conv2d in stem"]
    QTest.keyClick(window.main, Qt.Key.Key_F3, SHIFT)
    assert selected(window) == "conv2d in second.conv"
    assert bar.count.text() == "3 of 3"
    spot, canvas = bench.graph.node_rect(bench.selection), bench.graph.canvas
    assert spot is not None
    assert QRect(canvas.pos(), canvas.size()).intersects(spot), "it is brought in sight"
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert bench.execution.filter.text() == ""
    assert bench.execution.tabs.tail() == before
    assert selected(window) == "conv2d in second.conv"
    assert not window.main.actions_["edit.find_next"].isEnabled()

    opened = palette(window, "second block")
    assert opened.results.entry(opened.list.currentIndex().row()).text == "second"
    QTest.keyClick(opened.edit, Qt.Key.Key_Return)
    assert window.run.graph.scopes[bench.selection.scope].path == "second"
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    opened = palette(window, "head.bias")
    rows = [opened.results.entry(row) for row in range(opened.results.rowCount())]
    at = next(index for index, entry in enumerate(rows) if entry.kind == "value")
    opened.list.setCurrentIndex(opened.results.index(at))
    QTest.keyClick(opened.edit, Qt.Key.Key_Return)
    assert window.run.graph.values[bench.selection.value].name == "head.bias"


def test_the_filter_speaks_the_same_language(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py"))
    bench, bar = window.bench, window.main.finding.bar
    field = bench.execution.filter
    typed(window, r"/^first/ -type:add")
    assert found(window) == ["conv2d", "relu"]
    assert lit(window) >= {"conv2d", "relu"}
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert selected(window) == "conv2d in first.conv"
    QTest.keyClick(bench.execution.results, Qt.Key.Key_Down)
    assert selected(window) == "relu in first"
    line = window.run.graph.sources[window.run.graph.ops[bench.selection.op].source].line
    for query, wanted in (
        ("shape:1x2", ["linear"]),
        ("param:*.weight", ["conv2d", "conv2d", "conv2d", "linear"]),
        (f"line:small_net.py:{line}", ["relu", "relu"]),
    ):
        field.clear()
        typed(window, query)
        assert found(window) == wanted, query

    field.clear()
    typed(window, "type:relu|add")
    assert bar.count.text() == "1 of 4", "relu in first is selected"
    QTest.mouseClick(bar.next, Qt.MouseButton.LeftButton)
    assert selected(window) == "add in first"
    QTest.mouseClick(bar.previous, Qt.MouseButton.LeftButton)
    QTest.mouseClick(bar.previous, Qt.MouseButton.LeftButton)
    assert selected(window) == "add in second"
    assert bar.count.text() == "4 of 4"
    QTest.mouseClick(bar.end, Qt.MouseButton.LeftButton)
    assert bench.execution.finding.text == ""
    assert not bar.isVisible()

    typed(window, "type:linear")
    shown = bench.execution.finding.shown
    assert shown is not None
    (op,) = shown.ops.tolist()
    timeline = bench.timeline
    assert timeline._ops is not None
    (place,) = tick_places(shown, timeline._ops, 0, timeline._span())
    assert timeline.x_of(op) <= place <= timeline.x_of(op + 1)
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(place + 1, 80))
    assert selected(window) == "linear in head"

    field.clear()
    typed(window, "/(/")
    sentence = bench.execution._page.sentence
    assert sentence.isVisible()
    assert sentence.text().startswith("/(/ is no pattern: ")
    assert not bar.isVisible()
    assert bench.graph.canvas.marks.light is None
    QTest.keyClick(window.main, Qt.Key.Key_F3)
    assert selected(window) == "linear in head", "there is nothing to go to"


def test_values_are_found_as_they_come_and_escape_ends_the_finding_first(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"))
    typed(window, "time:>0s bytes:>0")
    assert found(window) == []
    assert window.bench.execution.tabs.tail() == "0 found"
    window.press(Qt.Key.Key_F10)
    window.until(lambda: found(window) == ["conv2d"])
    window.press(Qt.Key.Key_F5)
    window.until(lambda: len(found(window)) == len(window.run.graph.ops))
    window.press(Qt.Key.Key_F10, ALT)
    assert window.run.cursor is not None
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    assert window.bench.execution.filter.text() == ""
    assert window.run.cursor is not None
    typed(window, "min:<0 type:relu")
    assert found(window) == [], "what relu gives is never negative"
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    window.press(Qt.Key.Key_Escape)
    assert window.run.cursor is None


def test_bad_values_are_found_where_they_came_up(window: Window, model_file: Callable[..., str]):
    window.open(model_file("small_net.py", "broken"))
    window.press(Qt.Key.Key_F10)
    typed(window, "inf:>0")
    assert found(window) == ["log"]
    QTest.keyClick(window.main, Qt.Key.Key_F3)
    assert window.bench.selection == Selection(op=0, record=0)
