"""Loop passes in the real window: picked in the graph, by keys and by number; blocks folded."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QSpinBox

from opscope.app.context_menu import ContextMenu
from opscope.app.settings_store import SettingsStore
from opscope.tracers.ir import RunState, Selection
from opscope.widgets.graph.scene import Look

from .conftest import Window

ALT = Qt.KeyboardModifier.AltModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def into_the_loop(window: Window, over: int, into: int) -> int:
    """Open a model with a loop, go so many passes over and so many steps into it; the loop."""
    window.open("sample:char_gru")
    graph = window.run.graph
    op = next(i for i, row in enumerate(graph.ops) if row.type in ("While", "StatelessWhile"))
    while window.run.head.op != op:
        window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F11)
    for _ in range(over):
        window.press(Qt.Key.Key_F10)
    for _ in range(into):
        window.press(Qt.Key.Key_F11)
    return graph.ops[op].inner


def turn(window: Window) -> int:
    """The pass that is looked at, from 0."""
    return window.run.turns(window.run.place.frame)[0]


def arrive(window: Window, at: int) -> None:
    """Wait for a pass, and for what is known of it."""
    window.until(lambda: turn(window) == at)
    window.arrive()


def header(window: Window, loop: int, part: int) -> QPoint:
    """Where the loop's header asks for something."""
    canvas = window.bench.graph.canvas
    picture = canvas.picture
    assert picture is not None
    index = next(i for i, node in enumerate(picture.scene.nodes) if node.key == -1 - loop)
    canvas.reveal(index)
    node = picture.scene.nodes[index]
    y = node.y + (13.5 if node.look is Look.FRAME else node.height / 2)
    xs = [node.x + x for x in range(int(node.width))]
    found = [x for x in xs if picture.nodes.pass_at(node, x, y) == part]
    return canvas.to_widget(found[len(found) // 2], y).toPoint()


def click(window: Window, loop: int, part: int) -> None:
    canvas = window.bench.graph.canvas
    QTest.mouseClick(
        canvas,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        header(window, loop, part),
    )


def commands(window: Window, selection: Selection) -> dict[str, QAction]:
    """The context menu of something."""
    menu = ContextMenu(window.main).menu_for(selection)
    return {action.objectName(): action for action in menu.actions()}


def solid(window: Window, loop: int) -> set[str]:
    """Types of the ops directly in the loop that stand as run."""
    graph, stage = window.run.graph, window.bench.graph._stage
    assert stage is not None
    ops = [index for index, op in enumerate(graph.ops) if op.scope == loop]
    return {graph.ops[op].type for op in ops if stage.progress.ran[op]}


def test_passes_are_picked_with_mouse_and_keys(window: Window):
    loop = into_the_loop(window, over=4, into=4)
    run, graph = window.run, window.run.graph
    assert turn(window) == 4
    live = solid(window, loop)
    assert live, "a few ops of the pass have run"
    selected = window.bench.selection
    assert run.turns(run.records[selected.record].frame) == (4,)
    whole = {graph.ops[row.op].type for row in run.records if run.turns(row.frame)[:1] == (0,)}

    click(window, loop, -1)
    arrive(window, 3)
    assert run.cursor is not None
    assert solid(window, loop) > live, "in that pass everything ran"
    chosen = window.bench.selection
    assert chosen.op == selected.op
    assert run.turns(run.records[chosen.record].frame) == (3,)
    window.until(lambda: window.bench.inspector.subject.record == chosen.record)
    rows = window.bench.execution._outline
    assert rows is not None
    assert rows.record_of(chosen.op) == chosen.record, "the list shows that pass, too"
    assert rows.passes(loop, current=True) == (4, 5)

    QTest.keyClick(window.main, Qt.Key.Key_PageUp, ALT)
    arrive(window, 2)
    assert window.bench.selection.op == selected.op
    commands(window, window.bench.selection)["run.pass_back"].trigger()
    arrive(window, 1)
    commands(window, window.bench.selection)["run.pass_forth"].trigger()
    arrive(window, 2)
    click(window, loop, 1)
    arrive(window, 3)
    QTest.keyClick(window.main, Qt.Key.Key_PageDown, ALT)
    window.until(lambda: run.cursor is None)
    window.arrive()
    assert turn(window) == 4, "the newest pass is the live one"
    assert window.bench.selection.record == selected.record
    assert solid(window, loop) == live
    assert whole


def test_a_pass_is_named_by_its_number_and_the_picker_follows_the_run(window: Window):
    loop = into_the_loop(window, over=2, into=0)
    run = window.run
    click(window, loop, 2)
    dialog = window.main.findChild(QInputDialog)
    assert dialog is not None
    number = dialog.findChild(QSpinBox)
    assert number is not None
    assert (number.minimum(), number.maximum()) == (1, 3)
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "1")
    QTest.keyClick(number, Qt.Key.Key_Return)
    window.until(lambda: run.cursor is not None)
    window.arrive()
    assert turn(window) == 0
    progress = window.bench.graph._stage.progress
    assert progress.passes(loop) == "pass 1 of 3"
    window.main.activateWindow()  # it was the dialog that was active
    window.until(window.main.isActiveWindow)
    window.press(Qt.Key.Key_Escape)
    assert progress.passes(loop) == "pass 3"
    window.press(Qt.Key.Key_F10)
    assert progress.passes(loop) == "pass 4"
    window.press(Qt.Key.Key_F5)
    assert run.state is RunState.FINISHED
    words = progress.passes(loop)
    assert words.endswith(" passes"), "from outside it says how many there were"
    click(window, loop, -1)
    window.until(lambda: run.cursor is not None)
    window.arrive()
    last = int(words.split()[0]) - 1
    assert turn(window) == last


def test_a_loop_that_was_not_entered_says_so(window: Window):
    window.open("sample:char_gru")
    graph = window.run.graph
    op = next(i for i, row in enumerate(graph.ops) if row.type in ("While", "StatelessWhile"))
    window.bench.select(Selection(scope=graph.ops[op].inner))
    QTest.keyClick(window.main, Qt.Key.Key_PageUp, ALT)
    assert "Step into" in window.bench.status.left_parts()[0].text
    assert window.run.cursor is None


def test_blocks_are_opened_in_place_and_folded_again(window: Window):
    window.open("sample:gpt2")
    graph = window.bench.graph
    picture = graph.canvas.picture
    assert picture is not None
    index = next(i for i, node in enumerate(picture.scene.nodes) if node.look is Look.FOLD)
    members = picture.scene.nodes[index].members
    graph.canvas.reveal(index)
    at = graph.canvas.node_rect(index)
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(graph.canvas, button, none, at.center())
    QTest.mouseDClick(graph.canvas, button, none, at.center())
    opened = graph.canvas.picture
    assert opened is not None
    shown = [opened.scene.at[key] for key in members]
    assert len(set(shown)) == len(members), "each block stands for itself"
    assert graph.canvas.node_rect(shown[0]).topLeft() == at.topLeft(), "in place"
    last = Selection(scope=-1 - members[-1])
    window.bench.select(last)
    QTest.keyClick(window.main, Qt.Key.Key_B, CONTROL | SHIFT)

    def fold() -> int:
        picture = graph.canvas.picture
        assert picture is not None
        at = picture.scene.at[members[-1]]
        node = picture.scene.nodes[at]
        return at if node.look is Look.FOLD and set(members) <= set(node.members) else -1

    assert fold() >= 0
    assert "view.fold_blocks" not in commands(window, last), "there is nothing to fold"
    graph.canvas.reveal(fold())
    at = graph.canvas.node_rect(fold())
    QTest.mouseClick(graph.canvas, button, none, QPoint(at.left() + 12, at.center().y()))
    assert fold() < 0, "its chevron opens it, too"
    commands(window, last)["view.fold_blocks"].trigger()
    assert fold() >= 0


def test_shape_ops_are_folded_by_key_menu_and_button(window: Window):
    window.open("sample:gpt2")
    graph, action = window.bench.graph, window.main.actions_["view.fold_shapes"]
    assert graph._stage is not None
    nest = graph._stage.nest
    assert action.isChecked()
    assert nest.fold_shapes
    QTest.keyClick(window.main, Qt.Key.Key_H, CONTROL | SHIFT)
    assert not nest.fold_shapes
    assert not action.isChecked()
    assert not graph.strip.fold.isChecked()
    action.trigger()
    assert nest.fold_shapes
    assert action.isChecked()
    QTest.mouseClick(graph.strip.fold, Qt.MouseButton.LeftButton)
    assert not nest.fold_shapes
    assert not action.isChecked()
    window.main.store.save()
    again = SettingsStore(window.main.store.path)
    assert not again.settings.fold_shapes, "and it is so the next time"
