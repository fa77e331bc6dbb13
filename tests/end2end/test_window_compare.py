"""Two runs are compared in the window, on two real debuggees."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from opscope.app.choice import LaunchChoice
from opscope.app.compare.choice import PairChoice
from opscope.app.compare.comparing import Comparing
from opscope.app.compare.dialog import CompareDialog
from opscope.app.compare.events import Compared, Event, Head, NotAligned, NoValues, Stage, Written
from opscope.tracers.compare.result import Comparison
from opscope.widgets.compare.story import Both

from .conftest import OPENING, Window

MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
}


class Comparison_:
    """A window with what its comparison has told."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.told: list[Event] = []
        self.comparing: Comparing = window.main.comparing
        self.comparing.desk.told.connect(self.told.append)

    @property
    def page(self):
        return self.comparing.page

    @property
    def found(self) -> Comparison:
        return self.all(Compared)[-1].story.found

    def all(self, kind: type) -> list:
        return [event for event in self.told if isinstance(event, kind)]

    def until(self, condition: Callable[[], bool], timeout: int = OPENING) -> None:
        self.window.until(condition, timeout)

    def begin(self, a: str, b: str) -> None:
        """As the dialog does, and wait for what comes of it."""
        self.comparing.begin(PairChoice(LaunchChoice(spec=a), LaunchChoice(spec=b)))
        self.until(lambda: self.page.compared or self.page.waiting.change.isVisible())

    def press(self, keys: str) -> None:
        """A shortcut, in the window."""
        self.window.main.activateWindow()
        self.until(self.window.main.isActiveWindow)
        *held, key = keys.split("+")
        together = Qt.KeyboardModifier.NoModifier
        for name in held:
            together |= MODIFIERS[name]
        QTest.keyClick(self.window.main, getattr(Qt.Key, f"Key_{key}"), together)

    def click(self, button: QPushButton) -> None:
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def dialog(self) -> CompareDialog:
        self.until(lambda: bool(self.window.main.findChildren(CompareDialog)))
        return self.window.main.findChildren(CompareDialog)[-1]

    def gone(self) -> None:
        """Wait until both models are."""
        desk = self.comparing.desk
        self.until(lambda: not desk.active and not desk.leaving)
        assert not list(Path(tempfile.gettempdir()).glob("opscope-compare-*"))


@pytest.fixture
def pair(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparison_]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("opscope.app.interpreter_picker.candidates", lambda near: [])
    return Comparison_(window)


@pytest.fixture
def nets(model_file: Callable[..., str]) -> Callable[[str], str]:
    return lambda name: model_file("pair_nets.py", name)


def text_of(path: Path) -> str:
    return unescape(path.read_text()).replace("\\_", "_")


def test_two_models_are_compared_looked_through_reported_and_left(
    pair: Comparison_,
    nets: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    window, page = pair.window, pair.page
    pair.press("Ctrl+D")
    dialog = pair.dialog()
    for form, name in ((dialog.a, "plain"), (dialog.b, "off")):
        file, _, entry = nets(name).rpartition(":")
        QTest.keyClicks(form.model.where, file)
        pair.until(lambda form=form: form.model.entry.count() > 0)
        form.model.entry.setEditText("")
        QTest.keyClicks(form.model.entry, entry)
    pair.click(dialog.compare_button)
    assert window.main.pages.currentWidget() is page
    assert page.waiting.title.text() == "Comparing pair_nets.py : plain and pair_nets.py : off"
    pair.until(lambda: page.compared)

    stages = [event.title for event in pair.all(Stage)]
    assert list(dict.fromkeys(stages))[:3] == ["Running A", "Running B", "Matching values"]
    heads = pair.all(Head)
    assert [head.name for head in heads] == ["A", "B"]
    assert dict(heads[1].rows)["Mode"] == "evaluation"
    assert dict(heads[1].rows)["Inputs"] == "picture 2×3×12×12"
    assert page.status.left_parts()[0].text == "First divergence at norm"
    assert page.status.left_parts()[1].text.startswith("A: 6 ops, PyTorch 2.")
    assert window.main.windowTitle() == "Net: PyTorch — Opscope"
    assert page.notices.banner("known") is None

    # The values of the first divergence came by themselves.
    pair.until(lambda: bool(pair.all(Both)))
    both = pair.all(Both)[-1]
    assert both.a.shape == both.b.shape == (2, 8, 12, 12)
    assert dict(both.facts)["over tol."].endswith("%")
    assert not pair.all(NoValues)

    first = page.view.pair
    assert first >= 0
    pair.press("F10")
    assert page.view.pair == first + 1
    pair.press("Shift+F10")
    assert page.view.pair == first
    pair.press("F8")
    later = page.view.pair
    assert pair.found.pairs[later].a[0] > pair.found.pairs[first].a[0]
    pair.press("Ctrl+Shift+D")
    assert page.view.pair == first
    assert window.main.session.run is None  # nothing of this went to the workbench

    for ending in ("html", "md"):
        path = tmp_path / f"report.{ending}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, p=path: (str(p), ""))
        before = len(pair.all(Written))
        pair.press("Ctrl+S")
        pair.until(lambda before=before: len(pair.all(Written)) > before)
        assert pair.all(Written)[-1].fine
        text = text_of(path)
        assert "batch_norm in norm" in text
        assert "eps" in text
        assert "self.norm(self.stem(picture))" in text
        assert "Both graphs" in text
    assert page.status.left_parts()[0].text == f"Saved to {tmp_path / 'report.md'}."

    pair.press("Ctrl+W")
    assert window.main.pages.currentWidget() is window.main.start
    pair.gone()


@pytest.mark.long
def test_a_model_that_is_open_stands_as_a_and_is_there_again_afterwards(
    pair: Comparison_, nets: Callable[[str], str]
):
    window = pair.window
    spec = nets("plain")
    window.open(spec)
    window.press(Qt.Key.Key_F10)
    place = window.run.place
    pair.press("Ctrl+D")
    dialog = pair.dialog()
    assert dialog.a.choice().spec == spec
    dialog.b.model.show_spec(nets("training"))
    pair.click(dialog.compare_button)
    pair.until(lambda: pair.page.compared)
    banner = pair.page.notices.banner("known")
    assert banner is not None
    assert banner.message.title == "B alone is in training mode"
    assert window.main.actions_["run.step_over"].isEnabled() is False
    pair.press("Ctrl+W")
    assert window.main.pages.currentWidget() is window.bench
    assert window.main.toolbar.isVisible()
    assert window.run.place == place
    window.press(Qt.Key.Key_F10)
    pair.gone()


def test_a_match_is_forbidden_pinned_and_forgotten(pair: Comparison_, nets: Callable[[str], str]):
    pair.begin(nets("plain"), nets("plain"))
    page, window = pair.page, pair.window
    assert page.status.left_parts()[0].text == "Nothing differs that rounding does not explain"
    assert not window.main.actions_["compare.first"].isEnabled()
    last = len(pair.found.pairs) - 2
    page.view.pick(last)
    chosen = pair.found.pairs[last]
    window.main.actions_.trigger("compare.forbid")
    pair.until(lambda: len(pair.all(Compared)) == 2)
    assert (chosen.a, chosen.b) not in {(each.a, each.b) for each in pair.found.pairs}
    window.main.actions_.trigger("compare.forget")
    pair.until(lambda: len(pair.all(Compared)) == 3)
    assert (chosen.a, chosen.b) in {(each.a, each.b) for each in pair.found.pairs}
    page.view.pin_wanted.emit(chosen.a, chosen.b)
    pair.until(lambda: len(pair.all(Compared)) == 4)
    assert (chosen.a, chosen.b) in {(each.a, each.b) for each in pair.found.pairs}
    assert not pair.all(NotAligned)


def test_one_side_that_raises_leaves_the_other_to_be_opened(
    pair: Comparison_, nets: Callable[[str], str]
):
    pair.begin(nets("plain"), nets("broken"))
    waiting = pair.page.waiting
    assert waiting.title.text() == "B failed"
    assert "mat1 and mat2 shapes cannot be multiplied" in waiting.sentence.text()
    assert ["Mode", "evaluation", "evaluation"] in waiting.table.texts()
    assert not waiting.good["B"].isVisible()
    pair.click(waiting.good["A"])
    window = pair.window
    window.until(lambda: window.main.pages.currentWidget() is window.bench, OPENING)
    window.arrive()
    assert window.next_op() == "conv2d"
    pair.gone()


@pytest.mark.long
def test_inputs_that_do_not_fit_are_told_and_nothing_chosen_is_lost(
    pair: Comparison_, nets: Callable[[str], str]
):
    pair.begin(nets("plain"), nets("mixing"))
    waiting = pair.page.waiting
    assert waiting.title.text() == "These runs could not be compared"
    assert "A takes 1 input (picture 2×3×12×12) and B takes 2 inputs" in waiting.sentence.text()
    pair.gone()
    pair.click(waiting.change)
    dialog = pair.dialog()
    assert dialog.choice().a.spec == nets("plain")
    assert dialog.choice().b.spec == nets("mixing")
    dialog.reject()
    pair.click(waiting.cancel)
    assert pair.window.main.pages.currentWidget() is pair.window.main.start


def test_a_comparison_is_cancelled_while_a_model_runs(
    pair: Comparison_, nets: Callable[[str], str]
):
    a = LaunchChoice(spec=nets("waiting"))
    pair.comparing.begin(PairChoice(a, a))
    pair.until(lambda: Stage("Running A", "Drawing the map") in pair.told)
    QTest.keyClick(pair.page.waiting.cancel, Qt.Key.Key_Escape)
    assert pair.window.main.pages.currentWidget() is pair.window.main.start
    pair.gone()
    assert not pair.all(Compared)


def test_a_file_that_is_not_there_and_another_try(pair: Comparison_, nets: Callable[[str], str]):
    pair.begin("gone.py:build", nets("plain"))
    waiting = pair.page.waiting
    assert waiting.title.text() == "A could not be run"
    assert waiting.sentence.text() == "There is no file or folder gone.py."
    assert not any(button.isVisible() for button in waiting.good.values())
    pair.gone()


def test_the_sample_is_compared_by_one_click_on_the_start_page(pair: Comparison_):
    start, page = pair.window.main.start, pair.page
    (tile,) = [tile for tile in start.tiles() if tile.accessibleName().startswith("ResNet, two")]
    start.ensureWidgetVisible(tile)
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    pair.until(lambda: page.compared, 2 * OPENING)
    assert page.status.left_parts()[0].text == "First divergence at layer2.0.conv2"
    found = pair.found
    (divergence,) = found.divergences
    assert (divergence.a.type, divergence.b.type) == ("conv2d", "Conv2D")
    assert divergence.b.module == "conv3_block1.conv2"
    assert (divergence.cause.certainty.value, divergence.cause.kind) == ("proved", "padding")
    assert [row[0] for row in divergence.attributes if row[3]] == ["padding"]
    assert found.tally_a.unmatched == found.tally_b.unmatched == 0
    pair.until(lambda: bool(pair.all(Both)))
    both = pair.all(Both)[-1]
    assert both.a.shape == both.b.shape == (1, 32, 25, 25)  # B's is (1, 25, 25, 32)
    assert page.view.pair == both.pair
