"""Saves the graph: as a picture, and for other programs. The window lives on, and can cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from ..widgets.graph.export import Exporting, Sheet, whole
from ..widgets.graph.interchange import write_graph
from ..widgets.graph.jobs import Check, Jobs
from ..widgets.graph.markers import Marks
from ..widgets.graph.notice import Notice
from ..widgets.graph.picture import Picture
from ..widgets.graph.scene import Area
from .picture_dialog import Part, PictureDialog

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workbench import Workbench

SLICE = 0.025  # s that are drawn at once
_PATIENCE = 300  # ms; what is saved sooner is not worth a word
_PICTURES = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "pdf": "PDF (*.pdf)"}
_GRAPHS = "GraphML (*.graphml);;JSON (*.json)"


class ExportDesk(QObject):
    """One file at a time.

    Signals:
        ended: nothing is being saved any more.
    """

    ended = Signal()

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench = window, bench
        self._drawing: Exporting | None = None
        self._path = Path()
        self._writing = False  # what was drawn is on its way to the disk
        self._jobs = Jobs(self)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._draw_on)
        self._words = ""
        self._late = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._late.timeout.connect(lambda: self._notice.say(self._words, "Cancel"))
        self._notice = Notice(bench.graph.canvas)
        self._notice.pressed.connect(self.cancel)

    @property
    def busy(self) -> bool:
        """A file is being made."""
        return self._drawing is not None or self._jobs.busy

    # Pictures.

    def ask_picture(self) -> None:
        """Ask what to show and where to save it."""
        canvas = self._bench.graph.canvas
        if canvas.picture is None:
            return
        seen = canvas.visible_area()
        areas = {
            Part.SEEN: (seen.left(), seen.top(), seen.right(), seen.bottom()),
            Part.WHOLE: whole(canvas.picture),
        }
        dialog = PictureDialog(areas, self._window)
        dialog.accepted.connect(lambda: self._ask_where(areas, *dialog.chosen()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_where(self, areas: dict[Part, Area], part: Part, kind: str, scale: float) -> None:
        name = QFileDialog.getSaveFileName(
            self._window, "Export Picture", f"{self._name()}.{kind}", _PICTURES[kind]
        )[0]
        if name:
            path = Path(name)
            path = path if path.suffix.lower() in _endings(_PICTURES) else _with(path, kind)
            self.save_picture(path, part, Sheet(areas.get(part, (0.0, 0.0, 0.0, 0.0)), scale))

    def save_picture(self, path: Path, part: Part, sheet: Sheet) -> None:
        """Draw a picture into a file; a layout with everything open is made first."""
        graph = self._bench.graph
        if graph.canvas.picture is None or not self._free():
            return
        self._begin(f"Saving {path.name}…", path)
        if part is not Part.OPENED:
            self._draw(graph.canvas.picture, graph.canvas.marks, sheet)
            return

        def work(check: Check) -> Callable[[], None]:
            picture = graph.opened(check)

            def draw() -> None:
                old = graph.canvas.marks
                overlay = None if old.overlay is None else old.overlay.copy()
                marks = Marks(stops=old.stops, changes=old.changes, overlay=overlay)
                self._draw(picture, marks, replace(sheet, area=whole(picture)))

            return draw

        self._jobs.start(work)

    def _draw(self, picture: Picture, marks: Marks, sheet: Sheet) -> None:
        try:
            self._drawing = Exporting(picture, marks, sheet, self._path)
        except OSError as error:
            self._fail(error)
            return
        self._turn.start()

    def _draw_on(self) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        share = drawing.advance(SLICE)
        self._words = f"Saving {self._path.name}… {share * 100:.0f} %"
        if self._notice.isVisible():
            self._notice.say(self._words, "Cancel")
        if share < 1.0:
            self._turn.start()
            return
        self._drawing, self._writing = None, True
        self._notice.button.setEnabled(False)

        def work(_check: Check) -> Callable[[], None]:
            try:
                drawing.write()
            except OSError as error:
                return _later(self._fail, error)
            return self._done

        self._jobs.start(work)

    # For other programs.

    def ask_graph(self) -> None:
        """Ask where to save the graph for other programs."""
        name, kind = QFileDialog.getSaveFileName(
            self._window, "Export Graph", f"{self._name()}.graphml", _GRAPHS
        )
        if name:
            path = Path(name)
            if path.suffix.lower() not in (".graphml", ".json"):
                path = _with(path, "json" if "json" in kind else "graphml")
            self.save_graph(path)

    def save_graph(self, path: Path) -> None:
        """Write GraphML or JSON, by the ending of the name."""
        run = self._window.session.run
        if run is None or not self._free():
            return
        self._begin(f"Saving {path.name}…", path)

        def work(check: Check) -> Callable[[], None]:
            try:
                write_graph(run, path, check)
            except OSError as error:
                return _later(self._fail, error)
            return self._done

        self._jobs.start(work)

    # Both.

    def cancel(self) -> None:
        """Give up what is being saved; a file of that name stays as it was."""
        if self._writing:
            return
        self._turn.stop()
        busy = self.busy
        self._jobs.stop()
        drawing, self._drawing = self._drawing, None
        if drawing is not None:
            drawing.cancel()
        if busy:
            self._end(f"{self._path.name} was not saved.", True)

    def _free(self) -> bool:
        """Give up another file; not one that is being written."""
        self.cancel()
        if self._writing:
            self._bench.status.show_message(f"{self._path.name} is still being saved.")
        return not self._writing

    def _begin(self, words: str, path: Path) -> None:
        self._words, self._path = words, path
        self._late.start()

    def _done(self) -> None:
        self._end(f"Saved to {self._path}.", True)

    def _fail(self, error: OSError) -> None:
        why = error.strerror or str(error)
        self._end(f"{self._path} could not be saved: {why}.", False)

    def _end(self, sentence: str, fine: bool) -> None:
        self._drawing, self._writing = None, False
        self._notice.button.setEnabled(True)
        self._late.stop()
        self._notice.hide()
        self._bench.status.show_message(sentence, fine)
        self.ended.emit()

    def _name(self) -> str:
        facts = self._window.session.facts
        name = facts.name if facts is not None else "graph"
        return "".join(c if c.isalnum() or c in "-_." else "_" for c in name) or "graph"


def _later(fail: Callable[[OSError], None], error: OSError) -> Callable[[], None]:
    return lambda: fail(error)


def _endings(kinds: dict[str, str]) -> tuple[str, ...]:
    return tuple(f".{kind}" for kind in kinds)


def _with(path: Path, kind: str) -> Path:
    return path.with_name(f"{path.name}.{kind}")
