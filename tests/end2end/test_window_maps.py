"""Where the graph came from, what the run did otherwise, and the run as source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from opscope.tracers.ir import Presence, RunState

from .conftest import Window

Model = Callable[..., str]


def presences(window: Window) -> dict[str, Presence]:
    return {op.key: op.presence for op in window.run.graph.ops}


def told(window: Window) -> str:
    return window.bench.status.left_parts()[0].text


def save_to(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def test_added_and_skipped_ops_other_threads_and_the_map_are_told(
    window: Window, model_file: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    window.open(model_file("wayward.py"))
    strip, banners = window.bench.graph.strip, window.bench.banners
    assert strip.source.text() == "Map: torch.fx"
    export = window.main.actions_["file.export_fx"]
    assert not export.isEnabled(), "the run is not over"
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    assert presences(window) == {
        "/first/linear:0": Presence.EXPECTED,
        "/short/0/linear:0": Presence.SKIPPED,
        "/short/1/relu:0": Presence.SKIPPED,
        "/mul:0": Presence.SKIPPED,
        "/long/0/linear:0": Presence.ADDED,
        "/long/1/tanh:0": Presence.ADDED,
        "/add:0": Presence.ADDED,
    }
    said = banners.messages()["threads"]
    assert said.title == "1 op ran on another thread and is not shown"
    assert said.text.startswith("sine: 1.")
    assert banners.banner("threads") is not None
    assert strip.source.toolTip() == "Graph from torch.fx."

    save_to(monkeypatch, tmp_path / "run.py")
    export.trigger()
    window.until(lambda: "another thread" in told(window))
    assert not (tmp_path / "run.py").exists()


def test_a_run_is_its_own_map_and_is_saved_as_source(
    window: Window, model_file: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    window.open(model_file("wayward.py", "deciding"))
    strip = window.bench.graph.strip
    assert strip.source.text() == "Map: as recorded"
    assert "torch.fx cannot draw it at wayward.py:" in strip.source.toolTip()
    assert "depends on the data" in strip.source.toolTip()
    window.press(Qt.Key.Key_F5)
    assert set(presences(window).values()) == {Presence.EXPECTED}

    target = tmp_path / "run.py"
    save_to(monkeypatch, target)
    window.main.actions_["file.export_fx"].trigger()
    window.until(target.exists)
    window.until(lambda: str(target) in told(window))
    space: dict[str, object] = {}
    exec(target.read_text(encoding="utf-8"), space)
    model = torch.nn.Module()
    model.step = torch.nn.Linear(4, 4)
    replay = space["build"](model)
    assert isinstance(replay, torch.fx.GraphModule)
    kinds = [node.op for node in replay.graph.nodes]
    assert kinds.count("placeholder") == 1
    assert replay(torch.ones(2, 4)).shape == (2, 4)

    save_to(monkeypatch, tmp_path / "no" / "run.py")
    window.main.actions_["file.export_fx"].trigger()
    window.until(lambda: "could not be saved" in told(window))
