"""Shows watchpoints and their hits in list, timeline and graph, and asks for watchpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import Selection
from ..tracers.ir.watchpoint import Watchpoint
from ..widgets.overlays.watch import WatchOverlay
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_SOON = 30  # ms from news to the panes, so that what comes together is shown once


class WatchpointDesk(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self._points = window.watchpoints
        self._known: list[int] = []
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self.show)
        self._connect()

    def _connect(self) -> None:
        points, shown = self._points, self._bench.watchpoints
        points.changed.connect(self._changed)
        points.told.connect(self._wish)
        points.refused.connect(self._bench.status.show_message)
        self._session.moved.connect(shown.show_place)
        self._session.grown.connect(self._wish)
        shown.toggled.connect(points.toggle)
        shown.stop_toggled.connect(points.toggle_stop)
        shown.removed.connect(points.remove)
        shown.edit_wanted.connect(self.ask)
        shown.add_wanted.connect(self.ask)
        shown.hit_activated.connect(self.go_to)
        shown.anew_wanted.connect(points.ask_anew)

    def ask(self, point: Watchpoint | None = None, where: str = "") -> None:
        """The dialog: for a watchpoint that is set, or a new one."""
        from .watchpoint_dialog import ask_for_watchpoint

        run = self._session.run
        if run is not None:
            ask_for_watchpoint(self._window, run.graph, self._points, point, where)

    def ask_of_selected(self) -> None:
        """The dialog for a new one on the selected op."""
        run, op = self._session.run, self._bench.selection.op
        if run is not None and 0 <= op < len(run.graph.ops):
            self.ask(None, run.graph.ops[op].key)

    def go_to(self, record: int, slot: int, index: object = ()) -> None:
        """Select what hit a watchpoint, and bring it in sight."""
        run = self._session.run
        if run is None or not 0 <= record < len(run.records):
            return
        selection = Selection(op=run.records[record].op, record=record, slot=slot)
        self._bench.select(selection)
        self._bench.graph.go_to(selection)

    def show(self) -> None:
        """The watchpoints and their hits in every pane."""
        points, run = self._points, self._session.run
        results = {point.text: points.result(point) for point in points.rows}
        rows = [] if run is None else points.rows
        self._bench.watchpoints.show_watchpoints(rows, results, run, points.asking_anew)
        records = points.hit_records()
        if records != self._known:
            self._known = records
            self._bench.timeline.show_hits(records)
            self._window.overlays.renew(WatchOverlay.name, bool(records))

    def _wish(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _changed(self) -> None:
        spec = self._window.choice.key
        if spec:
            self._window.store.settings.remember_watchpoints(spec, self._points.rows)
        self.show()
