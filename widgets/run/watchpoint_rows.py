"""Watchpoints as rows, with their hits below those that are open: what is written, and painted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from ...tracers.ir import Run
from ...tracers.ir.watch_result import WatchResult
from ...tracers.ir.watch_words import watch_words
from ...tracers.ir.watchpoint import Watchpoint, problem_of
from ..theme import colour, paint_icon
from .card_delegate import ROW_HEIGHT, CardDelegate
from .node_model import Index
from .painting import draw_arrow, draw_chevron, draw_text, face, mono_face, text_width

EDGE = 14
LABEL = 36
_ARROW = 22  # what the arrow of a row takes
_CHEVRON = 16
_GAP = 10
_NUMBER = 34  # px for a record's number
_MORE = 16  # what a row of two lines is higher
MOST_HITS = 500  # hits that are listed below a watchpoint
_NOWHERE = QModelIndex()


class Kind(Enum):
    """What a row is."""

    WATCH = "watch"
    HIT = "hit"
    REST = "rest"  # there are more hits than are listed
    MISSED = "missed"  # a click has what was missed asked
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Line:
    """A row. `hit` is a number among the watchpoint's hits."""

    kind: Kind
    point: Watchpoint
    hit: int = -1


class WatchpointModel(QAbstractListModel):
    """The watchpoints in the order given; below each what is to be said of it, and its hits if it
    is open.

    Attributes:
        opened: texts of those whose hits are listed.
        anew: what was missed is being asked.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.opened: set[str] = set()
        self.run: Run | None = None
        self.anew = False
        self._points: list[Watchpoint] = []
        self._results: Mapping[str, WatchResult] = {}

    def show_points(
        self, points: list[Watchpoint], results: Mapping[str, WatchResult], run: Run | None
    ) -> None:
        """The watchpoints, and what has come of them, by their text."""
        self._points, self._results, self.run = list(points), dict(results), run
        self.opened &= {point.text for point in points}
        self._renew()

    def toggle(self, point: Watchpoint) -> None:
        """Open a watchpoint's hits, or close them."""
        self.opened ^= {point.text}
        self._renew()

    def result(self, point: Watchpoint) -> WatchResult:
        """What has come of a watchpoint."""
        return self._results.get(point.text) or WatchResult()

    def record(self, line: Line) -> int:
        """The record of a hit's row; -1 of any other, and of one that has not come here yet."""
        hits = self.result(line.point).hits
        record = hits[line.hit].record if 0 <= line.hit < len(hits) else -1
        return record if self.run is not None and record < len(self.run.records) else -1

    def stands_at(self, point: Watchpoint) -> bool:
        """The run stands right behind an op that hit it."""
        run = self.run
        if run is None or run.place.op >= 0 or not point.enabled:
            return False
        return any(hit.record == run.place.record - 1 for hit in self.result(point).hits[-50:])

    def words(self, line: Line) -> tuple[str, str, str]:
        """(label, what is dim beside it, at the right) of a row."""
        return _WORDS[line.kind](self, line)

    def watch_words(self, line: Line) -> tuple[str, str, str]:
        """Place, condition, how often it was hit."""
        point, result = line.point, self.result(line.point)
        condition, place = watch_words(point.text, None if self.run is None else self.run.graph)
        if not point.enabled:
            return place, condition, "off"
        if result.left and self.run is not None:
            done = 100 * (1 - result.left / max(len(self.run.records), 1))
            return place, condition, f"checking {max(done, 0):.0f}%"
        return place, condition, hits_text(result.times)

    def hit_words(self, line: Line) -> tuple[str, str, str]:
        """Op, what was found, the number of the record."""
        hits, record = self.result(line.point).hits, self.record(line)
        if record < 0 or self.run is None:
            return "", "", ""
        graph = self.run.graph
        op = graph.ops[self.run.records[record].op]
        return op.type, hits[line.hit].what, f"{record + 1}"

    def hit_place(self, line: Line) -> str:
        """Where the op of a hit stands, and in which pass of a loop ("h.5.attn · pass 3")."""
        record = self.record(line)
        if record < 0 or self.run is None:
            return ""
        row = self.run.records[record]
        path = self.run.graph.scopes[self.run.graph.ops[row.op].scope].path
        turns = self.run.turns(row.frame)
        parts = (path, f"pass {turns[-1] + 1}" if turns else "")
        return " · ".join(part for part in parts if part)

    def rest_words(self, line: Line) -> tuple[str, str, str]:
        """How many hits are not listed."""
        return f"and {self.result(line.point).times - MOST_HITS:,} more", "", ""

    def missed_words(self, line: Line) -> tuple[str, str, str]:
        """How many ops were missed, and what a click does."""
        if self.anew:
            return "Running the model again to check them…", "", ""
        count = self.result(line.point).missed
        noun = "op" if count == 1 else "ops"
        return f"{count:,} {noun} unchecked: values let go", "", "check"

    def problem_words(self, line: Line) -> tuple[str, str, str]:
        """Why it cannot be asked."""
        return problem_of(line.point.text) or self.result(line.point).problem, "", ""

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        label, dim, right = self.words(line)
        if role == Qt.ItemDataRole.DisplayRole:
            return label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            stops = line.kind is Kind.WATCH and line.point.enabled
            state = ("stops" if line.point.stop else "lists only") if stops else ""
            place = self.hit_place(line)
            return ", ".join(part for part in (label, place, dim, right, state) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            place = self.hit_place(line)
            return _tip(line, f"{label} {place}".strip(), dim)
        return None

    def _renew(self) -> None:
        self.beginResetModel()
        self.lines = [line for point in self._points for line in self._lines_of(point)]
        self.endResetModel()

    def _lines_of(self, point: Watchpoint) -> list[Line]:
        found = [Line(Kind.WATCH, point)]
        result = self.result(point)
        if problem_of(point.text) or (result.problem and point.enabled):
            found.append(Line(Kind.PROBLEM, point))
        if result.missed and point.enabled:
            found.append(Line(Kind.MISSED, point))
        if point.text in self.opened and point.enabled:
            shown = min(len(result.hits), MOST_HITS)
            found += [Line(Kind.HIT, point, number) for number in range(shown)]
            if result.times > shown:
                found.append(Line(Kind.REST, point))
        return found


def hits_text(times: int) -> str:
    """How often something was hit."""
    return "no hit" if not times else "1 hit" if times == 1 else f"{times:,} hits"


_Words = Callable[[WatchpointModel, Line], tuple[str, str, str]]
_WORDS: dict[Kind, _Words] = {
    Kind.WATCH: WatchpointModel.watch_words,
    Kind.HIT: WatchpointModel.hit_words,
    Kind.REST: WatchpointModel.rest_words,
    Kind.MISSED: WatchpointModel.missed_words,
    Kind.PROBLEM: WatchpointModel.problem_words,
}


def _tip(line: Line, label: str, dim: str) -> str:
    if line.kind is Kind.WATCH:
        stops = line.point.stop
        does = "Stops the run behind the op." if stops else "Lists its hits; the run goes on."
        return f"{dim}\n{label}\n{does}"
    if line.kind is Kind.MISSED:
        return f"{label}\nA click runs the model again, in silence, and checks them on the way."
    return f"{label}\n{dim}".strip()


def row_height(line: Line) -> int:
    """Of a row in pixels."""
    return ROW_HEIGHT + (_MORE if line.kind is Kind.HIT else 0)


class WatchpointDelegate(CardDelegate):
    """Paints a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        assert isinstance(model, WatchpointModel)
        return QSize(200, row_height(model.lines[index.row()]))

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        model = index.model()
        assert isinstance(model, WatchpointModel)
        line = model.lines[index.row()]
        dim = "text2" if lit else "text3"
        if line.kind is Kind.WATCH:
            self._paint_watch(painter, rect, model, line, dim)
        elif line.kind is Kind.HIT:
            _paint_hit(painter, rect, model, line, dim)
        else:
            _paint_note(painter, rect, model, line)

    def _paint_watch(
        self, painter: QPainter, rect: QRectF, model: WatchpointModel, line: Line, dim: str
    ) -> None:
        point, middle = line.point, rect.top() + ROW_HEIGHT / 2
        on = point.enabled
        tint = colour("not_run" if not on else "breakpoint" if point.stop else "text2")
        sign = QRectF(EDGE, middle - 7, 14, 14)
        paint_icon(painter, "eye" if on else "eye-off", sign, tint)
        place, condition, right = model.words(line)
        end = rect.right() + 1 - EDGE
        if model.result(point).hits and on:
            draw_chevron(painter, end - 4, middle, colour(dim), point.text in model.opened)
            end -= _CHEVRON
        if model.stands_at(point):
            past = model.run is not None and model.run.cursor is not None
            shade = colour("accent" if past else "current")
            draw_arrow(painter, end - 14, middle, shade, hollow=False)
            end -= _ARROW
        hit = on and model.result(point).times > 0
        end -= text_width(right, mono_face(11))
        draw_text(painter, end, middle, right, mono_face(11), colour("text1" if hit else dim))
        room = end - _GAP - LABEL
        ink = colour("text1" if on else "text3")
        least = min(text_width(condition, mono_face(11)), room * 0.6)
        wide = draw_text(painter, LABEL, middle, place, face(12), ink, room - least - _GAP)
        x = LABEL + wide + _GAP
        draw_text(painter, x, middle, condition, mono_face(11), colour(dim), end - _GAP - x)


def _paint_hit(
    painter: QPainter, rect: QRectF, model: WatchpointModel, line: Line, dim: str
) -> None:
    upper, lower = rect.top() + 13, rect.top() + 13 + _MORE
    name, what, number = model.words(line)
    end = rect.right() + 1 - EDGE
    wide = max(text_width(number, face(11)), _NUMBER)
    x = LABEL + wide - text_width(number, face(11))
    draw_text(painter, x, upper, number, face(11), colour(dim))
    left = x = LABEL + wide + _GAP
    x += draw_text(painter, x, upper, name, face(12), colour("text1"), end - x) + _GAP
    draw_text(painter, x, upper, model.hit_place(line), face(11), colour(dim), end - x)
    draw_text(painter, left, lower, what, face(11), colour(dim), end - left)


def _paint_note(painter: QPainter, rect: QRectF, model: WatchpointModel, line: Line) -> None:
    middle = rect.top() + ROW_HEIGHT / 2
    label, _, right = model.words(line)
    end = rect.right() + 1 - EDGE
    if right:
        end -= text_width(right, face(11, 600))
        draw_text(painter, end, middle, right, face(11, 600), colour("accent"))
        end -= _GAP
    tint = colour("text3" if line.kind is Kind.REST else "warn")
    draw_text(painter, LABEL, middle, label, face(11), tint, end - LABEL)
