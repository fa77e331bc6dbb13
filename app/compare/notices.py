"""What is said above a comparison, by kind: one banner each."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ...widgets.run.banner_card import Banner, Message


class Notices(QWidget):
    """As high as its banners, and gone without any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[str, Banner] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._fit()

    def banner(self, kind: str) -> Banner | None:
        """The banner of a kind, if it is shown."""
        return self._shown.get(kind)

    def say(self, kind: str, message: Message | None) -> None:
        """Show a banner in the place of its kind's; None takes it away."""
        old = self._shown.pop(kind, None)
        if old is not None:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        if message is not None:
            banner = Banner(message, self)
            banner.closed.connect(lambda: self.say(kind, None))
            self._shown[kind] = banner
            self._column.addWidget(banner)
        self._fit()

    def clear(self) -> None:
        """Nothing is to be said."""
        for kind in list(self._shown):
            self.say(kind, None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the words anew."""
        self._fit()

    def _fit(self) -> None:
        for banner in self._shown.values():
            banner.fit(self.width())
        self.setFixedHeight(sum(banner.height() for banner in self._shown.values()))
        self.setVisible(bool(self._shown))
