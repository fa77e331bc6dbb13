"""The Changes tab: what the edits changed against the run without them."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QStackedWidget,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ...tracers.ir import Change, Difference, Run, Selection
from ..focus_frame import FocusFrame
from ..pane import Pane
from ..theme import colour, hub, theme
from .card_delegate import CardDelegate
from .changed import SIGNS, hint, largest_words
from .node_model import Index
from .painting import draw_pill, draw_text, face, fill_round, text_width
from .scroll_bars import SlimBars

_HEIGHT = 42
_EDGE = 14
_SQUARE = 16
_NAME = 30
_NOWHERE = QModelIndex()
_SAME = "Nothing differs from the run without edits so far."


class ChangeModel(QAbstractListModel):
    """One row per op that differs, in the order in which they ran."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.changes: list[Change] = []

    def show_changes(self, run: Run | None) -> None:
        """What a run says now."""
        self.beginResetModel()
        self.run = run
        self.changes = [] if run is None else list(run.changes)
        self.endResetModel()

    def words(self, row: int) -> tuple[str, str, str]:
        """(name, place, what differs) of a row."""
        change = self.changes[row]
        assert self.run is not None
        graph = self.run.graph
        op = graph.ops[change.op]
        record = change.record if change.record >= 0 else change.before
        number = f"{record + 1}  " if record >= 0 else ""
        facts = [part for part in (change.text, largest_words(change)) if part]
        if not facts:
            facts = [hint(change)]
        return f"{number}{op.type}", graph.scopes[op.scope].path, "  ·  ".join(facts)

    def selection(self, row: int) -> Selection:
        """What a click on a row selects."""
        change = self.changes[row]
        return Selection(op=change.op, record=change.record)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.changes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        name, place, facts = self.words(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            how = SIGNS[self.changes[index.row()].how].replace("Δ", "changed")
            return ", ".join(part for part in (name, place, how, facts) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{name} {place}".rstrip() + f"\n{hint(self.changes[index.row()])}"
        return None


class ChangeDelegate(CardDelegate):
    """Two lines: the op and where it stands; what differs."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, ChangeModel)
        assert model.run is not None
        change = model.changes[index.row()]
        name, place, facts = model.words(index.row())
        upper, lower = rect.top() + 13, rect.top() + 30
        quiet = colour("text2" if lit else "text3")
        end = rect.right() + 1 - _EDGE
        sign = SIGNS[change.how]
        if change.how is Difference.CHANGED:
            end -= text_width(sign, face(12, 600))
            draw_text(painter, end, upper, sign, face(12, 600), colour("warn"))
        else:
            end -= draw_pill(painter, end, upper, sign, "warn")
        end -= 10
        tint = theme().category(model.run.graph.ops[change.op].category)
        fill_round(painter, QRectF(_SQUARE, upper - 3.5, 7, 7), 2, tint)
        gone = change.how is Difference.REMOVED
        ink = quiet if gone else colour("text1")
        x = _NAME + draw_text(painter, _NAME, upper, name, face(12, 600), ink, end - _NAME) + 9
        draw_text(painter, x, upper, place, face(), quiet, end - x)
        draw_text(painter, _NAME, lower, facts, face(11), quiet, rect.right() - _EDGE - _NAME)


class ChangeList(Pane):
    """Picks the op of a row that is clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._model = ChangeModel(self)
        self.rows = QListView()
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(ChangeDelegate(self.rows))
        self.rows.setAccessibleName("What the edits changed")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setUniformItemSizes(True)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self.rows)
        FocusFrame(self.rows)
        self.empty = QLabel(_SAME, wordWrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.empty.setMargin(24)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.rows)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self._pages)
        self.rows.clicked.connect(self._pick)
        self.rows.activated.connect(self._pick)
        hub().changed.connect(self._restyle)
        self._restyle()

    def show_run(self, run: Run | None) -> None:
        self._run = run
        self.show_changes()

    def show_changes(self) -> None:
        scrolled = self.rows.verticalScrollBar().value()
        self._model.show_changes(self._run)
        self._pages.setCurrentIndex(0 if self._model.changes else 1)
        self.rows.verticalScrollBar().setValue(scrolled)

    def show_rewound(self) -> None:
        self.show_changes()

    def focus_target(self) -> QWidget:
        return self.rows

    def _pick(self, index: QModelIndex) -> None:
        self.picked.emit(self._model.selection(index.row()))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.empty.setStyleSheet(f"color: {colour('text3').name()};")
        self.update()
