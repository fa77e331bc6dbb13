"""Breakpoints that ask something: put, changed, kept from one start of the program to the next."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from opscope.app.points import Points, point_on_line, point_on_module, point_on_type
from opscope.app.settings import decode
from opscope.app.settings_store import SettingsStore
from opscope.tracers.ir import Breakpoint, BreakpointKind

FULL = Breakpoint(
    BreakpointKind.TYPE,
    "softmax",
    "any softmax",
    condition="output.max() > 0.5",
    hits=">= 2",
    log="max {output.max()}",
)


def test_one_breakpoint_stands_on_each_place(qtbot: QtBot):
    points = Points()
    points.put(point_on_type("relu"))
    points.put(point_on_module("h.1"))
    with qtbot.waitSignal(points.changed, timeout=500):
        points.put(FULL, instead_of=point_on_type("relu"))
    assert points.rows == [FULL, point_on_module("h.1")], "it stays where it stood"
    points.put(point_on_type("softmax"))
    assert points.rows == [point_on_type("softmax"), point_on_module("h.1")]
    points.put(point_on_module("h.1"), instead_of=point_on_type("softmax"))
    assert points.rows == [point_on_module("h.1")], "moved onto another, it takes its place"


def test_a_breakpoint_is_found_whatever_it_asks():
    points = Points()
    points.put(FULL)
    assert points.find(point_on_type("softmax")) == FULL
    assert points.find(point_on_type("soft*")) is None
    points.add(point_on_type("softmax"))
    assert points.rows == [FULL], "setting it again takes nothing from it"


def test_what_is_asked_survives_the_program(tmp_path: Path):
    line = point_on_line("/home/u/model.py", 3)
    store = SettingsStore(tmp_path / "settings.json")
    store.settings.remember_breakpoints("m.py:net", [FULL, line])
    assert store.save() == ""
    assert SettingsStore(tmp_path / "settings.json").settings.breakpoints("m.py:net") == [
        FULL,
        line,
    ]


def test_settings_of_an_older_version_have_plain_breakpoints():
    row = {"kind": "type", "where": "relu", "label": "any relu", "condition": 5}
    settings = decode({"models": {"m.py:net": {"breakpoints": [row]}}})
    assert settings.breakpoints("m.py:net") == [point_on_type("relu")]
