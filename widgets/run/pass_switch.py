"""Which pass of the run the list shows: forward or backward."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from ...tracers.ir import Phase
from ..theme import colour, hub, ui_font

HEIGHT = 30
_SIDE = 12
_NAMES = {Phase.FORWARD: "Forward", Phase.BACKWARD: "Backward"}


class _Segment(QAbstractButton):
    """One half."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        """As wide as the word needs when it is bold."""
        width = QFontMetricsF(ui_font(12, 600)).horizontalAdvance(self.text())
        return QSize(round(width) + 2 * _SIDE, HEIGHT - 4)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Raised where it is on."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setPen(QPen(colour("line2"), 1))
            painter.setBrush(colour("raised"))
            painter.drawRoundedRect(box, 5, 5)
        elif self.isEnabled() and self.underMouse():
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(box, 5, 5)
        if self.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        token = "text1" if self.isChecked() else "text2" if self.isEnabled() else "not_run"
        painter.setFont(ui_font(12, 600 if self.isChecked() else 500))
        painter.setPen(colour(token))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class PassSwitch(QWidget):
    """Forward | Backward.

    Signals:
        picked: Phase, on the user's moves only.
    """

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Pass")
        self.setFixedHeight(HEIGHT)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self.halves: dict[Phase, QAbstractButton] = {}
        for phase, name in _NAMES.items():
            half = _Segment(name, self)
            half.setAccessibleName(f"{name} pass")
            half.clicked.connect(lambda _checked=False, phase=phase: self.picked.emit(phase))
            self._group.addButton(half)
            row.addWidget(half)
            self.halves[phase] = half
        self.allow_backward(False)
        self.show_pass(Phase.FORWARD)
        hub().changed.connect(self.update)

    @property
    def shown(self) -> Phase:
        """The pass that is on."""
        on = self.halves[Phase.BACKWARD].isChecked()
        return Phase.BACKWARD if on else Phase.FORWARD

    def show_pass(self, phase: Phase) -> None:
        """Follow without echoing."""
        self.halves[phase].setChecked(True)

    def allow_backward(self, allowed: bool, hint: str = "") -> None:
        """There is a backward pass, or one can be run; `hint` says what a click does, or why it
        does nothing."""
        half = self.halves[Phase.BACKWARD]
        half.setEnabled(allowed)
        half.setToolTip(hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right pick a half."""
        wanted = {Qt.Key.Key_Left: Phase.FORWARD, Qt.Key.Key_Right: Phase.BACKWARD}
        phase = wanted.get(Qt.Key(event.key()))
        if phase is None:
            super().keyPressEvent(event)
        elif phase is not self.shown and self.halves[phase].isEnabled():
            self.halves[phase].setFocus(Qt.FocusReason.TabFocusReason)
            self.halves[phase].click()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("field"))
        painter.drawRoundedRect(QRectF(self.rect()), 7, 7)
