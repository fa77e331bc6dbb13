"""The pieces of the start page: cards and rows that are buttons, painted."""

from __future__ import annotations

import os

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ..resources.samples.catalogue import Sample
from ..widgets import theme
from .sample_picture import paint_picture, picture_of
from .settings import Recent

_VCENTER = Qt.AlignmentFlag.AlignVCenter
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
STATUS_TOKENS = {
    "paused": "current",
    "finished": "ok",
    "bad": "nan",
    "failed": "breakpoint",
    "died": "breakpoint",
    "": "not_run",
}


class Tile(QAbstractButton):
    """A button that a page moves the focus between with the arrow keys.

    Signals:
        arrow: int, the Qt key of an arrow.
    """

    arrow = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._by_key = False
        theme.hub().changed.connect(self.update)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who move with the keyboard."""
        self._by_key = event.reason() in _BY_KEY
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; arrows go on to the page."""
        if event.key() in _ARROWS:
            self.arrow.emit(event.key())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def begin(self) -> tuple[QPainter, QRectF]:
        """A painter, and the box inside the outline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)

    def ring(self, painter: QPainter, box: QRectF, radius: float) -> None:
        """The focus ring."""
        if self.hasFocus() and self._by_key:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _text(painter: QPainter, box: QRectF, text: str, font: QFont, token: str) -> None:
    painter.setFont(font)
    painter.setPen(theme.colour(token))
    shown = painter.fontMetrics().elidedText(
        text, Qt.TextElideMode.ElideRight, max(0, round(box.width()))
    )
    painter.drawText(box, _VCENTER, shown)


def _paragraph(painter: QPainter, box: QRectF, text: str) -> None:
    """Wrapped lines; the last one that fits is cut if there is more."""
    metrics = painter.fontMetrics()
    room = max(0, round(box.width()))
    most = int(box.height() // metrics.height())
    words, lines = text.split(), [""]
    for index, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= room or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            rest = " ".join([lines[-1], *words[index:]])
            lines[-1] = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room)
            break
    for number, line in enumerate(lines):
        top = box.top() + number * metrics.height()
        painter.drawText(QRectF(box.left(), top, room + 4, metrics.height()), _VCENTER, line)


def paint_chip(
    painter: QPainter, left: float, middle: float, text: str, token: str = "hover"
) -> None:
    """Draw a few words on a rounded ground."""
    font = theme.ui_font(11, 500)
    painter.setFont(font)
    box = QRectF(left, middle - 9.5, painter.fontMetrics().horizontalAdvance(text) + 16, 19)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(token))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(theme.colour("text2"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class ActionTile(Tile):
    """A way to begin, with its key."""

    def __init__(
        self, icon: str, title: str, line: str, key: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon, self._title, self._line, self._key = icon, title, line, key
        self.setFixedHeight(58)
        self.setAccessibleName(f"{title} {line}")

    def sizeHint(self) -> QSize:
        """As in the picture."""
        return QSize(340, 58)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw icon, two lines, key."""
        painter, box = self.begin()
        ground = theme.colour("selection")
        painter.setBrush(ground.lighter(112) if self.underMouse() else ground)
        edge = theme.colour("accent")
        edge.setAlphaF(0.65)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(box, 8, 8)
        self.ring(painter, box, 8)
        spot = QRectF(18, (self.height() - 20) / 2, 20, 20)
        theme.paint_icon(painter, self._icon, spot, theme.colour("accent"))
        small = theme.ui_font(11)
        painter.setFont(small)
        key_width = painter.fontMetrics().horizontalAdvance(self._key)
        room = self.width() - 54 - key_width - 28
        _text(painter, QRectF(54, 11, room, 19), self._title, theme.ui_font(13, 600), "text1")
        _text(painter, QRectF(54, 29, room, 18), self._line, theme.ui_font(12), "text2")
        spot = QRectF(self.width() - key_width - 16, 0, key_width + 2, self.height())
        _text(painter, spot, self._key, small, "text2")


class DropZone(QWidget):
    """Where a file may be dropped; the page takes the drop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hot = False
        self.setMinimumHeight(84)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Drop a model here")
        theme.hub().changed.connect(self.update)

    def show_hot(self, hot: bool) -> None:
        """A file is being dragged over the page."""
        if hot != self._hot:
            self._hot = hot
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a dashed outline, an arrow into a tray, and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.colour("accent" if self._hot else "line2"), 1)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        if self._hot:
            painter.setBrush(theme.colour("selection"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        middle = self.height() / 2
        token = "accent" if self._hot else "text3"
        spot = QRectF(self.width() / 2 - 10, middle - 26, 20, 20)
        theme.paint_icon(painter, "download", spot, theme.colour(token))
        painter.setFont(theme.ui_font(12))
        painter.setPen(theme.colour(token))
        words = QRectF(0, middle, self.width(), 20)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "Drop a model here")


class RecentRow(Tile):
    """A model that was opened before."""

    def __init__(
        self, recent: Recent, when: str, last: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.recent = recent
        self._when = when
        self._last = last
        self.setFixedHeight(57)
        said = [recent.name, recent.framework, recent.text, when]
        self.setAccessibleName(", ".join(part for part in said if part))
        self.setToolTip(recent.spec)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name over path, framework, status, time."""
        painter, box = self.begin()
        lit = self.underMouse() or self.hasFocus()
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover"))
            painter.drawRoundedRect(box, 6, 6)
        elif not self._last:
            line = QRectF(12, self.height() - 1, self.width() - 24, 1)
            painter.fillRect(line, theme.colour("line"))
        self.ring(painter, box, 6)
        width, middle = self.width(), self.height() / 2
        columns = (12, width * 0.345, width * 0.49, width - 130)
        dim = "text2" if lit else "text3"
        room = columns[1] - columns[0] - 12
        name, path = self.recent.name, _short(self.recent.spec)
        _text(painter, QRectF(12, 10, room, 19), name, theme.ui_font(13, 600), "text1")
        _text(painter, QRectF(12, 29, room, 17), path, theme.ui_font(11), dim)
        if self.recent.framework:
            ground = "line2" if lit else "hover"
            paint_chip(painter, columns[1], middle, self.recent.framework, ground)
        if self.recent.text:
            self._status(painter, columns[2], columns[3] - columns[2] - 12)
        painter.setFont(theme.ui_font(12))
        painter.setPen(theme.colour(dim))
        spot = QRectF(columns[3], 0, 118, self.height())
        painter.drawText(spot, _VCENTER | Qt.AlignmentFlag.AlignRight, self._when)

    def _status(self, painter: QPainter, left: float, room: float) -> None:
        token = STATUS_TOKENS.get(self.recent.status, "not_run")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(token))
        painter.drawEllipse(QRectF(left, self.height() / 2 - 3.5, 7, 7))
        alarming = self.recent.status in ("bad", "failed", "died")
        box = QRectF(left + 15, 0, room - 15, self.height())
        _text(painter, box, self.recent.text, theme.ui_font(12), "text1" if alarming else "text2")


def _short(spec: str) -> str:
    home = os.path.expanduser("~")
    return "~" + spec[len(home) :] if home != "~" and spec.startswith(home + os.sep) else spec


class SampleTile(Tile):
    """A bundled model with a picture of its graph."""

    def __init__(self, sample: Sample, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sample = sample
        self._picture = picture_of(sample.name)
        self.setFixedHeight(143)
        self.setMinimumWidth(200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{sample.title}, {sample.framework}: {sample.about}")
        self.setToolTip(sample.about)

    def sizeHint(self) -> QSize:
        """Four of them fill a row."""
        return QSize(268, 143)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words at the left, the graph at the right."""
        painter, box = self.begin()
        painter.setPen(QPen(theme.colour("line2" if self.underMouse() else "line"), 1))
        painter.setBrush(theme.colour("panel"))
        painter.drawRoundedRect(box, 8, 8)
        wide = self.width() >= 320
        split = self.width() - (121 if wide else 100)
        painter.save()
        painter.setClipRect(QRectF(split, 1, self.width() - split, self.height() - 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("canvas"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.restore()
        painter.fillRect(QRectF(split, 1, 1, self.height() - 2), theme.colour("line"))
        paint_picture(painter, QRectF(split + 1, 0, self.width() - split - 2, 143), self._picture)
        room = split - 16 - 8
        title = QRectF(16, 14, room, 20)
        _text(painter, title, self.sample.title, theme.ui_font(13, 600), "text1")
        painter.setFont(theme.ui_font(12))
        painter.setPen(theme.colour("text2"))
        _paragraph(painter, QRectF(16, 36, room, 68), self.sample.about)
        paint_chip(painter, 16, 119, self.sample.framework)
        self.ring(painter, box, 8)
