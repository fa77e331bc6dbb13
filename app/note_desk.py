"""Shows the user's notes in graph and list, keeps them with the model, and asks for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import Selection
from ..widgets.notes import Note
from .notes import note_on, noted, where_of
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_SOON = 200  # ms from a growth of the graph to the marks on it
_NOTHING = "Select an op or a module to write a note on it."


class NoteDesk(QObject):
    """Of one window and its workbench."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self._notes = window.notes
        self._known = (0, 0)  # ops and scopes of the graph that was looked through last
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self.show)
        self._notes.changed.connect(self._changed)
        window.model_shown.connect(self.show)
        self._session.grown.connect(self._grown)
        bench.graph.note_wanted.connect(self.ask)
        shown = bench.notes
        shown.activated.connect(self.go_to)
        shown.edit_wanted.connect(self.edit)
        shown.removed.connect(self._notes.remove)

    def ask(self) -> None:
        """Ask for the note on what is selected."""
        run, chosen = self._session.run, self._bench.selection
        note = None if run is None else note_on(run.graph, chosen)
        if note is None:
            self._bench.status.show_message(_NOTHING)
        else:
            self.edit(self._notes.find(note) or note)

    def edit(self, note: Note) -> None:
        """Ask what a note is to say."""
        from .note_dialog import NoteDialog

        dialog = NoteDialog(note, self._window)
        dialog.accepted.connect(
            lambda: self._notes.put(replace(note, text=dialog.text.toPlainText()))
        )
        dialog.removed.connect(lambda: self._notes.remove(note))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def go_to(self, note: Note) -> None:
        """Select what a note is on, and bring it in sight."""
        run = self._session.run
        chosen = None if run is None else where_of(run.graph, note)
        if chosen is None:
            self._bench.status.show_message("The graph has no such op any more.")
            return
        self._bench.select(chosen)
        self._bench.graph.go_to(chosen)

    def text_on(self, selection: Selection) -> str:
        """The note on an op or a module, "" for none."""
        run = self._session.run
        note = None if run is None else note_on(run.graph, selection)
        found = None if note is None else self._notes.find(note)
        return "" if found is None else found.text

    def show(self) -> None:
        """The notes in every pane that marks them."""
        run, rows = self._session.run, self._notes.rows
        if run is None:
            return
        graph = run.graph
        self._known = len(graph.ops), len(graph.scopes)
        found = noted(graph, rows)
        self._bench.graph.show_notes(found)
        keys = {op.key for op in graph.ops} if rows else set[str]()
        scopes = {scope.key for scope in graph.scopes} if rows else set[str]()
        lost = {row.where for row in rows if row.where not in (scopes if row.module else keys)}
        self._bench.notes.show_notes(rows, lost)

    def _grown(self, _first: int) -> None:
        """What a note is on may have come."""
        run = self._session.run
        if run is None or not self._notes.rows:
            return
        grown = self._known != (len(run.graph.ops), len(run.graph.scopes))
        if grown and not self._soon.isActive():
            self._soon.start()

    def _changed(self) -> None:
        spec = self._window.choice.key
        if spec:
            self._window.store.settings.remember_notes(spec, self._notes.rows)
        self.show()
