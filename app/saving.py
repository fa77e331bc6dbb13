"""Saves the run to a file, and takes up what a file was saved with."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from ..tracers.protocol.host_messages import SCRATCH
from ..tracers.protocol.messages import EXTRAS, SAVE
from ..widgets.graph.notice import Notice
from ..widgets.tensor.formatting import size_text
from .extras import Extras, Pin, decode, encode, pin_of, pinned
from .fetching import Fetch
from .save_dialog import SaveDialog
from .session import Answer

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workbench import Workbench

SUFFIX = ".opscope"
_FILTER = f"Recorded run (*{SUFFIX})"
_TITLE = "Saving the run"

Message = dict[str, Any]


class SaveDesk(QObject):
    """One file at a time; the window goes on meanwhile."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench = window, bench
        self._request = -1
        self._pins: tuple[Pin, ...] = ()  # of the file, still to be pinned
        self._notice = Notice(bench.graph.canvas)
        self._notice.pressed.connect(self.cancel)
        window.session.progress.connect(self._progress)
        window.session.opened.connect(self._take_up)
        window.session.moved.connect(self._pin)
        window.session.grown.connect(self._pin)

    def ask(self) -> None:
        """Ask what to save and where."""
        if self._request >= 0:
            self._tell("A run is still being saved.", True)
            return

        def arrived(message: Message, _blob: object) -> None:
            dialog = SaveDialog(message["body"]["sizes"], self._window)
            dialog.accepted.connect(lambda: self._ask_where(dialog.chosen))
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

        self._window.session.request(SAVE, {}, arrived, lambda why, _: self._tell(why, False))

    def _ask_where(self, values: str) -> None:
        facts = self._window.session.facts
        name = facts.name if facts is not None else "run"
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name) or "run"
        path = QFileDialog.getSaveFileName(self._window, "Save Run", plain + SUFFIX, _FILTER)[0]
        if path:
            self.save(Path(path), values)

    def save(self, path: Path, values: str) -> None:
        """Write the file; `values` as in the request."""

        def arrived(message: Message, _blob: object) -> None:
            body = message["body"]
            self._end(f"The run was saved to {body['path']} ({size_text(body['bytes'])}).", True)

        self._tell("Saving the run…", True)
        if self._window.choice.host is None:
            self._write(str(path.absolute()), values, arrived)
        else:
            self._write_there(path.absolute(), values)

    def _write(self, path: str, values: str, arrived: Answer) -> None:
        arguments = {"path": path, "values": values, "extras": self._extras()}
        self._request = self._window.session.request(SAVE, arguments, arrived, self._refused)

    def _write_there(self, path: Path, values: str) -> None:
        """On the model's machine; then it is brought here."""
        session = self._window.session

        def placed(message: Message, _blob: object) -> None:
            there = posixpath.join(str(message["body"]["folder"]), f"run{SUFFIX}")
            self._write(there, values, lambda message, _: fetch(there, message["body"]["bytes"]))

        def fetch(there: str, size: int) -> None:
            def done(wrong: str) -> None:
                self._end(wrong or f"The run was saved to {path} ({size_text(size)}).", not wrong)

            self._notice.say("Bringing the run here…", "")
            Fetch(session, there, path, size, done).start()

        self._request = session.request(SCRATCH, {}, placed, self._refused)

    def _refused(self, sentence: str, _code: str) -> None:
        self._end(sentence, False)

    def cancel(self) -> None:
        """Give up the file that is being written; one of that name stays as it was."""
        if self._request >= 0:
            self._window.session.request("cancel", {"requestId": self._request})

    def _extras(self) -> dict[str, Any]:
        window, run = self._window, self._window.session.run
        pins = self._bench.inspector.pinning.subjects if run is not None else []
        named = [pin_of(run, subject) for subject in pins] if run is not None else []
        extras = Extras(
            breakpoints=tuple(window.points.rows),
            watchpoints=tuple(window.watchpoints.rows),
            notes=tuple(window.notes.rows),
            views=tuple(window.views.marks[slot] for slot in sorted(window.views.marks)),
            pins=tuple(pin for pin in named if pin is not None),
        )
        return encode(extras)

    def _take_up(self) -> None:
        """A run was opened: one that was read from a file brings along what it was saved with."""
        self._pins = ()
        spec = self._window.choice.spec
        if not spec.lower().endswith(SUFFIX):
            return

        def arrived(message: Message, _blob: object) -> None:
            self._show(decode(message["body"].get("extras")))

        self._window.session.request(EXTRAS, {}, arrived)

    def _show(self, extras: Extras) -> None:
        """What the user has of a kind already is not replaced."""
        window = self._window
        if extras.breakpoints and not window.points.rows:
            window.points.load(list(extras.breakpoints))
        if extras.notes and not window.notes.rows:
            window.notes.load(extras.notes)
        if extras.views and not window.views.marks:
            window.views.take_up(extras.views)
        for point in extras.watchpoints if not window.watchpoints.rows else ():
            window.watchpoints.put(point)
        self._pins = extras.pins
        self._pin()

    def _pin(self, _first: int = 0) -> None:
        """Pin what the file names, once all its records have come."""
        run, pinning = self._window.session.run, self._bench.inspector.pinning
        if not self._pins or run is None or self._window.session.behind:
            return
        pins, self._pins = self._pins, ()
        if not pinning.subjects:
            pinning.hold(pinned(run, pins))

    def _progress(self, body: dict[str, Any]) -> None:
        if self._request >= 0 and body.get("progressId") == "opscope-save":
            self._notice.say(f"{_TITLE}… {body.get('percentage', 0)} %", "Cancel")

    def _end(self, sentence: str, fine: bool) -> None:
        self._request = -1
        self._notice.hide()
        self._tell(sentence, fine)

    def _tell(self, sentence: str, fine: bool) -> None:
        self._bench.status.show_message(sentence, fine)
