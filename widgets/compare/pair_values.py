"""A, B and |A − B| of a pair, under one set of slicers, with one cursor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import AxisPick
from ..tensor.axes import Slice, adapted, default_slice, zoomed
from ..tensor.formatting import number
from ..tensor.slicers import SlicerRow
from .facts import Fact
from .pair_map import Cell
from .pair_stage import PairStage
from .planes import Planes, is_numeric, planes_of
from .story import Both

_SLOW_MS = 250


class PairValues(QWidget):
    """Slicers, pictures and figures; whoever owns it asks for the values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._both: Both | None = None
        self._names: tuple[str, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._slice = Slice()
        self._hover: Cell | None = None
        self._mark: Cell | None = None
        self._planes: Planes | None = None
        self.slicers = SlicerRow(self)
        self.stage = PairStage(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.slicers)
        column.addWidget(self.stage)
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self._tell_slow)
        self.slicers.picked.connect(self._pick)
        self.slicers.role_wanted.connect(self._spread)
        for part in (*self.stage.maps, self.stage.lines):
            part.pointed.connect(self._point)
            part.marked.connect(self._mark_cell)
            part.zoomed.connect(self._zoom)
        self.stage.installEventFilter(self)
        self.slicers.hide()

    @property
    def both(self) -> Both | None:
        """What is shown."""
        return self._both

    @property
    def shown(self) -> Slice:
        """Which part of it."""
        return self._slice

    @property
    def planes(self) -> Planes | None:
        """What was cut out of it."""
        return self._planes

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another width has room for another number of cells."""
        if watched is not self.stage or self._both is None or not isinstance(event, QResizeEvent):
            return False
        if event.size().width() != event.oldSize().width():
            self._cut()
        return False

    def await_values(self, names: tuple[str, ...], facts: list[Fact]) -> None:
        """Another pair is looked at; what is known of it so far."""
        self._names = names
        self._both = None
        self._slow.start()
        self.stage.facts.show_facts(facts)
        self.stage.facts.show_element([])
        for part in (*self.stage.maps, self.stage.lines):
            part.show_stale()
        if self.stage.way in ("none", "notice", "number"):
            self.stage.show_way("number")
            self.slicers.hide()
        self.stage.place()

    def show_values(self, both: Both, facts: list[Fact]) -> None:
        """The elements have come."""
        self._slow.stop()
        self._both = both
        if not is_numeric(both):
            self.say("These values are no numbers of one shape.", facts)
            return
        if not both.a.size:
            self.say("These values have no elements.", facts)
            return
        shape = both.a.shape
        if len(self._names) != len(shape):
            self._names = tuple(f"axis {axis}" for axis in range(len(shape)))
        old, self._shape = self._shape, shape
        known = old and len(old) == len(self._slice.picks)
        self._slice = (
            adapted(self._slice, old, shape, self._names)
            if known
            else default_slice(shape, self._names)
        )
        self.stage.facts.show_facts(facts)
        self.slicers.setVisible(bool(shape))
        self._show()

    def say(self, sentence: str, facts: list[Fact]) -> None:
        """There is nothing to see; why."""
        self._slow.stop()
        self._both = self._planes = None
        self.slicers.hide()
        self.stage.facts.show_facts(facts)
        self.stage.facts.show_element([])
        self.stage.notice.say(sentence)
        self.stage.show_way("notice" if sentence else "none")

    def _tell_slow(self) -> None:
        if self._both is None:
            self.slicers.hide()
            self.stage.notice.say("Reading both values…", "loader-circle")
            self.stage.show_way("notice")

    def _show(self) -> None:
        shape = self._shape
        if shape:
            self.slicers.show_slice(shape, self._names, self._slice)
        wide = self._slice.y >= 0 and self._slice.x >= 0
        self.stage.show_way("maps" if wide else "lines" if self._slice.x >= 0 else "number")
        self._cut()

    def _cut(self) -> None:
        assert self._both is not None
        if not is_numeric(self._both):
            return
        side = self.stage.side()
        most = (1, self.stage.lines.most()) if self.stage.way == "lines" else (side, side)
        self._planes = planes_of(self._both, self._slice, self._names, most)
        self.stage.show_planes(self._planes)
        self._read()

    def _pick(self, axis: int, pick: AxisPick) -> None:
        shown = self._slice
        self._turn(
            shown.at_index(axis, pick) if isinstance(pick, int) else shown.at_range(axis, pick)
        )

    def _spread(self, axis: int, role: str) -> None:
        self._turn(self._slice.spread(axis, role, self._shape[axis]))

    def _zoom(self, ranges: list[tuple[int, int, int]]) -> None:
        if self._both is not None:
            self._turn(zoomed(self._slice, self._shape, ranges))

    def _turn(self, shown: Slice) -> None:
        if self._both is None or shown == self._slice:
            return
        if (shown.y, shown.x) != (self._slice.y, self._slice.x):
            self._mark = None
        self._slice, self._hover = shown, None
        self._show()

    def _point(self, cell: Cell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self._read()

    def _mark_cell(self, cell: Cell | None) -> None:
        self._mark, self._hover = cell, None
        self._read()

    def _read(self) -> None:
        """Write A's and B's element; without a cursor, that where they differ most."""
        planes = self._planes
        if planes is None or self._both is None:
            return
        cell = self._hover or self._mark
        if cell is not None and not (cell[0] < planes.rows and cell[1] < planes.columns):
            cell = self._hover = self._mark = None
        for part in (*self.stage.maps, self.stage.lines):
            part.show_cell(cell)
        if self.stage.way == "number":
            cell = (0, 0)
        if cell is None or not planes.a.values.size:
            self.stage.facts.show_element([])
        else:
            spans = ((planes.a.y, cell[0]), (planes.a.x, cell[1]))
            at = ", ".join(str(span.at(place)) for span, place in spans if span.axis >= 0)
            where = f" [{at}]" if at else ""
            rows = (("A", planes.a), ("B", planes.b), ("|A − B|", planes.off))
            self.stage.facts.show_element(
                [Fact(f"{name}{where}", number(plane.values[cell].item())) for name, plane in rows]
            )
        self.stage.place()
