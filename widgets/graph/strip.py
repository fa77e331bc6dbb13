"""The strip above the canvas: where the user is, folding, zoom."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QWidget

from ..overlays.button import OverlayButton
from ..theme import colour, hub, paint_icon, ui_font
from .crumbs import Crumbs

HEIGHT = 36
EDGE = 14
ICON = 15
ROOM = 520  # a narrower strip has none for the map's source


class StripButton(QAbstractButton):
    """An icon, with words beside it or without; a checked one is raised."""

    def __init__(self, icon: str, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._ring = False
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(text or tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Room for the icon and the words."""
        if not self.text():
            return QSize(26, 26)
        words = QFontMetricsF(ui_font(12, 500)).horizontalAdvance(self.text())
        return QSize(round(words) + 41, 25)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard came by."""
        self._ring = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No ring."""
        self._ring = False
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Flat, raised where checked, lighter under the pointer."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() and self.isEnabled()
        if self.isChecked() or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        if self._ring:
            painter.setPen(colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        tint = colour("accent" if self.isChecked() else "text2")
        top = (self.height() - ICON) / 2
        left = 9.0 if self.text() else (self.width() - ICON) / 2
        paint_icon(painter, self._icon, QRectF(left, top, ICON, ICON), tint)
        if self.text():
            painter.setFont(ui_font(12, 500))
            painter.setPen(colour("text1" if self.isChecked() else "text3"))
            area = QRectF(left + ICON + 7, 0, self.width(), self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.text())


class Strip(QWidget):
    """The strip's parts in a row.

    Signals:
        scope_picked: int, a part of the path was clicked.
        fold_toggled: bool, shape ops are folded or not.
        follow_toggled: bool, the place of the run is kept in sight or not.
        bookmarks_asked: QPoint in screen coordinates, where a menu of views is to open.
        zoom_asked: float, a factor.
        reset_asked, fit_asked: full size; everything in sight.
    """

    scope_picked = Signal(int)
    fold_toggled = Signal(bool)
    follow_toggled = Signal(bool)
    bookmarks_asked = Signal(QPoint)
    zoom_asked = Signal(float)
    reset_asked = Signal()
    fit_asked = Signal()

    def __init__(self, step: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.crumbs = Crumbs(self)
        self.crumbs.picked.connect(self.scope_picked)
        self.source = QLabel("", self)
        self.source.setFont(ui_font(12))
        self.overlay = OverlayButton(self)
        self.fold = StripButton("layers", "Fold shape ops", "Show chains of shape ops as one", self)
        self.fold.setCheckable(True)
        self.fold.setChecked(True)
        self.fold.toggled.connect(self.fold_toggled)
        self.follow = StripButton("locate-fixed", "", "Follow the run", self)
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.toggled.connect(self.follow_toggled)
        self.bookmarks = StripButton("bookmark", "", "Bookmarked views", self)
        self.bookmarks.clicked.connect(self._ask_bookmarks)
        self.out = StripButton("minus", "", "Zoom out", self)
        self.out.clicked.connect(lambda: self.zoom_asked.emit(1 / step))
        self.into = StripButton("plus", "", "Zoom in", self)
        self.into.clicked.connect(lambda: self.zoom_asked.emit(step))
        self.fit = StripButton("maximize", "", "Show the whole graph", self)
        self.fit.clicked.connect(self.fit_asked)
        self.percent = QLabel("100 %", self)
        self.percent.setFont(ui_font(12))
        self.percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.percent.setFixedWidth(48)
        self.percent.setToolTip("Double-click for full size")
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE, 0, EDGE - 4, 1)
        row.setSpacing(0)
        row.addWidget(self.crumbs, 1)
        row.addSpacing(16)
        row.addWidget(self.source)
        row.addSpacing(16)
        row.addWidget(self.overlay)
        row.addSpacing(6)
        row.addWidget(self.fold)
        row.addSpacing(6)
        row.addWidget(self.follow)
        row.addSpacing(2)
        row.addWidget(self.bookmarks)
        row.addSpacing(22)
        for part in (self.out, self.percent, self.into, self.fit):
            row.addWidget(part)
        self._tint()
        hub().changed.connect(self._tint)

    def _ask_bookmarks(self) -> None:
        button = self.bookmarks
        self.bookmarks_asked.emit(button.mapToGlobal(QPoint(0, button.height() + 2)))

    def show_zoom(self, zoom: float) -> None:
        """Follow the camera."""
        text = f"{zoom * 100:.0f} %"
        if text != self.percent.text():
            self.percent.setText(text)

    def show_source(self, words: str, why: str) -> None:
        """What the graph was drawn from, and why not from something better."""
        self.source.setText(words)
        self.source.setToolTip(why)
        self.source.setAccessibleDescription(why)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The path comes first where there is little room."""
        self.source.setVisible(self.width() >= ROOM)
        self.overlay.show_bare(self.width() < ROOM)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the figure: back to full size."""
        if self.percent.geometry().contains(event.position().toPoint()):
            self.reset_asked.emit()

    def _tint(self) -> None:
        for label, tint in ((self.percent, "text2"), (self.source, "text3")):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), colour(tint))
            label.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Panel colour, a line beneath, a line before the zoom."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, colour("line"))
        x = self.out.x() - 12
        painter.fillRect(x, self.height() // 2 - 8, 1, 15, colour("line"))
