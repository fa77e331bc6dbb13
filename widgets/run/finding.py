"""What the user looks for now, and what was found, kept up with as the run goes on."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from ...tracers.ir import Run
from .finder import Finder
from .found import Found
from .op_table import OpTable

SLICE = 0.008  # seconds of looking between two looks at what the user does
_AGAIN_MS = 200  # between two looks through a run that goes on


class Finding(QObject):
    """One query over one run, gone through in slices.

    Signals:
        changed: Found or None; what is to be shown now.

    Attributes:
        text: the query, "" for none.
        found: what it found; None while there is none.
        shown: what is shown: that, or what another query is tried with.
        table: of the run, for others that look through it.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.found: Found | None = None
        self.shown: Found | None = None
        self.table = OpTable(Run())
        self._finder = Finder(self.table)
        self._trying = False  # something else is shown for a while
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._advance)
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._look_again)

    @property
    def busy(self) -> bool:
        """The newest query is still gone through."""
        return self._slices.isActive()

    def show_run(self, run: Run | None) -> None:
        """Another run, or a new graph of it; the query is asked of that. Without one it ends."""
        self._stop()
        if run is None:
            self.text = ""
        self.table = OpTable(Run() if run is None else run)
        self._finder = Finder(self.table)
        self.found = None
        self._look_again()

    def find(self, text: str) -> None:
        """Look for something; of a small run it is found at once."""
        self.text = text.strip()
        self._trying = False
        self._look_again()

    def adopt(self, found: Found) -> None:
        """Go on with what somebody else has found."""
        self._stop()
        self._trying = False
        self.text, self.found = found.text, found
        self.shown = found
        self.changed.emit(found)

    def end(self) -> None:
        """Look for nothing any more."""
        self.find("")

    def preview(self, found: Found | None) -> None:
        """Show something else, until `restore` or `adopt`."""
        self._trying = True
        self._show(found)

    def restore(self) -> None:
        """Show what was found again."""
        self._trying = False
        self._show(self.found)

    def finish(self) -> None:
        """Go through the rest of the query at once."""
        if self.busy:
            while not self._finder.advance(1.0):
                pass
            self._done()

    def follow(self) -> None:
        """The run went on, or what is known of it is more."""
        if self.text and not self._again.isActive():
            self._again.start()

    def renew(self, records: set[int]) -> None:
        """Statistics of these records have come."""
        self.table.renew(records)
        self.follow()

    def rewind(self) -> None:
        """The newest records were forgotten."""
        self.table.rewind()
        if self.text:
            self._look_again()

    def _stop(self) -> None:
        self._slices.stop()
        self._again.stop()

    def _look_again(self) -> None:
        self._stop()
        self._finder.begin(self.text)
        self._slices.start()
        self._advance()

    def _advance(self) -> None:
        if self._finder.advance(SLICE):
            self._done()

    def _done(self) -> None:
        self._slices.stop()
        self.found = self._finder.found
        if not self._trying:
            self._show(self.found)

    def _show(self, found: Found | None) -> None:
        if found is not self.shown:
            self.shown = found
            self.changed.emit(found)
