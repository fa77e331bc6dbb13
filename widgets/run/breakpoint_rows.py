"""Breakpoints as rows: what is written in one, and how it is painted."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QListView, QStyleOptionViewItem

from ...tracers.ir import Breakpoint, BreakpointKind
from ...tracers.ir.conditions import problem_of, terms_text
from ..theme import colour
from .card_delegate import ROW_HEIGHT, CardDelegate
from .node_model import Index
from .painting import draw_arrow, draw_dot, draw_text, face, mono_face, text_width
from .wording import short_path

EDGE = 14
LABEL = 36
_DOT = 21
_ARROW = 22  # what the arrow of a row takes
_GAP = 10
_MORE = 17  # what each further line of a row is higher
VERDICT = " cannot be asked"  # in the sentence on a condition, before the reason
_NOWHERE = QModelIndex()


def words(point: Breakpoint) -> tuple[str, str]:
    """(label, place) as a row shows them: ("matmul", "in h.5.attn")."""
    label, _, place = (point.label or point.where).partition(" in ")
    if point.kind is BreakpointKind.TYPE:
        return (f"any {point.where}" if not point.label else label), "all ops"
    if point.kind is BreakpointKind.MODULE:
        return label, "module"
    if point.kind is BreakpointKind.LINE:
        file, _, line = point.where.rpartition(":")
        return f"{short_path(file)} : {line}", "line"
    return label, f"in {place}" if place else ""


class BreakpointModel(QAbstractListModel):
    """One row per breakpoint, in the order given.

    Attributes:
        lost: the `where` of those that name nothing in this graph.
        hits: the `where` of those that the run stands at; `past`: that the user looks back at.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.points: list[Breakpoint] = []
        self.lost: set[str] = set()
        self.hits: set[str] = set()
        self.past = False
        self._verdicts: dict[Breakpoint, str] = {}

    def show_points(self, points: list[Breakpoint], lost: set[str]) -> None:
        """Other breakpoints."""
        self.beginResetModel()
        self.points, self.lost = list(points), set(lost)
        self._verdicts = {
            point: text for point, text in self._verdicts.items() if point in self.points
        }
        self.endResetModel()

    def show_hits(self, hits: set[str], past: bool, verdict: str) -> bool:
        """Where the run stands, and why a condition there could not be asked; True where rows
        became higher."""
        self.hits, self.past = set(hits), past
        known = len(self._verdicts)
        if verdict:
            _, found, reason = verdict.partition(f"{VERDICT}: ")
            for point in self.points:
                if point.where in hits and point.condition:
                    told = reason if found else verdict
                    told = told.removeprefix(f"{point.condition.strip()}: ")
                    self._verdicts[point] = told[:1].upper() + told[1:]
        return len(self._verdicts) != known

    def forget_verdicts(self) -> None:
        """Another run begins."""
        self._verdicts.clear()

    def problem(self, row: int) -> str:
        """What is wrong with what a breakpoint asks, "" for nothing."""
        point = self.points[row]
        return problem_of(point) or self._verdicts.get(point, "")

    def place(self, row: int) -> str:
        """What stands at the right of a row."""
        point = self.points[row]
        return "not in this graph" if point.where in self.lost else words(point)[1]

    def lines(self, row: int, width: float) -> tuple[str, str, str]:
        """(at the right, below, problem) of a row; the terms stand at the right if they fit."""
        point, place = self.points[row], self.place(row)
        terms, problem = terms_text(point), self.problem(row)
        fixed = point.kind is BreakpointKind.OP or point.where in self.lost
        if not terms or problem:
            return place, terms, problem
        room = width - EDGE - _ARROW - LABEL - _GAP - text_width(words(point)[0], face(12))
        if not fixed and text_width(terms, mono_face(11)) <= room:
            return terms, "", ""
        return place, terms, ""

    def height(self, row: int, width: float) -> int:
        """Of a row in pixels."""
        _, below, problem = self.lines(row, width)
        return ROW_HEIGHT + _MORE * (bool(below) + bool(problem))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.points)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        point, row = self.points[index.row()], index.row()
        label, place = words(point)
        if role == Qt.ItemDataRole.DisplayRole:
            return label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "enabled" if point.enabled else "disabled"
            parts = (label, self.place(row), terms_text(point), state, self.problem(row))
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = (f"{label} {place}".strip(), point.where, terms_text(point), self.problem(row))
            return "\n".join(line for line in lines if line)
        return None


class BreakpointDelegate(CardDelegate):
    """Paints a breakpoint's row: its sign, what it stands on, what it asks."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        assert isinstance(model, BreakpointModel)
        return QSize(200, model.height(index.row(), self._view.viewport().width()))

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, BreakpointModel)
        point = model.points[index.row()]
        lost = point.where in model.lost
        middle = rect.top() + ROW_HEIGHT / 2
        red = colour("breakpoint")
        if lost:
            red.setAlphaF(0.45)
        draw_sign(painter, _DOT, middle, red, point, hollow=lost or not point.enabled)
        end = rect.right() + 1 - EDGE
        if point.where in model.hits:
            tint = colour("accent" if model.past else "current")
            draw_arrow(painter, end - 14, middle, tint, hollow=False)
            end -= _ARROW
        quiet = lost or not point.enabled
        label, (place, below, problem) = words(point)[0], model.lines(index.row(), rect.width())
        width = min(text_width(place, mono_face(11)), max(end - LABEL - 60, 0))
        dim = colour("text2" if lit else "text3")
        tint = colour("not_run") if lost else dim
        draw_text(painter, end - width, middle, place, mono_face(11), tint, width + 1)
        ink = colour("text3" if quiet else "text1")
        draw_text(painter, LABEL, middle, label, face(12), ink, end - width - _GAP - LABEL)
        low, room = middle + _MORE, rect.right() + 1 - EDGE - LABEL
        if below:
            draw_text(painter, LABEL, low, below, mono_face(11), dim, room)
            low += _MORE
        if problem:
            draw_text(painter, LABEL, low, problem, face(11), colour("warn"), room)


def draw_sign(
    painter: QPainter, x: float, y: float, tint: QColor, point: Breakpoint, hollow: bool
) -> None:
    """A dot; with two bars in it where there is a condition or a rule over hits; a diamond where
    a message is logged instead of stopping."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if point.log:
        side = 5.4
        painter.setPen(QPen(tint, 1.5) if hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if hollow else tint)
        corners = ((x, y - side), (x + side, y), (x, y + side), (x - side, y))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    else:
        draw_dot(painter, x, y, 4.7, tint, hollow)
    if point.condition.strip() or point.hits.strip():
        painter.setPen(QPen(tint if hollow else colour("panel"), 1.2))
        for row in (y - 1.4, y + 1.4):
            painter.drawLine(QPointF(x - 1.9, row), QPointF(x + 1.9, row))
    painter.restore()
