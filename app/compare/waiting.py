"""What stands in the place of a comparison: its stages while it is made, or why there is none."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ...widgets import theme
from .events import RAISED, Failed, Head
from .head_table import HeadTable

_WIDTH = 760


class WaitingPage(QScrollArea):
    """Signals:
    cancelled: the user does not want to wait, or goes back.
    change_wanted: show the dialog with the same choices.
    retry_wanted: once more with the same choices.
    trust_wanted: "A" or "B"; where that file comes from is trusted.
    open_wanted: "A" or "B"; open that side by itself.
    """

    cancelled = Signal()
    change_wanted = Signal()
    retry_wanted = Signal()
    trust_wanted = Signal(str)
    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._began = time.monotonic()
        self._blamed = ""
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self.title = QLabel(wordWrap=True)
        self.title.setFont(theme.ui_font(24, 600))
        self.mark = QLabel()
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setFont(theme.ui_font(13))
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self.bar.setFixedHeight(4)
        self.elapsed = QLabel()
        self.elapsed.setProperty("kind", "text3")
        self.table = HeadTable()
        self.cancel = self._button("Cancel", self.cancelled.emit)
        self.change = self._button("Change…", self.change_wanted.emit)
        self.retry = self._button("Try again", self.retry_wanted.emit)
        self.trust = self._button("", lambda: self.trust_wanted.emit(self._blamed))
        self.good = {
            name: self._button(f"Open {name}", lambda name=name: self.open_wanted.emit(name))
            for name in "AB"
        }
        self._lay_out()

    def _button(self, text: str, run: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(run)
        return button

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.sentence, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.trust, *self.good.values(), self.change, self.retry, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        body = QWidget()
        body.setFixedWidth(_WIDTH)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(self.elapsed)
        column.addLayout(buttons)
        column.addSpacing(12)
        column.addWidget(self.table)
        holder = QWidget()
        across = QHBoxLayout(holder)
        across.addStretch(1)
        across.addWidget(body)
        across.addStretch(1)
        whole = QWidget()
        down = QVBoxLayout(whole)
        down.setContentsMargins(24, 24, 24, 24)
        down.addStretch(2)
        down.addWidget(holder)
        down.addStretch(3)
        self.setWidget(whole)
        whole.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    def begin(self, title: str) -> None:
        """Two models are about to be compared."""
        self._began = time.monotonic()
        self._timer.start()
        self.title.setText(f"Comparing {title}")
        self.mark.hide()
        self.bar.show()
        self.elapsed.setText("")
        self.table.clear()
        self.cancel.setText("Cancel")
        for button in (self.change, self.retry, self.trust, *self.good.values()):
            button.hide()
        self.show_stage("Starting Python")
        self.cancel.setFocus()

    def show_stage(self, title: str, text: str = "") -> None:
        """What is being done."""
        self.sentence.setText(f"{title}: {text}…" if text else f"{title}…")

    def show_head(self, head: Head) -> None:
        """One side was run."""
        self.table.show_head(head)

    def show_failed(self, failed: Failed) -> None:
        """There is no comparison; everything that was chosen is kept for another try."""
        self._timer.stop()
        self._blamed = failed.side
        self.title.setText(title_of(failed))
        self.sentence.setText(failed.sentence)
        tint = theme.colour("warn")
        self.mark.setPixmap(theme.icon_pixmap("circle-alert", tint, 18, self.devicePixelRatioF()))
        self.mark.show()
        self.bar.hide()
        self.elapsed.setText("")
        self.cancel.setText("Back")
        self.change.show()
        distrusted = failed.code == "not-trusted"
        self.retry.setVisible(not distrusted)
        self.trust.setText(f"I trust {failed.side}'s file: go on")
        self.trust.setVisible(distrusted)
        for name, button in self.good.items():
            button.setVisible(name in failed.good)
        (self.trust if distrusted else self.change).setFocus()

    def end(self) -> None:
        """The comparison is there."""
        self._timer.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return
        super().keyPressEvent(event)

    def _tick(self) -> None:
        seconds = round(time.monotonic() - self._began)
        self.elapsed.setText(f"{seconds} s" if seconds >= 2 else "")


def title_of(failed: Failed) -> str:
    """What went wrong, in a few words."""
    if failed.code == RAISED:
        return f"{failed.side} failed"
    if failed.side:
        return f"{failed.side} could not be run"
    return "These runs could not be compared"
