"""What cannot be opened gets one sentence, and the window goes on."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from opscope.app.choice import LaunchChoice
from opscope.tracers.ir import RunState

from .conftest import OPENING, Window


def refusal(window: Window, spec: str, **choice: object) -> str:
    """Try to open; the sentence that the loading page shows."""
    with window.qtbot.waitSignal(window.main.session.refused, timeout=OPENING):
        window.main.open_choice(LaunchChoice(spec=spec, **choice))
    page = window.main.loading
    assert window.main.pages.currentWidget() is page
    assert page.change.isVisible()
    sentence = page.sentence.text()
    assert len(sentence.splitlines()) == 1
    assert "Traceback" not in sentence
    return sentence


def test_files_names_and_interpreters_that_are_not_there(window: Window, tmp_path: Path):
    assert "nowhere.py" in refusal(window, f"{tmp_path}/nowhere.py:build")
    file = tmp_path / "model.py"
    file.write_text("def other():\n    pass\n")
    assert "build" in refusal(window, f"{file}:build")
    assert "no-python" in refusal(window, f"{file}:other", python=f"{tmp_path}/no-python")
    file.write_text("import math\nmath.sqrt(-1)\n")
    told = refusal(window, f"{file}:build")
    assert "ValueError" in told
    assert "2" in told


@pytest.mark.parametrize("name", ["broken.pt2", "broken.keras"])
def test_corrupt_artefacts(window: Window, tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"this is no archive")
    assert name in refusal(window, str(tmp_path / name))


def test_an_untrusted_pickle_is_not_run(window: Window, tmp_path: Path):
    witness = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (Path.touch, (witness,))

    file = tmp_path / "evil.pt"
    file.write_bytes(pickle.dumps(Evil()))
    refusal(window, str(file))
    assert not witness.exists(), "opening a file ran its code"


def test_after_a_refusal_the_window_opens_the_next_model(
    window: Window, model_file: Callable[..., str]
):
    spec = model_file("small_net.py")
    assert "1xhello" in refusal(window, spec, inputs=("1xhello",))
    window.open(spec)
    assert window.main.pages.currentWidget() is window.bench
    assert window.next_op() == "conv2d"


def test_a_wrong_input_shape_stops_at_the_op_that_refuses_it(
    window: Window, model_file: Callable[..., str]
):
    window.open(model_file("small_net.py"), inputs=("1x7x8x8",))
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.PAUSED
    assert window.run.failing == 0
    failed = window.bench.banners.banner("failed")
    assert failed is not None
    assert "7 channels" in failed.message.title
    assert "conv2d in stem" in failed.message.text
