"""Buttons of the toolbar, painted to the pixel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from ..widgets import theme

HEIGHT = 30
_ICON = 16
_GAP = 8
_SIDE = 10
_BARE = 30  # width without a label


class BarButton(QAbstractButton):
    """An icon with a label, or alone; follows a QAction.

    Attributes:
        labelled: the label is shown, not the icon alone.
        primary: filled in the accent colour.
    """

    def __init__(
        self,
        action: QAction,
        icon: str,
        parent: QWidget | None = None,
        *,
        primary: bool = False,
        labelled: bool = False,
    ) -> None:
        super().__init__(parent)
        self.primary = primary
        self._labelled = labelled
        self._icon = icon
        self._action = action
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._trigger)
        action.changed.connect(self._mirror)
        self._mirror()
        theme.hub().changed.connect(self.update)

    @property
    def labelled(self) -> bool:
        """The label is shown."""
        return self._labelled

    @labelled.setter
    def labelled(self, shown: bool) -> None:
        if shown != self._labelled:
            self._labelled = shown
            self.updateGeometry()
            self.update()

    def follow(self, action: QAction, icon: str) -> None:
        """Stand for another action."""
        if self._action is not action:
            self._action.changed.disconnect(self._mirror)
            action.changed.connect(self._mirror)
        self._action, self._icon = action, icon
        self._mirror()

    def show_icon(self, icon: str) -> None:
        """Another picture for the same action."""
        self._icon = icon
        self.update()

    def _mirror(self) -> None:
        self.setText(self._action.iconText())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.iconText())
        self.setEnabled(self._action.isEnabled())
        self.updateGeometry()
        self.update()

    def _trigger(self) -> None:
        self._action.trigger()

    def sizeHint(self) -> QSize:
        """As wide as icon and label need."""
        if not self._labelled:
            return QSize(_BARE, HEIGHT)
        width = QFontMetricsF(theme.ui_font(12, 500)).horizontalAdvance(self.text())
        return QSize(round(width) + _ICON + _GAP + 2 * _SIDE + 2, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, focus ring, icon and label."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        live = self.isEnabled()
        tint = theme.colour("text1" if live else "not_run")
        ground = None
        if self.primary and live:
            ground = theme.colour("accent")
            tint = theme.colour("on_accent")
            if self.isDown():
                ground = ground.darker(112)
            elif self.underMouse():
                ground = ground.lighter(107)
        elif self.primary or (live and self.underMouse()):
            ground = theme.colour("selection" if self.isDown() else "hover")
        if ground is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("text1" if self.primary else "accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        left = _SIDE if self._labelled else (self.width() - _ICON) / 2
        top = (self.height() - _ICON) / 2
        theme.paint_icon(painter, self._icon, QRectF(left, top, _ICON, _ICON), tint)
        if self._labelled:
            painter.setFont(theme.ui_font(12, 600 if self.primary else 500))
            painter.setPen(tint)
            room = QRectF(left + _ICON + _GAP, 0, self.width(), self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
