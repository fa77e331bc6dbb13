"""The tabs at the head of a pane, with a few words at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from ..theme import colour, hub
from .painting import draw_text, face, text_width

HEIGHT = 36
_EDGE = 14
_GAP = 20


class TabStrip(QTabBar):
    """36 px high, painted. `tail` is the text at the right end; `inset` keeps room beside it."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tail = ""
        self._inset = 0
        self._new: set[int] = set()  # tabs with something that was not seen
        self._by_key = False  # the focus came by the Tab key: show it
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QTabBar { background: transparent; border: none; }")
        for name in names:
            self.addTab(name)
        self.currentChanged.connect(self._see)
        hub().changed.connect(self.update)

    def show_new(self, index: int, new: bool = True) -> None:
        """Mark a tab as holding something new, until it is looked at; the mark is a dot."""
        new = new and index != self.currentIndex()
        if new != (index in self._new):
            self._new ^= {index}
            self.setTabToolTip(index, "Something new came" if new else "")
            self.setAccessibleTabName(index, f"{self.tabText(index)}, new" if new else "")
            self.update()

    def has_new(self, index: int) -> bool:
        """A tab is marked."""
        return index in self._new

    def show_tail(self, text: str, inset: int = 0) -> None:
        """Write at the right end, `inset` px off the edge."""
        if (text, inset) != (self._tail, self._inset):
            self._tail, self._inset = text, inset
            self.update()

    def tail(self) -> str:
        """The text at the right end."""
        return self._tail

    def tabSizeHint(self, index: int) -> QSize:
        width = text_width(self.tabText(index), face(12, 600))
        lead = _EDGE if index == 0 else _GAP // 2
        return QSize(round(width) + lead + _GAP // 2, HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, HEIGHT)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_key = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        super().focusInEvent(event)

    def _see(self, index: int) -> None:
        self.show_new(index, False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, HEIGHT - 1, self.width(), HEIGHT - 1)
        end = 0.0
        for index in range(self.count()):
            rect = self.tabRect(index)
            left = rect.left() + (_EDGE if index == 0 else _GAP // 2)
            current = index == self.currentIndex()
            faced = face(12, 600) if current else face(12, 400)
            tint = colour("text1" if current else "text3")
            width = draw_text(painter, left, HEIGHT / 2, self.tabText(index), faced, tint)
            end = left + width
            if index in self._new:
                dot = QRectF(end + 3, HEIGHT / 2 - 7, 5, 5)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour("accent"))
                painter.drawEllipse(dot)
            if current:
                painter.fillRect(QRectF(left, HEIGHT - 2, width, 2), colour("accent"))
                if self._by_key and self.hasFocus():
                    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                    painter.setPen(QPen(colour("accent"), 2))
                    painter.drawRoundedRect(QRectF(left - 6, 7, width + 12, HEIGHT - 14), 5, 5)
        right = self.width() - _EDGE - self._inset
        room = right - end - _GAP
        if self._tail and room > 24:
            width = min(text_width(self._tail, face()), room)
            draw_text(painter, right - width, HEIGHT / 2, self._tail, face(), colour("text3"), room)
        painter.end()
