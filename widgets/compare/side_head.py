"""What stands above a graph: which side it is, where in the model, and the framework."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..run.painting import draw_text, face, fill_round
from ..theme import colour, hub

HEIGHT = 36
EDGE = 16
BADGE = 18.0


def draw_badge(painter: QPainter, x: float, middle: float, side: str) -> float:
    """The letter of a side on a plate; how wide it is."""
    rect = QRectF(x, middle - BADGE / 2, BADGE, BADGE)
    fill_round(painter, rect, 4, colour("hover"))
    faced = face(11, 600)
    left = rect.center().x() - faced.width(side) / 2
    draw_text(painter, left, middle, side, faced, colour("text1"))
    return BADGE


class SideHead(QWidget):
    """36 px high, painted."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._name = self._framework = ""
        self._trail: list[str] = []
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        hub().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(200, HEIGHT)

    @property
    def path(self) -> str:
        """ "resnet50 › layer2.0"."""
        return " › ".join([self._name, ".".join(self._trail)] if self._trail else [self._name])

    def show_model(self, name: str, framework: str) -> None:
        """Another model."""
        self._name, self._framework = name, framework
        self.show_trail([])

    def show_trail(self, trail: list[str]) -> None:
        """Where in it."""
        self._trail = trail
        words = f"{self._side}: {self.path}, {self._framework}"
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Badge, path, framework."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colour("panel"))
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, colour("line"))
        middle = HEIGHT / 2
        if not self._side:
            return
        x = EDGE + draw_badge(painter, EDGE, middle, self._side) + 10
        strong, plain = face(12, 600), face(11)
        room = self.width() - x - 8
        beside = plain.width(self._framework) + 12
        full = strong.width(self.path)
        if full + beside > room:
            beside = 0.0
        text = self.path
        if full > room:
            text = strong.metrics.elidedText(self.path, Qt.TextElideMode.ElideMiddle, room)
        x += draw_text(painter, x, middle, text, strong, colour("text1"), room) + 12
        if beside:
            draw_text(painter, x, middle, self._framework, plain, colour("text3"))
        painter.end()
