"""Watchpoints through the window: added, hit, listed, marked, jumped to, remembered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.app.context_menu import ContextMenu
from opscope.app.watchpoint_dialog import WatchpointDialog
from opscope.app.watchpoint_form import OFFERS
from opscope.tracers.ir import RunState, Selection
from opscope.tracers.ir.watchpoint import WatchKind, Watchpoint
from opscope.widgets.overlays.watch import WatchOverlay
from opscope.widgets.run.timeline_watch import mark_places

from .conftest import Window

LEFT = Qt.MouseButton.LeftButton


def asked(window: Window) -> WatchpointDialog:
    """The dialog that is open."""
    window.until(lambda: window.main.findChild(WatchpointDialog) is not None)
    dialog = window.main.findChild(WatchpointDialog)
    assert isinstance(dialog, WatchpointDialog)
    return dialog


def choose(dialog: WatchpointDialog, kind: WatchKind, *numbers: str, place: str = "") -> None:
    """Fill the form, as a user types."""
    dialog.kind.setCurrentIndex([offer.kind for offer in OFFERS].index(kind))
    for field, number in zip(dialog.numbers, numbers, strict=False):
        field.clear()
        QTest.keyClicks(field, number)
    if place:
        dialog.place.clear()
        QTest.keyClicks(dialog.place, place)
        dialog.place.completer().popup().hide()


def accept(window: Window, dialog: WatchpointDialog) -> None:
    assert dialog.ok.isEnabled(), dialog.on_kind.text()
    QTest.mouseClick(dialog.ok, LEFT)
    window.until(lambda: window.main.findChild(WatchpointDialog) is None)
    window.main.activateWindow()
    window.until(window.main.isActiveWindow)


def told(window: Window) -> list[str]:
    """What the rows of the list say."""
    model = window.bench.watchpoints.rows.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.data(model.index(n, 0), role)) for n in range(model.rowCount())]


def press_row(window: Window, number: int, x: int = 120) -> None:
    rows = window.bench.watchpoints.rows
    spot = rows.visualRect(rows.model().index(number, 0)).center()
    QTest.mouseClick(rows.viewport(), LEFT, pos=QPoint(x, spot.y()))


def test_a_watchpoint_stops_lists_marks_and_leads(window: Window, model_file: Callable[..., str]):
    spec = model_file("looping.py")
    window.open(spec)
    QTest.mouseClick(window.bench.watchpoints.add_button, LEFT)
    dialog = asked(window)
    choose(dialog, WatchKind.ABSMAX, "5", place="gate.*")
    assert dialog.summary.text() == "|x| > 5 on gate.*"
    assert dialog.on_place.text().endswith(" ops in this graph.")
    accept(window, dialog)
    assert told(window) == ["gate.*, |x| > 5, no hit, stops"]
    window.press(Qt.Key.Key_F5)
    assert window.op_types()[-1] == "add"
    banner = window.bench.banners.banner("note")
    assert banner is not None
    assert banner.message.title == "Watchpoint: |x| > 5 at gate.add"
    number = len(window.run.records)
    assert window.bench.selection.record == number - 1, "the value is in hand"
    window.until(lambda: "1 hit" in told(window)[0])

    model = window.bench.watchpoints.rows.model()
    window.until(lambda: window.main.overlays.name == WatchOverlay.name)
    op = window.run.records[number - 1].op
    window.until(lambda: window.main.overlays.shown.amounts.ops[op] == 1)
    timeline = window.bench.timeline
    mark = mark_places([number - 1], number, len(window.run.graph.ops), timeline.width() - 28)
    before = timeline.grab().toImage()
    press_row(window, 0, x=20)  # the eye
    window.until(lambda: "off" in told(window)[0])
    changed = timeline.grab().toImage()
    assert len(mark) == 1
    assert any(
        before.pixel(x, y) != changed.pixel(x, y)
        for x in range(timeline.width())
        for y in range(52, 58)
    ), "the mark is gone with the watchpoint"
    press_row(window, 0, x=20)
    window.until(lambda: "1 hit" in told(window)[0])

    window.press(Qt.Key.Key_F5)
    assert "Watchpoint: |x| > 5 at gate." in window.bench.banners.banner("note").message.title
    window.main.watchpoints.toggle_stop(window.main.watchpoints.rows[0])
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    result = window.main.watchpoints.result(window.main.watchpoints.rows[0])
    window.until(lambda: not result.left and result.times > 2)
    press_row(window, 0)
    window.until(lambda: model.rowCount() > 3)
    first = told(window)[1]
    assert first.startswith("add, gate, ")
    assert first.endswith(f", {number}")
    assert window.bench.selection.record != number - 1
    press_row(window, 1)
    assert window.bench.selection == Selection(op=op, record=number - 1, slot=0)
    QTest.keyClick(window.bench.watchpoints.rows, Qt.Key.Key_Down)
    QTest.keyClick(window.bench.watchpoints.rows, Qt.Key.Key_Return)
    assert window.bench.selection.record > number - 1

    window.open(spec)
    assert window.main.watchpoints.rows == [Watchpoint("absmax>5 @ gate.*", stop=False)]
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.until(lambda: window.run.state is RunState.FINISHED)
    window.until(lambda: f"{result.times} hits" in told(window)[0])


def test_what_ran_is_checked_when_a_watchpoint_is_added_or_changed(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("looping.py"))
    window.press(Qt.Key.Key_F5)
    ran = len(window.run.records)
    op = next(n for n, row in enumerate(window.run.graph.ops) if row.type == "relu")
    menu = window.main.findChild(ContextMenu).menu_for(Selection(op=op))
    action = next(each for each in menu.actions() if each.text() == "Watch This Op &for…")
    action.trigger()
    menu.close()
    dialog = asked(window)
    assert dialog.place.text() == window.run.graph.ops[op].key
    choose(dialog, WatchKind.DEAD, "7")
    assert not dialog.ok.isEnabled()
    assert "a share from 0 to 1" in dialog.on_kind.text()
    choose(dialog, WatchKind.DEAD, "0.4")
    dialog.stop.setChecked(False)
    accept(window, dialog)
    window.until(lambda: told(window) == ["relu in gate, zeros > 40%, 1 hit, lists only"])
    assert len(window.run.records) == ran, "nothing ran again"
    rows = window.bench.watchpoints.rows
    rows.setCurrentIndex(rows.model().index(0, 0))
    QTest.keyClick(rows, Qt.Key.Key_F2)
    dialog = asked(window)
    assert [dialog.numbers[0].text(), dialog.stop.isChecked()] == ["0.4", False]
    choose(dialog, WatchKind.CHANGES, "1", place="gate.relu")
    accept(window, dialog)
    window.until(lambda: "gate.relu, changes > 1 since last pass, " in told(window)[0])
    window.until(lambda: told(window)[0].split(", ")[2] == "2 hits")
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert told(window) == []
    assert window.main.store.settings.watchpoints(window.main.choice.spec) == []


def test_a_restart_is_held_against_the_run_before(window: Window, model_file: Callable[..., str]):
    spec = model_file("looping.py")
    window.open(spec)
    window.main.watchpoints.put(Watchpoint("changes>0 since run @ gate.add", stop=False))
    window.press(Qt.Key.Key_F5)
    window.until(lambda: any("no run before this one" in row for row in told(window)))
    file = spec.rpartition(":")[0]
    with open(file, encoding="utf-8") as text:
        source = text.read()
    with open(file, "w", encoding="utf-8") as text:
        text.write(source.replace("limit = 3", "limit = 4"))
    shown: list[bool] = []
    window.main.model_shown.connect(lambda: shown.append(True))
    window.main.restart()
    window.until(lambda: bool(shown), 40_000)
    window.arrive()
    window.press(Qt.Key.Key_F5)
    window.until(lambda: "hits" in told(window)[0])
    window.bench.watchpoints.open(window.main.watchpoints.rows[0])
    assert "in the run before and is " in told(window)[1]
