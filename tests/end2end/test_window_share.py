"""A finding, an explanation and an op are written as pages from the window."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from opscope.app.context_menu import ContextMenu
from opscope.tracers.ir import Selection

from .conftest import Window


def name_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The next dialog that asks for a name is answered; what it offered."""
    offered: list[str] = []

    def named(_parent: object, _title: str, offer: str, kinds: str) -> tuple[str, str]:
        offered.append(offer)
        return str(path), kinds.split(";;")[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", named)
    return offered


def text_of(path: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", path.read_text().partition("<body>")[2]))


def finish(window: Window, spec: str) -> None:
    window.open(spec)
    window.press(Qt.Key.Key_F5)
    window.until(lambda: bool(window.bench.banners.findings))


def test_a_finding_is_shared_from_its_banner(
    window: Window,
    model_file: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    spec = model_file("chosen_logs.py", "kept")
    finish(window, spec)
    offered = name_it(tmp_path / "found.html", monkeypatch)
    banner = window.bench.banners.banner("bad")
    assert banner is not None
    (button,) = [each for each in banner.buttons if each.text() == "Share…"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    window.until(lambda: not window.main.sharing.busy)
    assert offered == ["log_makes_Inf.html"]
    page = (tmp_path / "found.html").read_text()
    text = text_of(tmp_path / "found.html")
    assert "<h1>log makes −Inf</h1>" in page
    assert "the log of 0 is −Inf (x = 0)" in text
    assert "Add a small constant before the log" in text
    assert "torch.log(torch.relu(x))" in text
    assert f"opscope check {spec}" in text
    pictures = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page)
    images = [QImage.fromData(base64.b64decode(data)) for data in pictures]
    assert len(images) == 2
    assert images[0].size() == images[1].size()
    corners = [image.pixelColor(2, 2).name() for image in images]
    assert corners == ["#0e1014", "#f4f5f7"]  # dark for those who like it, light for the others
    assert window.bench.status.left_parts()[0].text.startswith("Saved to ")


def test_the_selected_op_is_shared_as_markdown_with_a_picture_beside_it(
    window: Window,
    model_file: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    finish(window, model_file("chosen_logs.py", "kept"))
    name_it(tmp_path / "op.md", monkeypatch)
    (op,) = [at for at, row in enumerate(window.run.graph.ops) if row.type == "softmax"]
    menu = ContextMenu(window.main).menu_for(Selection(op=op))
    (share,) = [action for action in menu.actions() if action.objectName() == "file.share"]
    share.trigger()
    menu.close()
    window.until(lambda: not window.main.sharing.busy)
    text = (tmp_path / "op.md").read_text()
    assert text.startswith("# softmax\n")
    assert "![The graph around softmax](<op-graph.png>)" in text
    assert not QImage(str(tmp_path / "op-graph.png")).isNull()
    assert "opscope trace " in text


def test_an_op_where_something_was_found_is_shared_with_it(
    window: Window, model_file: Callable[..., str]
):
    finish(window, model_file("chosen_logs.py", "kept"))
    told = window.bench.banners.findings[0]
    window.bench.select(Selection(op=window.run.records[told.record].op))
    subject = window.main.sharing.selected()
    assert subject is not None
    assert (subject.kind, subject.record) == ("Finding", told.record)
    assert window.main.actions_["file.share"].isEnabled()


def test_an_explanation_is_shared_with_its_steps(
    window: Window,
    model_file: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    finish(window, model_file("reasons.py", "bad"))
    last = len(window.run.records) - 1
    window.bench.select(Selection(op=window.run.records[last].op, record=last))
    window.settle()
    window.main.numbers.explain()
    reason = window.bench.drawer.reason
    window.until(lambda: reason.reason is not None)
    name_it(tmp_path / "why", monkeypatch)
    QTest.mouseClick(reason.share, Qt.MouseButton.LeftButton)
    window.until(lambda: not window.main.sharing.busy)
    text = text_of(tmp_path / "why.html")
    assert "Why mul" in text
    assert "From the value back to the cause" in text
    assert "log" in text


def test_an_op_that_has_not_run_and_one_without_a_process_are_shared_too(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("small_net.py"))
    window.bench.select(Selection(op=1))
    sharing = window.main.sharing
    subject = sharing.selected()
    assert subject is not None
    sharing.share(tmp_path / "early.html", subject)
    window.until(lambda: not sharing.busy)
    assert "It has not run yet." in text_of(tmp_path / "early.html")
    window.press(Qt.Key.Key_F5)
    window.main.control.stop()
    window.until(lambda: window.run.state.value == "died")
    window.bench.select(Selection(op=0))
    subject = sharing.selected()
    assert subject is not None
    sharing.share(tmp_path / "late.html", subject)
    window.until(lambda: not sharing.busy)
    assert "Outputs" in text_of(tmp_path / "late.html")


def test_a_page_that_cannot_be_written_is_told(
    window: Window, model_file: Callable[..., str], tmp_path: Path
):
    window.open(model_file("small_net.py"))
    window.bench.select(Selection(op=0))
    sharing = window.main.sharing
    subject = sharing.selected()
    assert subject is not None
    sharing.share(tmp_path / "nowhere" / "page.html", subject)
    window.until(lambda: not sharing.busy)
    assert "could not be saved" in window.bench.status.left_parts()[0].text
