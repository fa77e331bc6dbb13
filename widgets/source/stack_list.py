"""The user's Python frames, innermost first."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QWidget,
)

from ..focus_frame import FocusFrame
from ..run.card_delegate import CardDelegate
from ..run.node_model import Index
from ..run.painting import draw_text, face, mono_face, text_width
from ..run.scroll_bars import SlimBars
from ..run.wording import short_path
from ..theme import colour, hub

_EDGE = 14
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class StackFrame:
    """A frame of the call stack; `scope` is the path of the module it runs."""

    name: str
    file: str
    line: int
    scope: str = ""


class StackModel(QAbstractListModel):
    """One row per frame."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.frames: list[StackFrame] = []

    def show_frames(self, frames: list[StackFrame]) -> None:
        """Another stack."""
        self.beginResetModel()
        self.frames = list(frames)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.frames)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        frame = self.frames[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return frame.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            where = f"{short_path(frame.file)} line {frame.line}"
            return ", ".join(part for part in (frame.name, frame.scope, where) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{frame.file}:{frame.line}"
        return None


class StackDelegate(CardDelegate):
    """Name, scope, and the line at the right."""

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, StackModel)
        frame = model.frames[index.row()]
        middle = rect.center().y()
        quiet = colour("text2" if lit else "text3")
        where = f"{short_path(frame.file)} : {frame.line}"
        end = rect.right() + 1 - _EDGE
        width = min(text_width(where, face()), rect.width() / 2)
        draw_text(painter, end - width, middle, where, face(), quiet, width + 1)
        end -= width + 12
        x = _EDGE + draw_text(
            painter, _EDGE, middle, frame.name, mono_face(12), colour("text1"), end - _EDGE
        )
        draw_text(painter, x + 10, middle, frame.scope, face(), quiet, end - x - 10)


class StackList(QListView):
    """The frames as a list.

    Signals:
        frame_picked: StackFrame.
    """

    frame_picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frames = StackModel(self)
        self.setModel(self.frames)
        self.setItemDelegate(StackDelegate(self))
        self.setAccessibleName("Call stack")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self)
        FocusFrame(self)
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)
        hub().changed.connect(self._restyle)
        self._restyle()

    def _pick(self, index: QModelIndex) -> None:
        self.frame_picked.emit(self.frames.frames[index.row()])

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; padding: 6px 0; }}"
        )
