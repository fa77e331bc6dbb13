"""Whether errors stop the run: two rows below the breakpoints."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ..theme import colour, hub, paint_icon
from .breakpoint_rows import EDGE, LABEL
from .card_delegate import ROW_HEIGHT
from .painting import draw_text, face, fill_round, mono_face, text_width

# (DAP's filter, what is written, what a tooltip says)
ROWS = (
    ("uncaught", "Uncaught errors", "Stop where the model raises an error that it lets out"),
    ("raised", "Caught errors, too", "Stop also where the model raises an error that it catches"),
)


class ErrorSwitch(QAbstractButton):
    """A row that is on or off."""

    def __init__(self, label: str, says: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(label)
        self.setCheckable(True)
        self.setToolTip(says)
        self.setAccessibleName(label)
        self.setAccessibleDescription(says)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW_HEIGHT)
        hub().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(4, 0, -4, 0)
        lit, on, middle = self.underMouse(), self.isChecked(), self.height() / 2
        if lit:
            fill_round(painter, card, 5, colour("hover"))
        sign = QRectF(14, middle - 7, 14, 14)
        paint_icon(painter, "circle-alert", sign, colour("breakpoint" if on else "not_run"))
        quiet = colour("text2" if lit else "text3")
        end = self.width() - EDGE
        place = "" if on else "off"
        width = text_width(place, mono_face(11))
        draw_text(painter, end - width, middle, place, mono_face(11), quiet, width + 1)
        ink = colour("text1") if on else quiet
        draw_text(painter, LABEL, middle, self.text(), face(12), ink, end - width - 10 - LABEL)
        if self.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRoundedRect(card.adjusted(0, 1, 0, -1), 5, 5)
        painter.end()


class ErrorSwitches(QWidget):
    """Signals:
    switched: str and bool, DAP's filter and whether it is to be on; on the user's moves only.
    """

    switched = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._switches: dict[str, ErrorSwitch] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for name, label, says in ROWS:
            switch = ErrorSwitch(label, says, self)
            switch.clicked.connect(partial(self._tell, name, switch))
            self._switches[name] = switch
            column.addWidget(switch)
        self.setFixedHeight(ROW_HEIGHT * len(ROWS))

    def show_filters(self, filters: Collection[str]) -> None:
        """Which are on."""
        for name, switch in self._switches.items():
            switch.setChecked(name in filters)

    def _tell(self, name: str, switch: ErrorSwitch) -> None:
        self.switched.emit(name, switch.isChecked())

    def switch(self, name: str) -> ErrorSwitch:
        """The row of a filter."""
        return self._switches[name]
