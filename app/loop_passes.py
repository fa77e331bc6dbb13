"""Looks at a pass of a loop: the same op in it, or where the pass begins. Nothing runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from ..tracers.ir import CHOOSE, Run, RunState, Selection, Shown, Turns
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_MOVING = (RunState.RUNNING, RunState.LOADING)
NO_LOOP = "No loop has been entered here. Step into one to look at its passes."


class LoopPasses(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._bench = bench
        self._run: Run | None = None
        self._turns: Turns | None = None
        self._wanted: tuple[int, Selection] | None = None
        bench.graph.pass_wanted.connect(self.turn)
        bench.inspector.pass_wanted.connect(self.open)
        self._session.rewound.connect(self._rewound)
        self._session.moved.connect(self._arrived)

    def step(self, wanted: int) -> None:
        """To the pass before or after (BACK, FORTH), or the one that the user names (CHOOSE).

        Of the innermost loop that the selection is in, else of the one that is looked at.
        """
        run, turns = self._session.run, self._follow()
        loop = -1
        if run is not None and turns is not None:
            loop = turns.loop_of(self._bench.selection, run.place)
        if loop < 0:
            self._bench.status.show_message(NO_LOOP)
        else:
            self.turn(loop, wanted)

    def turn(self, loop: int, wanted: int) -> None:
        """As `step`, of this loop."""
        run, turns = self._session.run, self._follow()
        if run is None or turns is None or run.state in _MOVING:
            return
        shown = turns.shown(loop, run.place)
        if shown is None:
            self._bench.status.show_message(NO_LOOP)
        elif wanted == CHOOSE:
            self._ask(run, loop, shown)
        else:
            count = len(shown.frames)
            at = shown.at + wanted if shown.at >= 0 else count - 1
            if 0 <= at < count:
                self._look(run, turns, loop, shown.frames[at])

    def open(self, record: int) -> None:
        """Look at the pass that a record ran in, and select its op in it."""
        run, turns = self._session.run, self._follow()
        if run is None or turns is None or run.state in _MOVING or record >= len(run.records):
            return
        row = run.records[record]
        slot = self._bench.selection.slot if self._bench.selection.op == row.op else 0
        self._bench.select(Selection(op=row.op, record=record, slot=slot))
        around = turns.around(row.frame)
        if around:
            self._look(run, turns, run.frames[around[-1]].scope, around[-1])

    def _ask(self, run: Run, loop: int, shown: Shown) -> None:
        count = len(shown.frames)
        dialog = QInputDialog(self._window)
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setWindowTitle("Go to Pass")
        name = run.graph.scopes[loop].name
        dialog.setLabelText(f"Pass of {name}, 1 to {count:,}:")
        dialog.setIntRange(1, count)
        dialog.setIntValue(shown.at + 1 if shown.at >= 0 else count)
        dialog.intValueSelected.connect(partial(self._go, loop))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _go(self, loop: int, number: int) -> None:
        """To a pass by its number, which counts from 1."""
        run, turns = self._session.run, self._follow()
        shown = turns.shown(loop, run.place) if run is not None and turns is not None else None
        if run is not None and turns is not None and shown and number <= len(shown.frames):
            self._look(run, turns, loop, shown.frames[number - 1])

    def _look(self, run: Run, turns: Turns, loop: int, frame: int) -> None:
        """Look at a pass; where the run stands in it, from live."""
        span = turns.span(frame)
        live = frame in turns.around(run.head.frame)
        chosen = self._bench.selection
        record = -1
        if chosen.op >= 0:
            near = chosen.record if chosen.record >= 0 else run.last_execution(chosen.op)
            record = turns.record(frame, chosen.op, near)
        if record < 0 and span:
            record = span.start
        if record < 0 and not live:
            return
        aim = len(run.records) if live else record
        selection = chosen
        if chosen.scope != loop and record >= 0:
            op = run.records[record].op
            selection = Selection(op=op, record=record, slot=chosen.slot if op == chosen.op else 0)
        self._wanted = (aim, selection)
        self._session.seek(None if live else record)

    def _arrived(self) -> None:
        """Where the pass was looked for: select what was selected, as it was in this pass."""
        run, wanted = self._session.run, self._wanted
        if run is None or wanted is None or run.state in _MOVING:
            return
        if run.place.record == wanted[0]:
            self._wanted = None
            self._bench.select(wanted[1])

    def _rewound(self) -> None:
        self._turns = self._wanted = None

    def _follow(self) -> Turns | None:
        """The passes of the run that is open."""
        run = self._session.run
        if run is None:
            self._turns = None
        elif run is not self._run or self._turns is None:
            self._turns = Turns(run)
        else:
            self._turns.grow()
        self._run = run
        return self._turns
