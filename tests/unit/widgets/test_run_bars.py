"""The status bar, the banners and the breakpoint list."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Breakpoint, BreakpointKind, RunState, Selection
from opscope.widgets.run.banner import Banners
from opscope.widgets.run.breakpoint_list import BreakpointList
from opscope.widgets.run.card_delegate import ROW_HEIGHT
from opscope.widgets.run.health import Health
from opscope.widgets.run.status_bar import StatusBar
from opscope.widgets.theme import colour

from . import run_samples as samples

MATMUL = Breakpoint(BreakpointKind.OP, "/h.5/attn/matmul:1", "matmul in h.5.attn")
GELU = Breakpoint(BreakpointKind.TYPE, "gelu", enabled=False)
LINE = Breakpoint(BreakpointKind.LINE, "/home/ada/models/gpt2.py:35")


@pytest.fixture
def status(qtbot):
    widget = StatusBar()
    widget.resize(1600, 26)
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def banners(qtbot):
    widget = Banners()
    widget.resize(846, 200)
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def points(qtbot):
    widget = BreakpointList()
    widget.resize(304, 200)
    qtbot.addWidget(widget)
    widget.show_breakpoints([MATMUL, GELU, LINE], {LINE.where})
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_paused(status):
    status.show_run(samples.gpt2(230).run)
    status.show_state(held=182 << 20, budget=2 << 30, kept=231, device="cpu")
    assert status.lead() == ("current", "Paused before op 231, matmul")
    left = [part.text for part in status.left_parts()[1:]]
    assert left == ["h.5.attn", "models/gpt2.py : 35"]
    right = [part.text for part in status.right_parts()]
    assert right == ["231 tensors kept, 182 MiB of 2 GiB", "All values finite", "cpu"]
    status.show_state(held=2 << 30, budget=2 << 30, kept=231, device="cpu", dropped=1200)
    memory = status.right_parts()[0]
    assert memory.text == "231 tensors kept, 1,200 let go, 2 GiB of 2 GiB"
    assert "comes back by running the model again" in memory.hint


def test_looking_back(status):
    run = samples.gpt2(231).run
    samples.look_back(run, 227)
    status.show_run(run)
    assert status.lead() == ("accent", "Viewing op 228, before div")
    assert status.left_parts()[1].text == "Live: paused before op 232"


def test_first_bad_op_is_named(status):
    status.show_run(samples.not_finite())
    assert status.lead() == ("inf", "Finished, 4 ops")
    part = status.right_parts()[0]
    assert (part.text, part.token) == ("−Inf from op 2, log", "inf")


def test_other_states(status):
    assert status.lead()[1] == "No model open"
    status.show_run(samples.failed())
    assert status.lead() == ("breakpoint", "Failed in op 2, matmul")
    run = samples.gpt2(10).run
    run.state = RunState.RUNNING
    status.show_run(run)
    assert status.lead() == ("accent", "Running, 10 ops so far")
    run.state = RunState.DIED
    status.show_place()
    assert status.lead() == ("breakpoint", "The process ended after op 10")
    status.show_run(samples.looped(2, done=True))
    assert status.lead() == ("ok", "Finished, 9 ops")


def test_narrow_bar_drops_what_matters_least(status):
    status.show_run(samples.gpt2(230).run)
    status.show_state(held=182 << 20, budget=2 << 30, kept=231, device="cpu")
    status.resize(420, 26)
    left, right = status._fitting()
    assert left[0].text == "Paused before op 231, matmul"
    assert "cpu" not in [part.text for part in right]


def test_infinities_of_a_mask_are_no_finding():
    make = samples.Maker()
    make.op(0, "masked_fill", (4, 4))
    make.op(0, "add", (4, 4))
    runner = samples.Runner(make.graph)
    for op, inputs in ((0, ()), (1, ((0, 0),))):
        row = samples.record_of(runner.run, op, 0)
        masked = samples.summary((4, 4), neginf=6)
        runner.run.add_records([samples.replace(row, outputs=(masked,), inputs=inputs)])
    health = Health(runner.run)
    assert (health.first, health.bad, health.filled) == (-1, 0, 2)


def test_no_banner_without_need(banners):
    banners.show_run(samples.gpt2(20).run)
    assert banners.messages() == {}
    assert banners.height() == 0


def test_past_banner_leads_back(banners, qtbot):
    run = samples.gpt2(231).run
    banners.show_run(run)
    samples.look_back(run, 228)
    banners.show_place()
    banner = banners.banner("past")
    assert banner.message.title == "Viewing op 229. The run is paused at op 232."
    with qtbot.waitSignal(banners.live_wanted, timeout=1000):
        QTest.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    run.cursor = None
    banners.show_place()
    assert banners.banner("past") is None


def test_error_banner_shows_the_op(banners, qtbot):
    banners.show_run(samples.failed())
    banner = banners.banner("failed")
    assert banner.message.title.startswith("RuntimeError: mat1 and mat2")
    assert banner.message.text == "In op 2, matmul, models/gpt2.py : 35"
    with qtbot.waitSignal(banners.picked, timeout=1000) as seen:
        QTest.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    assert seen.args == [Selection(op=1, record=1)]


def test_non_finite_banner_offers_a_breakpoint_and_closes(banners, qtbot):
    run = samples.not_finite()
    banners.show_run(run)
    banner = banners.banner("bad")
    assert banner.message.title == "First non-finite value produced by log at models/gpt2.py:32"
    assert banner.message.text.startswith("613 of 16")
    with qtbot.waitSignal(banners.break_wanted, timeout=1000) as seen:
        QTest.mouseClick(banner.buttons[1], Qt.MouseButton.LeftButton)
    assert seen.args == [1]
    QTest.mouseClick(banner.close_button, Qt.MouseButton.LeftButton)
    assert banners.banner("bad") is None
    banners.show_place()
    assert banners.banner("bad") is None


def test_died_banner_restarts(banners, qtbot):
    run = samples.gpt2(12).run
    run.state = RunState.DIED
    run.message = "The process was ended by SIGSEGV"
    banners.show_run(run)
    banner = banners.banner("died")
    assert banner.message.title == "The process was ended by SIGSEGV"
    assert banner.message.text == "Last op: 12, view in h.0.attn."
    with qtbot.waitSignal(banners.restart_wanted, timeout=1000):
        QTest.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)


def test_source_changed_banner(banners, qtbot):
    banners.show_run(samples.gpt2(12).run)
    banners.show_source_changed("/home/ada/models/gpt2.py")
    banner = banners.banner("edited")
    assert banner.message.title == "models/gpt2.py was saved"
    with qtbot.waitSignal(banners.restart_wanted, timeout=1000):
        QTest.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    banners.show_source_changed("")
    assert banners.banner("edited") is None


def test_breakpoint_model(points, qtmodeltester):
    model = points.rows.model()
    qtmodeltester.check(model)
    assert [model.data(model.index(row, 0)) for row in range(3)] == [
        "matmul",
        "any gelu",
        "models/gpt2.py : 35",
    ]
    assert [model.place(row) for row in range(3)] == ["in h.5.attn", "all ops", "not in this graph"]


def test_breakpoint_gestures(points, qtbot):
    viewport = points.rows.viewport()
    with qtbot.waitSignal(points.toggled, timeout=1000) as seen:
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(21, ROW_HEIGHT + 13))
    assert seen.args == [GELU]
    with qtbot.waitSignal(points.activated, timeout=1000) as seen:
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(80, 13))
    assert seen.args == [MATMUL]
    with qtbot.waitSignal(points.removed, timeout=1000) as seen:
        QTest.keyClick(points.rows, Qt.Key.Key_Delete)
    assert seen.args == [MATMUL]
    with qtbot.waitSignal(points.add_wanted, timeout=1000):
        QTest.mouseClick(points.add_button, Qt.MouseButton.LeftButton)


def test_breakpoint_menu(points, qtbot):
    menu = points.menu_for(1)
    actions = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignal(points.toggled, timeout=1000) as seen:
        actions["Enable"].trigger()
    assert seen.args == [GELU]
    with qtbot.waitSignal(points.removed, timeout=1000):
        actions["Remove"].trigger()
    menu.close()


def test_the_arrow_of_a_hit_is_amber_only_at_the_live_place(points, qtbot):
    where = points.rows.model().points[0].where

    def seen(token: str) -> bool:
        image = points.rows.viewport().grab().toImage()
        wanted = colour(token).rgb()
        across = range(image.width() - 60, image.width())
        return any(image.pixel(x, y) == wanted for x in across for y in range(ROW_HEIGHT))

    points.show_hits({where})
    assert (seen("current"), seen("accent")) == (True, False)
    points.show_hits({where}, past=True)
    assert (seen("current"), seen("accent")) == (False, True)


def test_breakpoint_list_is_as_high_as_its_rows(points):
    assert points.height() == 32 + 3 * ROW_HEIGHT + 4
    points.show_breakpoints([], set())
    assert points.height() == 32


def test_a_card_wraps_its_words_and_grows_where_it_is_narrow(banners):
    text = "cpu · float32 · eval mode · a full recording takes 10.9 MiB. Graph from torch.fx."
    banners.show_facts("2.69 M parameters · input_ids 1×64 int64", text)
    banners.show_run(samples.gpt2(0).run)
    assert banners.banner("facts").lines() == (["2.69 M parameters · input_ids 1×64 int64"], [text])
    wide = banners.height()
    banners.resize(340, 200)
    title, lines = banners.banner("facts").lines()
    assert " ".join(title) == "2.69 M parameters · input_ids 1×64 int64"
    assert " ".join(lines) == text, "nothing is lost"
    assert len(lines) > 1
    assert banners.height() > wide
    banners.resize(846, 200)
    assert banners.height() == wide


def test_buttons_stand_below_the_words_of_a_narrow_card(banners):
    banners.show_run(samples.failed())
    banner = banners.banner("failed")
    assert banner.buttons[0].x() > 500
    banners.resize(360, 200)
    banner.resize(360, banner.height())
    first, second = (button.geometry() for button in banner.buttons)
    assert first.left() < 100
    assert first.right() < second.left()
    assert second.right() < 360
    assert banner.height() - first.bottom() >= 10
    assert " ".join(banner.lines()[0]) == banner.message.title


def test_the_strips_button_is_in_the_middle_of_it(banners):
    run = samples.gpt2(231).run
    banners.show_run(run)
    samples.look_back(run, 228)
    banners.show_place()
    banner = banners.banner("past")
    banner.resize(846, banner.height())
    button = banner.buttons[0].geometry()
    assert abs(button.center().y() - banner.rect().center().y()) <= 1
    assert button.height() == 22
