"""The head of the comparison's inspector: which ops, where they stand, and what is known."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ...tracers.compare.result import Pair
from ...tracers.ir import Category, Ref, Run
from ..run.painting import draw_text, face, fill_round
from ..tensor.controls import Chips, IconButton, rule
from ..tensor.formatting import shape_text
from ..theme import colour, hub, theme
from .measure import Measure, error_text

HEIGHT = 63
_EDGE = 14
_LETTERS: dict[tuple[int, ...], str] = {
    (0, 3, 1, 2): "NCHW",
    (0, 2, 3, 1): "NHWC",
    (0, 4, 1, 2, 3): "NCDHW",
}
_SHORT = {"error": "error", "largest": "max", "mean": "mean", "local": "local"}


class PairHead(QWidget):
    """63 px high, painted.

    Signals:
        menu_wanted: QPoint in screen coordinates.
    """

    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._category: Category | None = None
        self._title = self._place = ""
        self.chips = Chips(self)
        self.more = IconButton("ellipsis-vertical", "More", self)
        self.more.clicked.connect(self._ask)
        self.setFixedHeight(HEIGHT)
        hub().changed.connect(self.update)

    @property
    def title(self) -> str:
        """The ops."""
        return self._title

    @property
    def place(self) -> str:
        """Where they stand."""
        return self._place

    def show_words(
        self,
        title: str,
        place: str,
        category: Category | None,
        chips: tuple[tuple[str, str], ...],
        menu: bool,
    ) -> None:
        """Other ops."""
        self._title, self._place, self._category = title, place, category
        self.chips.show_chips(chips)
        self.more.setVisible(menu)
        self.setAccessibleName(f"{title}, {place}" if place else title)
        self.setToolTip(place)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The button stays at the right."""
        self.more.move(self.width() - 38, 6)
        self.chips.setGeometry(_EDGE, 36, self.width() - 2 * _EDGE, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Square, title, place."""
        painter = QPainter(self)
        x = float(_EDGE)
        if self._category is not None:
            square = QRectF(x, 14.5, 9, 9)
            fill_round(painter, square, 2.5, theme().category(self._category))
            x += 18
        right = self.width() - (44 if not self.more.isHidden() else _EDGE)
        x += draw_text(painter, x, 19, self._title, face(14, 600), colour("text1"), right - x) + 10
        plain = face()
        if plain.width(self._place) > right - x:  # the ends of two paths say most
            place = _shorter(self._place, right - x)
        else:
            place = self._place
        draw_text(painter, x, 19, place, plain, colour("text3"), right - x)
        rule(painter, HEIGHT - 1, self.width())
        painter.end()

    def _ask(self) -> None:
        self.menu_wanted.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))


def _shorter(place: str, room: float) -> str:
    """The last parts of the paths instead of the whole."""
    parts = place.split(" and ")
    short = " and ".join(part.rpartition(".")[2].rpartition("/")[2] for part in parts)
    return short if face().width(short) <= room else parts[0]


def pair_chips(
    runs: tuple[Run, Run], refs: tuple[Ref, Ref], pair: Pair | None, measure: Measure
) -> tuple[tuple[str, str], ...]:
    """Dtype and shape of A, where B has others those too, how B was laid, and the error."""
    (dtype, shape), (other, extent) = (
        form_of(run, ref) for run, ref in zip(runs, refs, strict=True)
    )
    chips = [(dtype if dtype == other or not other else f"{dtype} · {other}", "")]
    chips.append((shape_text(shape), ""))
    moved = "" if pair is None else moved_text(pair.order, shape, extent)
    moved = "B reshaped" if pair is not None and pair.split else moved
    if moved:
        chips.append((moved, ""))
    elif pair is None and shape != extent:
        chips.append((f"B {shape_text(extent)}", ""))
    error = measure.of(pair)
    if error is not None:
        over = measure.over(error)
        chips.append((f"{_SHORT[measure.metric]} {error_text(error)}", "warn" if over else ""))
    return tuple(chip for chip in chips if chip[0])


def form_of(run: Run, ref: Ref) -> tuple[str, tuple[int, ...] | None]:
    """Dtype and shape of a value."""
    record, slot = ref
    if record < 0:
        value = run.graph.values[slot]
        return value.dtype, value.shape
    outputs = run.records[record].outputs
    if slot >= len(outputs):
        return "", None
    return outputs[slot].dtype, outputs[slot].shape


def moved_text(
    order: tuple[int, ...], shape: tuple[int, ...] | None, extent: tuple[int, ...] | None
) -> str:
    """How B's axes were put so that they are A's ("B moved to NCHW")."""
    if order and order != tuple(range(len(order))):
        if order in _LETTERS:
            return f"B moved to {_LETTERS[order]}"
        if order == (1, 0):
            return "B transposed"
        return f"B's axes {' '.join(map(str, order))}"
    if shape is not None and extent is not None and shape != extent:
        return "B reshaped"
    return ""
