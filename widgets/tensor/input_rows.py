"""The inputs of an op that raised, as rows to click: what they were is what explains the error."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ..focus_frame import FocusFrame
from ..theme import hub, mono_font, theme, ui_font
from .subject import Choice

_ROW = 26
_MOST = 8  # rows in sight; more are scrolled to
_NUMBER = Qt.ItemDataRole.UserRole


class InputRows(QWidget):
    """A caption and one row for each input.

    Signals:
        chosen: int, the number of a choice that was clicked.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[tuple[int, Choice], ...] = ()
        self.caption = QLabel("Inputs of this op")
        self.caption.setFont(ui_font(11))
        self.rows = QListWidget()
        self.rows.setAccessibleName("Inputs of the op that failed")
        self.rows.setFont(mono_font(12))
        self.rows.setFrameShape(QListWidget.Shape.NoFrame)
        self.rows.setCursor(Qt.CursorShape.PointingHandCursor)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FocusFrame(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 0, 14, 12)
        column.setSpacing(4)
        column.addWidget(self.caption)
        column.addWidget(self.rows)
        column.addStretch(1)
        self.rows.itemClicked.connect(self._choose)
        self.rows.itemActivated.connect(self._choose)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """List the inputs among an op's values; without any, hide."""
        shown = tuple((n, choice) for n, choice in enumerate(choices) if choice.group == "Inputs")
        if shown != self._shown:
            self._shown = shown
            self.rows.clear()
            for number, choice in shown:
                words = (choice.label, choice.form, choice.detail)
                item = QListWidgetItem("   ".join(word for word in words if word))
                item.setData(_NUMBER, number)
                item.setToolTip("Show this input")
                self.rows.addItem(item)
            self.rows.setFixedHeight(_ROW * min(len(shown), _MOST) + 2)
        self.setVisible(bool(shown))

    def texts(self) -> list[str]:
        """What the rows say."""
        return [self.rows.item(row).text() for row in range(self.rows.count())]

    def _choose(self, item: QListWidgetItem) -> None:
        if self.isVisible():  # a double click comes as two
            self.chosen.emit(int(item.data(_NUMBER)))

    def _restyle(self) -> None:
        look = theme()
        self.setStyleSheet(
            f"QLabel {{ color: {look.text3}; }}"
            f"QListWidget {{ background: {look.panel}; color: {look.text1}; border: none;"
            f" outline: none; }}"
            f"QListWidget::item {{ height: {_ROW}px; padding: 0 8px; border-radius: 5px; }}"
            f"QListWidget::item:hover, QListWidget::item:selected"
            f" {{ background: {look.selection}; color: {look.text1}; }}"
        )
