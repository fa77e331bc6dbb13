"""Carries out the user's commands on a session and the window's panes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from opscope import __version__

from ..tracers.ir import Breakpoint, BreakpointKind, RunState, Selection
from ..widgets import theme
from .choice import LaunchChoice
from .export import export_run
from .points import point_on_line, point_on_module, point_on_op
from .rewinding import target

if TYPE_CHECKING:
    from .main_window import MainWindow

STEP = 1.25  # of one zoom command
NO_BLOCKS = "Nothing to fold: select one of three or more alike blocks that stand in a row."


class Control(QObject):
    """The Commands of one main window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    @property
    def _session(self):
        return self._window.session

    @property
    def _bench(self):
        return self._window.workbench

    def open_model(self) -> None:
        """Ask for a model with the open dialog."""
        self._window.ask_for_model(LaunchChoice())

    def compare_runs(self) -> None:
        """Ask for two models to run side by side."""
        self._window.comparing.ask()

    def compare(self, what: str) -> None:
        """Work the comparison on show."""
        self._window.comparing.do(what)

    def change_launch(self) -> None:
        """Show the open dialog with the choices that the open model was launched with."""
        self._window.ask_for_model(self._window.choice)

    def close_model(self) -> None:
        """End the session and show the start page."""
        self._window.close_model()

    def save_run(self) -> None:
        """Save the run to a file."""
        self._window.saving.ask()

    def share(self) -> None:
        """Write the selected op as a page to pass on."""
        self._window.sharing.ask()

    def export_picture(self) -> None:
        """Save the graph as a picture."""
        self._window.exports.ask_picture()

    def export_graph(self) -> None:
        """Save the graph for other programs."""
        self._window.exports.ask_graph()

    def export_fx(self) -> None:
        """Save the run as source of a torch.fx.GraphModule."""
        export_run(self._window, self._session, self._bench.status.show_message)

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def find_anything(self) -> None:
        """Show the palette over actions, ops and modules."""
        self._window.show_palette(ops_only=False)

    def find_next(self) -> None:
        """Go to the next op that was found."""
        self._window.finding.step(1)

    def find_previous(self) -> None:
        """Go to the op found before."""
        self._window.finding.step(-1)

    def end_finding(self) -> None:
        """Look for nothing any more."""
        self._window.finding.end()

    def evaluate(self) -> None:
        """Put the keyboard focus into the line for an expression."""
        self._bench.source.go_to_watch()

    def filter_ops(self) -> None:
        """Put the keyboard focus into the list's filter."""
        if self._window.compares:
            self._window.comparing.page.view.focus_filter()
        else:
            self._bench.execution.focus_filter()

    def go_to_op(self) -> None:
        """Show the palette over ops alone."""
        self._window.show_palette(ops_only=True)

    def fit_graph(self) -> None:
        """Show the whole graph."""
        self._bench.graph.strip.fit_asked.emit()

    def full_size(self) -> None:
        """Show the graph at 100 %."""
        self._bench.graph.strip.reset_asked.emit()

    def zoom_selection(self) -> None:
        """Let the selection fill the graph's pane."""
        self._bench.graph.zoom_on_selection()

    def show_card(self) -> None:
        """Tell beside the selected node what is known of it, or no longer."""
        self._bench.graph.setFocus()
        self._bench.graph.cards.toggle()

    def follow_run(self) -> None:
        """Keep the place of the run in sight, or no longer."""
        self._window.views.follow()

    def light(self, reach: str) -> None:
        """Light what stands before or after the selection."""
        self._window.views.light(reach)

    def end_light(self) -> None:
        """Show all of the graph alike."""
        self._bench.graph.lighting.clear()

    def show_view(self, slot: int) -> None:
        """Go to a bookmarked view."""
        self._window.views.show(slot)

    def look_into_value(self, what: str) -> None:
        """Work the inspector's view of its value."""
        self._bench.inspector.menus.do(what)

    def keep_view(self, slot: int) -> None:
        """Bookmark what is seen of the graph."""
        self._window.views.keep(slot)

    def show_health(self) -> None:
        """Show the overview of the run's numbers, or close it."""
        self._window.numbers.show_health()

    def explain_value(self) -> None:
        """Say why the shown value is as it is."""
        self._window.numbers.explain()

    def export_health(self) -> None:
        """Save the statistics of all ops."""
        self._window.numbers.ask_where()

    def show_overlay(self, name: str) -> None:
        """Colour the graph by an overlay, "none" for none."""
        self._window.overlays.show(name)

    def next_overlay(self, step: int) -> None:
        """Show the overlay that comes next, or the one before."""
        self._window.overlays.cycle(step)

    def switch_overlay_scale(self) -> None:
        """From a linear scale to a logarithmic one, and back."""
        self._window.overlays.switch_scale()

    def load_overlay(self) -> None:
        """Ask for a file with a number for each op."""
        self._window.overlays.load()

    def copy_name(self) -> None:
        """Copy the name of what is selected."""
        self._window.copying.copy("name")

    def copy_path(self) -> None:
        """Copy where what is selected stands in the model."""
        self._window.copying.copy("path")

    def copy_shape(self) -> None:
        """Copy the shape of what is selected."""
        self._window.copying.copy("shape")

    def zoom_in(self) -> None:
        """Enlarge the graph."""
        self._bench.graph.strip.zoom_asked.emit(STEP)

    def zoom_out(self) -> None:
        """Shrink the graph."""
        self._bench.graph.strip.zoom_asked.emit(1 / STEP)

    def fold_shape_ops(self) -> None:
        """Draw chains of shape ops as one node, or each op."""
        self._bench.graph.strip.fold.toggle()

    def group_by_name(self) -> None:
        """Draw layers that belong together by their names as groups, or each layer."""
        self._window.name_switch.toggle()

    def fold_blocks(self) -> None:
        """Draw the alike blocks around the selection as one node again."""
        if not self._bench.graph.fold_blocks():
            self._bench.status.show_message(NO_BLOCKS)

    def open_level(self, step: int) -> None:
        """Open or close groups of the graph, level by level."""
        self._bench.graph.open_level(step)

    def turn_pass(self, wanted: int) -> None:
        """Look at another pass of a loop."""
        self._window.passes.step(wanted)

    def next_pane(self) -> None:
        """Move the keyboard focus to the next pane."""
        self._visit_pane(1)

    def previous_pane(self) -> None:
        """Move the keyboard focus to the previous pane."""
        self._visit_pane(-1)

    def toggle_theme(self) -> None:
        """Switch between dark and light."""
        self._window.use_theme(theme.LIGHT if theme.theme() is theme.DARK else theme.DARK)

    def show_settings(self) -> None:
        """Show the settings dialog."""
        self._window.show_settings()

    def continue_run(self) -> None:
        """Run to the next breakpoint or the end."""
        self._session.command("continue")

    def stop_at_next_call(self) -> None:
        """Let the user's program go on to the next call of this model."""
        self._window.program.stop_at_next_call()

    def show_program(self) -> None:
        """The page about the user's program."""
        self._window.program.show_page()

    def connect_editor(self) -> None:
        """Say how an editor joins the session."""
        self._window.joining.connect_editor()

    def pause(self) -> None:
        """Stop at the next op."""
        self._session.command("pause")

    def step_over(self) -> None:
        """Go past the op or scope that comes next."""
        self._session.command("next")

    def step_into(self) -> None:
        """Go to the next event, whatever it is."""
        self._session.command("stepIn")

    def step_out(self) -> None:
        """Run until the innermost scope is left."""
        self._session.command("stepOut")

    def step_back(self) -> None:
        """Look at the place one op earlier."""
        self._session.command("stepBack")

    def continue_back(self) -> None:
        """Look at the last breakpoint before this place, or at the beginning."""
        self._session.command("reverseContinue")

    def run_to_here(self) -> None:
        """Run until the selected op or module is next."""
        chosen = self._bench.selection
        if chosen.op >= 0:
            self._session.run_to(op=chosen.op)
        elif chosen.scope >= 0:
            self._session.run_to(scope=chosen.scope)

    def return_to_live(self) -> None:
        """Look at the head of the run again."""
        self._session.seek(None)

    def toggle_breakpoint(self) -> None:
        """Set or remove a breakpoint on the selected op or module."""
        point = self._selected_point()
        if point is not None:
            self._window.points.toggle(point)

    def edit_breakpoint(self) -> None:
        """Ask for what the breakpoint on the selected op or module asks."""
        point = self._selected_point()
        if point is not None:
            self._window.ask_for_breakpoint(point)

    def add_breakpoint(self) -> None:
        """Ask for a breakpoint on a type, a module, a line or an op."""
        self._window.ask_for_breakpoint()

    def edit_on_line(self, file: str, line: int) -> None:
        """Ask for what the breakpoint on a line asks."""
        self._window.ask_for_breakpoint(point_on_line(file, line))

    def run_to_line(self, file: str, line: int) -> None:
        """Run until a line of source is next."""
        self._session.run_to_line(file, line)

    def _selected_point(self) -> Breakpoint | None:
        """A breakpoint on what is selected, as F9 sets it."""
        chosen, run = self._bench.selection, self._session.run
        if run is None:
            return None
        if chosen.op >= 0:
            return point_on_op(run.graph, chosen.op)
        path = run.graph.scopes[chosen.scope].path if chosen.scope > 0 else ""
        return point_on_module(path) if path else None

    def break_on_op(self, op: int) -> None:
        """Set a breakpoint on an op."""
        if self._session.run is not None:
            self._window.points.add(point_on_op(self._session.run.graph, op))

    def open_in_editor(self, file: str, line: int) -> None:
        """Open a source file with the program that the desktop has for it."""
        host = self._window.choice.host
        if host is not None:
            self._bench.status.show_message(f"{file} is on {host.name}, not on this computer.")
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(file)):
            self._bench.status.show_message(f"No program is set up to open {file} (line {line}).")

    def toggle_on_op(self, op: int) -> None:
        """Set or remove a breakpoint on an op."""
        if self._session.run is not None:
            self._window.points.toggle(point_on_op(self._session.run.graph, op))

    def toggle_on_line(self, file: str, line: int) -> None:
        """Set or remove a breakpoint on a line."""
        self._window.points.toggle(point_on_line(file, line))

    def switch_breakpoint(self, point: Breakpoint) -> None:
        """Enable a disabled breakpoint, disable an enabled one."""
        self._window.points.enable(point, not point.enabled)

    def go_to_breakpoint(self, point: Breakpoint) -> None:
        """Select what a breakpoint is set on."""
        run = self._session.run
        if run is None or point.kind is not BreakpointKind.OP:
            return
        for index, op in enumerate(run.graph.ops):
            if op.key == point.where:
                self._bench.select(Selection(op=index))
                return

    def write_note(self) -> None:
        """Ask for the note on the selected op or module."""
        self._window.noting.ask()

    def watch_op(self) -> None:
        """Ask for a watchpoint on the selected op."""
        self._window.watch_desk.ask_of_selected()

    def add_watchpoint(self) -> None:
        """Ask for a watchpoint on ops of any kind."""
        self._window.watch_desk.ask()

    def rewind(self) -> None:
        """Run anew up to before the selected op, and stand there live."""
        place = target(self._session.run, self._bench.selection)
        if place is not None:
            self._window.time.rewind(place)

    def edit_value(self) -> None:
        """Replace a value of the selected op."""
        self._window.time_panes.edit_value()

    def keep_value(self) -> None:
        """Keep the shown value in memory whatever comes, or no longer."""
        self._window.time_panes.keep_value()

    def undo(self) -> None:
        """Take the last change of the edits back."""
        self._window.edits.undo()

    def redo(self) -> None:
        """Make it again."""
        self._window.edits.redo()

    def show_changes(self) -> None:
        """List what the edits changed."""
        self._bench.execution.go_to_changes()

    def run_backward(self) -> None:
        """Ask from which output to run a backward pass."""
        self._window.backward.run_backward()

    def go_to_gradient(self) -> None:
        """Select the gradient of what is shown."""
        self._window.backward.go_to_gradient()

    def go_to_forward(self) -> None:
        """Select what the selected backward op belongs to."""
        self._window.backward.go_to_forward()

    def restart(self) -> None:
        """Run the model anew."""
        self._window.restart()

    def restart_fresh(self) -> None:
        """Launch the model anew, in a new process."""
        self._window.restart(fresh=True)

    def stop(self) -> None:
        """End the debuggee; what it recorded stays on show."""
        self._session.stop()

    def show_shortcuts(self) -> None:
        """Show the list of keys."""
        self._window.show_shortcuts()

    def show_about(self) -> None:
        """Show version and licences."""
        QMessageBox.about(
            self._window,
            "About Opscope",
            f"Opscope {__version__}\nA debugger for the computation graphs of PyTorch and"
            " TensorFlow models.\n\nApache-2.0. Inter and JetBrains Mono: OFL-1.1."
            " Lucide icons: ISC and MIT.",
        )

    def trust_and_open(self) -> None:
        """The user trusts the file that was refused."""
        self._window.open_choice(replace(self._window.choice, trusted=True))

    def _visit_pane(self, step: int) -> None:
        if self._window.compares:
            stops = self._window.comparing.page.view.stops
            self._visit([(stop, stop) for stop in stops], step)
        else:
            panes = self._bench.focus_panes()
            self._visit([(pane, pane.focus_target()) for pane in panes], step)

    def _visit(self, panes: list[tuple[QWidget, QWidget]], step: int) -> None:
        """Panes with what takes the focus in them."""
        focused = self._window.focusWidget()
        here = next(
            (i for i, (pane, _) in enumerate(panes) if _holds(pane, focused)), -step % len(panes)
        )
        for far in range(1, len(panes) + 1):
            target = panes[(here + step * far) % len(panes)][1]
            takes = target.focusPolicy() is not Qt.FocusPolicy.NoFocus or target.focusProxy()
            if takes and target.isVisible():
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return


def _holds(pane: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (pane is widget or pane.isAncestorOf(widget))


def is_over(state: RunState) -> bool:
    """Nothing more will run."""
    return state in (RunState.FINISHED, RunState.FAILED, RunState.DIED)
