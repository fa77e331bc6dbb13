"""What is remembered survives a restart, a crash while writing, and a damaged file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from opscope.app.choice import LaunchChoice
from opscope.app.settings import RECENTS, Recent, Settings, decode, encode
from opscope.app.settings_store import SettingsStore, default_path
from opscope.tracers.ir import Breakpoint, BreakpointKind


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "settings.json"


def test_everything_comes_back(path: Path) -> None:
    store = SettingsStore(path)
    assert store.warning == ""
    kept = store.settings
    kept.theme, kept.budget_mb, kept.reduced_motion = "light", 512, True
    kept.python, kept.geometry = "/usr/bin/python3", "AAAA"
    kept.sizes["columns"] = [304, 840, 452]
    kept.note_recent(Recent("m.py:net", "net", "PyTorch", 12.5, "paused", "Paused at op 3"))
    choice = LaunchChoice("m.py:net", ("1x3", "x=a.npy"), image=(("resize", "224"),), exact=True)
    kept.remember(choice)
    points = [Breakpoint(BreakpointKind.OP, "h.0/matmul:0", "matmul in h.0", enabled=False)]
    kept.remember_breakpoints("m.py:net", points)
    assert store.save() == ""
    again = SettingsStore(path).settings
    assert again == kept
    assert again.breakpoints("m.py:net") == points
    assert again.choice("m.py:net") == choice
    assert os.listdir(path.parent) == ["settings.json"]


def test_recents_are_unique_and_few() -> None:
    kept = Settings()
    for index in range(RECENTS + 5):
        kept.note_recent(Recent(f"{index}.py", str(index)))
    kept.note_recent(Recent("10.py", "ten"))
    assert len(kept.recents) == RECENTS
    assert [row.spec for row in kept.recents].count("10.py") == 1
    assert kept.recents[0].name == "ten"
    kept.forget_recents()
    assert kept.recents == []


def test_trust_ends_when_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(b"one")
    kept = Settings()
    kept.remember(LaunchChoice(str(file), trusted=True))
    assert kept.choice(str(file)).trusted
    file.write_bytes(b"another")
    assert not kept.choice(str(file)).trusted


def test_an_unknown_model_gets_the_default_interpreter() -> None:
    assert Settings(python="/opt/py").choice("new.py:f") == LaunchChoice(
        "new.py:f", python="/opt/py"
    )


@pytest.mark.parametrize("text", ["{", "[1, 2]", "\0\0", "", '"x"'])
def test_a_damaged_file_is_set_aside_with_a_sentence(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    store = SettingsStore(path)
    assert store.settings == Settings()
    assert "could not be read" in store.warning
    assert path.with_name("settings.json.unreadable").read_text() == text
    assert store.save() == ""
    assert SettingsStore(path).warning == ""


def test_odd_entries_fall_back_one_by_one() -> None:
    data = encode(Settings(theme="light", budget_mb=64))
    data["budget_mb"] = "many"
    data["recents"] = [{"spec": "a.py:f", "when": "yesterday"}, 3, {"name": "no spec"}]
    data["models"] = {"a.py:f": {"inputs": ["1x2", 5], "breakpoints": [{"kind": "moon"}]}, "b": 1}
    data["sizes"] = {"columns": [1, "2"], "rows": None}
    kept = decode(json.loads(json.dumps(data)))
    assert (kept.theme, kept.budget_mb) == ("light", 0)
    assert kept.recents == [Recent("a.py:f", "a.py:f")]
    assert kept.models["a.py:f"].inputs == ("1x2",)
    assert list(kept.models) == ["a.py:f"]
    assert kept.sizes == {"columns": [1]}


def test_saving_into_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SettingsStore(tmp_path / "file" / "settings.json")
    assert "could not be saved" in store.save()


def test_a_failed_write_keeps_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(path)
    store.save()
    before = path.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store.settings.theme = "light"
    assert "No space left" in store.save()
    assert path.read_text() == before
    assert os.listdir(path.parent) == ["settings.json"]


def test_default_path_is_the_platforms() -> None:
    assert default_path().parts[-2:] == ("opscope", "settings.json")
