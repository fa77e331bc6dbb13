"""Keeps the panes in step with the session, and tells the user what happened in a banner."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from ..tracers.ir import ModelFacts, Run, RunState
from ..tracers.ir.watch_words import WATCHPOINT
from .asking import Asking
from .context_menu import ContextMenu
from .findings_desk import FindingsDesk
from .line_menu import LineMenu
from .locals_desk import LocalsDesk
from .map_words import map_label, map_note
from .naming import facts_line, facts_title
from .settings import Recent
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow


_FOLLOWING_MS = 100


class Follower(QObject):
    """Connects one workbench to one session."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._bench = bench
        self._lost: set[str] = set()
        self._bad = ""  # the first op whose output is not finite
        self._soon = QTimer(self, singleShot=True, interval=_FOLLOWING_MS)
        self._soon.timeout.connect(self._follow)
        self._files = QFileSystemWatcher(self)
        self._files.fileChanged.connect(self._file_changed)
        self._connect_session()
        self._connect_panes()

    def _connect_session(self) -> None:
        session, bench = self._session, self._bench
        session.grown.connect(self._grown)
        session.moved.connect(self._moved)
        session.rewound.connect(self._rewound)
        session.updated.connect(bench.show_updated)
        session.piece.connect(bench.inspector.show_piece)
        session.piece_refused.connect(bench.inspector.show_refusal)
        session.source_read.connect(self._source_read)
        session.source_refused.connect(bench.source.show_unavailable)
        session.lost.connect(self._points_lost)
        session.refusal.connect(bench.status.show_message)
        session.said.connect(bench.source.show_output)
        session.logged.connect(bench.source.show_log)

    def _connect_panes(self) -> None:
        bench, control, points = self._bench, self._window.control, self._window.points
        bench.inspector.piece_wanted.connect(self._session.ask_piece)
        bench.source.source_wanted.connect(self._session.ask_source)
        bench.source.line_breakpoint_toggled.connect(control.toggle_on_line)
        bench.graph.breakpoint_toggled.connect(control.toggle_on_op)
        bench.execution.breakpoint_toggled.connect(control.toggle_on_op)
        bench.timeline.seek_wanted.connect(self._session.seek)
        bench.breakpoints.toggled.connect(control.switch_breakpoint)
        bench.breakpoints.removed.connect(points.remove)
        bench.breakpoints.activated.connect(control.go_to_breakpoint)
        bench.breakpoints.errors_switched.connect(points.catch)
        bench.breakpoints.edit_wanted.connect(self._window.ask_for_breakpoint)
        bench.breakpoints.add_wanted.connect(self._window.ask_for_breakpoint)
        bench.banners.live_wanted.connect(control.return_to_live)
        bench.banners.restart_wanted.connect(control.restart)
        bench.banners.break_wanted.connect(control.break_on_op)
        bench.source.open_wanted.connect(control.open_in_editor)
        bench.inspector.noted.connect(bench.status.show_message)
        bench.arranged.connect(self._align)
        points.changed.connect(self.show_points)
        LineMenu(self._window, bench.source)
        LocalsDesk(self._session, bench.source)
        Asking(self._window)
        FindingsDesk(self._session, bench.banners)
        menu = ContextMenu(self._window)
        for pane in bench.panes():
            menu.serve(pane)

    def show_points(self) -> None:
        """Breakpoints in every pane that marks them."""
        points, run = self._window.points, self._session.run
        self._bench.breakpoints.show_breakpoints(points.rows, self._lost)
        self._bench.breakpoints.show_errors(points.errors)
        self._bench.source.show_breakpoints(points.rows)
        if run is not None:
            ops = points.on_ops(run.graph)
            self._bench.graph.show_breakpoints(ops)
            self._bench.execution.show_breakpoints(points.rows)
            self._bench.timeline.show_breakpoints(points.rows)

    def _grown(self, first: int) -> None:
        self._look_for_bad(first)
        self._bench.show_growth(first)

    def _rewound(self) -> None:
        self._bad = ""
        self._look_for_bad(0)
        self._bench.show_rewound()

    def _look_for_bad(self, first: int) -> None:
        run = self._session.run
        if run is not None and not self._bad:
            bad = (r for r in run.records[first:] if not all(v.finite for v in r.outputs))
            record = next(bad, None)
            self._bad = "" if record is None else run.graph.ops[record.op].type

    def show_model(self) -> None:
        """A model was opened: its facts, its files, its name."""
        self._bad = ""
        self._bench.breakpoints.forget_verdicts()
        run = self._session.run
        facts = self._session.facts
        if run is None or facts is None:
            return
        watched = self._files.files()
        if watched:
            self._files.removePaths(watched)
        here = self._window.choice.host is None
        files = {line.file for line in run.graph.sources} if here else set[str]()
        if files:
            self._files.addPaths(sorted(files))
        self._say_facts(facts, 0)
        self._bench.inspector.show_facts(facts)
        self._bench.graph.show_model_name(facts.name)
        drawn = self._session.map
        self._bench.graph.strip.show_source(map_label(drawn), map_note(drawn))
        self._align()
        self._note_recent(run, facts)

    def _say_facts(self, facts: ModelFacts, budget: int) -> None:
        text = [f"{facts_line(facts, budget)}.", map_note(self._session.map), *facts.notes]
        self._bench.banners.show_facts(facts_title(facts), " ".join(filter(None, text)))

    def _moved(self) -> None:
        """Follow at once where the run stands, a few times a second while it runs."""
        run = self._session.run
        if run is None or run.state is not RunState.RUNNING:
            self._soon.stop()
            self._follow()
        elif not self._soon.isActive():
            self._soon.start()

    def _follow(self) -> None:
        run, state, facts = self._session.run, self._session.state, self._session.facts
        if run is None or facts is None:
            return
        self._bench.show_place()
        if state is not None:
            if not run.records:
                self._say_facts(facts, state.budget)
            self._bench.source.show_stack([asdict(line) for line in state.stack])
            past, note = run.cursor is not None, state.note
            verdict = "" if note.startswith(WATCHPOINT) else note
            self._bench.breakpoints.show_hits(self._hits(state.hits), past, verdict)
            self._bench.banners.show_note(note)
            self._bench.status.show_state(
                held=state.held,
                budget=state.budget,
                kept=state.kept,
                dropped=state.dropped,
                device=facts.device,
            )
        if run.state is not RunState.RUNNING:
            self._note_recent(run, facts)

    def _hits(self, hits: tuple[int, ...]) -> set[str]:
        rows = self._window.points.rows
        return {rows[index].where for index in hits if index < len(rows)}

    def _align(self) -> None:
        self._window.toolbar.align_model(self._bench.left.width())

    def _source_read(self, path: str, text: str) -> None:
        self._bench.source.show_text(path, text)

    def _points_lost(self, lost: set[str]) -> None:
        self._lost = lost
        self.show_points()

    def _file_changed(self, path: str) -> None:
        self._bench.banners.show_source_changed(path)
        if path not in self._files.files():
            self._files.addPath(path)  # editors replace the file; watch the new one

    def _note_recent(self, run: Run, facts: ModelFacts) -> None:
        status, text = _status(run, self._bad)
        recent = Recent(self._window.choice.key, facts.name, facts.framework)
        self._window.store.settings.note_recent(
            replace(recent, when=time.time(), status=status, text=text)
        )


def _status(run: Run, bad: str) -> tuple[str, str]:
    """A recent model's state, in the start page's words."""
    if run.state is RunState.DIED and run.stopped:
        return "", f"Stopped at op {len(run.records)}"
    if run.state is RunState.DIED:
        return "died", "Its process died"
    if run.state is RunState.FAILED or run.failure is not None:
        return "failed", "Raised an error"
    if bad:
        return "bad", f"Not finite from {bad}"
    if run.state is RunState.FINISHED:
        return "finished", "Finished, all finite"
    return "paused", f"Paused at op {run.head.record + 1}"
