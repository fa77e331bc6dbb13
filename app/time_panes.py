"""Connects the panes to the edits and to time travel, and asks for edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ..tracers.ir import Edit, ValueRef
from .edit_dialog import EditDialog
from .edits import selection_of
from .rewinding import Target, record_of, target
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow


class TimePanes(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._bench = bench
        self._made: Edit | None = None  # its value is to be shown once it is there
        self._connect()

    def _connect(self) -> None:
        bench, session = self._bench, self._window.session
        edits, time, inspector = self._window.edits, self._window.time, bench.inspector
        edits.changed.connect(self.show_edits)
        edits.refused.connect(bench.status.show_message)
        session.edited.connect(self._show_changes)
        bench.edits.toggled.connect(edits.toggle)
        bench.edits.removed.connect(edits.remove)
        bench.edits.activated.connect(self.go_to)
        bench.edits.change_wanted.connect(self.change)
        inspector.edit_wanted.connect(self.edit_value)
        inspector.keep_wanted.connect(time.keep)
        inspector.fetch_wanted.connect(time.fetch)
        inspector.fetch_cancelled.connect(time.cancel)
        time.fetching.connect(inspector.show_fetching)
        time.kept_changed.connect(self._show_kept)
        time.said.connect(bench.status.show_message)
        bench.banners.rewind_wanted.connect(self._rewind)

    def show_edits(self) -> None:
        """The list below the breakpoints, and what can be undone."""
        edits = self._window.edits
        self._bench.edits.show_edits(edits.rows, edits.problems, edits.notes)
        self._window.refresh_actions()

    def show_actions(self) -> None:
        """Commands whose text says what they would do now."""
        run, actions = self._window.session.run, self._window.actions_
        place = target(run, self._bench.selection)
        rewind = actions["run.rewind"]
        rewind.setText("Re&wind to Here")
        if run is not None and place is not None:
            rewind.setText(place.text(run))
            rewind.setStatusTip(place.hint(run))
        kept = self._chosen() in self._window.time.kept
        actions["edit.keep"].setText("No Longer &Keep in Memory" if kept else "&Keep in Memory")
        stack = self._window.edits.stack
        actions["edit.undo"].setText(f"&Undo {stack.undoText()}".strip())
        actions["edit.redo"].setText(f"&Redo {stack.redoText()}".strip())

    def edit_value(self) -> None:
        """Ask what the value shown, or else the selected op's, is to become.

        In the list of edits it is the row's.
        """
        known = self._bench.edits.focused()
        if known is not None:
            self.change(known)
            return
        run = self._window.session.run
        subject, chosen = self._bench.inspector.subject, self._bench.selection
        if run is None:
            return
        op, record, slot, is_input = chosen.op, record_of(run, chosen), chosen.slot, False
        if subject.op == op and subject.choice is not None:
            ref = subject.choice.ref
            record = subject.record
            slot, is_input = max(ref.slot, 0), ref.is_input
        if op >= 0:
            self._ask(EditDialog(run, op, record, (slot, is_input), None, self._window, self._here))

    def change(self, edit: Edit) -> None:
        """Ask for an edit that is there already to be another one."""
        run = self._window.session.run
        chosen = None if run is None else selection_of(run, edit)
        if run is None or chosen is None or chosen.op < 0:
            self._bench.status.show_message("The graph has no such op any more; remove the edit.")
            return
        about = (run, chosen.op, chosen.record, (0, False), edit)
        self._ask(EditDialog(*about, self._window, self._here))

    def go_to(self, edit: Edit) -> None:
        """Show what an edit is made on."""
        run = self._window.session.run
        if run is not None:
            chosen = selection_of(run, edit)
            if not chosen.empty:
                self._bench.select(chosen)

    def keep_value(self) -> None:
        """Keep the shown value, or no longer."""
        ref = self._chosen()
        if ref is not None:
            time = self._window.time
            time.keep(ValueRef(*ref), ref not in time.kept)

    def _rewind(self, record: int) -> None:
        run = self._window.session.run
        if run is not None and record < len(run.records):
            self._window.time.rewind(Target(record))

    def _chosen(self) -> tuple[int, int] | None:
        """The value that the inspector shows, by the record that made it."""
        run, choice = self._window.session.run, self._bench.inspector.subject.choice
        if run is None or choice is None:
            return None
        ref = choice.ref.made_by(run)
        return ref if ref[0] >= 0 else None

    @property
    def _here(self) -> bool:
        """The model runs on this computer."""
        return self._window.choice.host is None

    def _ask(self, dialog: EditDialog) -> None:
        def accepted() -> None:
            edits = self._window.edits
            edit = dialog.edit(edits.new_id())
            self._made = None if edit.is_input else edit
            edits.put(edit)

        dialog.accepted.connect(accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_changes(self) -> None:
        run, made = self._window.session.run, self._made
        self._bench.show_changes()
        if run is not None and made is not None:
            chosen = selection_of(run, made)
            if chosen.record == len(run.records) - 1:
                self._made = None
                self._bench.select(chosen)

    def _show_kept(self) -> None:
        kept = self._window.time.kept
        self._bench.inspector.show_kept(kept)
        self._bench.execution.show_held({record for record, _ in kept})
        self._window.refresh_actions()
