"""Two runs beside each other, with everything that tells where and why they part."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from .bar import CompareBar
from .couples import Couple, Couples
from .error_curve import HEIGHT, ErrorCurve
from .graphs_pane import GraphsPane
from .inspector import CompareInspector, Lone
from .list_pane import ListPane
from .measure import ERROR, METRICS, Measure
from .pair_menus import PairMenus
from .story import Both, Story

_VALUES_MS = 40  # how long a pair is looked at before its elements are asked for
_LEFT, _LEFT_LEAST, _RIGHT, _RIGHT_LEAST = 304, 248, 452, 372
_NARROW = 1500  # px below which the panes beside the graphs take less


class CompareView(QWidget):
    """Shows a comparison; whoever opened it brings the values and the source.

    Signals:
        picked: int, an index in `Comparison.pairs`; the user chose that pair.
        values_wanted: int, a pair whose elements are to be given to `show_values`.
        source_wanted: "A" or "B", and the file whose text is to be given to `show_source`.
        forbid_wanted: int, a pair that the user knows to be wrong.
        pin_wanted: a Ref of A and a Ref of B that the user knows to be the same.
        place_changed: another pair is looked at, or another comparison.
        measure_changed: str and float; the user reads errors by another metric or tolerance.
        link_changed: bool, the user let one graph follow the other, or not.
    """

    picked = Signal(int)
    values_wanted = Signal(int)
    source_wanted = Signal(str, str)
    forbid_wanted = Signal(int)
    pin_wanted = Signal(object, object)
    place_changed = Signal()
    measure_changed = Signal(str, float)
    link_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._couples: Couples | None = None
        self._prepared: Couples | None = None
        self._measure = Measure()
        self._couple: Couple | None = None
        self._chosen: dict[str, int] = {}  # by side, the record that the user chose last
        self._resized = False
        self.bar = CompareBar(self)
        self.list = ListPane(self)
        self.graphs = GraphsPane(self)
        self.curve = ErrorCurve(self)
        self.inspector = CompareInspector(self)
        self.menus = PairMenus(self)
        self._values_soon = QTimer(self, singleShot=True, interval=_VALUES_MS)
        self._values_soon.timeout.connect(self._want_values)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.middle = QSplitter(Qt.Orientation.Vertical, self)
        self.middle.addWidget(self.graphs)
        self.middle.addWidget(self.curve)
        self.middle.setStretchFactor(0, 1)
        self.middle.setStretchFactor(1, 0)
        self.middle.setSizes([690, HEIGHT])
        self.columns = QSplitter(Qt.Orientation.Horizontal, self)
        for part in (self.list, self.middle, self.inspector):
            self.columns.addWidget(part)
        self.columns.setStretchFactor(1, 1)
        for splitter in (self.middle, self.columns):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        self.list.setMinimumWidth(_LEFT_LEAST)
        self.inspector.setMinimumWidth(_RIGHT_LEAST)
        self.graphs.setMinimumSize(320, 160)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.columns, 1)
        self.setFocusProxy(self.list.views[0])

    def _connect(self) -> None:
        bar, graphs, rows, inspector = self.bar, self.graphs, self.list, self.inspector
        bar.first_wanted.connect(self.go_first)
        bar.previous_wanted.connect(self.go_previous)
        bar.next_wanted.connect(self.go_next)
        bar.metric_picked.connect(self._pick_metric)
        bar.tolerance_picked.connect(self._pick_tolerance)
        bar.link_toggled.connect(self._pick_link)
        for picked in (rows.couple_picked, graphs.couple_picked, self.curve.picked):
            picked.connect(self._pick)
        for picked in (rows.lone_picked, graphs.lone_picked):
            picked.connect(self._pick_lone)
        rows.branch_picked.connect(graphs.show_group)
        rows.weight_picked.connect(self._pick_weight)
        for asked in (rows.menu_wanted, graphs.pair_menu_wanted):
            asked.connect(self.menus.of_pair)
        graphs.op_menu_wanted.connect(self._op_menu)
        inspector.menu_wanted.connect(self._own_menu)
        inspector.match_wanted.connect(self._match)
        inspector.source_wanted.connect(self.source_wanted)
        self.menus.forbid_wanted.connect(self.forbid_wanted)
        self.menus.pin_wanted.connect(self.pin_wanted)

    @property
    def pair(self) -> int:
        """The pair that is looked at, -1 for none."""
        return self._couple.pair if self._couple is not None else -1

    @property
    def divergences(self) -> int:
        """How many divergences there are to go through."""
        return len(self._couples.starts) if self._couples is not None else 0

    @property
    def divergence(self) -> int:
        """The divergence that is looked at, -1 for none."""
        return self._couple.divergence if self._couple is not None else -1

    @property
    def measure(self) -> Measure:
        """What errors are read by."""
        return self._measure

    @property
    def linked(self) -> bool:
        """One graph follows the other."""
        return self.graphs.linking.linked

    # What is shown.

    def prepare(self, story: Story) -> None:
        """Gather what `show_story` of large runs would take long to; called in another thread."""
        prepared = Couples(story)
        prepared.gather()
        self._prepared = prepared

    def show_story(self, story: Story | None) -> None:
        """Another comparison; None: none any more. Of the same runs, the tolerance stays."""
        before, prepared, self._prepared = self._couples, self._prepared, None
        self._values_soon.stop()
        self._couple = None
        self._chosen.clear()
        if story is None:
            self._couples = None
        elif prepared is not None and prepared.story is story:
            self._couples = prepared
        else:
            self._couples = Couples(story)
        couples = self._couples
        if story is not None and (before is None or before.story.a.run is not story.a.run):
            self._measure = Measure(self._measure.metric, story.tolerance)
        if couples is not None and all(e is None for e in couples.errors(self._measure.metric)):
            self._measure = Measure(ERROR, self._measure.tolerance)  # nothing else is known
        self.bar.show_couples(couples)
        self.bar.show_measure(self._measure)
        self.inspector.show_couples(couples, self._measure)
        self.list.show_couples(couples, self._measure)
        self.curve.show_couples(couples, self._measure)
        self.graphs.show_couples(couples, self._measure)
        first = None
        if couples is not None:
            first = next(iter(couples.starts), next(iter(couples.rows), None))
        if first is not None:
            self._show(first)
        else:
            self._tell()

    def show_values(self, both: Both) -> None:
        """The elements of a pair have come."""
        self.inspector.show_values(both)

    def show_no_values(self, pair: int, why: str) -> None:
        """The elements of a pair cannot be had; why, as a sentence."""
        self.inspector.show_no_values(pair, why)

    def show_source(self, side: str, file: str, text: str) -> None:
        """The text of a file of side "A" or "B" has come."""
        self.inspector.show_source(side, file, text)

    def pick(self, pair: int) -> None:
        """Look at a pair, without telling that it was picked."""
        couple = self._couples.of_pair(pair) if self._couples is not None else None
        if couple is not None:
            self._show(couple)

    # Where to go.

    def go_first(self) -> None:
        """Look at the first divergence."""
        if self._couples is not None and self._couples.starts:
            self._pick(self._couples.starts[0])

    def go_next(self) -> None:
        """Look at the divergence after the place looked at."""
        self._go(1)

    def go_previous(self) -> None:
        """Look at the divergence before the place looked at."""
        self._go(-1)

    def step(self, by: int) -> None:
        """Look at the pair that comes `by` later in both runs."""
        couples = self._couples
        if couples is None or not couples.rows:
            return
        at = self._couple.number + by if self._couple is not None else 0
        couple = couples.rows[min(max(at, 0), len(couples.rows) - 1)]
        if couple is not self._couple:
            self._pick(couple)

    def set_linked(self, linked: bool) -> None:
        """Let one graph follow the other, or not."""
        self.graphs.linking.set_linked(linked)
        self.bar.show_linked(linked)

    def set_metric(self, metric: str) -> None:
        """Which error is shown: "largest", "mean", "error" or "local"."""
        if metric not in METRICS:
            raise ValueError(f"no such metric: {metric}")
        self._show_measure(Measure(metric, self._measure.tolerance))

    def set_tolerance(self, tolerance: float) -> None:
        """The error from which on a pair counts as over tolerance."""
        if not tolerance > 0:
            raise ValueError(f"no tolerance: {tolerance}")
        self._show_measure(Measure(self._measure.metric, tolerance))

    @property
    def stops(self) -> list[QWidget]:
        """Where the keyboard goes from pane to pane."""
        canvases = (graph.canvas for graph in self.graphs.graphs.values())
        rows = self.list.views[self.list.tabs.currentIndex()]
        return [rows, *canvases, self.curve, self.inspector.focus_target()]

    def focus_filter(self) -> None:
        """Let the user type words to filter the list by."""
        self.list.focus_filter()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window leaves more to the graphs, until the user moved a border."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        if not self._resized or narrow != (event.oldSize().width() < _NARROW):
            self._resized = True
            left = _LEFT_LEAST if narrow else _LEFT
            right = _RIGHT_LEAST if narrow else _RIGHT
            self.columns.setSizes([left, max(self.width() - left - right - 2, 1), right])
            curve = HEIGHT if self.height() >= 800 else 150
            self.middle.setSizes([max(self.height() - curve, 1), curve])

    def _go(self, by: int) -> None:
        couples = self._couples
        if couples is None or not couples.starts:
            return
        at = self._couple.number if self._couple is not None else -1
        starts = sorted(couples.starts, key=lambda row: row.number)
        ahead = [row for row in starts if (row.number > at if by > 0 else row.number < at)]
        if ahead:
            self._pick(ahead[0] if by > 0 else ahead[-1])

    def _show(self, couple: Couple) -> None:
        self._couple = couple
        self._chosen = {side: couple.ref(side)[0] for side in ("A", "B")}
        self.list.show_couple(couple)
        self.curve.show_couple(couple)
        self.inspector.show_couple(couple)
        self.graphs.show_couple(couple)
        if couple.pair >= 0:
            self._values_soon.start()
        else:
            self._values_soon.stop()
        self._tell()

    def _tell(self) -> None:
        """Which ways are open from here."""
        starts = [row.number for row in self._couples.starts] if self._couples is not None else []
        at = self._couple.number if self._couple is not None else -1
        self.bar.show_ways(any(row < at for row in starts), any(row > at for row in starts))
        self.place_changed.emit()

    def _want_values(self) -> None:
        if self.pair >= 0:
            self.values_wanted.emit(self.pair)

    def _show_measure(self, measure: Measure) -> None:
        if measure == self._measure:
            self.bar.show_measure(measure)
            return
        self._measure = measure
        self.bar.show_measure(measure)
        for part in (self.list, self.curve, self.graphs, self.inspector):
            part.show_measure(measure)

    # What the user does.

    def _pick(self, couple: Couple) -> None:
        self._show(couple)
        if couple.pair >= 0:
            self.picked.emit(couple.pair)

    def _pick_lone(self, side: str, record: int) -> None:
        """An op without a counterpart; with one of the other side, the two may be matched."""
        if self._couples is None:
            return
        self._couple = None
        self._values_soon.stop()
        self._chosen[side] = record
        self.list.show_lone(side, record)
        self.curve.show_couple(None)
        self.inspector.show_lone((side, record), self._other_lone(side))
        self.graphs.show_lone(side, record)
        self._tell()

    def _pick_weight(self, number: int) -> None:
        if self._couples is None:
            return
        self._couple = None
        self._values_soon.stop()
        self.list.show_weight(number)
        self.curve.show_couple(None)
        self.inspector.show_weight(self._couples.story.found.weights[number])
        self._tell()

    def _pick_metric(self, metric: str) -> None:
        self.set_metric(metric)
        self.measure_changed.emit(self._measure.metric, self._measure.tolerance)

    def _pick_tolerance(self, tolerance: float) -> None:
        self.set_tolerance(tolerance)
        self.measure_changed.emit(self._measure.metric, self._measure.tolerance)

    def _pick_link(self, linked: bool) -> None:
        self.graphs.linking.set_linked(linked)
        self.link_changed.emit(linked)

    def _other_lone(self, side: str) -> Lone | None:
        """What is chosen on the other side, if it is no counterpart of anything here."""
        other = "B" if side == "A" else "A"
        record = self._chosen.get(other, -1)
        if record < 0 or self._couples is None or self._couples.of_record(other, record):
            return None
        return other, record

    def _match(self) -> None:
        a, b = self._chosen.get("A", -1), self._chosen.get("B", -1)
        if min(a, b) >= 0:
            self.pin_wanted.emit((a, 0), (b, 0))

    # Menus.

    def _own_menu(self, at: QPoint) -> None:
        if self._couple is not None:
            self.menus.of_pair(self._couple, at)

    def _op_menu(self, side: str, op: int, at: QPoint) -> None:
        if self._couples is not None:
            self.menus.of_op(self._couples, side, op, self._chosen, at)
