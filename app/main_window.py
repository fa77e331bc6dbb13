"""The window: title strip, toolbar, and one of start page, loading page and workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ..tracers.ir import Breakpoint, Selection
from ..widgets import motion, theme
from .action_set import ActionSet
from .appearance import apply_theme
from .choice import LaunchChoice
from .commands import When, facts
from .control import Control
from .edits import Edits
from .join_desk import JoinDesk
from .loading_page import LoadingPage
from .naming import choice_name, launch_arguments, model_line, window_words
from .notes import Notes
from .points import Points
from .program_desk import ProgramDesk
from .remote.host import Host
from .remote.hosts import BadHosts
from .remote.words import adapter_of
from .session import Session
from .settings_store import SettingsStore
from .start_page import StartPage
from .time_travel import TimeTravel
from .title_strip import TitleStrip
from .toolbar import Toolbar
from .watchpoints import Watchpoints

if TYPE_CHECKING:
    from .compare.comparing import Comparing
    from .workbench import Workbench


class MainWindow(QWidget):
    """Signals:
    model_shown: a model stands open in the workbench.
    """

    model_shown = Signal()

    def __init__(self, store: SettingsStore, session: Session | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Opscope")
        self.painted = False
        self.choice = LaunchChoice()
        self.store = store
        motion.use(not store.settings.reduced_motion)
        self.session = session or Session(parent=self)
        self.points = Points(self)
        self.points.load_errors(store.settings.errors)
        self.session.set_errors(self.points.errors)
        self.edits = Edits(self.session, self)
        self.watchpoints = Watchpoints(self.session, self)
        self.notes = Notes(self)
        self.time = TimeTravel(self.session, self)
        self.control = Control(self)
        self.actions_ = ActionSet(self, self.control)
        self.title = TitleStrip(self.actions_)
        self.toolbar = Toolbar(self.actions_)
        self.start = StartPage()
        self.loading = LoadingPage()
        self._bench: Workbench | None = None
        self._comparing: Comparing | None = None
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.pages.addWidget(self.loading)
        self.program = ProgramDesk(self)
        self.joining = JoinDesk(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.title, self.toolbar):
            column.addWidget(widget)
        column.addWidget(self.pages, 1)
        self.resize(1600, 1000)
        self.setMinimumSize(960, 640)
        self._connect()
        self.show_start()

    @property
    def workbench(self) -> Workbench:
        """The panes; made when first needed, so that the start page is there at once."""
        if self._bench is None:
            from .backward import BackwardDesk
            from .copying import Copying
            from .exporting import ExportDesk
            from .finding_panes import FindingPanes
            from .fold_switch import FoldSwitch
            from .follow import Follower
            from .loop_passes import LoopPasses
            from .name_switch import NameSwitch
            from .note_desk import NoteDesk
            from .numbers_desk import NumbersDesk
            from .origin_desk import OriginDesk
            from .overlay_desk import OverlayDesk
            from .saving import SaveDesk
            from .sharing import ShareDesk
            from .time_panes import TimePanes
            from .view_desk import ViewDesk
            from .watch_desk import WatchDesk
            from .watchpoint_desk import WatchpointDesk
            from .workbench import Workbench

            self._bench = Workbench()
            self.pages.addWidget(self._bench)
            self._bench.restore_sizes(self.store.settings.sizes)
            self._follower = Follower(self, self._bench)
            self.time_panes = TimePanes(self, self._bench)
            self.finding = FindingPanes(self, self._bench)
            self.overlays = OverlayDesk(self, self._bench)
            self.exports = ExportDesk(self, self._bench)
            self.numbers = NumbersDesk(self, self._bench)
            self.saving = SaveDesk(self, self._bench)
            self.sharing = ShareDesk(self, self._bench)
            self.noting = NoteDesk(self, self._bench)
            self.copying = Copying(self, self._bench)
            self.views = ViewDesk(self, self._bench)
            self.watches = WatchDesk(self, self._bench)
            self.watch_desk = WatchpointDesk(self, self._bench)
            self.backward = BackwardDesk(self, self._bench)
            self.origins = OriginDesk(self, self._bench)
            self.passes = LoopPasses(self, self._bench)
            FoldSwitch(self, self._bench)
            self.name_switch = NameSwitch(self, self._bench)
            self._bench.selected.connect(self.refresh_actions)
        return self._bench

    @property
    def comparing(self) -> Comparing:
        """Two runs side by side; made when first needed."""
        if self._comparing is None:
            from .compare.comparing import Comparing

            self._comparing = Comparing(self)
        return self._comparing

    @property
    def compares(self) -> bool:
        """A comparison is what the user sees."""
        return self._comparing is not None and self._comparing.shown

    def _bring(self, page: QWidget) -> bool:
        """Show a page that concerns the model that is open; while a comparison is shown, once that
        is over. False then."""
        if self._comparing is not None and self._comparing.stand_before(page):
            return False
        self.pages.setCurrentWidget(page)
        return True

    def _connect(self) -> None:
        self.start.open_wanted.connect(self.control.open_model)
        self.start.spec_wanted.connect(self.open_spec)
        self.start.sample_wanted.connect(self.open_sample)
        self.start.pair_wanted.connect(self.compare_specs)
        self.start.file_wanted.connect(self.ask_about_file)
        self.start.shortcuts_wanted.connect(self.show_shortcuts)
        self.start.about_wanted.connect(self.control.show_about)
        self.start.clear_wanted.connect(self._forget_recents)
        self.loading.cancelled.connect(self.close_model)
        self.loading.change_wanted.connect(self.control.change_launch)
        self.loading.trust_wanted.connect(self.control.trust_and_open)
        self.loading.retry_wanted.connect(lambda: self.open_choice(self.choice))
        self.session.stage.connect(self.loading.show_stage)
        self.session.opened.connect(self._show_model)
        self.session.refused.connect(self._show_refusal)
        self.session.moved.connect(self.refresh_actions)
        self.points.changed.connect(self._points_changed)
        theme.hub().changed.connect(self.update)

    def show_start(self) -> None:
        """The start page."""
        self.start.show_recents(self.store.settings.recents)
        self.pages.setCurrentWidget(self.start)
        self.toolbar.hide()
        self.title.show_title("")
        self.setWindowTitle("Opscope")
        self.refresh_actions()

    def open_spec(self, key: str) -> None:
        """Open a model as it was last opened."""
        try:
            self.open_choice(self.store.settings.choice(key))
        except BadHosts as error:
            self.start.show_notice(str(error))

    def open_sample(self, name: str) -> None:
        """Open a bundled model."""
        self.open_spec(f"sample:{name}")

    def compare_specs(self, a: str, b: str) -> None:
        """Compare two models as they were last opened."""
        self.comparing.begin_specs(a, b)

    def open_choice(self, choice: LaunchChoice) -> None:
        """Open a model; the loading page tells how it goes."""
        if choice.key != self.choice.key:
            self.edits.forget()
            if self._bench is not None:
                self._bench.inspector.following.runs.forget()
        if self._comparing is not None:
            self._comparing.leave()
        self.choice = choice
        name = choice_name(choice)
        self.store.settings.remember(choice)
        self.points.load(self.store.settings.breakpoints(choice.key))
        self.watchpoints.load(self.store.settings.watchpoints(choice.key))
        self.notes.load(self.store.settings.notes(choice.key))
        self.program.forget()
        self.toolbar.hide()
        self.title.show_title(name)
        self.setWindowTitle(f"{name} — Opscope")
        self.loading.begin(name, choice.key)
        self.pages.setCurrentWidget(self.loading)
        budget = self.store.settings.budget_mb << 20
        self.session.open(launch_arguments(choice, budget), self.points.rows, adapter_of(choice))
        self.workbench.source.forget_output()  # made while Python starts: what is said is shown
        self.refresh_actions()

    def attach(self, socket: str, host: Host | None = None) -> None:
        """Show what a program of the user's runs, which waits at a socket, on a host if one is
        given."""
        if self._comparing is not None:
            self._comparing.leave()
        self.choice = LaunchChoice(host=host)
        self.points.load([])
        self.watchpoints.load([])
        self.notes.load([])
        self.toolbar.hide()
        self.title.show_title("Your program")
        self.setWindowTitle("Your program — Opscope")
        self.loading.begin("your program", socket)
        self.pages.setCurrentWidget(self.loading)
        wanted = {"socket": socket, **self.program.begin()}
        self.session.open(wanted, [], adapter_of(self.choice))
        self.refresh_actions()

    def ask_for_model(self, choice: LaunchChoice) -> None:
        """The open dialog, filled with a choice."""
        from .open_dialog import OpenDialog

        dialog = OpenDialog(choice, self)
        if dialog.exec():
            self.open_choice(dialog.choice())
        dialog.deleteLater()

    def ask_about_file(self, path: str) -> None:
        """The open dialog for a file that was dropped on the window."""
        self.ask_for_model(self.store.settings.choice(path))

    def restart(self, fresh: bool = False) -> None:
        """Run the same model anew, with what is loaded if that is as it was; `fresh`: not so."""
        self.loading.begin(choice_name(self.choice), self.choice.key)
        self.pages.setCurrentWidget(self.loading)
        self.workbench.source.forget_output()
        self.watchpoints.note_run()
        if fresh:
            self.session.restart()
        else:
            self.session.run_anew()

    def close_model(self) -> None:
        """End the session; the start page."""
        self.session.close()
        self.program.forget()
        self.edits.forget()
        if self._bench is not None:
            self._bench.inspector.following.runs.forget()
            self._bench.show_run(None)
        self.show_start()

    def show_palette(self, ops_only: bool) -> None:
        """Ctrl+K and Ctrl+G."""
        from .palette import Palette

        finding = None if self._bench is None or self.compares else self._bench.execution.finding
        run = None if self.compares else self.session.run
        palette = Palette(self.actions_, run, self, ops_only=ops_only, finding=finding)
        palette.picked.connect(self._pick)
        palette.open()

    def ask_for_breakpoint(self, point: Breakpoint | None = None) -> None:
        """The dialog behind the list's plus; with a breakpoint, for what that one asks."""
        from .breakpoint_dialog import ask_for_breakpoint

        if self.session.run is not None:
            ask_for_breakpoint(self, self.session.run.graph, self.points, point)

    def show_settings(self) -> None:
        """Preferences."""
        from .settings_dialog import SettingsDialog

        dialog = SettingsDialog(self.store.settings, self)
        if dialog.exec():
            dialog.store(self.store.settings)
            self.store.save()
            apply_theme(self.store.settings.theme)
            motion.use(not self.store.settings.reduced_motion)
        dialog.deleteLater()

    def show_shortcuts(self) -> None:
        """Every command with its key."""
        from .help_page import HelpPage

        HelpPage(self).open()

    def use_theme(self, chosen: theme.Theme) -> None:
        """Switch, and remember."""
        self.store.settings.theme = chosen.name
        apply_theme(chosen.name)

    def refresh_actions(self) -> None:
        """Enable what makes sense now."""
        if self._comparing is not None and self._comparing.shown:
            self.actions_.show_facts(When.ALWAYS | self._comparing.facts)
            return
        run = self.session.run
        selection = self._bench.selection if self._bench is not None else Selection()
        held = facts(run, selection) | self.edits.facts | self.program.facts
        if self.session.attached and When.OVER in held:
            held |= When.PAUSED  # Continue lets the program go on
        if self._bench is not None:
            held |= self.backward.facts | self.finding.facts
            self.time_panes.show_actions()
            self.backward.show_offers()
        self.actions_.show_facts(held)
        self.toolbar.show_state(run.state if run is not None else None)

    def _show_model(self) -> None:
        self.loading.end()
        bench = self.workbench
        run, about = self.session.run, self.session.facts
        assert run is not None
        assert about is not None
        self.toolbar.model.show_model(about.name, model_line(about))
        self.toolbar.setVisible(self._bring(bench))
        bench.show_run(run)
        self._follower.show_model()
        self.views.show_model()
        self.watches.show_model()
        bench.show_place()
        self._follower.show_points()
        bench.graph.setFocus()
        self.refresh_actions()
        self.model_shown.emit()

    def _show_refusal(self, sentence: str, code: str) -> None:
        self.session.close()
        self.loading.show_refusal(choice_name(self.choice), window_words(sentence), code)
        self.toolbar.hide()
        self._bring(self.loading)
        self.refresh_actions()

    def _pick(self, selection: Selection) -> None:
        self.workbench.select(selection)
        self.workbench.graph.go_to(selection)
        self.workbench.graph.setFocus()

    def _points_changed(self) -> None:
        self.session.set_breakpoints(self.points.rows)
        self.session.set_errors(self.points.errors)
        self.store.settings.errors = sorted(self.points.errors)
        if self.choice.spec:
            self.store.settings.remember_breakpoints(self.choice.key, self.points.rows)

    def _forget_recents(self) -> None:
        self.store.settings.forget_recents()
        self.start.show_recents([])

    def restore_geometry(self) -> None:
        """Where the window was last time."""
        kept = self.store.settings.geometry
        if kept:
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The model box follows the left pane."""
        super().resizeEvent(event)
        self.toolbar.fit(self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint is when the user sees the window."""
        super().paintEvent(event)
        self.painted = True

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave no process behind; remember the layout."""
        self.session.close()
        if self._comparing is not None:
            self._comparing.desk.close()
        settings = self.store.settings
        settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        if self._bench is not None:
            settings.sizes = self._bench.sizes
        self.store.save()
        super().closeEvent(event)
