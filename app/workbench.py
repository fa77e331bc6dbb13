"""The panes around one run, and the one selection that drives them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ..tracers.ir import Place, Run, Selection
from ..widgets.graph.view import GraphView
from ..widgets.health.drawer import DEFAULT_HEIGHT, Drawer
from ..widgets.pane import Pane
from ..widgets.run.banner import Banners
from ..widgets.run.breakpoint_list import BreakpointList
from ..widgets.run.edit_list import EditList
from ..widgets.run.execution_list import ExecutionList
from ..widgets.run.note_list import NoteList
from ..widgets.run.status_bar import StatusBar
from ..widgets.run.timeline import Timeline
from ..widgets.run.watchpoint_list import WatchpointList
from ..widgets.source.source_view import SourceView
from ..widgets.tensor.inspector import TensorInspector
from .arriving import Arrival

_SOURCE, _ROOM = 256, 898  # the source pane's height where inspector and source share 898 px


_Standing = tuple[Place, int, int, bool]


class Workbench(QWidget):
    """Left: execution and breakpoints. Middle: graph over timeline. Right: tensor over source.

    Signals:
        selected: Selection; another selection is shown.
        arranged: the columns are as wide as they are now.
    """

    selected = Signal(Selection)
    arranged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.execution = ExecutionList()
        self.breakpoints = BreakpointList()
        self.watchpoints = WatchpointList()
        self.notes = NoteList()
        self.edits = EditList()
        self.banners = Banners()
        self.graph = GraphView()
        self.drawer = Drawer()
        self.timeline = Timeline()
        self.inspector = TensorInspector()
        self.source = SourceView()
        self.status = StatusBar()
        self.selection = Selection()
        self._run: Run | None = None
        self._seen: _Standing | None = None
        self._panes: tuple[Pane, ...] = (
            self.execution,
            self.graph,
            self.timeline,
            self.inspector,
            self.source,
            self.status,
            self.banners,
            self.drawer.health,
            self.drawer.reason,
            self.drawer.origin,
        )
        self._arrival = Arrival(self._panes, self._arrived, lambda: self.graph.busy, self)
        for pane in self._panes:
            pane.picked.connect(self.select)
            pane.hovered.connect(self._hover)
        self.setMinimumSize(QSize(900, 560))
        self._lay_out()

    def _lay_out(self) -> None:
        self.left = QWidget()
        side = QVBoxLayout(self.left)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addWidget(self.execution, 1)
        side.addWidget(self.breakpoints)
        side.addWidget(self.watchpoints)
        side.addWidget(self.notes)
        side.addWidget(self.edits)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.middle = _splitter(Qt.Orientation.Vertical, (self.graph, self.drawer))
        self.middle.setStretchFactor(0, 1)
        column.addWidget(self.middle, 1)
        column.addWidget(self.timeline)
        self.graph.set_banner(self.banners)
        self.right = _splitter(Qt.Orientation.Vertical, (self.inspector, self.source))
        self.columns = _splitter(Qt.Orientation.Horizontal, (self.left, middle, self.right))
        self.left.setMinimumWidth(248)
        middle.setMinimumWidth(336)  # with the others' least this is 958, inside 960
        self.right.setMinimumWidth(372)
        self.columns.setStretchFactor(1, 1)
        self.right.setStretchFactor(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.columns, 1)
        whole.addWidget(self.status)
        self._by_hand = False
        for splitter in (self.columns, self.right):
            splitter.splitterMoved.connect(self._take_over)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns are as designed until the user moves them."""
        super().resizeEvent(event)
        if not self._by_hand:
            self.set_default_sizes()
        self.arranged.emit()

    def open_drawer(self, tab: int) -> None:
        """Show a tab of the drawer below the graph, as high as it was last."""
        opens = self.drawer.shown < 0
        self.drawer.open(tab)
        if opens and not self.middle.sizes()[1] > self.drawer.minimumHeight():
            room = self.middle.height()
            high = min(DEFAULT_HEIGHT, room * 11 // 20)
            self.middle.setSizes([room - high, high])

    def set_default_sizes(self) -> None:
        """304 left, 452 right at full width; 248 and 372 where it is narrow."""
        wide = self.width() >= 1500
        left, right = (304, 452) if wide else (248, 372)
        self.columns.setSizes([left, self.width() - left - right, right])
        room = self.height() - self.status.sizeHint().height()
        source = max(round(_SOURCE + (room - _ROOM) * 0.375), 140)
        self.right.setSizes([room - source, source])

    def _take_over(self) -> None:
        self._by_hand = True
        self.arranged.emit()

    @property
    def sizes(self) -> dict[str, list[int]]:
        """Splitter positions that the user chose, to keep over sessions."""
        if not self._by_hand:
            return {}
        return {
            "columns": self.columns.sizes(),
            "right": self.right.sizes(),
        }

    def restore_sizes(self, sizes: dict[str, list[int]]) -> None:
        """Put splitters where they were; ignores what does not fit."""
        for name, splitter in (
            ("columns", self.columns),
            ("right", self.right),
        ):
            kept = sizes.get(name, [])
            if len(kept) == splitter.count() and all(size > 0 for size in kept):
                splitter.setSizes(kept)
                self._by_hand = True

    def show_run(self, run: Run | None) -> None:
        """Another run in every pane; the selection is empty after."""
        self._run = run
        self._seen = None
        self.selection = Selection()
        self._arrival.show_run(run)
        self.selected.emit(self.selection)

    @property
    def arriving(self) -> bool:
        """Not every pane has got its run yet: it is large."""
        return bool(self._arrival.pending) or self.graph.busy

    def _ready(self) -> list[Pane]:
        waiting = self._arrival.pending
        return [pane for pane in self._panes if pane not in waiting]

    def _arrived(self, pane: Pane) -> None:
        """A pane got its run late: tell it what the others were told."""
        pane.show_place()
        pane.show_selection(self.selection)

    def show_growth(self, first_record: int) -> None:
        """Records were added."""
        for pane in self._ready():
            pane.show_growth(first_record)

    def show_updated(self, records: set[int]) -> None:
        """Statistics that were put off have come."""
        for pane in self._ready():
            pane.show_updated(records)
        run = self._run
        if run is not None and not all(
            output.finite
            for index in records
            if index < len(run.records)
            for output in run.records[index].outputs
        ):  # on an accelerator that is seen late, and what was said of the run is not so
            self.show_rewound()

    def show_rewound(self) -> None:
        """The newest records were forgotten; nothing selected may name one of them."""
        run = self._run
        self._arrival.anew()
        for pane in self._ready():
            pane.show_rewound()
        if run is not None and self.selection.record >= len(run.records):
            self.select(Selection(op=self.selection.op))

    def show_changes(self) -> None:
        """The edits, or what they changed, are others."""
        for pane in self._ready():
            pane.show_changes()

    def show_place(self) -> None:
        """Head, cursor or state changed: panes follow, and so does the selection."""
        for pane in self._ready():
            pane.show_place()
        run = self._run
        seen, self._seen = self._seen, None if run is None else _standing(run)
        if run is None or seen == self._seen:
            return  # a value was fetched: what the user selected stays
        last = run.place.record - 1
        if run.failing >= 0:
            last = run.failing  # the op that raised is the head still
        if 0 <= last < len(run.records):
            self.select(Selection(op=run.records[last].op, record=last))
        elif run.place.op >= 0:
            self.select(Selection(op=run.place.op))

    def select(self, selection: Selection) -> None:
        """One selection in every pane."""
        if selection == self.selection:
            return
        self.selection = selection
        for pane in self._ready():
            pane.show_selection(selection)
        self.selected.emit(selection)

    def panes(self) -> tuple[Pane, ...]:
        """Every pane."""
        return self._panes

    def focus_panes(
        self,
    ) -> Iterable[Pane | BreakpointList | WatchpointList | NoteList | EditList]:
        """Panes in the order in which Ctrl+F6 visits them."""
        return (
            self.execution,
            self.breakpoints,
            self.watchpoints,
            self.notes,
            self.edits,
            self.graph,
            self.drawer.health,
            self.drawer.reason,
            self.timeline,
            self.inspector,
            self.source,
        )

    def _hover(self, selection: Selection) -> None:
        sender = self.sender()
        for pane in self._ready():
            if pane is not sender:
                pane.show_hover(selection)


def _standing(run: Run) -> _Standing:
    """What the selection follows: the place looked at, how much has run, what failed."""
    return run.place, len(run.records), run.failing, run.cursor is None


def _splitter(orientation: Qt.Orientation, widgets: Iterable[QWidget]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(1)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
