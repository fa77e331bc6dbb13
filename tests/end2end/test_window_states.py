"""States of the window around a run: running, stopped, refused, another model; and its keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from opscope.app.choice import LaunchChoice
from opscope.app.palette import Palette
from opscope.tracers.ir import RunState
from opscope.widgets.source.source_view import OUTPUT

from .conftest import OPENING, Window

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def refused(window: Window, spec: str, **choice: object) -> str:
    """Open what cannot be opened; the sentence on the page."""
    with window.qtbot.waitSignal(window.main.session.refused, timeout=OPENING):
        window.main.open_choice(LaunchChoice(spec=spec, **choice))
    page = window.main.loading
    assert window.main.pages.currentWidget() is page
    return page.sentence.text()


def test_a_run_is_stopped_while_paused_and_started_again(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("talker.py"))
    window.press(Qt.Key.Key_F11)
    window.press(Qt.Key.Key_F11)
    ran = window.op_types()
    QTest.keyClick(window.main, Qt.Key.Key_F5, SHIFT)
    window.until(lambda: window.run.state is RunState.DIED)
    assert window.op_types() == ran, "what was recorded stays"
    assert window.bench.status.lead() == ("not_run", f"Stopped after op {len(ran)}")
    banner = window.bench.banners.banner("died")
    assert banner is not None
    assert banner.message.title == "You stopped the run"
    said = window.bench.source.output.toPlainText()
    assert "killed" not in said
    assert "ended" not in said
    enabled = {
        name: window.main.actions_[f"run.{name}"].isEnabled() for name in ("stop", "restart")
    }
    assert enabled == {"stop": False, "restart": True}
    recent = window.main.store.settings.recents[0]
    assert (recent.status, recent.text) == ("", f"Stopped at op {len(ran)}")
    QTest.keyClick(window.main, Qt.Key.Key_F10, ALT)
    assert window.run.cursor is not None, "what is left can be looked back at"
    assert window.run.cursor.record == len(ran) - 1
    QTest.keyClick(window.main, Qt.Key.Key_Escape)
    assert window.run.cursor is None
    with window.qtbot.waitSignal(window.main.model_shown, timeout=OPENING):
        banner.buttons[0].click()
    window.until(lambda: window.run.state is RunState.PAUSED)
    assert window.run.records == []
    assert not window.run.stopped
    window.arrive()
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    recent = window.main.store.settings.recents[0]
    assert (recent.status, recent.text) == ("finished", "Finished, all finite")


def test_a_running_model_is_followed_and_stopped(window: Window, model_file: Callable[..., str]):
    window.open(model_file("talker.py", "long"))
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.until(lambda: window.bench.selection.record >= 4)
    assert window.run.state is RunState.RUNNING
    assert window.bench.status.lead()[1].startswith("Running, ")
    chosen = window.bench.selection
    assert window.bench.graph.node_rect(chosen) is not None
    QTest.keyClick(window.main, Qt.Key.Key_F5, SHIFT)
    window.until(lambda: window.run.state is RunState.DIED)
    window.settle()
    shown = window.bench.inspector.value
    assert "Restart to see them" in shown.notice.sentence.text
    assert shown.stats.isVisible(), "the statistics remain"


def test_output_of_the_model_marks_its_tab_and_the_frameworks_words_are_left_out(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("talker.py"))
    source = window.bench.source
    window.press(Qt.Key.Key_F5)
    window.until(lambda: "layer 2" in source.output.toPlainText())
    assert source.output.toPlainText().split("\n")[:3] == ["layer 0", "layer 1", "layer 2"]
    assert source.tabs.has_new(OUTPUT)
    source.tabs.setCurrentIndex(OUTPUT)
    assert not source.tabs.has_new(OUTPUT)


def test_a_map_that_fails_says_nothing_in_the_output(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("talker.py", "wrong_shape"))
    assert window.bench.source.output.toPlainText() == ""
    window.press(Qt.Key.Key_F5)
    assert window.run.failure is not None
    assert window.run.failure.record == 0
    chosen = window.bench.selection
    assert (chosen.op, chosen.record) == (window.run.records[-1].op, 0), "the op that raised"
    assert window.bench.inspector.subject.failed


def test_tensorflows_notices_stay_out_of_the_output(window: Window):
    window.open("sample:keras_cnn")
    window.press(Qt.Key.Key_F10)
    assert "oneDNN" not in window.bench.source.output.toPlainText()
    assert not window.bench.source.tabs.has_new(OUTPUT)


def test_an_op_from_the_palette_is_shown_in_every_pane(window: Window):
    window.open("sample:gpt2")
    graph = window.run.graph
    inside = next(i for i, op in enumerate(graph.ops) if op.type == "softmax")
    assert not window.bench.graph.is_open(graph.ops[inside].scope), "its group is closed"
    QTest.keyClick(window.main, Qt.Key.Key_G, CTRL)
    palette = window.main.findChild(Palette)
    assert palette is not None
    QTest.keyClicks(palette.edit, "softmax")
    window.until(lambda: palette.list.model().rowCount() > 0)
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    window.until(lambda: window.bench.selection.op >= 0)
    window.until(lambda: graph.ops[window.bench.selection.op].type == "softmax")
    chosen = window.bench.selection
    rect = window.bench.graph.node_rect(chosen)
    assert rect is not None
    window.until(
        lambda: window.bench.graph.rect().intersects(window.bench.graph.node_rect(chosen) or rect)
    )
    assert window.bench.graph.is_open(graph.ops[chosen.op].scope)
    assert window.bench.inspector.subject.op == chosen.op
    line = graph.sources[graph.ops[chosen.op].source].line
    assert window.bench.source.tabs.tail().endswith(f": {line}")


def test_ctrl_f6_goes_round_the_panes_and_back(window: Window):
    window.open("sample:gpt2")
    window.main.activateWindow()
    window.press(Qt.Key.Key_F11)
    bench = window.bench
    bench.graph.setFocus()
    seen: list[object] = []
    for _ in range(7):
        QTest.keyClick(window.main, Qt.Key.Key_F6, CTRL)
        focused = QApplication.focusWidget()
        seen.append(focused)
    assert seen[:3] == [bench.timeline, bench.inspector.focus_target(), bench.source.code]
    assert seen[3] is bench.execution.tree
    assert seen[4] is bench.breakpoints.add_button
    assert seen[5] is bench.watchpoints.add_button
    assert seen[6] is bench.graph.canvas
    QTest.keyClick(window.main, Qt.Key.Key_F6, CTRL | SHIFT)
    assert QApplication.focusWidget() is bench.watchpoints.add_button


def test_another_model_takes_the_place_of_the_open_one(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("talker.py"))
    window.press(Qt.Key.Key_F10)
    first = window.main.choice.spec
    window.open(model_file("small_net.py"))
    assert window.run.records == []
    assert {op.type for op in window.run.graph.ops} >= {"conv2d"}
    assert window.bench.source.output.toPlainText() == ""
    assert window.bench.inspector.subject.op_type == "conv2d"
    recents = [row.spec for row in window.main.store.settings.recents]
    assert recents == [window.main.choice.spec, first]
    assert window.main.store.settings.recents[1].text == "Paused at op 2"


def test_a_refused_model_leaves_a_way_on_and_forgets_nothing(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    spec = model_file("talker.py")
    missing = spec.replace(":build", ":biuld")
    said = refused(window, missing, inputs=("2x8",))
    assert said.startswith("talker.py has no name biuld; it has ")
    assert "build" in said.partition(";")[2]
    page = window.main.loading
    assert page.change.isVisible()
    assert page.retry.isVisible()
    assert not page.trust.isVisible()
    assert window.main.choice.inputs == ("2x8",)
    assert window.main.store.settings.choice(missing).inputs == ("2x8",)
    page.sentence.setText("word " * 200)
    window.until(
        lambda: page.sentence.height() >= page.sentence.heightForWidth(page.sentence.width())
    )
    QTest.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert window.main.pages.currentWidget() is window.main.start
    window.open(spec)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("raises.py:build", b"raise ValueError('no weights here')\n", "no weights here"),
        (
            "two.py:build",
            b"import torch\ndef build():\n    return torch.nn.Bilinear(2, 2, 2)\n",
            "input1",
        ),
        ("bad.pt2", b"PK\x03\x04 nothing", "bad.pt2"),
        ("bad.keras", b"nothing", "bad.keras"),
    ],
)
def test_refusals_are_one_sentence(
    window: Window, tmp_path: Path, name: str, content: bytes, part: str
):
    file = tmp_path / name.partition(":")[0]
    file.write_bytes(content)
    said = refused(window, str(tmp_path / name))
    assert part in said
    assert said.endswith(".")
    assert "\n" not in said
    assert "--" not in said, "the window has no options"


def test_an_untrusted_pickle_is_opened_on_the_users_word(window: Window, tmp_path: Path):
    import pickle

    file = tmp_path / "weights.pt"
    file.write_bytes(pickle.dumps({"a": 1}))
    said = refused(window, str(file))
    assert "trust" in said
    page = window.main.loading
    assert page.trust.isVisible()
    assert not page.retry.isVisible()
    with window.qtbot.waitSignal(window.main.session.refused, timeout=OPENING):
        QTest.mouseClick(page.trust, Qt.MouseButton.LeftButton)
    assert window.main.choice.trusted
    assert not page.trust.isVisible()
