"""The execution list: rows, folds, marks, gestures, filter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Breakpoint, BreakpointKind, Presence, Selection
from opscope.widgets.run.execution_list import ExecutionList
from opscope.widgets.run.execution_model import ExecutionModel
from opscope.widgets.run.marked import Marked
from opscope.widgets.run.outline import Outline
from opscope.widgets.run.row import Dot, Mark, Row
from opscope.widgets.run.row_view import RowView

from . import run_samples as samples


def shown(view: RowView) -> list[Row]:
    """The rows of a view as they stand, from the top down."""
    model = view.model()
    found: list[Row] = []

    def walk(parent) -> None:
        for number in range(model.rowCount(parent)):
            index = model.index(number, 0, parent)
            opened = view.isExpanded(index)
            found.append(model.row_of(model.node(index), opened))
            if opened:
                walk(index)

    walk(view.rootIndex())
    return found


def names(view: RowView) -> list[str]:
    return [row.name for row in shown(view)]


def row_named(view: RowView, name: str) -> Row:
    return next(row for row in shown(view) if row.name == name)


def point_of(view: RowView, name: str, x: int) -> QPoint:
    """Where a row's `x` is in the viewport."""
    index = view.model().index(0, 0)
    while index.isValid():
        if view.model().data(index) == name:
            view.scrollTo(index)
            return QPoint(x, view.visualRect(index).center().y())
        index = view.indexBelow(index)
    raise AssertionError(f"no row {name}")


@pytest.fixture
def pane(qtbot):
    widget = ExecutionList()
    widget.resize(304, 700)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_model_is_a_sound_tree(qtmodeltester):
    model = ExecutionModel(Marked())
    model.show_outline(Outline(samples.gpt2(231, blocks=4).run))
    qtmodeltester.check(model)


def test_model_stays_sound_as_the_run_goes_on(qtmodeltester):
    runner = samples.gpt2(0, blocks=4)
    outline = Outline(runner.run)
    model = ExecutionModel(Marked())
    model.show_outline(outline)
    for _ in range(20):
        runner.step(9)
        changes = outline.follow()
        model.follow(changes.scopes, changes.appended)
        model.refold()
    qtmodeltester.check(model)


def test_paused_inside_a_block(pane):
    runner = samples.gpt2(231)
    pane.show_run(runner.run)
    assert pane.tabs.tail() == "232 of 512"
    top = [row for row in shown(pane.tree) if row.depth == 0]
    assert [row.name for row in top[:4]] == ["embeddings", "h.0 – h.4", "h.5", "h.6 – h.11"]
    assert (top[1].note, top[1].right, top[1].ran) == ("GPT2Block × 5", "210 ops", True)
    assert (top[2].right, top[3].ran) == ("16 of 42", False)
    current = next(row for row in shown(pane.tree) if row.mark is Mark.NEXT)
    assert (current.name, current.number, current.right) == ("transpose", "232", "next")


def test_a_module_around_one_op_is_that_op(pane):
    pane.show_run(samples.gpt2(231).run)
    row = row_named(pane.tree, "layer_norm")
    assert (row.note, row.number, row.group) == ("ln_1", "216", False)


def test_op_rows_show_shapes_without_the_batch_of_one(pane):
    pane.show_run(samples.gpt2(231).run)
    split = row_named(pane.tree, "split")
    assert split.right == "3 × 64×768"
    assert "1×64×768" in pane._model.hint(pane._model.reveal(218))


def test_folds_follow_the_run(pane):
    runner = samples.gpt2(40)
    pane.show_run(runner.run)
    assert "h.1 – h.11" in names(pane.tree)
    pane.show_growth(runner.step(120))
    pane.show_place()
    top = [row.name for row in shown(pane.tree) if row.depth == 0]
    assert top[:5] == ["embeddings", "h.0 – h.2", "h.3", "h.4 – h.11", "layer_norm"]
    pane.show_growth(runner.step(600))
    pane.show_place()
    assert pane.tabs.tail() == "512 ops"
    top = [row.name for row in shown(pane.tree) if row.depth == 0]
    assert top[:3] == ["embeddings", "h.0 – h.11", "layer_norm"]


def test_an_open_fold_stays_open_as_blocks_leave_it(pane):
    runner = samples.gpt2(40)
    pane.show_run(runner.run)
    pane.tree.expand(pane._model.index_of(pane._model.found(fold_of_last(runner.run, "todo"))))
    assert names(pane.tree).count("h.7") == 1
    pane.show_growth(runner.step(42))
    pane.show_place()
    assert "h.2 – h.11" in names(pane.tree)
    assert names(pane.tree).count("h.7") == 1
    assert row_named(pane.tree, "h.1").depth == 0
    assert row_named(pane.tree, "h.7").depth == 1


def fold_of_last(run, progress):
    """The key of the fold that ends with the last block."""
    blocks = [index for index, scope in enumerate(run.graph.scopes) if scope.type == "GPT2Block"]
    return progress, blocks[-1]


def test_blocks_before_and_after_the_one_looked_at_fold_apart(pane):
    runner = samples.gpt2(512)
    run = runner.run
    pane.show_run(run)
    assert "h.0 – h.11" in names(pane.tree)
    samples.look_back(run, 231)
    pane.show_place()
    top = [row.name for row in shown(pane.tree) if row.depth == 0]
    assert top[:4] == ["embeddings", "h.0 – h.4", "h.5", "h.6 – h.11"]
    assert row_named(pane.tree, "h.0 – h.4").right == "210 ops"
    assert row_named(pane.tree, "h.6 – h.11").right == "252 ops"


def test_looking_back_marks_both_places(pane):
    runner = samples.gpt2(231)
    pane.show_run(runner.run)
    samples.look_back(runner.run, 228)
    pane.show_place()
    marks = {row.mark: row for row in shown(pane.tree) if row.mark is not Mark.NONE}
    assert marks[Mark.CURSOR].number == "229"
    assert (marks[Mark.LIVE].number, marks[Mark.LIVE].right) == ("232", "live")
    samples.look_back(runner.run, 3)
    pane.show_place()
    viewed = next(row for row in shown(pane.tree) if row.mark is Mark.CURSOR)
    assert viewed.number == "4"


def test_the_live_row_is_shown_closed_as_its_group(pane):
    runner = samples.gpt2(231)
    pane.show_run(runner.run)
    pane.tree.collapse(pane._model.index_of(pane._model.reveal(230).parent.parent))
    assert row_named(pane.tree, "h.5").mark is Mark.NEXT


def test_loop_shows_its_pass(pane):
    pane.show_run(samples.looped(3))
    row = row_named(pane.tree, "refine")
    assert (row.note, row.right) == ("loop, 3 passes", "pass 3")
    assert "While" not in names(pane.tree)


def test_loop_looked_back_at_shows_the_pass_of_the_cursor(pane):
    run = samples.looped(40, done=True)
    pane.show_run(run)
    assert row_named(pane.tree, "refine").right == "120 ops"
    samples.look_back(run, 2 + 3 * 2 + 1)
    pane.show_place()
    assert row_named(pane.tree, "refine").right == "pass 3 of 40"
    assert [row_named(pane.tree, name).number for name in ("add", "mul", "tanh")] == [
        "9",
        "10",
        "11",
    ]


def test_failed_op_and_its_message(pane):
    pane.show_run(samples.failed())
    row = row_named(pane.tree, "matmul")
    assert (row.failed, row.right) == (True, "failed")
    assert "cannot be multiplied" in pane._model.hint(pane._model.reveal(1))
    assert all(row.mark is Mark.NONE for row in shown(pane.tree))


def test_not_finite_values_have_pills(pane):
    pane.show_run(samples.not_finite())
    pane.show_selection(Selection(op=1))
    pills = {row.name: row.pill for row in shown(pane.tree)}
    assert pills["log"] == ("−Inf", "inf")
    assert pills["mul"] == ("NaN", "nan")
    assert pills["softmax"] is None


def test_ops_that_the_map_lacked_stand_where_they_ran(pane):
    make = samples.Maker()
    for type_ in ("conv2d", "relu", "add"):
        make.op(0, type_, (1, 4))
    runner = samples.Runner(make.graph)
    runner.step(1)
    pane.show_run(runner.run)
    extra = make.op(0, "dropout", (1, 4), presence=Presence.ADDED)
    runner.run.add_records([samples.record_of(runner.run, extra, 0)])
    pane.show_growth(1)
    assert names(pane.tree) == ["conv2d", "dropout", "relu", "add"]
    assert row_named(pane.tree, "dropout").note == "added"


def test_ops_of_a_run_without_a_map_are_appended(pane, qtbot):
    make = samples.Maker()
    runner = samples.Runner(make.graph)
    pane.show_run(runner.run)
    body = make.scope(0, "net", "Net")
    for number in range(5):
        make.op(body, "relu", (1, number + 1), presence=Presence.ADDED)
        pane.show_growth(runner.step(1))
        pane.show_place()
    assert names(pane.tree) == ["net", *["relu"] * 5]
    assert row_named(pane.tree, "net").right == "5 ops"


def test_click_picks_and_never_echoes(pane, qtbot):
    pane.show_run(samples.gpt2(231).run)
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.mouseClick(
            pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=point_of(pane.tree, "split", 120)
        )
    assert seen.args == [Selection(op=218)]
    with qtbot.assertNotEmitted(pane.picked):
        pane.show_selection(Selection(op=219))
    assert row_named(pane.tree, "split").selected is False


def test_scope_click_picks_the_scope(pane, qtbot):
    run = samples.gpt2(231).run
    pane.show_run(run)
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.mouseClick(
            pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=point_of(pane.tree, "attn", 120)
        )
    assert run.graph.scopes[seen.args[0].scope].path == "h.5.attn"


def test_gutter_click_asks_for_a_breakpoint(pane, qtbot):
    pane.show_run(samples.gpt2(231).run)
    with qtbot.waitSignal(pane.breakpoint_toggled, timeout=1000) as seen:
        QTest.mouseClick(
            pane.tree.viewport(), Qt.MouseButton.LeftButton, pos=point_of(pane.tree, "split", 12)
        )
    assert seen.args == [218]


def test_chevron_and_double_click_open_and_close(pane):
    pane.show_run(samples.gpt2(231).run)
    viewport = pane.tree.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point_of(pane.tree, "embeddings", 35))
    assert "arange" in names(pane.tree)
    QTest.mouseDClick(
        viewport, Qt.MouseButton.LeftButton, pos=point_of(pane.tree, "embeddings", 80)
    )
    assert "arange" not in names(pane.tree)


def test_arrow_keys_pick_neighbours(pane, qtbot):
    pane.show_run(samples.gpt2(231).run)
    pane.show_selection(Selection(op=218))
    pane.tree.setFocus()
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.keyClick(pane.tree, Qt.Key.Key_Down)
    assert seen.args == [Selection(op=219)]


def test_breakpoint_dots(pane):
    run = samples.gpt2(231).run
    pane.show_run(run)
    key = run.graph.ops[231].key
    pane.show_breakpoints(
        [
            Breakpoint(BreakpointKind.OP, key),
            Breakpoint(BreakpointKind.MODULE, "h.5.attn", enabled=False),
            Breakpoint(BreakpointKind.TYPE, "soft*"),
        ]
    )
    assert next(r for r in shown(pane.tree) if r.number == "232").dot is Dot.ON
    assert row_named(pane.tree, "attn").dot is Dot.OFF
    assert row_named(pane.tree, "softmax").dot is Dot.ON


def test_a_step_does_not_open_the_fold_of_the_op_it_ran(pane):
    runner = samples.gpt2(5 + 42 * 5)
    pane.show_run(runner.run)
    pane.show_selection(Selection(op=5 + 42 * 5 - 1))
    fold = row_named(pane.tree, "h.0 – h.4")
    assert (fold.opened, fold.selected) == (False, True)
    pane.show_selection(Selection(op=100))
    assert row_named(pane.tree, "h.0 – h.4").opened


def test_filter_finds_words_in_type_note_and_path(pane, qtbot):
    run = samples.gpt2(231).run
    pane.show_run(run)
    pane.focus_filter()
    QTest.keyClicks(pane.filter, "h.7.attn transpose q")
    qtbot.waitUntil(lambda: pane.tabs.tail() == "1 found", timeout=2000)
    assert [row.right for row in shown(pane.results)] == ["h.7.attn"]
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.keyClick(pane.filter, Qt.Key.Key_Return)
    picked = run.graph.ops[seen.args[0].op]
    assert (picked.type, picked.note) == ("transpose", "q")
    QTest.keyClick(pane.filter, Qt.Key.Key_Escape)
    assert pane.tabs.tail() == "232 of 512"
    assert pane.filter.text() == ""


def test_modules_tab_counts_parameters(pane, qtbot):
    run = samples.gpt2(231).run
    pane.show_run(run)
    pane.tabs.setCurrentIndex(1)
    rows = shown(pane.modules.tree)
    block = next(row for row in rows if row.name == "h.3")
    assert (block.note, block.right) == ("GPT2Block", "4.72 M")
    with qtbot.waitSignal(pane.picked, timeout=1000) as seen:
        QTest.mouseClick(
            pane.modules.tree.viewport(),
            Qt.MouseButton.LeftButton,
            pos=point_of(pane.modules.tree, "h.3", 100),
        )
    assert run.graph.scopes[seen.args[0].scope].path == "h.3"


def test_modules_model_is_a_sound_tree(pane, qtmodeltester):
    pane.show_run(samples.gpt2(10, blocks=3).run)
    pane.tabs.setCurrentIndex(1)
    qtmodeltester.check(pane.modules.tree.model())


def test_no_run(pane):
    pane.show_run(samples.gpt2(3).run)
    pane.show_run(None)
    assert names(pane.tree) == []
    assert pane.tabs.tail() == ""


def test_a_long_flat_list_is_shown_in_ranges(pane, qtmodeltester):
    make = samples.Maker()
    for number in range(3000):
        make.op(0, "relu", (1, number), presence=Presence.ADDED)
    runner = samples.Runner(make.graph)
    runner.step(1200)
    pane.show_run(runner.run)
    ranges = [row for row in shown(pane.tree) if row.depth == 0]
    assert [row.name for row in ranges] == [
        f"{first + 1} – {first + 500}" for first in range(0, 3000, 500)
    ]
    assert [row.opened for row in ranges] == [False, False, True, False, False, False]
    assert next(row for row in shown(pane.tree) if row.mark is Mark.NEXT).number == "1201"
    qtmodeltester.check(pane.tree.model())


def test_a_list_that_grows_long_changes_to_ranges(pane, qtmodeltester):
    make = samples.Maker()
    for _ in range(998):
        make.op(0, "relu", (1, 4), presence=Presence.ADDED)
    runner = samples.Runner(make.graph)
    runner.step(900)
    pane.show_run(runner.run)
    for _ in range(600):
        make.op(0, "relu", (1, 4), presence=Presence.ADDED)
        pane.show_growth(runner.step(1))
        pane.show_place()
    assert [row.name for row in shown(pane.tree) if row.depth == 0] == [
        "1 – 500",
        "501 – 1000",
        "1001 – 1500",
        "1501 – 1598",
    ]
    qtmodeltester.check(pane.tree.model())


def test_many_ops_do_not_hold_up_a_step(pane):
    runner = samples.Runner(samples.many(5000))
    pane.show_run(runner.run)
    runner.step(2000)
    pane.show_growth(0)
    pane.show_place()
    laid_out: list[int] = []
    pane._model.layoutChanged.connect(lambda: laid_out.append(1))
    pane._model.modelReset.connect(lambda: laid_out.append(1))
    for _ in range(60):
        first = runner.step(1)
        pane.show_growth(first)
        pane.show_place()
    assert not laid_out, "a step touches single rows"
    assert pane.tabs.tail() == "2061 of 5000"
