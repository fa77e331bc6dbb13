"""Which overlay the window shows, in step with the run; asks for the user's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QFileDialog, QMenu

from ..widgets.graph.jobs import Check, Jobs
from ..widgets.overlays.builtin import (
    BytesOverlay,
    GradientOverlay,
    HealthOverlay,
    RangeOverlay,
    TimeOverlay,
)
from ..widgets.overlays.overlay import Overlay
from ..widgets.overlays.reading import Reading
from ..widgets.overlays.shown import Shown
from ..widgets.overlays.user import UserFile, UserFileError, UserOverlay, read_file, told
from ..widgets.overlays.watch import WatchOverlay
from ..widgets.run.health import Health
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

KINDS: tuple[type[Overlay], ...] = (
    HealthOverlay,
    TimeOverlay,
    BytesOverlay,
    RangeOverlay,
    GradientOverlay,
    WatchOverlay,
)
NONE, USER = "none", UserOverlay.name
NAMES = tuple(kind.name for kind in KINDS)
_SOON = 40  # ms from a change of amounts to the repaint
_LOOK = 20_000  # records that are looked through at once for the first that is not finite
_FILES = "CSV (*.csv *.tsv *.txt);;All files (*)"


class OverlayDesk(QObject):
    """Of one window and its workbench.

    Attributes:
        name: the overlay that is on; NONE for none.
    """

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self.name = NONE
        self._last = HealthOverlay.name
        self._reading: Reading | None = None
        self._shown: Shown | None = None
        self._file: UserFile | None = None
        self._logarithmic: dict[str, bool] = {}
        self._health: Health | None = None
        self._asked = False  # the user chose an overlay for this run, or none
        self._jobs = Jobs(self)
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self._renew)
        self._look = QTimer(self, singleShot=True, interval=_SOON)
        self._look.timeout.connect(self._look_on)
        self._connect()

    def _connect(self) -> None:
        session, graph = self._session, self._bench.graph
        self._window.model_shown.connect(self._begin)
        self._window.pages.currentChanged.connect(self._leave)
        session.grown.connect(self._grown)
        session.rewound.connect(self._rewound)
        session.updated.connect(self._updated)
        graph.strip.overlay.switched.connect(self.switch)
        graph.strip.overlay.menu_asked.connect(self._open_menu)
        legend = graph.overlaid.legend
        legend.scale_switched.connect(self.switch_scale)
        legend.closed.connect(lambda: self.show(NONE))
        for name in (NONE, *NAMES, USER):
            self._window.actions_[f"view.overlay_{name}"].setCheckable(True)
        self._show_names()

    # What the user wants.

    def show(self, name: str) -> None:
        """Turn an overlay on; NONE: none."""
        if name == USER and self._file is None:
            self._show_names()
            self.load()
            return
        self._asked = True
        self._put(name)

    def switch(self) -> None:
        """Turn the overlay that was on last on, or off."""
        self.show(NONE if self.name != NONE else self._last)

    def cycle(self, step: int) -> None:
        """The next overlay, or the one before; after the last comes none."""
        hits = self.name == WatchOverlay.name or bool(self._window.watchpoints.hit_records())
        known = [name for name in NAMES if hits or name != WatchOverlay.name]
        names = [NONE, *known, *([USER] if self._file is not None else [])]
        self.show(names[(names.index(self.name) + step) % len(names)])

    def switch_scale(self) -> None:
        """From a linear scale to a logarithmic one, and back."""
        shown = self._shown
        if shown is not None and not shown.overlay.grades:
            shown.logarithmic = not shown.logarithmic
            self._logarithmic[self.name] = shown.logarithmic
            self._renew()

    def load(self) -> None:
        """Ask for a file with a number for each op."""
        run = self._session.run
        if run is None:
            return
        name = QFileDialog.getOpenFileName(self._window, "Load Numbers per Op", "", _FILES)[0]
        if name:
            self.load_file(Path(name))

    def load_file(self, path: Path) -> None:
        """Read a file beside the window; what it came to is said in the status line."""
        run = self._session.run
        if run is None:
            return
        graph, tell = run.graph, self._bench.status.show_message

        def work(check: Check) -> Callable[[], None]:
            try:
                file = read_file(path, check)
            except UserFileError as error:
                sentence = str(error)
                return lambda: tell(sentence)
            sentence, fine = told(file, graph, path.name)

            def take() -> None:
                tell(sentence, not file.wrong and fine)
                if fine:
                    self._file = file
                    self._logarithmic.pop(USER, None)
                    self._asked = True
                    self._put(USER)

            return take

        self._jobs.start(work)

    def renew(self, name: str, there: bool) -> None:
        """What an overlay shows is something else now. Where none was chosen it comes by itself,
        once there is anything to show."""
        if self.name == name and self._reading is not None:
            self._reading.restart()
        elif there and self.name == NONE and not self._asked:
            self._put(name)

    @property
    def busy(self) -> bool:
        """A file is being read, or amounts are being gathered."""
        return self._jobs.busy or (self._reading is not None and not self._reading.done)

    @property
    def shown(self) -> Shown | None:
        """The overlay on show, with its amounts."""
        return self._shown

    # Following the run.

    def _begin(self) -> None:
        """Another run is on show."""
        run = self._session.run
        self._asked = False
        self._health = None if run is None else Health(run, follow=False)
        self._put(self.name)
        self._look.start()

    def _leave(self) -> None:
        """The model was closed: nothing of its run is held."""
        if self._session.run is None and self._reading is not None:
            self._reading.stop()
            self._reading.deleteLater()
            self._reading = self._shown = self._health = None
            self._bench.execution.show_overlay(None)

    def _put(self, name: str) -> None:
        run = self._session.run
        if self._reading is not None:
            self._reading.stop()
            self._reading.deleteLater()
        self._reading = self._shown = None
        self.name = name
        if name != NONE:
            self._last = name
            overlay = self._make(name)
            if run is not None:
                self._reading = Reading(run, overlay, self)
                self._reading.changed.connect(self._wish)
                kind = self._logarithmic.get(name, overlay.logarithmic)
                self._shown = Shown(overlay, self._reading.amounts, kind)
        self._show_names()
        self._renew()

    def _make(self, name: str) -> Overlay:
        if name == USER and self._file is not None:
            return UserOverlay(self._file)
        if name == WatchOverlay.name:
            return WatchOverlay(self._window.watchpoints.hit_records)
        return next(kind for kind in KINDS if kind.name == name)()

    def _grown(self, first: int) -> None:
        if self._reading is not None:
            self._reading.grow()
        elif not self._asked and not self._look.isActive():
            self._look.start()

    def _rewound(self) -> None:
        run = self._session.run
        self._health = None if run is None else Health(run, follow=False)
        if self._reading is not None:
            self._reading.restart()

    def _updated(self, records: set[int]) -> None:
        if self._reading is not None:
            self._reading.update(records)
        elif not self._asked:
            self._rewound()
            self._look.start()

    def _wish(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _renew(self) -> None:
        """Show what the amounts are now."""
        shown, reading = self._shown, self._reading
        if shown is not None and reading is not None:
            overlay = reading.overlay
            first = overlay.first if isinstance(overlay, HealthOverlay) else -1
            rows = reading.run.records
            shown.first = rows[first].op if 0 <= first < len(rows) else -1
        graph = self._bench.graph
        if graph.overlaid.shown is not shown:
            graph.overlaid.show(shown)
        else:
            graph.overlaid.renew()
        self._bench.execution.show_overlay(shown)

    def _look_on(self) -> None:
        """Turn health on by itself when the first value goes wrong."""
        health, run = self._health, self._session.run
        if self._asked or self.name != NONE or run is None:
            return
        if health is None or health.run is not run:
            return
        health.follow(min(health.seen + _LOOK, len(run.records)))
        if health.first >= 0:
            self._put(HealthOverlay.name)
        elif health.seen < len(run.records):
            self._look.start()

    # Names.

    def _show_names(self) -> None:
        """The menu's rows and the strip's button say what is on."""
        actions = self._window.actions_
        for name in (NONE, *NAMES, USER):
            actions[f"view.overlay_{name}"].setChecked(name == self.name)
        title = self._file.title if self._file is not None else ""
        actions[f"view.overlay_{USER}"].setText(title.replace("&", "&&") or "&Your Numbers…")
        last = self._last if self.name == NONE else self.name
        self._bench.graph.strip.overlay.show_overlay(self._title(last), self.name != NONE)

    def _title(self, name: str) -> str:
        if name == USER:
            return self._file.title if self._file is not None else "Your numbers"
        return next(kind.title for kind in KINDS if kind.name == name)

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu()
        menu.popup(at)

    def menu(self) -> QMenu:
        """Every overlay, what is on ticked."""
        menu = QMenu(self._window)
        actions = self._window.actions_
        for name in (NONE, *NAMES, USER):
            menu.addAction(actions[f"view.overlay_{name}"])
        menu.addSeparator()
        for name in ("overlay_scale", "overlay_load"):
            menu.addAction(actions[f"view.{name}"])
        menu.aboutToHide.connect(menu.deleteLater)
        return menu
