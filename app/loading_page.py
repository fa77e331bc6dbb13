"""What stands between the start page and the workbench: named stages, or why it did not open."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets.run.input_line import InputLine
from ..widgets.theme import icon_pixmap, mono_font, theme, ui_font


class LoadingPage(QWidget):
    """Signals:
    cancelled: the user does not want to wait, or goes back after a refusal.
    change_wanted: show the open dialog with the same choices.
    trust_wanted: the user says that the file's source is trusted.
    retry_wanted: once more with the same choices.
    """

    cancelled = Signal()
    change_wanted = Signal()
    trust_wanted = Signal()
    retry_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began = time.monotonic()
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self.title = QLabel(wordWrap=True)
        self.title.setFont(ui_font(24, 600))
        self.spec = QLabel(wordWrap=True)
        self.spec.setFont(mono_font(12))
        self.spec.setProperty("kind", "text3")
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setFont(ui_font(13))
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.mark = QLabel()
        self.bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        self.bar.setFixedHeight(4)
        self.input = InputLine(edge=0)
        self.elapsed = QLabel()
        self.elapsed.setProperty("kind", "text3")
        self.cancel = self._button("Cancel", self.cancelled)
        self.retry = self._button("Try again", self.retry_wanted)
        self.change = self._button("Change…", self.change_wanted)
        self.trust = self._button("I trust this file: open it", self.trust_wanted)
        self._lay_out()

    def _button(self, text: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(signal)
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.spec)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.sentence, 1)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(self.input)
        column.addWidget(self.elapsed)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.trust, self.change, self.retry, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addSpacing(8)
        column.addLayout(buttons)
        holder = QWidget()
        holder.setLayout(column)
        holder.setFixedWidth(640)
        across = QHBoxLayout()  # no alignment: that would take the sentence its second line
        across.addStretch(1)
        across.addWidget(holder)
        across.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 24)
        whole.addStretch(2)
        whole.addLayout(across)
        whole.addStretch(3)

    def begin(self, name: str, spec: str) -> None:
        """A model is being opened."""
        self._began = time.monotonic()
        self._timer.start()
        self.title.setText(f"Opening {name}")
        self.spec.setText(spec)
        self.mark.hide()
        self.bar.show()
        self.elapsed.setText("")
        self.cancel.setText("Cancel")
        for button in (self.retry, self.change, self.trust):
            button.hide()
        self.show_stage("Starting Python")
        self.cancel.setFocus()

    def show_stage(self, stage: str) -> None:
        """What loading is at."""
        self.sentence.setText(f"{stage}…")

    def show_refusal(self, name: str, sentence: str, code: str) -> None:
        """The model could not be opened; everything typed is kept for another try."""
        self._timer.stop()
        self.title.setText(f"{name} could not be opened")
        self.sentence.setText(sentence)
        self.mark.setPixmap(icon_pixmap("circle-alert", _warn(), 18, self.devicePixelRatioF()))
        self.mark.show()
        self.bar.hide()
        self.elapsed.setText("")
        self.cancel.setText("Back")
        self.change.show()
        self.retry.setVisible(code != "not-trusted")
        self.trust.setVisible(code == "not-trusted")
        (self.trust if code == "not-trusted" else self.change).setFocus()

    def end(self) -> None:
        """The model is open."""
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


def _warn() -> QColor:
    return QColor(theme().warn)
