"""Shows a program that runs under the debugger, and asks it to stop where the user wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from ..tracers.protocol.messages import STOP_AT
from .commands import When
from .program import CalledModel, Program, decode_program
from .program_page import ProgramPage

if TYPE_CHECKING:
    from .main_window import MainWindow


class ProgramDesk(QObject):
    """Of one window. The page is there while a program is, and gives way to its runs."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._program: Program | None = None
        self._over = False
        self.page = ProgramPage()
        window.pages.addWidget(self.page)
        self._session.program.connect(self._follow)
        self._session.died.connect(self._ended)
        page = self.page
        page.stop_wanted.connect(self.stop_at)
        page.go_wanted.connect(lambda: self._ask({"models": [], "any": False}))
        page.first_wanted.connect(self._remember_first)
        page.run_wanted.connect(self._show_run)
        page.close_wanted.connect(window.close_model)

    @property
    def facts(self) -> When:
        """What can be asked of the program."""
        program = self._program
        if program is None:
            return When(0)
        return When.PROGRAM | (When.CALLED if program.run and not self._over else When(0))

    def begin(self) -> dict[str, Any]:
        """A program is about to be attached to: what it is told of the user's choice."""
        self.forget()
        wanted = self._window.store.settings.stop_first
        self.page.show_first(wanted)
        return {"stopFirst": wanted}

    def forget(self) -> None:
        """There is no program."""
        self._program, self._over = None, False

    def show_page(self) -> None:
        """The page, in the place of a run."""
        if self._program is None:
            return
        window = self._window
        window.toolbar.hide()
        window.pages.setCurrentWidget(self.page)
        self.page.stop.setFocus()

    def stop_at(self, models: Sequence[CalledModel]) -> None:
        """At the next call of these, or of any."""
        self._ask({"models": [model.number for model in models], "any": not models})

    def stop_at_next_call(self) -> None:
        """Let the run that stands go on, and stop at the next call of its model."""
        program = self._program
        if program is None:
            return
        held = program.held
        self._ask({"models": [held] if held >= 0 else [], "any": held < 0})
        self._session.command("continue")

    def _follow(self, body: dict[str, Any]) -> None:
        before, program = self._program, decode_program(body)
        self._program = program
        self.page.show_program(program)
        window = self._window
        waits = window.pages.currentWidget() is window.loading
        if (waits and self._session.run is None) or (before and before.run and not program.run):
            window.loading.end()
            window.title.show_title(program.name)
            window.setWindowTitle(f"{program.name} — Opscope")
            self.show_page()
        window.refresh_actions()

    def _ended(self, _sentence: str) -> None:
        if self._program is not None:
            self._over = True
            self.page.show_program(self._program, over=True)
            self._window.refresh_actions()

    def _show_run(self) -> None:
        if self._session.run is not None:
            self._window.pages.setCurrentWidget(self._window.workbench)
            self._window.toolbar.show()

    def _remember_first(self, wanted: bool) -> None:
        settings = self._window.store
        settings.settings.stop_first = wanted
        settings.save()
        self._ask({"first": wanted})

    def _ask(self, body: dict[str, Any]) -> None:
        if self._program is not None and not self._over:
            self._session.request(STOP_AT, body)
