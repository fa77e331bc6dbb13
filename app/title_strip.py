"""The strip on top of the window: logo, menus, and the open file's name in the middle."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QMenuBar,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from ..widgets import theme
from .action_set import ActionSet

HEIGHT = 30
_LOGO = QRectF(12, 7, 16, 16)
_MENUS_LEFT = 32


class _PlainMenus(QProxyStyle):
    """Access keys work, but are not underlined in the strip."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        """No underlines."""
        if hint is QStyle.StyleHint.SH_UnderlineShortcut:
            return 0
        return super().styleHint(hint, option, widget, returnData)


class TitleStrip(QWidget):
    """Stands where QMainWindow keeps its menu bar: `window.setMenuWidget(strip)`."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        self.menus.setFont(theme.ui_font(12))
        plain = _PlainMenus("Fusion")
        plain.setParent(self)
        self.menus.setStyle(plain)
        actions.fill(self.menus)
        self._title = "Opscope"
        self.setAccessibleName("Menus")
        theme.hub().changed.connect(self.update)

    def show_title(self, name: str) -> None:
        """Show the name of the open file, "" for none."""
        self._title = f"{name} — Opscope" if name else "Opscope"
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the menus left, in their own width."""
        hint = self.menus.sizeHint()
        height = min(hint.height(), HEIGHT - 2)
        width = min(hint.width() + 8, self.width() - _MENUS_LEFT)
        self.menus.setGeometry(_MENUS_LEFT, (HEIGHT - 1 - height) // 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the logo, the title, and the line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("panel"))
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, theme.colour("line"))
        theme.paint_icon(painter, "logo", _LOGO, theme.colour("accent"))
        painter.setFont(theme.ui_font(12))
        painter.setPen(theme.colour("text3"))
        room = self.rect().adjusted(self.menus.geometry().right() + 8, 0, -8, -1)
        text = painter.fontMetrics().elidedText(
            self._title, Qt.TextElideMode.ElideMiddle, room.width()
        )
        width = painter.fontMetrics().horizontalAdvance(text)
        left = max(room.left(), (self.width() - width) // 2)
        painter.drawText(
            QRectF(left, 0, width + 2, HEIGHT - 1), Qt.AlignmentFlag.AlignVCenter, text
        )
