"""Search ranks as people expect, and the palette picks, runs and goes away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMainWindow

from opscope.app.action_set import ActionSet
from opscope.app.commands import When
from opscope.app.palette import Palette
from opscope.app.palette_entries import entries_of
from opscope.app.search import Entry, Search
from opscope.tracers.ir import Category, Graph, Op, Run, RunState, Scope, ScopeKind, Selection
from opscope.widgets.run.ranking import cost


class Asked:
    def __init__(self) -> None:
        self.names: list[str] = []

    def __getattr__(self, name: str):
        return lambda: self.names.append(name)


def op(index: int, kind: str, scope: int) -> Op:
    return Op(f"{index}", kind, scope, Category.OTHER, "", (), (), (), -1)


@pytest.fixture
def run() -> Run:
    graph = Graph()
    graph.scopes.append(Scope("h.0", 0, "h.0", "h.0", "Block", ScopeKind.MODULE))
    graph.scopes.append(Scope("h.0/attn", 1, "attn", "h.0.attn", "Attention", ScopeKind.MODULE))
    graph.ops += [op(0, "matmul", 2), op(1, "softmax", 2), op(2, "layer_norm", 1)]
    return Run(graph, state=RunState.PAUSED)


@pytest.fixture
def window(qtbot) -> QMainWindow:
    made = QMainWindow()
    made.setCentralWidget(QLineEdit())
    qtbot.addWidget(made)
    made.resize(1200, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def actions(window: QMainWindow, asked: Asked) -> ActionSet:
    made = ActionSet(window, asked)
    made.show_facts(When.ALWAYS | When.OPEN | When.MAPPED | When.PAUSED)
    return made


def opened(qtbot, actions: ActionSet, run: Run | None, window, **options: bool) -> Palette:
    palette = Palette(actions, run, window, **options)
    palette.open()
    qtbot.waitUntil(lambda: palette.results.rowCount() > 0)
    return palette


def texts(palette: Palette) -> list[str]:
    return [palette.results.entry(row).text for row in range(palette.results.rowCount())]


def best(query: str, *rows: str) -> list[str]:
    search = Search([Entry("op", str(index), row) for index, row in enumerate(rows)])
    search.begin(query)
    assert search.advance(10)
    return [entry.text for entry in search.best()]


def test_nearer_matches_come_first() -> None:
    rows = ("log_softmax", "softmax", "some_function_max", "relu")
    assert best("softmax", *rows)[:2] == ["softmax", "log_softmax"]
    assert best("sfmax", *rows)[0] == "softmax"
    assert best("max soft", *rows)[0] == "softmax"
    assert best("", *rows) == list(rows)
    assert best("zzz", *rows) == []


def test_cost_knows_word_starts() -> None:
    inside = cost(["add"], "readd", 5)
    start = cost(["add"], "x add", 5)
    assert inside is not None
    assert start is not None
    assert start < inside
    assert cost(["q"], "add", 3) is None


def test_a_longer_query_agrees_with_a_fresh_one() -> None:
    rows = [Entry("op", str(i), f"op{i % 7}", f"block.{i}") for i in range(3000)]
    narrowed = Search(rows)
    for query in ("b", "bl", "block.1", "block.12 op"):
        narrowed.begin(query)
        assert narrowed.advance(10)
    fresh = Search(rows)
    fresh.begin("block.12 op")
    assert fresh.advance(10)
    assert narrowed.best() == fresh.best()
    assert narrowed.found == fresh.found


def test_slices_add_up() -> None:
    search = Search([Entry("op", str(i), "matmul", f"h.{i}.attn") for i in range(50_000)])
    search.begin("mmat")
    slices, done = 0, False
    while not done:
        done = search.advance(0.001)
        slices += 1
    assert slices > 1
    assert search.found == 50_000


def test_lists_commands_ops_and_modules(qtbot, actions, run, window) -> None:
    palette = opened(qtbot, actions, run, window)
    kinds = {entry.kind for entry in entries_of(actions, run)}
    assert kinds == {"action", "module"}
    assert texts(palette)[0] == "Continue"
    only = opened(qtbot, actions, run, window, ops_only=True)
    assert texts(only) == ["matmul", "softmax", "layer_norm"]


def test_enter_picks_an_op_and_the_focus_goes_back(qtbot, actions, run, window) -> None:
    window.centralWidget().setFocus()
    palette = opened(qtbot, actions, run, window)
    qtbot.keyClicks(palette.edit, "softm")
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert seen.args == [Selection(op=1)]
    assert not palette.isVisible()
    assert window.focusWidget() is window.centralWidget()


def test_a_number_finds_its_op(qtbot, actions, run, window) -> None:
    palette = opened(qtbot, actions, run, window, ops_only=True)
    qtbot.keyClicks(palette.edit, "3")
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert seen.args == [Selection(op=2)]


def test_a_module_is_picked_with_the_mouse(qtbot, actions, run, window) -> None:
    palette = opened(qtbot, actions, run, window)
    qtbot.keyClicks(palette.edit, "h.0.attn attention")
    qtbot.waitUntil(lambda: texts(palette)[:1] == ["h.0.attn"])
    spot = palette.list.visualRect(palette.results.index(0)).center()
    with qtbot.waitSignal(palette.picked, timeout=1000) as seen:
        qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert seen.args == [Selection(scope=2)]


def test_enter_runs_a_command(qtbot, actions, run, window, asked: Asked) -> None:
    palette = opened(qtbot, actions, run, window)
    qtbot.keyClicks(palette.edit, "step ov")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert asked.names == ["step_over"]
    assert not palette.isVisible()


def test_a_disabled_command_is_shown_but_not_run(qtbot, actions, run, window, asked) -> None:
    palette = opened(qtbot, actions, run, window)
    qtbot.keyClicks(palette.edit, "pause")
    qtbot.waitUntil(lambda: texts(palette)[:1] == ["Pause"])
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert asked.names == []
    assert palette.isVisible()


def test_arrows_move_and_escape_closes(qtbot, actions, run, window) -> None:
    palette = opened(qtbot, actions, run, window)
    assert palette.list.currentIndex().row() == 0
    qtbot.keyClick(palette.edit, Qt.Key.Key_Down)
    qtbot.keyClick(palette.edit, Qt.Key.Key_Down)
    qtbot.keyClick(palette.edit, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == 1
    with qtbot.waitSignal(palette.closed, timeout=500):
        qtbot.keyClick(palette.edit, Qt.Key.Key_Escape)


def test_keys_of_the_window_rest_while_it_is_open(qtbot, actions, run, window, asked) -> None:
    palette = opened(qtbot, actions, run, window)
    qtbot.keyClick(palette.edit, Qt.Key.Key_F10)
    assert asked.names == []


def test_a_click_beside_it_closes_and_inside_does_not(qtbot, actions, run, window) -> None:
    palette = opened(qtbot, actions, run, window)
    qtbot.mouseClick(palette.count, Qt.MouseButton.LeftButton)
    assert palette.isVisible()
    with qtbot.waitSignal(palette.closed, timeout=500):
        qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())


def test_nothing_fits_is_said(qtbot, actions, window) -> None:
    palette = opened(qtbot, actions, None, window)
    qtbot.keyClicks(palette.edit, "qqqq")
    qtbot.waitUntil(lambda: palette.count.text() == "Nothing fits")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert palette.isVisible()
