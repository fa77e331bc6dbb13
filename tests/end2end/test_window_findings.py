"""The banner over the graph explains the first value that is not finite, also of a paused run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import RunState

from .conftest import Window


def test_the_banner_says_which_rule_was_broken(window: Window, model_file: Callable[..., str]):
    window.open(model_file("chosen_logs.py", "kept"))
    window.press(Qt.Key.Key_F5)
    banners = window.bench.banners

    def said() -> str:
        banner = banners.banner("bad")
        return banner.message.text if banner is not None else ""

    window.until(lambda: "the log of 0 is −Inf" in said())
    first = "log makes −Inf at [1]: the log of 0 is −Inf (x = 0). It spreads to 1 op"
    assert said().startswith(first)
    assert "Add a small constant before the log" in said()
    banner = banners.banner("bad")
    assert banner.message.title.startswith("First non-finite value produced by log at ")
    QTest.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    op = window.bench.selection.op
    assert window.run.graph.ops[op].type == "log"


def test_what_is_chosen_away_leaves_no_banner(window: Window, model_file: Callable[..., str]):
    window.open(model_file("chosen_logs.py", "chosen"))
    banners = window.bench.banners
    told: list[int] = []
    explain = banners.show_findings
    banners.show_findings = lambda found: (explain(found), told.append(len(found)))
    window.press(Qt.Key.Key_F5)
    window.until(lambda: told == [0])
    assert banners.has_bad
    assert banners.banner("bad") is None


def test_a_run_that_stands_is_explained_so_far(window: Window, model_file: Callable[..., str]):
    window.open(model_file("reasons.py", "bad"))
    banners = window.bench.banners

    def said() -> str:
        banner = banners.banner("bad")
        return banner.message.text if banner is not None else ""

    while "log" not in window.op_types():
        window.press(Qt.Key.Key_F10)
    assert window.run.state is RunState.PAUSED
    window.until(lambda: "the log of 0 is −Inf (x = 0)" in said())
    assert "Nothing that has run so far reads it." in said()
    window.press(Qt.Key.Key_F10)
    assert window.run.state is RunState.PAUSED
    window.until(lambda: "It spreads to 1 op and 1 value after it so far." in said())
    window.press(Qt.Key.Key_F5)
    window.until(lambda: "It spreads to 2 ops and 2 values after it." in said())
