"""The card over the graph that says what is looked for, and leads from one match to the next."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ...tracers.ir import Selection
from ..icon_button import IconButton
from ..theme import colour, hub, mono_font, paint_icon, ui_font
from ..watching import watch
from .found import Found
from .found_page import count_words

INSET = 12
_WIDEST, _LEAST = 220, 40  # px of the query
_ICON = 30
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize)


class FindBar(QWidget):
    """Stands in the upper right corner of `ground`, a sibling.

    Signals:
        stepped: int, 1 to the next match, -1 to the one before.
        ended: the user looks for nothing any more.
    """

    stepped = Signal(int)
    ended = Signal()

    def __init__(self, ground: QWidget) -> None:
        super().__init__(ground.parentWidget())
        self._ground = ground
        self._found: Found | None = None
        self._selection = Selection()
        self.query = QLabel(self)
        self.query.setFont(mono_font(11))
        self.count = QLabel(self)
        self.count.setFont(ui_font(12))
        self.previous = IconButton("chevron-up", "Previous match  Shift F3", self)
        self.next = IconButton("chevron-down", "Next match  F3", self)
        self.end = IconButton("x", "End finding  Esc", self)
        for button in (self.previous, self.next, self.end):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.end.clicked.connect(self.ended)
        row = QHBoxLayout(self)
        row.setContentsMargins(_ICON, 3, 5, 3)
        row.setSpacing(3)
        row.addWidget(self.query)
        row.addSpacing(9)
        row.addWidget(self.count)
        row.addSpacing(5)
        for button in (self.previous, self.next, self.end):
            row.addWidget(button)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        watch(ground, self._moved)
        hub().changed.connect(self._tint)
        self._tint()
        self.hide()

    def show_found(self, found: Found | None) -> None:
        """What was found; None: nothing is looked for. A sentence stands where one types."""
        self._found = None if found is None or found.problem else found
        if self._found is None:
            self.hide()
            return
        self.query.setToolTip(self._found.text)
        self._tell()
        self.show()
        self.raise_()
        self._place()

    def show_selection(self, selection: Selection) -> None:
        """Which match is selected."""
        self._selection = selection
        if self._found is not None:
            self._tell()
            self._place()

    def _tell(self) -> None:
        found = self._found
        assert found is not None
        some = bool(len(found.ops))
        words = count_words(found, self._selection) if some else "No match"
        self.count.setText(words)
        self.setAccessibleName(f"Finding {found.text}: {words}")
        for button in (self.previous, self.next):
            button.setVisible(some)

    def _place(self) -> None:
        """Into the corner, as wide as it needs to be."""
        found, ground = self._found, self._ground.geometry()
        assert found is not None
        self.query.setText("")
        self.adjustSize()
        room = min(max(ground.width() - 2 * INSET - self.width(), _LEAST), _WIDEST)
        metrics = QFontMetricsF(self.query.font())
        self.query.setText(metrics.elidedText(found.text, Qt.TextElideMode.ElideRight, room))
        self.adjustSize()
        self.move(ground.right() - INSET - self.width() + 1, ground.top() + INSET)

    def _moved(self, event: QEvent) -> bool:
        if self._found is not None and event.type() in _MOVES:
            self._place()
        return False

    def _tint(self) -> None:
        for label, tint in ((self.query, "text1"), (self.count, "text2")):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), colour(tint))
            label.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised card with a sign at its left."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour("line2"))
        painter.setBrush(colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        paint_icon(painter, "search", QRectF(10, (self.height() - 14) / 2, 14, 14), colour("text3"))
        painter.end()
