"""Asks the user for the lines that the model reads, on the page that is on show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ..widgets.source.source_view import OUTPUT

if TYPE_CHECKING:
    from .main_window import MainWindow


class Asking(QObject):
    """Of one window: below its output, or, while a model is loaded, on the loading page."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._session, self._source = window.session, window.workbench.source
        self._window = window
        self._lines = (self._source.input, window.loading.input)
        self._session.asked.connect(self._show)
        for line in self._lines:
            line.entered.connect(self._answer)
            line.ended.connect(self._end)

    def _show(self, wanted: bool) -> None:
        self._hide()
        if not wanted:
            return
        if self._window.pages.currentWidget() is self._window.loading:
            self._window.loading.input.ask(self._source.output.last_line.strip())
            return
        self._source.tabs.setCurrentIndex(OUTPUT)
        self._source.input.ask()

    def _hide(self) -> None:
        for line in self._lines:
            line.hide()

    def _answer(self, text: str) -> None:
        self._hide()
        self._source.show_output("console", f"{text}\n")
        self._session.answer(text)

    def _end(self) -> None:
        self._hide()
        self._source.show_output("console", "\n")
        self._session.answer(None)
