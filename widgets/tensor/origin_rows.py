"""The elements that an element came from, as rows: per input a heading, elements, and the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from ...tracers.ir.provenance import Feed, Provenance, Source, Way
from ..run.card_delegate import CardDelegate
from ..run.node_model import Index
from ..run.painting import draw_text, face, mono_face, text_width
from ..theme import colour
from .formatting import count, number, shape_text

_EDGE, _ROW = 14, 24
_NUMBER, _BAR, _NARROW = 84, 190, 520
_NOWHERE = QModelIndex()
WAYS = {
    Way.EXACT: "exact",
    Way.GRADIENT: "by gradient",
    Way.PERTURBATION: "by perturbation",
    Way.NONE: "amounts not known",
}


@dataclass(frozen=True, slots=True)
class OriginRow:
    """A row.

    Attributes:
        source: the element; None of a heading and of words.
        words: of a row that is no element.
        heading: it begins an input.
    """

    feed: Feed
    source: Source | None = None
    words: str = ""
    heading: bool = False


class OriginModel(QAbstractListModel):
    """Inputs in the op's order, each with its elements by falling contribution.

    Attributes:
        most: the largest finite magnitude of a contribution, for the bars.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[OriginRow] = []
        self.most = 0.0
        self.signed = False

    def show_found(self, found: Provenance | None) -> None:
        """Another answer, or none."""
        self.beginResetModel()
        feeds = found.feeds if found is not None else ()
        self.rows = [row for feed in feeds for row in rows_of(feed)]
        gave = [row.source.contribution for row in self.rows if row.source is not None]
        known = [each for each in gave if each is not None and math.isfinite(each)]
        self.most = max((abs(each) for each in known), default=0.0)
        self.signed = any(each < 0 for each in known)
        self.endResetModel()

    def first(self) -> int:
        """The row of the element that gave most, -1 for none."""
        best, found = -1.0, -1
        for place, row in enumerate(self.rows):
            if row.source is None:
                continue
            gave = row.source.contribution
            size = math.inf if gave is not None and math.isnan(gave) else abs(gave or 0.0)
            if size > best:
                best, found = size, place
        return found

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row_words(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row_words(row) if row.source is not None else row.words or None
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return Qt.ItemFlag.NoItemFlags
        if self.rows[index.row()].source is None:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class OriginDelegate(CardDelegate):
    """Index, value, derivative, a bar and the contribution."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint_row(self, painter: QPainter, rect: QRectF, index: Index, lit: bool) -> None:
        """One row."""
        model = index.model()
        assert isinstance(model, OriginModel)
        row = model.rows[index.row()]
        middle, left = rect.center().y(), rect.left() + _EDGE
        right = rect.right() + 1 - _EDGE
        if row.heading:
            _paint_heading(painter, row.feed, left, right, middle)
        elif row.source is None:
            left += 16
            draw_text(painter, left, middle, row.words, face(11), colour("text3"), right - left)
        else:
            _paint_element(painter, row.source, model, left + 16, right, middle, lit)


def rows_of(feed: Feed) -> list[OriginRow]:
    """The heading, then elements, then what is not shown of them."""
    found = [OriginRow(feed, heading=True)]
    found += [OriginRow(feed, source) for source in feed.elements]
    left = feed.count - len(feed.elements)
    if feed.count >= 0 and left > 0:
        many = f"{count(left)} more element{'' if left == 1 else 's'}"
        told = any(source.contribution is not None for source in feed.elements)
        gives = "gives" if left == 1 else "give"
        found.append(
            OriginRow(feed, words=f"{many} {gives} {number(feed.rest)} together" if told else many)
        )
    elif not feed.elements and feed.way is not Way.NONE:
        found.append(OriginRow(feed, words="None of its elements has any influence here."))
    if feed.note:
        found.append(OriginRow(feed, words=feed.note))
    return found


def row_words(row: OriginRow) -> str:
    """For a screen reader."""
    if row.heading:
        return f"{row.feed.name}, {heading_words(row.feed)}"
    if row.source is None:
        return row.words
    source = row.source
    words = f"{row.feed.name} {index_text(source.index)}: value {number(source.value)}"
    if source.contribution is None:
        return words
    derivative = f", derivative {number(source.derivative)}"
    return f"{words}{derivative}, contributes {number(source.contribution)}"


def heading_words(feed: Feed) -> str:
    """ "3×4 float32 · 4 elements · exact"."""
    parts = [f"{shape_text(feed.shape)} {feed.dtype}"]
    if feed.count >= 0:
        parts.append(f"{count(feed.count)} element{'' if feed.count == 1 else 's'}")
    parts.append(WAYS[feed.way])
    return " · ".join(parts)


def index_text(index: tuple[int, ...]) -> str:
    """ "[0, 3]"."""
    return f"[{', '.join(map(str, index))}]"


def _paint_heading(painter: QPainter, feed: Feed, left: float, right: float, middle: float) -> None:
    words = heading_words(feed)
    width = min(text_width(words, face(11)), (right - left) * 0.6)
    room = right - left - width - 12
    x = left + draw_text(painter, left, middle, feed.name, face(12, 600), colour("text1"), room)
    if feed.role and feed.role != feed.name:
        room -= x - left + 8
        draw_text(painter, x + 8, middle, feed.role, face(11), colour("text3"), max(room, 0))
    draw_text(painter, right - width, middle, words, face(11), colour("text3"), width + 1)


def _paint_element(
    painter: QPainter,
    source: Source,
    model: OriginModel,
    left: float,
    right: float,
    middle: float,
    lit: bool,
) -> None:
    narrow = right - left < _NARROW
    quiet = colour("text2" if lit else "text3")
    gave = source.contribution
    told = "" if gave is None else number(gave)
    bad = gave is not None and not math.isfinite(gave)
    tint = colour("nan" if bad and math.isnan(gave or 0.0) else "inf" if bad else "text1")
    _at_right(painter, right, middle, told, tint)
    bar = 90 if narrow else _BAR
    area = QRectF(right - _NUMBER - bar, middle - 5, bar, 10)
    if gave is not None:
        _paint_bar(painter, area, gave, model)
    end = area.left() - 14
    if not narrow and source.derivative is not None and gave is not None:
        text = f"× {number(source.derivative)}"
        draw_text(painter, end - _NUMBER, middle, text, face(11), quiet, _NUMBER)
        end -= _NUMBER + 6
    _at_right(painter, end, middle, number(source.value), colour("text2"))
    room = end - _NUMBER - left
    draw_text(painter, left, middle, index_text(source.index), mono_face(12), colour("text1"), room)


def _at_right(painter: QPainter, right: float, middle: float, text: str, tint: QColor) -> None:
    width = text_width(text, face(12))
    draw_text(painter, right - width, middle, text, face(12), tint, width + 1)


def _paint_bar(painter: QPainter, area: QRectF, gave: float, model: OriginModel) -> None:
    """From nought to the right, where there are negative ones from the middle to both sides."""
    zero = area.center().x() if model.signed else area.left()
    room = area.right() - zero
    painter.fillRect(QRectF(zero, area.top() - 2, 1, area.height() + 4), colour("line2"))
    if not math.isfinite(gave):
        tint, length = colour("nan" if math.isnan(gave) else "inf"), room
    else:
        tint = colour("matmul" if gave >= 0 else "warn")
        length = room * abs(gave) / model.most if model.most else 0.0
    if length <= 0:
        return
    left = zero - max(length, 1.0) if gave < 0 else zero + 1
    painter.fillRect(QRectF(left, area.top(), max(length, 1.0), area.height()), tint)
