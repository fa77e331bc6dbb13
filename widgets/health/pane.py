"""The Health tab: a picture of a whole run's numbers over a table of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ...tracers.ir import OUTSIDE, Run, RunState, Selection
from ..graph.strip import StripButton
from ..pane import Pane
from ..run.filter_field import FilterField
from ..run.finding import Finding
from ..run.found import Found
from ..theme import colour, hub, ui_font
from .rows import Bools, HealthRows
from .strip import HealthStrip
from .table import HealthTableView

_SLICE = 0.006  # seconds of gathering between two looks at what the user does
_REPAINT_MS = 120  # between two looks of what is gathered so far


class HealthPane(Pane):
    """Gathers nothing while it is hidden.

    Signals:
        zeros_wanted: count the zeros of what is shown.
        zeros_cancelled: no longer.
        export_wanted: save the table.
    """

    zeros_wanted = Signal()
    zeros_cancelled = Signal()
    export_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._selection = Selection()
        self._counting = ""
        self._stale = False  # the run is another, or was rewound, since it was last seen
        self._renewed: set[int] = set()
        self.rows: HealthRows | None = None
        self.finding = Finding(self)
        self.strip = HealthStrip()
        self.table = HealthTableView()
        self.filter = FilterField("Filter ops", "")
        self.marked = StripButton(
            "triangle-alert", "Noteworthy", "Show only what is worth a look: NaN, Inf, close to"
            " float16's end, all zeros, another dtype"
        )  # fmt: skip
        self.marked.setCheckable(True)
        self.zeros = StripButton("hash", "Count zeros", "Count the elements that are 0, op by op")
        self.export = StripButton("download", "CSV…", "Save the table as CSV")
        self.told = QLabel()
        self._lay_out()
        self._gathering = QTimer(self, interval=0)
        self._gathering.timeout.connect(self._gather)
        self._repaint = QTimer(self, singleShot=True, interval=_REPAINT_MS)
        self._repaint.timeout.connect(self._show_rows)
        self.filter.textChanged.connect(self.finding.find)
        self.filter.entered.connect(self.table.setFocus)
        self.filter.left.connect(self.table.setFocus)
        self.finding.changed.connect(self._choose)
        self.marked.toggled.connect(self._choose)
        self.zeros.clicked.connect(self._ask_zeros)
        self.export.clicked.connect(self.export_wanted)
        self.table.row_picked.connect(self._pick)
        self.strip.picked.connect(self._pick)
        self.strip.hovered.connect(self._hover)
        hub().changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(12, 6, 12, 4)
        tools.setSpacing(8)
        self.filter.setMaximumWidth(260)
        tools.addWidget(self.filter, 1)
        tools.addWidget(self.marked)
        tools.addWidget(self.zeros)
        tools.addWidget(self.export)
        tools.addStretch(1)
        tools.addWidget(self.told)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(tools)
        column.addWidget(self.strip)
        column.addWidget(self.table, 1)

    def focus_target(self) -> QWidget:
        return self.table

    @property
    def busy(self) -> bool:
        """Not every record has been looked at, or not all that was sought."""
        return self._gathering.isActive() or self._repaint.isActive() or self.finding.busy

    def show_run(self, run: Run | None) -> None:
        self._run, self.rows = run, None
        self._selection = Selection()
        self._renewed.clear()
        self._stale = True
        self.filter.clear()
        self.finding.show_run(run)
        self.show_counting("")
        if self.isVisible() or run is None:
            self._begin()

    def show_growth(self, first_record: int) -> None:
        if self.isVisible():
            self._gathering.start()
        self.finding.follow()

    def show_rewound(self) -> None:
        if self.rows is not None:
            self.rows.rewind()
        self.finding.rewind()
        if self.isVisible():
            self._gathering.start()

    def show_updated(self, records: set[int]) -> None:
        self.finding.renew(records)
        self._renewed |= records
        if self.isVisible():
            self._gathering.start()

    def show_selection(self, selection: Selection) -> None:
        self._selection = selection
        if self.isVisible():
            self._show_selected()

    def show_hover(self, selection: Selection) -> None:
        self.strip.show_pointed(self._row_of(selection))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._gathering.stop()

    def uncounted(self) -> list[tuple[int, int]]:
        """Outputs whose zeros may be counted and are not yet, by record and slot."""
        rows = self.rows
        if rows is None:
            return []
        wanted = np.isnan(rows.numbers("zeros")) & ~np.isnan(rows.numbers("minimum"))
        return [rows.ref(row) for row in np.flatnonzero(wanted).tolist()]

    def put_zeros(self, counted: list[tuple[tuple[int, int], int | None]]) -> None:
        """How many elements of these outputs are 0."""
        rows = self.rows
        for ref, count in counted if rows is not None else ():
            row = rows.row_of(*ref) if rows is not None else -1
            if row >= 0 and rows is not None:
                rows.put_zeros(row, count)
        if not self._repaint.isActive():
            self._repaint.start()

    def show_counting(self, words: str) -> None:
        """How far counting zeros is; "" while nothing is counted."""
        self.zeros.setText("Cancel" if words else "Count zeros")
        self.zeros.setAccessibleName(f"{words}, cancel" if words else "Count zeros")
        self.zeros.setToolTip("Stop counting" if words else "Count the elements that are 0")
        self.zeros.updateGeometry()
        self._counting = words
        self._tell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.end()

    def _begin(self) -> None:
        """It can be seen: go on where it was left, or begin with another run."""
        if self._stale:
            self._stale = False
            self.rows = HealthRows(self._run) if self._run is not None else None
            self.strip.show_rows(self.rows)
            self.table.table.show_rows(self.rows)
            self._choose()
        if self._run is not None:
            self._gathering.start()

    def _gather(self) -> None:
        rows = self.rows
        if rows is None:
            self._gathering.stop()
            return
        if self._renewed:
            rows.renew(self._renewed)
            self._renewed.clear()
        if rows.follow(_SLICE):
            self._gathering.stop()
            if rows.run.state is not RunState.RUNNING:  # else more comes a few times a second
                self._repaint.stop()
                self._show_rows()
                return
        if not self._repaint.isActive():
            self._repaint.start()

    def _show_rows(self) -> None:
        """What was gathered so far."""
        self.strip.refresh()
        if self.marked.isChecked() or self.finding.found is not None:
            self._choose()
        else:
            self.table.table.refresh()
        self._show_selected()
        self._tell()

    def _choose(self, _: object = None) -> None:
        """Which rows the table shows."""
        rows, found = self.rows, self.finding.found
        chosen: Bools | None = None
        if rows is not None and found is not None:
            chosen = _found_rows(rows, found)
        if rows is not None and self.marked.isChecked():
            marked = rows.marked()
            chosen = marked if chosen is None else chosen & marked
        self.table.table.show_chosen(chosen)
        self._tell()

    def _tell(self) -> None:
        rows, found = self.rows, self.finding.found
        if self._counting:
            self.told.setText(self._counting)
        elif found is not None and found.problem:
            self.told.setText(found.problem)
        elif rows is None or not len(rows):
            self.told.setText("")
        else:
            shown, count = self.table.table.rowCount(), len(rows)
            words = f"{count:,} outputs" if shown == count else f"{shown:,} of {count:,} outputs"
            self.told.setText(words)

    def _show_selected(self) -> None:
        row = self._row_of(self._selection)
        self.strip.show_selected(row)
        self.table.show_row(row)

    def _row_of(self, selection: Selection) -> int:
        rows, run = self.rows, self._run
        if rows is None or run is None or selection.op < 0:
            return -1
        record = selection.record
        if record < 0:
            record = run.last_execution(selection.op, run.place.record if run.cursor else None)
        return rows.row_of(record, max(selection.slot, 0)) if record > OUTSIDE else -1

    def _selection_of(self, row: int) -> Selection:
        rows = self.rows
        if rows is None or not 0 <= row < len(rows):
            return Selection()
        record, slot = rows.ref(row)
        return Selection(op=rows.run.records[record].op, record=record, slot=slot)

    def _pick(self, row: int) -> None:
        self.picked.emit(self._selection_of(row))

    def _hover(self, row: int) -> None:
        self.hovered.emit(self._selection_of(row))

    def _ask_zeros(self) -> None:
        if self._counting:
            self.zeros_cancelled.emit()
        else:
            self.zeros_wanted.emit()

    def _restyle(self) -> None:
        self.told.setFont(ui_font(11))
        self.told.setStyleSheet(f"color: {colour('text3').name()};")
        self.update()


def _found_rows(rows: HealthRows, found: Found) -> Bools:
    """The rows of the ops, or of the executions, that were found."""
    ops, records = rows.whole("op"), rows.whole("record")
    known = ops < len(found.mask)
    fits = np.zeros(len(rows), bool)
    fits[known] = found.mask[ops[known]]
    if found.records is not None:
        inside = records < len(found.records)
        fits[~inside] = False
        fits[inside] &= found.records[records[inside]]
    return fits
