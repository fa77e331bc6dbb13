"""What the inspector has below its head, from top to bottom."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from .absent import Absent
from .desk import Desk
from .details import Details
from .filmstrip import Filmstrip
from .go_bar import GoBar
from .slicers import SlicerRow
from .stage import Stage
from .stats import StatsBlock
from .tabs import ViewTabs
from .thumbnails import Thumbnails

_TALL, _LOW = 79, 72  # of the statistics


class ValueParts(QWidget):
    """The widgets in a column; what stands in them is said by who derives from this."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.slicers = SlicerRow(self)
        self.tabs = ViewTabs(self)
        self.bar = GoBar(self)
        self.stage = stage = Stage(desk, self)
        self.notice, self.heat, self.curve = stage.notice, stage.heat, stage.curve
        self.images, self.table, self.histogram = stage.images, stage.table, stage.histogram
        self.absent = Absent(stage, self)
        self.thumbs = Thumbnails(self)
        self.film = Filmstrip(self)
        self.stats = StatsBlock(self)
        self.details = Details(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.slicers, self.tabs, self.bar):
            column.addWidget(part)
        column.addWidget(self.stage, 1)
        for part in (self.thumbs, self.film, self.stats, self.details):
            column.addWidget(part)

    @property
    def desk(self) -> Desk:
        """Where it asks."""
        return self._desk

    def hide_views(self) -> None:
        """Only a sentence has room now, and the statistics."""
        for part in (self.slicers, self.tabs, self.bar, self.thumbs, self.film):
            part.hide()
        self.stage.show_view(self.notice)

    def show_low(self, low: bool) -> None:
        """Make do with less height, or no longer."""
        self.stats.setFixedHeight(_LOW if low else _TALL)
