"""Settings and the page of keys."""

from __future__ import annotations

import sys

from opscope.app.actions import all_actions
from opscope.app.help_page import HelpPage
from opscope.app.settings import Settings
from opscope.app.settings_dialog import SettingsDialog


def test_the_page_of_keys_shows_every_action(qtbot) -> None:
    page = HelpPage()
    qtbot.addWidget(page)
    page.show()
    names = {row.title.rstrip("…") for row in all_actions()}
    assert names <= set(page.shown())
    page.filter.setText("shift+f11")
    assert page.shown() == ["Step Out"]
    page.filter.setText("theme")
    assert "Switch Theme" in page.shown()
    page.filter.setText("")
    assert names <= set(page.shown())


def test_settings_are_shown_and_stored(qtbot) -> None:
    kept = Settings(theme="light", budget_mb=512, reduced_motion=True, python=sys.executable)
    dialog = SettingsDialog(kept)
    qtbot.addWidget(dialog)
    same = Settings()
    dialog.store(same)
    assert same == kept
    dialog.theme.setCurrentIndex(dialog.theme.findData("system"))
    dialog.budget.setValue(0)
    dialog.motion.setChecked(False)
    dialog.python.setText("")
    dialog.store(kept)
    assert kept == Settings(theme="system")


def test_an_interpreter_that_cannot_run_is_refused(qtbot) -> None:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    assert dialog.ok.isEnabled()
    dialog.python.setText("/no/python")
    assert not dialog.ok.isEnabled()
    assert dialog.problem.text() == "/no/python is no program that can be run."
    dialog.python.setText(sys.executable)
    assert dialog.ok.isEnabled()
