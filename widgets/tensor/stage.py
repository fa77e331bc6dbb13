"""The room in which a value is shown: one view of it, or a sentence in its place."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QStackedLayout, QWidget

from .curve import Curve
from .desk import Desk
from .formatting import MINUS, exact, number
from .heat_map import HeatMap
from .histogram import HistogramView
from .images import ImagesView
from .notice import Notice
from .pieces import Array
from .runs_view import RunsView
from .table import TableView

_PATIENCE = 150  # ms that an answer may take before the wait is spoken of
_SHORT = 24  # letters; a text of so many is written large


class Stage(QWidget):
    """Shows one of its views at a time. What is shown stays while an answer is waited for."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.notice = Notice(self)
        self.heat = HeatMap(self)
        self.curve = Curve(self)
        self.images = ImagesView(self)
        self.table = TableView(self)
        self.histogram = HistogramView(self)
        self.passes = Curve(self)
        self.passes.setAccessibleName("Plot of an element over the passes")
        self.runs = RunsView(self)
        self._layers = QStackedLayout(self)
        for layer in (
            self.notice,
            self.heat,
            self.curve,
            self.images,
            self.table,
            self.histogram,
            self.passes,
            self.runs,
        ):
            self._layers.addWidget(layer)
        self._late = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._late.timeout.connect(self._say_loading)

    def show_view(self, view: QWidget) -> None:
        """Put a view on; nothing is waited for any more."""
        self._late.stop()
        self._layers.setCurrentWidget(view)

    def say(self, text: str, icon: str = "", token: str = "text2", button: str = "") -> None:
        """Show a sentence, with a button where something can be done about it."""
        self.notice.say(text, icon, token, button)
        self.show_view(self.notice)

    def show_words(self, text: str) -> None:
        """Show a text: large where it is short."""
        if text and len(text) <= _SHORT and "\n" not in text:
            self.notice.show_number(text, text)
        else:
            self.notice.show_text(text)
        self.show_view(self.notice)

    def show_single(self, array: Array) -> None:
        """Show the first of some elements, large."""
        values = np.ravel(array)
        value = values[0] if values.size else ""
        if isinstance(value, str):
            self.show_words(value)
            return
        text = number(value.item(), 6)
        token = {"NaN": "nan", "+Inf": "inf", f"{MINUS}Inf": "inf"}.get(text, "text1")
        self.notice.show_number(text, exact(value.item()), token)
        self.show_view(self.notice)

    def wait(self) -> None:
        """An answer is on its way; while the model runs there is none for long."""
        if self._desk.held:
            self._say_loading()
        else:
            self._late.start()

    def stop_waiting(self) -> None:
        """No answer is wanted any more."""
        self._late.stop()

    def space(self) -> QSize:
        """The room of the view, also of one that is not shown yet."""
        holder = self.parentWidget()
        layout = None if holder is None or not holder.isVisible() else holder.layout()
        if layout is None:
            return self.heat.sizeHint()
        layout.activate()
        return self.size()

    def _say_loading(self) -> None:
        if self._desk.held:
            self.say("Running. The values are read when the run pauses.", "loader")
        else:
            self.say("Loading…", "loader")
