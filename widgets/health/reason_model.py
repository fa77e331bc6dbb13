"""The steps from a value back to its cause, as rows."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from ...tracers.ir import Run, Selection
from ...tracers.ir.reason import Reason, ReasonStep
from ..run.card_delegate import CardDelegate
from ..run.node_model import Index
from ..run.painting import draw_text, face, fill_round, text_width
from ..theme import colour, theme

_HEIGHT = 42
_EDGE = 14
_SQUARE, _NAME = 16, 34
_NOWHERE = QModelIndex()


class ReasonModel(QAbstractListModel):
    """One row per step, from the value that was asked about on.

    Attributes:
        cause: the row of the cause, -1 where it is none of them.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.steps: tuple[ReasonStep, ...] = ()
        self.cause = -1

    def show_reason(self, run: Run | None, reason: Reason | None) -> None:
        """Another answer, or none."""
        self.beginResetModel()
        self.run = run
        self.steps = () if run is None or reason is None else reason.steps
        self.cause = -1 if reason is None else reason.cause
        self.endResetModel()

    def words(self, row: int) -> tuple[str, str, str]:
        """(name with the element, place, what the op did) of a row."""
        step, run = self.steps[row], self.run
        assert run is not None
        at = f" [{', '.join(map(str, step.index))}]" if step.index else ""
        if step.record < 0:
            value = run.graph.values[step.slot]
            return f"{value.name or value.kind.value}{at}", value.kind.value, step.words
        record = run.records[step.record]
        op = run.graph.ops[record.op]
        slot = f"[{step.slot}]" if len(record.outputs) > 1 else ""
        return f"{op.type}{slot}{at}", run.graph.scopes[op.scope].path, step.words

    def selection(self, row: int) -> Selection:
        """What a click on a row selects."""
        step, run = self.steps[row], self.run
        assert run is not None
        if step.record < 0:
            return Selection(value=step.slot)
        return Selection(op=run.records[step.record].op, record=step.record, slot=step.slot)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.steps)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        name, place, words = self.words(index.row())
        step = self.steps[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (name, place, step.number, words) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{name} {place}".rstrip() + f"\n{step.number}: {words}"
        return None


class ReasonDelegate(CardDelegate):
    """Two lines: the op, where it stands and its number; what it did."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, ReasonModel)
        run, step = model.run, model.steps[index.row()]
        if run is None:
            return
        cause = index.row() == model.cause
        name, place, words = model.words(index.row())
        upper, lower = rect.top() + 13, rect.top() + 30
        quiet = colour("text2" if lit else "text3")
        end = rect.right() + 1 - _EDGE
        end -= text_width(step.number, face(12))
        draw_text(painter, end, upper, step.number, face(12), colour("text2"))
        end -= 12
        tint = colour("weight")
        if step.record >= 0:
            op = run.graph.ops[run.records[step.record].op]
            tint = theme().category(op.category)
        fill_round(painter, QRectF(_SQUARE, upper - 3.5, 7, 7), 2, tint)
        ink, bold = colour("text1"), face(12, 600)
        x = _NAME + draw_text(painter, _NAME, upper, name, bold, ink, end - _NAME) + 9
        draw_text(painter, x, upper, place, face(), quiet, end - x)
        ink = colour("warn") if cause else quiet
        draw_text(painter, _NAME, lower, words, face(11), ink, rect.right() - _EDGE - _NAME)
