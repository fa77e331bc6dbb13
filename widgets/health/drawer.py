"""The drawer below the graph: the run's numbers, why a value is as it is, where it came from."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ..icon_button import IconButton
from ..run.tab_strip import TabStrip
from ..tensor.origin_pane import OriginPane
from ..theme import colour, hub
from .pane import HealthPane
from .reason_pane import ReasonPane

HEALTH, EXPLAIN, ORIGIN = 0, 1, 2
DEFAULT_HEIGHT = 430


class Drawer(QWidget):
    """Closed at first.

    Signals:
        turned: it was opened, closed, or shows another tab.
    """

    turned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.health = HealthPane()
        self.reason = ReasonPane()
        self.origin = OriginPane()
        self.tabs = TabStrip(["Health", "Explain", "Where From"])
        self.tabs.setAccessibleName("Health, Explain or Where From")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.health)
        self._pages.addWidget(self.reason)
        self._pages.addWidget(self.origin)
        self._close = IconButton("x", "Close", self)
        self._close.clicked.connect(self.close_drawer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 1, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(180)
        self.tabs.currentChanged.connect(self._turn)
        hub().changed.connect(self.update)
        self.hide()

    @property
    def shown(self) -> int:
        """The tab that is open, -1 while the drawer is closed."""
        return -1 if self.isHidden() else self.tabs.currentIndex()

    def open(self, tab: int) -> None:
        """Show a tab."""
        self.tabs.setCurrentIndex(tab)
        self.show()
        self._close.raise_()
        self.turned.emit()

    def close_drawer(self) -> None:
        """Give the room back to the graph."""
        self.hide()
        self.turned.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._close.move(self.width() - 34, 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line parts it from the graph."""
        painter = QPainter(self)
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        painter.end()

    def _turn(self, tab: int) -> None:
        self._pages.setCurrentIndex(tab)
        self.turned.emit()
