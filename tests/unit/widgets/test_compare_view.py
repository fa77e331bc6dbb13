"""The view of a comparison as a whole: it goes where the user wants, and asks for what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from opscope.tracers.compare.result import Comparison, Pair, Tally
from opscope.widgets.compare.bar import EQUAL
from opscope.widgets.compare.compare_view import CompareView
from opscope.widgets.compare.error_curve import ErrorCurve
from opscope.widgets.compare.list_pane import MATCHED, UNMATCHED, WEIGHTS
from opscope.widgets.compare.measure import Measure
from opscope.widgets.compare.story import Both, Story
from opscope.widgets.theme import DARK, LIGHT, colour, hub
from tests.unit.widgets.compare_samples import half, sources, story
from tests.unit.widgets.graph_samples import loop, paused

FIRST = 28


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[CompareView]:
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(1600, 944)
    with qtbot.waitExposed(made):
        made.show()
    made.show_story(story())
    yield made
    made.show_story(None)
    hub().use(DARK)


def two_divergences() -> Story:
    """The second at the sixtieth pair."""
    whole = story()
    found = whole.found.divergences[0]
    other = replace(found, a=replace(found.a, record=59), b=replace(found.b, record=59), error=0.5)
    return replace(whole, found=replace(whole.found, divergences=(found, other)))


def elements(pair: int) -> Both:
    a = np.zeros((1, 32, 28, 28), np.float32)
    return Both(pair, a, a + np.float32(0.5), (("max", "0.500"), ("over tol.", "99.1 %")))


def menu_texts(qtbot: QtBot) -> QMenu:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_it_begins_at_the_first_divergence_without_telling_that_it_was_picked(
    qtbot: QtBot,
) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    wanted: list[tuple[str, str]] = []
    view.source_wanted.connect(lambda side, file: wanted.append((side, file)))
    with (
        qtbot.assertNotEmitted(view.picked),
        qtbot.waitSignal(view.values_wanted) as values,
    ):
        view.show_story(story())
    assert view.pair == FIRST
    assert view.divergence == 0
    assert values.args == [FIRST]
    assert wanted == [("A", "/models/torch_resnet.py"), ("B", "/models/keras_resnet.py")]
    assert view.inspector.head.title == "conv2d"
    assert view.inspector.head.place == "layer2.0.conv2 and conv3_block1.2_conv"
    texts = [text for text, _ in view.inspector.head.chips.chips]
    assert texts == ["float32", "1×32×28×28", "B moved to NCHW", "error 0.87"]
    assert view.inspector.attributes.told == "1 differs"
    assert view.inspector.cause.words[0] == "proved"
    assert view.bar.matched.text() == "96 of 96 ops matched"
    assert view.bar.title.below == "x 1×3×112×112, 2 weights differ"


def test_values_and_source_come_to_the_pair_that_is_looked_at(view: CompareView) -> None:
    view.show_values(elements(FIRST + 1))  # late, of another pair
    assert view.inspector.values.both is None
    view.show_values(elements(FIRST))
    assert view.inspector.values.stage.way == "maps"
    facts = view.inspector.values.stage.facts.rows
    assert [(fact.name, fact.strong) for fact in facts] == [("max", True), ("over tol.", True)]
    for side, file in (("A", "/models/torch_resnet.py"), ("B", "/models/keras_resnet.py")):
        view.show_source(side, file, sources()[file])
    assert view.inspector.source.line("A") == "self.conv2 = Conv2d(w, w, 3, 2, 1)"
    assert view.inspector.source.line("B") == 'x = Conv2D(w, 3, 2, "same")(x)'
    view.show_no_values(FIRST + 1, "Gone.")
    assert view.inspector.values.both is not None
    view.show_no_values(FIRST, "This value was let go.")
    assert view.inspector.values.stage.notice.sentence.text == "This value was let go."


def test_pick_is_silent_and_moves_everything(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.picked), qtbot.waitSignal(view.values_wanted) as seen:
        view.pick(40)
    assert seen.args == [40]
    assert view.pair == 40
    assert view.list.pairs.selected == ("pair", 40)
    a = view.graphs.graphs["A"]
    assert a.canvas.marks.selected == a.node_of_op(39)
    assert view.inspector.cause.isHidden()
    assert view.inspector.attributes.rows == [("data_format", "", "NHWC", False)]
    view.pick(4000)
    assert view.pair == 40


def test_only_the_pair_that_is_stayed_at_is_asked_for(view: CompareView, qtbot: QtBot) -> None:
    asked: list[int] = []
    view.values_wanted.connect(asked.append)
    for pair in (30, 31, 32):
        view.pick(pair)
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [32]


def test_divergences_are_gone_through(view: CompareView, qtbot: QtBot) -> None:
    view.show_story(two_divergences())
    assert view.divergences == 2
    assert not view.bar.previous.isEnabled()
    assert view.bar.next.isEnabled()
    with qtbot.waitSignal(view.picked) as seen:
        qtbot.mouseClick(view.bar.next, Qt.MouseButton.LeftButton)
    assert seen.args == [60]
    assert view.divergence == 1
    assert not view.bar.next.isEnabled()
    view.step(3)
    assert view.pair == 63
    with qtbot.waitSignal(view.picked) as seen:
        qtbot.mouseClick(view.bar.previous, Qt.MouseButton.LeftButton)
    assert seen.args == [60]
    view.go_previous()
    assert view.pair == FIRST
    view.go_previous()
    assert view.pair == FIRST
    view.step(-3)
    with qtbot.waitSignal(view.picked) as seen:
        qtbot.mouseClick(view.bar.first, Qt.MouseButton.LeftButton)
    assert seen.args == [FIRST]
    later = [joint.later for joint in view.graphs.joints() if joint.later]
    view.go_next()
    later += [joint.later for joint in view.graphs.joints() if joint.later]
    assert later[-1] == 2


def test_stepping_goes_through_both_runs_together(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.picked) as seen:
        view.step(1)
    assert seen.args == [FIRST + 1]
    for side in ("A", "B"):
        graph = view.graphs.graphs[side]
        assert graph.canvas.marks.selected == graph.node_of_op(FIRST)
    view.step(-1000)
    assert view.pair == 0
    assert view.inspector.head.title == "input"
    with qtbot.assertNotEmitted(view.picked):
        view.step(-1)
    view.step(1000)
    assert view.pair == 96


def test_equal_runs_say_so(view: CompareView) -> None:
    view.show_story(story(equal=True))
    assert view.bar.first.isHidden()
    assert view.bar.equal.isVisible()
    assert view.bar.equal.accessibleName() == EQUAL
    assert view.pair == 0
    view.go_first()
    view.go_next()
    assert view.pair == 0
    assert not any(joint.first for joint in view.graphs.joints())
    view.show_story(story())
    assert view.bar.first.isVisible()
    assert view.bar.equal.isHidden()


def test_metric_and_tolerance(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.measure_changed):
        view.set_metric("largest")
        view.set_tolerance(5.0)
    assert view.measure == Measure("largest", 5.0)
    assert view.bar.choice.text() == "max |A − B|"
    assert view.bar.tolerance.edit.text() == "5"
    assert view.list.summary.rows[1][1] == "0"
    view.bar.tolerance.edit.setFocus()
    view.bar.tolerance.edit.selectAll()
    qtbot.keyClicks(view.bar.tolerance.edit, "1e-3")
    with qtbot.waitSignal(view.measure_changed) as seen:
        qtbot.keyClick(view.bar.tolerance.edit, Qt.Key.Key_Return)
    assert seen.args == ["largest", 1e-3]
    assert view.list.summary.rows[1][1] == "69"
    view.bar.tolerance.edit.selectAll()
    qtbot.keyClicks(view.bar.tolerance.edit, "much")
    with qtbot.assertNotEmitted(view.measure_changed):
        qtbot.keyClick(view.bar.tolerance.edit, Qt.Key.Key_Return)
    assert view.bar.tolerance.edit.text() == "1e-3"
    with qtbot.waitSignal(view.measure_changed) as seen:
        qtbot.keyClick(view.bar.choice, Qt.Key.Key_Down)
    assert seen.args == ["mean", 1e-3]
    texts = [text for text, _ in view.inspector.head.chips.chips]
    assert texts[-1].startswith("mean ")
    with pytest.raises(ValueError, match="no such metric"):
        view.set_metric("worst")
    with pytest.raises(ValueError, match="no tolerance"):
        view.set_tolerance(0.0)


def test_the_switch_links_and_parts_the_graphs(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.link_changed) as seen:
        qtbot.mouseClick(view.bar.link, Qt.MouseButton.LeftButton)
    assert seen.args == [False]
    assert not view.linked
    with qtbot.assertNotEmitted(view.link_changed):
        view.set_linked(True)
    assert view.bar.link.isChecked()


def test_the_curve_picks_by_click_drag_and_keys(view: CompareView, qtbot: QtBot) -> None:
    curve: ErrorCurve = view.curve
    spot = QPoint(round(curve.x_of(50)), 90)
    with qtbot.waitSignal(view.picked) as seen:
        qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=spot)
    assert seen.args == [50]
    with qtbot.waitSignal(view.picked) as seen:
        qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert seen.args == [51]
    qtbot.keyClick(curve, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.pair == 41
    qtbot.keyClick(curve, Qt.Key.Key_End)
    assert view.pair == 96
    qtbot.keyClick(curve, Qt.Key.Key_Home)
    assert view.pair == 0
    assert curve.start_words() == "op 28  layer2.0.conv2"
    assert "local error" in curve.hint_at(QPointF(spot))
    assert curve.accessibleDescription() == "x, relative error 0"


def test_the_curve_leaves_out_what_is_not_known(view: CompareView) -> None:
    whole = story()
    pairs = tuple(
        replace(pair, local=None) if 40 <= at < 60 else pair
        for at, pair in enumerate(whole.found.pairs)
    )
    view.show_story(replace(whole, found=replace(whole.found, pairs=pairs)))
    view.set_metric("local")
    for wanted, known in ((42, 39), (58, 60)):
        couple = view.curve.couple_at(view.curve.x_of(wanted))
        assert couple is not None
        assert couple.number == known


def test_what_comes_after_the_first_divergence_has_another_ground(view: CompareView) -> None:
    image = view.curve.grab().toImage()
    y = 60
    before = QColor(image.pixel(round(view.curve.x_of(20)), y))
    after = QColor(image.pixel(round(view.curve.x_of(70)), y))
    line = QColor(image.pixel(round(view.curve.x_of(FIRST)), y))
    assert line == colour("warn")
    assert before == colour("panel")
    assert after.red() > before.red()


def test_an_op_that_one_run_has_alone(view: CompareView, qtbot: QtBot) -> None:
    view.list.tabs.setCurrentIndex(UNMATCHED)
    with qtbot.waitSignal(view.place_changed):
        view.list.lone_picked.emit("B", 96)
    assert view.pair == -1
    assert view.inspector.head.title == "Softmax"
    assert view.inspector.head.chips.chips[0] == ("only in B", "warn")
    assert view.inspector.values.stage.notice.sentence.text == "A has no value like this one."
    assert not view.inspector.match.isVisible()
    assert view.inspector.source.place("B").startswith("keras_resnet.py")
    view.go_first()
    assert view.pair == FIRST
    assert view.list.tabs.currentIndex() == MATCHED


def test_two_ops_without_counterparts_can_be_matched(view: CompareView, qtbot: QtBot) -> None:
    whole = story()
    kept = whole.found.pairs[:-1]
    view.show_story(replace(whole, found=replace(whole.found, pairs=kept)))
    view.list.lone_picked.emit("A", 95)
    assert not view.inspector.match.isVisible()
    view.list.lone_picked.emit("B", 95)
    assert view.inspector.match.isVisible()
    assert view.inspector.match.text() == "Match with A's linear in fc"
    with qtbot.waitSignal(view.pin_wanted) as seen:
        qtbot.mouseClick(view.inspector.match, Qt.MouseButton.LeftButton)
    assert seen.args == [(95, 0), (95, 0)]


def test_menus_take_pairs_apart_and_put_others_together(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.forbid_wanted) as seen:
        view.list.menu_wanted.emit(view.list.pairs.couple_of(_row(view, 30)), QPoint(5, 5))
        menu = menu_texts(qtbot)
        assert [action.text() for action in menu.actions()] == ["These are not the same"]
        menu.actions()[0].trigger()
        menu.close()
    assert seen.args == [30]
    with qtbot.waitSignal(view.pin_wanted) as seen:
        view.graphs.op_menu_wanted.emit("B", 40, QPoint(5, 5))
        menu = menu_texts(qtbot)
        assert [action.text() for action in menu.actions()] == [
            "These are not the same",
            "Match with A's conv2d in layer2.0.conv2",
        ]
        menu.actions()[1].trigger()
        menu.close()
    assert seen.args == [(27, 0), (40, 0)]
    view.graphs.op_menu_wanted.emit("B", 27, QPoint(5, 5))  # the counterpart itself
    menu = menu_texts(qtbot)
    assert len(menu.actions()) == 1
    menu.close()
    with qtbot.waitSignal(view.forbid_wanted) as seen:
        qtbot.mouseClick(view.inspector.head.more, Qt.MouseButton.LeftButton)
        menu = menu_texts(qtbot)
        menu.actions()[0].trigger()
        menu.close()
    assert seen.args == [FIRST]


def _row(view: CompareView, pair: int):
    node = view.list.pairs.show_row(("pair", pair))
    assert node is not None
    return node


def test_a_weight_and_its_hint(view: CompareView) -> None:
    view.list.tabs.setCurrentIndex(WEIGHTS)
    view.list.weight_picked.emit(2)
    assert view.inspector.head.title == "bn1.weight"
    assert view.inspector.head.place == "and bn1/gamma"
    told = view.inspector.values.stage.notice.sentence.text
    assert told == "bn1.weight and bn1/gamma have the same name, but other values."
    view.list.weight_picked.emit(1)
    assert ("B transposed", "") in view.inspector.head.chips.chips
    view.list.weight_picked.emit(3)
    assert ("only in B", "warn") in view.inspector.head.chips.chips


def test_a_divergence_without_a_pair_is_looked_at_without_values(
    view: CompareView, qtbot: QtBot
) -> None:
    whole = story()
    kept = tuple(pair for pair in whole.found.pairs if pair.a[0] != 27)
    with qtbot.assertNotEmitted(view.values_wanted, wait=80):
        view.show_story(replace(whole, found=replace(whole.found, pairs=kept)))
    assert view.pair == -1
    assert view.divergence == 0
    assert view.inspector.cause.words[0] == "proved"
    told = view.inspector.values.stage.notice.sentence.text
    assert told == "What the two ops make cannot be laid over each other."
    with qtbot.assertNotEmitted(view.picked):
        view.go_first()
    first = next(joint for joint in view.graphs.joints() if joint.first)
    assert first.text == "0.87"


def test_the_window_may_add_its_own_buttons_to_the_bar(view: CompareView, qtbot: QtBot) -> None:
    button = QPushButton("Theme")
    view.bar.add_at_end(button)
    qtbot.waitUntil(button.isVisible)
    assert button.x() > view.bar.matched.geometry().right()
    assert button.geometry().right() <= view.bar.width() - 14


def test_a_narrow_window_takes_words_away(view: CompareView) -> None:
    assert view.list.width() == 304
    assert view.inspector.width() == 452
    wide = view.bar.previous.width()
    view.resize(1280, 744)
    assert view.bar.previous.width() < wide
    assert view.list.width() == 248
    assert view.inspector.width() == 372
    assert view.graphs.gutter.width() < 140
    view.resize(1000, 700)
    assert view.bar.width() == 1000
    assert all(
        part.geometry().right() < view.bar.width()
        for part in (view.bar.first, view.bar.link, view.bar.matched)
    )


def test_the_theme_may_change(view: CompareView) -> None:
    view.show_values(elements(FIRST))
    dark = QColor(view.grab().toImage().pixel(150, 700))
    hub().use(LIGHT)
    light = QColor(view.grab().toImage().pixel(150, 700))
    assert dark == QColor(DARK.panel)
    assert light == QColor(LIGHT.panel)


def test_everything_is_reached_by_tab_and_has_a_name(view: CompareView, qtbot: QtBot) -> None:
    view.show_values(elements(FIRST))
    view.activateWindow()
    seen: list[QWidget] = []
    view.bar.first.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(60):
        now = QApplication.focusWidget()
        if now is None or now in seen:
            break
        seen.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    wanted = [
        view.bar.next if view.bar.next.isEnabled() else view.bar.choice,
        view.bar.tolerance.edit,
        view.bar.link,
        view.list.tabs,
        view.list.filter,
        view.list.views[MATCHED],
        view.graphs.graphs["A"].canvas,
        view.graphs.graphs["B"].canvas,
        view.curve,
        *view.inspector.values.stage.maps,
        view.inspector.head.more,
    ]
    missing = [part.accessibleName() for part in wanted if part not in seen]
    assert missing == []
    assert [part for part in seen if not part.accessibleName()] == []
    assert all(part.accessibleName() for part in view.stops)


def test_the_users_tolerance_stays_while_the_same_runs_are_matched_anew(
    view: CompareView,
) -> None:
    view.set_tolerance(0.5)
    whole = story()
    view.show_story(replace(whole, found=replace(whole.found, pairs=whole.found.pairs[:-1])))
    assert view.measure.tolerance == 0.5
    view.show_story(story(equal=True))
    assert view.measure.tolerance == 1e-4


def test_a_metric_that_no_pair_has_gives_way(view: CompareView) -> None:
    view.set_metric("largest")
    whole = story()
    pairs = tuple(replace(pair, largest=None) for pair in whole.found.pairs)
    bare = replace(whole.found, pairs=pairs, divergences=())
    view.show_story(replace(whole, found=bare))
    assert view.measure.metric == "error"
    menu = view.bar.choice.menu.actions()
    assert [action.isEnabled() for action in menu] == [True, False, True, True]
    assert view.bar.choice.text() == "relative error"


def test_every_pair_in_loops_and_functions_can_be_looked_at(view: CompareView) -> None:
    a, b = paused(loop(), 100), paused(loop(), 100)
    count = len(a.records)
    pairs = (*(Pair((at, 0), (at, 0), 1e-7) for at in range(count)), Pair((-1, 0), (-1, 0), 0.0))
    found = Comparison(pairs, Tally(count, 0, 0), Tally(count, 0, 0))
    view.show_story(Story(half("A", a, False), half("B", b, True), found, 1e-4))
    for pair in range(len(pairs)):
        view.pick(pair)
        assert view.pair == pair
        for graph in view.graphs.graphs.values():
            assert graph.canvas.marks.selected >= 0
    note = view.list.pairs.row_of(_row(view, 3), False).note
    assert note == "Tanh · pass 1"


def test_nothing_is_shown_any_more(view: CompareView) -> None:
    view.show_story(None)
    assert view.pair == -1
    assert view.divergences == 0
    assert view.bar.matched.text() == ""
    assert not view.bar.first.isEnabled()
    view.go_first()
    view.step(1)
    view.pick(3)
    view.set_linked(False)
    view.set_linked(True)
    assert view.pair == -1
    assert view.grab().width() == 1600


def test_what_was_prepared_in_another_thread_is_used(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    first, second = story(), story(equal=True)
    view.prepare(first)
    view.show_story(second)
    assert view.divergences == 0
    view.prepare(first)
    view.show_story(first)
    assert view.divergences == 1
    QTimer.singleShot(0, view.update)
