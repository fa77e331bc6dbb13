"""The open dialog says what it understood and what is missing, and gives back a choice."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from opscope.app.choice import LaunchChoice
from opscope.app.input_words import FORMS, meaning
from opscope.app.open_dialog import OpenDialog
from opscope.app.stylesheet import style_sheet
from opscope.tracers.protocol.spec import sample_names
from opscope.widgets import theme

SOURCE = """
import torch
class Net(torch.nn.Module):
    def forward(self, x, mask): ...
class Block(torch.nn.Module):
    def __init__(self, dim): ...
def build():
    return Net()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "net.py"
    made.write_text(SOURCE)
    return made


@pytest.fixture
def show(qtbot, monkeypatch: pytest.MonkeyPatch):
    """Shows a dialog for a choice; other Pythons of the machine are not asked."""
    monkeypatch.setattr("opscope.app.interpreter_picker.candidates", lambda near: [])
    made: list[OpenDialog] = []

    def make(choice: LaunchChoice | None = None) -> OpenDialog:
        dialog = OpenDialog(choice or LaunchChoice())
        qtbot.addWidget(dialog)
        dialog.show()
        made.append(dialog)
        return dialog

    yield make
    for dialog in made:
        dialog.done(0)


def shown(dialog: OpenDialog, widget: QWidget) -> bool:
    return widget.isVisibleTo(dialog)


def test_an_empty_dialog_asks_for_a_model(show) -> None:
    dialog = show()
    assert not dialog.open_button.isEnabled()
    assert dialog.missing.text() == "Choose a file or folder, or write a module's name."
    assert not shown(dialog, dialog.entry)
    assert not shown(dialog, dialog.trusted)
    assert not shown(dialog, dialog.pictures)


def test_a_file_lists_its_names_and_guesses_one(qtbot, show, file: Path) -> None:
    dialog = show()
    dialog.show_path(str(file))
    qtbot.waitUntil(lambda: dialog.entry.currentText() == "build")
    names = [dialog.entry.itemText(index) for index in range(dialog.entry.count())]
    assert names == ["build", "Net", "Block"]
    assert dialog.open_button.isEnabled()
    assert dialog.about.text() == "Python code with PyTorch"
    assert "x, mask" in dialog.inputs.note.text()
    assert dialog.choice() == LaunchChoice(spec=f"{file}:build")


def test_a_class_that_needs_arguments_is_refused(qtbot, show, file: Path) -> None:
    dialog = show(LaunchChoice(f"{file}:Block"))
    qtbot.waitUntil(lambda: "Block needs dim" in dialog.missing.text())
    assert not dialog.open_button.isEnabled()
    dialog.entry.setCurrentText("Net")
    assert dialog.open_button.isEnabled()


def test_a_choice_comes_back_as_it_was(qtbot, show, file: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"")
    choice = LaunchChoice(
        spec=f"{file}:Net",
        inputs=("x=cat.png", "mask=1x5:bool"),
        exact=True,
        cwd=str(tmp_path),
        image=(("resize", "256"), ("crop", "224"), ("normalise", "imagenet"), ("layout", "nhwc")),
        theme="light",
    )
    dialog = show(choice)
    qtbot.waitUntil(lambda: dialog.entry.count() == 3)
    assert dialog.missing_text() == ""
    assert dialog.choice() == choice


def test_inputs_are_checked_as_they_are_typed(qtbot, show, file: Path) -> None:
    dialog = show(LaunchChoice(f"{file}:Net"))
    qtbot.waitUntil(lambda: dialog.entry.count() == 3)
    qtbot.mouseClick(dialog.inputs.add, Qt.MouseButton.LeftButton)
    row = dialog.inputs.rows[0]
    assert row.edit.placeholderText().startswith("x=")
    qtbot.keyClicks(row.edit, "1x3:int65")
    assert "int65" in row.means.text()
    assert dialog.missing.text() == "An input is not understood."
    assert not dialog.open_button.isEnabled()
    for _ in range(2):
        qtbot.keyClick(row.edit, Qt.Key.Key_Backspace)
    qtbot.keyClicks(row.edit, "64")
    assert row.means.text() == "int64 1×3, random 0 to 10"
    assert dialog.open_button.isEnabled()
    assert dialog.choice().inputs == ("1x3:int64",)
    row.removed.emit()
    assert dialog.choice().inputs == ()


def test_an_input_written_twice_is_refused(show, file: Path) -> None:
    dialog = show(LaunchChoice(f"{file}:Net", ("x=1x2", "x=1x2")))
    assert dialog.missing_text() == "The input x is written twice."


def test_picture_options_show_with_a_picture(qtbot, show, file: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(b"")
    dialog = show(LaunchChoice(f"{file}:Net", ("cat.jpg",), cwd=str(tmp_path)))
    assert shown(dialog, dialog.pictures)
    dialog.pictures.resize_to.setCurrentText("big")
    assert dialog.missing.text() == 'Resize is written 224 or 224x224, not "big".'
    dialog.pictures.resize_to.setCurrentText("224x224")
    assert dialog.choice().image == (("resize", "224x224"),)
    dialog.inputs.rows[0].edit.setText("1x3")
    assert not shown(dialog, dialog.pictures)
    assert dialog.choice().image == ()


def test_a_pickle_asks_for_trust_and_code_does_not(show, tmp_path: Path, file: Path) -> None:
    (tmp_path / "net.pt").write_bytes(b"")
    dialog = show(LaunchChoice(str(tmp_path / "net.pt"), trusted=True))
    assert shown(dialog, dialog.trusted)
    assert not shown(dialog, dialog.entry)
    assert dialog.choice().trusted
    dialog.show_path(str(file))
    assert not shown(dialog, dialog.trusted)
    assert not dialog.choice().trusted


def test_what_cannot_be_opened_says_why(qtbot, show, tmp_path: Path) -> None:
    dialog = show()
    qtbot.keyClicks(dialog.where, str(tmp_path / "none.py"))
    qtbot.waitUntil(lambda: "There is no file" in dialog.about.text())
    (tmp_path / "a.onnx").write_bytes(b"")
    dialog.show_path(str(tmp_path / "a.onnx"))
    assert "ONNX" in dialog.about.text()
    (tmp_path / "folder").mkdir()
    dialog.show_path(str(tmp_path / "folder"))
    assert "saved_model.pb" in dialog.about.text()
    assert not dialog.open_button.isEnabled()


def test_a_damaged_file_says_where(qtbot, show, tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("def f(:\n")
    dialog = show()
    dialog.show_path(str(file))
    qtbot.waitUntil(lambda: "bad.py, line 1" in dialog.about.text())


def test_a_marker_file_stands_for_its_folder(show, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"")
    dialog = show()
    dialog.show_path(str(folder / "saved_model.pb"))
    assert dialog.choice().spec == str(folder)
    assert dialog.about.text() == "TensorFlow model folder"


def test_a_module_needs_a_name(qtbot, show, file: Path) -> None:
    dialog = show(LaunchChoice(cwd=str(file.parent)))
    qtbot.keyClicks(dialog.where, "net")
    qtbot.waitUntil(lambda: dialog.entry.currentText() == "build")
    assert dialog.choice().spec == "net:build"
    dialog.entry.setCurrentText("")
    assert dialog.missing.text() == "Write which name in the module is the model."
    dialog.entry.setCurrentText("no name")
    assert dialog.missing.text() == '"no name" is no name.'


def test_enter_right_after_typing_uses_the_latest_text(qtbot, show, file: Path) -> None:
    dialog = show()
    dialog.where.setText(str(file))
    with qtbot.waitSignal(dialog.accepted, timeout=1000):
        dialog.accept()
    assert dialog.choice().spec.startswith(str(file))


def test_return_in_an_input_opens_the_model(qtbot, show, file: Path) -> None:
    dialog = show(LaunchChoice(f"{file}:Net", inputs=("1x4",), python=sys.executable))
    qtbot.waitUntil(dialog.open_button.isEnabled)
    with qtbot.waitSignal(dialog.accepted, timeout=1000):
        qtbot.keyClick(dialog.inputs.rows[0].edit, Qt.Key.Key_Return)


def test_return_opens_no_chooser_while_something_is_missing(qtbot, show, monkeypatch) -> None:
    def choose(*_args: object) -> tuple[str, str]:
        raise AssertionError("a chooser was opened")

    monkeypatch.setattr("opscope.app.open_dialog.QFileDialog.getOpenFileName", choose)
    dialog = show(LaunchChoice(inputs=("1x4",)))
    qtbot.keyClick(dialog.inputs.rows[0].edit, Qt.Key.Key_Return)
    assert dialog.isVisible()
    taking = [b for b in dialog.findChildren(QPushButton) if b.isDefault()]
    assert taking == [dialog.open_button]


def test_a_new_input_gets_the_keyboard_and_is_in_sight(qtbot, show) -> None:
    dialog = show(LaunchChoice(inputs=("1x4",) * 12))
    dialog.inputs.add.click()
    row = dialog.inputs.rows[-1]
    assert dialog.focusWidget() is row.edit
    qtbot.waitUntil(lambda: not row.edit.visibleRegion().isEmpty())


def test_its_buttons_have_no_pictures(show) -> None:
    dialog = show()
    dialog.setStyleSheet(style_sheet(theme.DARK))
    assert all(button.icon().isNull() for button in dialog.buttons.buttons())


def test_a_missing_working_folder_is_told(show, file: Path, tmp_path: Path) -> None:
    dialog = show(LaunchChoice(f"{file}:Net", cwd=str(tmp_path / "none")))
    assert dialog.missing_text() == "The working folder does not exist."


def test_samples_are_models_too(qtbot, show) -> None:
    dialog = show(LaunchChoice("sample:nothing_of_the_kind"))
    assert "There is no sample" in dialog.about.text()
    name = sample_names()[0]
    dialog.where.setText(f"sample:{name}")
    qtbot.waitUntil(lambda: dialog.open_button.isEnabled())
    assert not shown(dialog, dialog.entry)
    assert dialog.choice().spec == f"sample:{name}"


@pytest.mark.parametrize("form", [form.split("   ")[0] for form, _ in FORMS])
def test_every_form_that_is_explained_is_understood(tmp_path: Path, form: str) -> None:
    for name in ("a.npy", "cat.png", "data.py"):
        (tmp_path / name).write_bytes(b"")
    assert not meaning(form, str(tmp_path)).wrong, form


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    found = meaning("x=none.npy", str(tmp_path))
    assert (found.wrong, found.text) == (True, "There is no file none.npy.")
    assert meaning(os.devnull, "").wrong
