"""A model that was let go and says nothing is taken to run."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from opscope.app.setting_off import MOVES, SettingOff


def test_silence_after_the_answer_means_that_it_runs(qtbot: QtBot):
    runs: list[int] = []
    owner = QObject()
    made = SettingOff(lambda: runs.append(1), owner)
    made.answered({}, None)
    assert runs == [], "not at once"
    qtbot.waitUntil(lambda: runs == [1])


def test_a_word_from_the_model_settles_it(qtbot: QtBot):
    runs: list[str] = []
    owner = QObject()
    settled = SettingOff(lambda: runs.append("settled"), owner)
    open_ = SettingOff(lambda: runs.append("open"), owner)
    settled.answered({}, None)
    open_.answered({}, None)
    settled.heard()
    qtbot.waitUntil(lambda: bool(runs))
    assert runs == ["open"]


def test_looking_back_lets_nothing_go():
    assert {"next", "continue"} <= MOVES
    assert not {"stepBack", "reverseContinue", "pause", "terminate"} & MOVES
