"""The dialog of a comparison gives back two choices, and says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from opscope.app.choice import LaunchChoice
from opscope.app.compare.choice import PairChoice
from opscope.app.compare.dialog import CompareDialog
from opscope.app.settings import Settings, decode, encode
from opscope.tracers.compare.ways import Against

SOURCE = """
import torch
class Net(torch.nn.Module):
    def forward(self, x): ...
def one():
    return Net(), (torch.ones(1, 2),)
def two():
    return Net(), (torch.ones(1, 2),)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "net.py"
    made.write_text(SOURCE)
    return made


@pytest.fixture
def show(qtbot, monkeypatch: pytest.MonkeyPatch):
    """Shows a dialog; other Pythons of the machine are not asked."""
    monkeypatch.setattr("opscope.app.interpreter_picker.candidates", lambda near: [])
    made: list[CompareDialog] = []

    def make(
        a: LaunchChoice | None = None,
        b: LaunchChoice | None = None,
        settings: Settings | None = None,
    ) -> CompareDialog:
        pair = PairChoice(a or LaunchChoice(), b or LaunchChoice())
        dialog = CompareDialog(pair, settings or Settings())
        qtbot.addWidget(dialog)
        dialog.show()
        made.append(dialog)
        return dialog

    yield make
    for dialog in made:
        dialog.done(0)


def shown(dialog: CompareDialog, widget: QWidget) -> bool:
    return widget.isVisibleTo(dialog)


def test_an_empty_dialog_asks_for_both_models(qtbot, show, file: Path) -> None:
    dialog = show()
    assert not dialog.compare_button.isEnabled()
    assert dialog.missing.text().startswith("A: Choose a file")
    dialog.a.model.show_path(str(file))
    qtbot.waitUntil(lambda: dialog.missing.text().startswith("B: Choose a file"))
    assert not dialog.recent.isVisibleTo(dialog)


def test_two_names_of_a_file_are_typed(qtbot, show, file: Path) -> None:
    dialog = show(LaunchChoice(spec=f"{file}:one", inputs=("x=1x2",), cwd=str(file.parent)))
    assert dialog.focusWidget() in (None, dialog.b.model.where)
    qtbot.keyClicks(dialog.b.model.where, str(file))
    qtbot.waitUntil(lambda: dialog.b.model.entry.count() > 0)
    dialog.b.model.entry.setCurrentText("two")
    assert dialog.compare_button.isEnabled()
    chosen = dialog.choice()
    assert chosen.a == LaunchChoice(spec=f"{file}:one", inputs=("x=1x2",), cwd=str(file.parent))
    assert chosen.b == LaunchChoice(spec=f"{file}:two")
    assert chosen.title == "net.py : one and net.py : two"
    with qtbot.waitSignal(dialog.accepted, timeout=500):
        qtbot.keyClick(dialog.b.model.where, Qt.Key.Key_Return)


def test_a_file_that_can_run_code_is_trusted_on_its_own_side(show, tmp_path: Path) -> None:
    keras, script = tmp_path / "m.keras", tmp_path / "m.pt"
    keras.write_bytes(b"")
    script.write_bytes(b"")
    dialog = show(LaunchChoice(spec=str(keras)), LaunchChoice(spec=str(script)))
    assert shown(dialog, dialog.a.custom)
    assert not shown(dialog, dialog.b.custom)
    dialog.b.trusted.setChecked(True)
    dialog.a.custom.setText("parts.py")
    chosen = dialog.choice()
    assert (chosen.a.trusted, chosen.b.trusted) == (False, True)
    assert (chosen.a.custom, chosen.b.custom) == ("parts.py", "")


def test_the_sides_are_exchanged_and_the_inputs_stay(qtbot, show, file: Path) -> None:
    a = LaunchChoice(spec=f"{file}:one", inputs=("1x2",))
    dialog = show(a, LaunchChoice(spec=f"{file}:two"))
    qtbot.mouseClick(dialog.swap, Qt.MouseButton.LeftButton)
    chosen = dialog.choice()
    assert (chosen.a.spec, chosen.b.spec) == (f"{file}:two", f"{file}:one")
    assert chosen.a.inputs == ("1x2",)


def test_what_was_compared_is_offered_again(show, file: Path) -> None:
    settings = Settings()
    a = LaunchChoice(spec=f"{file}:one", inputs=("1x2",), exact=True)
    settings.remember(LaunchChoice(spec=f"{file}:two", inputs=("5x2",)))
    settings.note_comparison(a, LaunchChoice(spec=f"{file}:two"))
    settings = decode(json.loads(json.dumps(encode(settings))))
    assert settings.comparisons == [(f"{file}:one", f"{file}:two", "")]
    assert settings.choice(f"{file}:two").inputs == ("5x2",)
    dialog = show(settings=settings)
    (action,) = dialog.recent.menu().actions()
    assert action.text() == "net.py : one and net.py : two"
    action.trigger()
    chosen = dialog.choice()
    assert chosen.a == a
    assert chosen.b.spec == f"{file}:two"


def test_broken_settings_of_comparisons_are_left_out() -> None:
    rows: list[object] = [["a", "b", ""], ["a", "b"], ["a", 3, ""], "abc", None, ["", "b", ""]]
    assert decode({"comparisons": rows}).comparisons == [("a", "b", "")]


def test_b_is_the_same_model_in_another_way(qtbot, show, file: Path) -> None:
    settings = Settings()
    dialog = show(LaunchChoice(spec=f"{file}:one", inputs=("1x2",)), settings=settings)
    qtbot.waitUntil(lambda: dialog.a.model.frameworks == {"torch"})
    ways = [dialog.way.box.itemText(row) for row in range(dialog.way.box.count())]
    assert ways[:2] == ["Another model", "The same in bfloat16"]
    dialog.way.box.setCurrentIndex(1)
    assert not shown(dialog, dialog.b.model.where)
    assert not dialog.swap.isEnabled()
    chosen = dialog.choice()
    assert chosen.against == Against("bfloat16")
    assert chosen.b == chosen.a
    assert chosen.title == "net.py : one and the same in bfloat16"
    assert dialog.compare_button.isEnabled()
    dialog.way.box.setCurrentIndex(ways.index("The same under jit_compile"))
    assert dialog.missing.text() == "B: jit is for models of TensorFlow."


def test_a_way_asks_for_what_it_needs(qtbot, show, file: Path) -> None:
    settings = Settings()
    dialog = show(LaunchChoice(spec=f"{file}:one"), settings=settings)
    box = dialog.way.box
    box.setCurrentIndex(box.findData("weights"))
    assert dialog.missing.text() == "B: Choose the file with the weights."
    qtbot.keyClicks(dialog.way.more, str(file))
    assert dialog.choice().against == Against("weights", str(file))
    box.setCurrentIndex(box.findData("git"))
    dialog.way.more.clear()
    assert dialog.missing.text() == "B: Write which revision, like HEAD."
    qtbot.keyClicks(dialog.way.more, "HEAD")
    assert "trust it on the side of A" in dialog.missing.text()
    dialog.a.trusted.setChecked(True)
    chosen = dialog.choice()
    assert chosen.a.trusted
    settings.note_comparison(chosen.a, chosen.b, "git:HEAD")
    again = show(settings=settings)
    again.recent.menu().actions()[0].trigger()
    assert again.choice().against == Against("git", "HEAD")
