"""Moves what is seen of a graph smoothly to where the camera already is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation

from .. import motion


class Glide(QVariantAnimation):
    """Between two views: corner and zoom.

    What stands still under the pointer in both stands still all the way: the corner moves as
    evenly as the size of a pixel changes.
    """

    def __init__(self, parent: QObject, moved: Callable[[], None]) -> None:
        super().__init__(parent)
        self._from = self._to = (QPointF(), 1.0)
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(motion.RECENTRE)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(lambda: moved())
        self.finished.connect(moved)

    @property
    def going(self) -> bool:
        """It has not arrived."""
        return self.state() is QVariantAnimation.State.Running

    def begin(self, seen: tuple[QPointF, float], to: tuple[QPointF, float]) -> None:
        """Set out from what is seen now."""
        self.stop()
        self._from, self._to = seen, to
        self.start()

    def seen(self) -> tuple[QPointF, float]:
        """Corner and zoom on the way."""
        share = float(self.currentValue())
        (start, before), (end, after) = self._from, self._to
        pixel = (1 - share) / before + share / after
        return start + (end - start) * share, 1 / pixel
