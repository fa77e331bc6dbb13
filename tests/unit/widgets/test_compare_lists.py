"""The lists of a comparison: what both have, what one has alone, the weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from opscope.tracers.compare.result import Pair
from opscope.widgets.compare.couples import Couple, Couples
from opscope.widgets.compare.list_pane import MATCHED, UNMATCHED, WEIGHTS, ListPane
from opscope.widgets.compare.measure import Measure
from opscope.widgets.compare.outline import MOST, Branch
from opscope.widgets.compare.pair_rows import PairRow
from opscope.widgets.run.node_model import Node
from tests.unit.widgets.compare_samples import long_story, story


@pytest.fixture
def pane(qtbot: QtBot) -> ListPane:
    made = ListPane()
    qtbot.addWidget(made)
    made.resize(304, 800)
    made.show()
    made.show_couples(Couples(story()), Measure())
    return made


def rows_of(pane: ListPane, tab: int, above: Node | None = None) -> list[PairRow]:
    model = pane.models[tab]
    nodes = model.children_of(above or model.root)
    made = [model.row_of(node, False) for node in nodes]
    return [row for row in made if isinstance(row, PairRow)]


def node_of(pane: ListPane, tab: int, name: str) -> Node:
    model = pane.models[tab]
    return next(
        node for node in model.children_of(model.root) if model.row_of(node, False).name == name
    )


def test_pairs_stand_in_the_modules_of_a(pane: ListPane) -> None:
    rows = rows_of(pane, MATCHED)
    assert [row.name for row in rows[:7]] == [
        "x",
        "stem_conv",
        "stem_bn",
        "relu",
        "pool",
        "layer1.0",
        "layer1.1",
    ]
    inside = rows_of(pane, MATCHED, node_of(pane, MATCHED, "layer2.0"))
    assert [(row.name, row.note) for row in inside[2:5]] == [
        ("relu", "Relu"),
        ("conv2", "Conv2D"),
        ("bn2", "FusedBatchNorm"),
    ]
    assert [row.over for row in inside[2:5]] == [False, True, True]
    assert [row.first for row in inside[2:5]] == [False, True, False]
    assert inside[3].error == "0.87"
    assert inside[3].sign == ("x", "warn")
    assert inside[2].sign == ("check", "text3")


def test_a_module_tells_its_worst_error_and_that_the_first_divergence_is_in_it(
    pane: ListPane,
) -> None:
    rows = {row.name: row for row in rows_of(pane, MATCHED)}
    assert rows["layer2.0"].first
    assert rows["layer2.0"].over
    assert rows["layer3.0"].over
    assert not rows["layer3.0"].first
    assert not rows["layer1.0"].over
    assert rows["layer1.0"].note == "10 ops"
    assert rows["layer2.0"].length > rows["layer1.0"].length > 0
    assert "first divergence" in rows["layer2.0"].spoken()


def test_errors_that_are_not_known_are_a_dash(qtbot: QtBot) -> None:
    whole = story()
    pairs = tuple(
        replace(pair, largest=None, local=None) if at == 7 else pair
        for at, pair in enumerate(whole.found.pairs)
    )
    pane = ListPane()
    qtbot.addWidget(pane)
    couples = Couples(replace(whole, found=replace(whole.found, pairs=pairs)))
    pane.show_couples(couples, Measure("largest", 1e-4))
    node = pane.pairs.node_of(couples.rows[7])
    assert node is not None
    row = pane.pairs.row_of(node, False)
    assert row.error == "–"
    assert not row.over
    assert row.length == 0
    assert pane.summary.rows[2][:2] == ("Error not known", "1")


def test_the_summary_counts_what_is_within_and_over(pane: ListPane) -> None:
    assert [(name, count) for name, count, _ in pane.summary.rows] == [
        ("Within tolerance", "28"),
        ("Over tolerance", "69"),
    ]
    pane.show_measure(Measure("error", 10.0))
    assert [count for _, count, _ in pane.summary.rows] == ["97", "0"]
    assert "Over tolerance 0" in pane.summary.accessibleName()


def test_another_measure_changes_rows_and_modules(pane: ListPane) -> None:
    before = {row.name: row.error for row in rows_of(pane, MATCHED)}
    pane.show_measure(Measure("local", 1e-4))
    after = {row.name: row for row in rows_of(pane, MATCHED)}
    assert before["layer3.0"] != after["layer3.0"].error == "1e-8"
    assert not after["layer3.0"].over
    assert after["layer2.0"].over  # the divergence is there, whatever is read


def test_a_click_picks_a_pair_and_a_module(pane: ListPane, qtbot: QtBot) -> None:
    view = pane.views[MATCHED]
    couples = pane.pairs
    node = node_of(pane, MATCHED, "pool")
    spot = view.visualRect(couples.index_of(node)).center()
    with qtbot.waitSignal(pane.couple_picked) as seen:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    picked = seen.args[0]
    assert isinstance(picked, Couple)
    assert picked.pair == 4
    node = node_of(pane, MATCHED, "layer1.0")
    spot = view.visualRect(couples.index_of(node)).center()
    with qtbot.waitSignal(pane.branch_picked):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert not view.isExpanded(couples.index_of(node))
    chevron = QPoint(21, spot.y())
    with qtbot.assertNotEmitted(pane.branch_picked):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=chevron)
    assert view.isExpanded(couples.index_of(node))


def test_arrow_keys_walk_the_list(pane: ListPane, qtbot: QtBot) -> None:
    view = pane.views[MATCHED]
    relu = pane.pairs.couple_of(node_of(pane, MATCHED, "relu"))
    assert relu is not None
    pane.show_couple(relu)
    with qtbot.waitSignal(pane.couple_picked) as seen:
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert isinstance(seen.args[0], Couple)
    assert seen.args[0].pair == 4
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.isExpanded(view.currentIndex())


def test_show_couple_opens_the_way_and_marks(pane: ListPane) -> None:
    couples = Couples(story())
    pane.show_couples(couples, Measure())
    pane.show_couple(couples.starts[0])
    index = pane.pairs.index_of(node_of(pane, MATCHED, "layer2.0"))
    assert pane.views[MATCHED].isExpanded(index)
    inside = rows_of(pane, MATCHED, node_of(pane, MATCHED, "layer2.0"))
    assert [row.name for row in inside if row.selected] == ["conv2"]


def test_the_filter_finds_ops_of_both_sides_and_modules(pane: ListPane) -> None:
    pane.filter.setText("conv3_block1 fused")
    pane._filter()  # pyright: ignore[reportPrivateUsage]
    rows = rows_of(pane, MATCHED)
    assert [(row.name, row.note) for row in rows] == [
        ("bn1", "FusedBatchNorm"),
        ("bn2", "FusedBatchNorm"),
        ("bn3", "FusedBatchNorm"),
    ]
    couples = Couples(story())
    pane.show_couples(couples, Measure())
    assert pane.filter.text() == ""
    assert len(rows_of(pane, MATCHED)) > 10


def test_a_row_that_the_filter_hides_comes_back_when_it_is_looked_at(pane: ListPane) -> None:
    couples = Couples(story())
    pane.show_couples(couples, Measure())
    pane.filter.setText("pool")
    pane._filter()  # pyright: ignore[reportPrivateUsage]
    assert pane.pairs.node_of(couples.rows[28]) is None
    pane.show_couple(couples.rows[28])
    assert pane.filter.text() == ""
    assert pane.pairs.node_of(couples.rows[28]) is not None


def test_what_one_run_has_alone_has_its_tab(pane: ListPane, qtbot: QtBot) -> None:
    assert pane.tabs.tabText(UNMATCHED) == "Unmatched 1"
    pane.tabs.setCurrentIndex(UNMATCHED)
    assert pane.summary.isHidden()
    top = rows_of(pane, UNMATCHED)
    assert [(row.name, row.note) for row in top] == [("Only in B", "1 op")]
    node = node_of(pane, UNMATCHED, "Only in B")
    inside = pane.models[UNMATCHED].children_of(node)
    with qtbot.waitSignal(pane.lone_picked) as seen:
        pane.views[UNMATCHED].row_picked.emit(inside[0])
    assert seen.args == ["B", 96]


def test_ops_that_lead_to_a_pair_are_told_apart_from_those_that_lead_nowhere(
    qtbot: QtBot,
) -> None:
    whole = story()
    kept = tuple(pair for at, pair in enumerate(whole.found.pairs) if at not in (10, 96))
    couples = Couples(replace(whole, found=replace(whole.found, pairs=kept)))
    assert couples.alone["A"] == ([95], [9])
    pane = ListPane()
    qtbot.addWidget(pane)
    pane.show_couples(couples, Measure())
    assert [row.name for row in rows_of(pane, UNMATCHED)] == [
        "Only in A",
        "Only in B",
        "Merged with others in A",
        "Merged with others in B",
    ]


def test_weights_are_grouped_and_suspicious_ones_come_first(pane: ListPane, qtbot: QtBot) -> None:
    assert pane.tabs.isTabVisible(WEIGHTS)
    assert [(row.name, row.note) for row in rows_of(pane, WEIGHTS)] == [
        ("Suspicious", "1"),
        ("The same", "2"),
        ("Unpaired", "1"),
    ]
    inside = rows_of(pane, WEIGHTS, node_of(pane, WEIGHTS, "Suspicious"))
    assert inside[0].name == "bn1.weight"
    assert inside[0].error == "0.41"
    assert inside[0].sign == ("triangle-alert", "warn")
    node = pane.weights.show_row(("weight", 3))
    assert node is not None
    assert "A has nothing like" in pane.weights.hint(node)
    whole = story()
    pane.show_couples(Couples(replace(whole, found=replace(whole.found, weights=()))), Measure())
    assert not pane.tabs.isTabVisible(WEIGHTS)
    assert pane.tabs.tail() == "relative error"


def test_thousands_of_pairs_in_no_module_come_in_pieces(qtbot: QtBot) -> None:
    couples = Couples(long_story(8000))
    pane = ListPane()
    qtbot.addWidget(pane)
    pane.show_couples(couples, Measure())
    model = pane.pairs
    tops = model.children_of(model.root)
    assert len(tops) == 8000 / MOST
    branch = model.branch_of(tops[3])
    assert isinstance(branch, Branch)
    assert branch.name == "751 – 1,000"
    pane.show_couple(couples.rows[5001])
    made = sum(len(node.children or ()) for node in tops)
    assert made == MOST  # of one piece alone
    assert model.selected == ("pair", 5001)


def test_the_models_are_sound(pane: ListPane, qtmodeltester: ModelTester) -> None:
    for model in pane.models:
        qtmodeltester.check(model)


def test_a_divergence_without_a_pair_has_a_row_of_its_own(qtbot: QtBot) -> None:
    whole = story()
    kept = tuple(pair for pair in whole.found.pairs if pair.a[0] != 27)
    couples = Couples(replace(whole, found=replace(whole.found, pairs=kept)))
    start = couples.starts[0]
    assert start.pair == -1
    assert start.a == (27, 0)
    pane = ListPane()
    qtbot.addWidget(pane)
    pane.show_couples(couples, Measure())
    node = pane.pairs.node_of(start)
    assert node is not None
    row = pane.pairs.row_of(node, False)
    assert row.first
    assert row.over
    assert row.error == "0.87"


def test_two_divergences_of_which_the_second_has_the_same_pair() -> None:
    whole = story()
    twice = whole.found.divergences * 2
    couples = Couples(replace(whole, found=replace(whole.found, divergences=twice)))
    assert [row.pair for row in couples.starts] == [28, -1]
    assert couples.pair_of(couples.starts[0]) == whole.found.pairs[28]
    assert isinstance(couples.pair_of(couples.starts[0]), Pair)
