"""Small painted controls of the inspector: icon buttons, view tabs, flat words, chips."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from ..theme import colour, hub, paint_icon, ui_font

EDGE = 14  # from the pane's edge to its content


def mixed(front: QColor, back: QColor, share: float) -> QColor:
    """`share` of the front colour over the back one."""
    over, under = QColor(front).toRgb(), QColor(back).toRgb()
    return QColor(
        round(over.red() * share + under.red() * (1 - share)),
        round(over.green() * share + under.green() * (1 - share)),
        round(over.blue() * share + under.blue() * (1 - share)),
    )


def focus_ring(painter: QPainter, rect: QRectF, radius: float) -> None:
    """The 2 px ring of the widget that has the keyboard."""
    painter.setPen(QPen(colour("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)


class _Button(QAbstractButton):
    """A button that paints itself, lights up under the pointer and takes the keyboard."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._under = False
        self._by_key = False
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        hub().changed.connect(self.update)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        self._under = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go dark."""
        self._under = False
        self.update()
        super().leaveEvent(event)

    def _ground(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        if self.isChecked() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("selection"))
            painter.drawRoundedRect(rect, radius, radius)
        elif self._under and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(rect, radius, radius)
        if self.hasFocus():
            focus_ring(painter, rect, radius)


class IconButton(_Button):
    """A Lucide icon, 26×26."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None, size: int = 26) -> None:
        super().__init__(name, parent)
        self._icon = icon
        self.setToolTip(name)
        self.setFixedSize(size, size)

    def show_icon(self, icon: str, name: str) -> None:
        """Mean something else from now on."""
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def paintEvent(self, e: QPaintEvent) -> None:
        """The ground and the icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, QRectF(self.rect()), 6)
        tint = "text2" if self.isEnabled() else "not_run"
        tint = "accent" if self.isChecked() else tint
        size = 15 if self.width() >= 24 else 13
        left, top = (self.width() - size) // 2, (self.height() - size) // 2
        paint_icon(painter, self._icon, QRectF(left, top, size, size), colour(tint))


class WordButton(_Button):
    """A word that opens something; a small chevron says so."""

    def __init__(self, name: str, size: int = 11, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._font = ui_font(size)
        self._opens = True

    def show_text(self, text: str, opens: bool = True) -> None:
        """Show a word; without `opens` it is only read."""
        if (text, opens) == (self.text(), self._opens):
            return
        self._opens = opens
        self.setText(text)
        self.setEnabled(opens)
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def sizeHint(self) -> QSize:
        """The word, the chevron, and a little air to light up in."""
        width = QFontMetricsF(self._font).horizontalAdvance(self.text())
        return QSize(round(width + 0.5) + (20 if self._opens else 4), 20)

    def paintEvent(self, e: QPaintEvent) -> None:
        """The ground, the word and the chevron."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        self._ground(painter, rect, 5)
        tint = colour("text1" if self._under and self._opens else "text3")
        painter.setFont(self._font)
        painter.setPen(tint)
        painter.drawText(rect.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._opens:
            paint_icon(painter, "chevron-down", QRectF(rect.right() - 15, 5, 11, 11), tint)


class TabButton(_Button):
    """A view tab: icon, word, and a bar below while it is shown."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self.setText(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self._words = True

    def show_words(self, shown: bool) -> None:
        """In a narrow pane the icon alone stands for a tab that is not shown."""
        self._words = shown
        self.setToolTip("" if shown else self.text())
        self.setFixedSize(self.sizeHint())
        self.update()

    def rename(self, icon: str, text: str) -> None:
        """The same tab shows something else."""
        if text != self.text():
            self._icon = icon
            self.setText(text)
            self.setAccessibleName(text)
            self.show_words(self._words)

    def sizeHint(self) -> QSize:
        """As wide as the word in its heaviest weight, so that tabs stay in place."""
        width = QFontMetricsF(ui_font(12, 600)).horizontalAdvance(self.text())
        return QSize(20 + (round(width) if self._words else 0), 33)

    def paintEvent(self, e: QPaintEvent) -> None:
        """Icon, word, bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        tint = colour("text1" if on or self._under else "text2")
        paint_icon(painter, self._icon, QRectF(0, 10, 14, 14), tint if on else colour("text3"))
        if self._words:
            painter.setFont(ui_font(12, 600 if on else 400))
            painter.setPen(tint)
            spot = QRectF(20, 0, self.width(), 34)
            painter.drawText(spot, Qt.AlignmentFlag.AlignVCenter, self.text())
        if on:
            painter.fillRect(QRectF(0, 31, self.width(), 2), colour("accent"))
        if self.hasFocus():
            focus_ring(painter, QRectF(-2, 4, self.width() + 2, 26), 5)


class Chips(QWidget):
    """Facts as small rounded plates, in one line; those that do not fit are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: tuple[tuple[str, str], ...] = ()
        self._font = ui_font(11)
        self.setFixedHeight(20)
        hub().changed.connect(self.update)

    @property
    def chips(self) -> tuple[tuple[str, str], ...]:
        """(text, kind) of each; kind "" for a plain fact, else the token of its colour."""
        return self._chips

    def show_chips(self, chips: tuple[tuple[str, str], ...]) -> None:
        """Show other facts."""
        if chips == self._chips:
            return
        self._chips = chips
        words = ", ".join(text for text, _kind in chips)
        self.setAccessibleName(words)
        self.setToolTip(words.replace(", ", " · "))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Plates from left to right; health comes last and always finds room."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        widths = [metrics.horizontalAdvance(text) + 14 for text, _kind in self._chips]
        shown = list(range(len(self._chips)))
        room = self.width()
        while len(shown) > 1 and sum(widths[i] + 6 for i in shown) - 6 > room:
            plain = [i for i in shown if not self._chips[i][1]]
            shown.remove(plain[-1] if plain else shown[0])
        left = 0.0
        for index in shown:
            text, kind = self._chips[index]
            rect = QRectF(left, 0, widths[index], 20)
            tint = colour(kind) if kind else colour("text2")
            ground = mixed(tint, colour("panel"), 0.12) if kind else colour("hover")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, 5, 5)
            painter.setPen(tint)
            painter.setFont(ui_font(11, 600) if kind in ("nan", "inf") else self._font)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
            left += widths[index] + 6


def add_title(menu: QMenu, text: str) -> None:
    """A heading above the next actions; some style sheets leave QMenu's own sections empty."""
    if menu.actions():
        menu.addSeparator()
    menu.addAction(text).setEnabled(False)


def rule(painter: QPainter, y: float, width: float) -> None:
    """A line from side to side."""
    painter.setPen(QPen(colour("line"), 1))
    painter.drawLine(QPointF(0, y + 0.5), QPointF(width, y + 0.5))
