"""The button of the strip above the canvas that switches the overlay, and offers the others."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ..theme import colour, hub, paint_icon, ui_font

ICON = 15
MENU = 20  # px at the right end that open the menu


class OverlayButton(QAbstractButton):
    """The name of the overlay that is on, or was on last; checked while it is on.

    Signals:
        switched: turn it on or off.
        menu_asked: QPoint in screen coordinates.
    """

    switched = Signal()
    menu_asked = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bare = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_overlay("Health", False)
        hub().changed.connect(self.update)

    def show_overlay(self, title: str, on: bool) -> None:
        """Which overlay it stands for, and whether it is shown."""
        self.setChecked(on)
        if title != self.text():
            self.setText(title)
            self.updateGeometry()
        self.setAccessibleName(f"Overlay: {title}")
        self.setToolTip(f"{'Hide' if on else 'Show'} {title.lower()} on the graph; ▾ for others")
        self.update()

    def show_bare(self, bare: bool) -> None:
        """Without the words, where there is little room."""
        if bare != self._bare:
            self._bare = bare
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Room for icon, words and arrow."""
        return QSize(round(self._words_width()) + 9 + ICON + MENU, 25)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def _words_width(self) -> float:
        if self._bare:
            return 4.0
        text = QFontMetricsF(ui_font(12, 500)).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, 120
        )
        return QFontMetricsF(ui_font(12, 500)).horizontalAdvance(text) + 14

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The arrow opens the menu, the rest switches."""
        if not self.rect().contains(event.position().toPoint()):
            return
        if event.button() is Qt.MouseButton.RightButton or (
            event.position().x() >= self.width() - MENU
        ):
            self._ask()
        elif event.button() is Qt.MouseButton.LeftButton:
            self.switched.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter switch, Down opens the menu."""
        key = event.key()
        if key == Qt.Key.Key_Down:
            self._ask()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.switched.emit()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        self.menu_asked.emit(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """As the strip's other buttons, with an arrow."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        box = QRectF(self.rect())
        if on or (self.underMouse() and self.isEnabled()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        top = (self.height() - ICON) / 2
        paint_icon(
            painter, "activity", QRectF(9, top, ICON, ICON), colour("accent" if on else "text2")
        )
        if not self._bare:
            painter.setFont(ui_font(12, 500))
            painter.setPen(colour("text1" if on else "text3"))
            area = QRectF(9 + ICON + 7, 0, self.width() - MENU - 9 - ICON - 7, self.height())
            text = painter.fontMetrics().elidedText(
                self.text(), Qt.TextElideMode.ElideRight, round(area.width()) + 1
            )
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
        arrow = QRectF(self.width() - MENU + 3, (self.height() - 12) / 2, 12, 12)
        paint_icon(painter, "chevron-down", arrow, colour("text3"))
        painter.end()
