"""What the user can ask the program to do, and when it makes sense."""

from __future__ import annotations

from enum import Flag, auto
from typing import Protocol

from ..tracers.ir import Run, RunState, Selection, in_loop
from .rewinding import STILL, record_of, target


class When(Flag):
    """Facts about the session. An action is enabled while any of those it names holds."""

    ALWAYS = auto()
    OPEN = auto()  # a model is open, in whatever state
    MAPPED = auto()  # its graph is known
    RUNNING = auto()
    PAUSED = auto()  # stopped at the head, more to run
    PAST = auto()  # looking back
    OVER = auto()  # finished, failed or died: nothing more will run
    FINISHED = auto()  # ran to its end
    EARLIER = auto()  # stopped, and something ran before the place that is shown
    REACHABLE = auto()  # an op or module is selected and the run could stop before it
    SELECTED_OP = auto()
    SELECTED = auto()  # an op, a value or a module is
    BREAKABLE = auto()  # an op is selected, or a module that has a path
    ENDABLE = auto()  # the debuggee lives
    REWINDABLE = auto()  # the selection names something that has run, and it can run anew
    EDITABLE = auto()  # the selected op's values can be replaced
    KEEPABLE = auto()  # the selected op has a value
    LOOPED = auto()  # a loop is selected or looked at, and its passes can be
    EDITED = auto()  # there are edits
    UNDOABLE = auto()  # an edit can be undone
    REDOABLE = auto()
    DIFFERENTIABLE = auto()  # a backward pass can be run
    HAS_GRADIENT = auto()  # of what is selected, there is a gradient
    FINDING = auto()  # something was looked for
    PROGRAM = auto()  # a whole program runs under the debugger
    CALLED = auto()  # and a run of it stands in the window
    COMPARING = auto()  # two runs are shown, or waited for
    COMPARED = auto()  # and the comparison is there
    DIVERGED = auto()  # and they part
    MATCHED = auto()  # and a pair of values is looked at
    WISHED = auto()  # and the user has pinned or forbidden some
    HAS_FORWARD = auto()  # what is selected is in a backward pass, and belongs to something


# Facts about two runs: none of them holds with any about one.
COMPARISON = When.COMPARING | When.COMPARED | When.DIVERGED | When.MATCHED | When.WISHED
_STILL = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED, RunState.DIED)
_OVER = (RunState.FINISHED, RunState.FAILED, RunState.DIED)


def facts(run: Run | None, selection: Selection | None = None) -> When:
    """Which facts hold for a run, None while no model is open."""
    held = When.ALWAYS
    if run is None:
        return held
    held |= When.OPEN
    chosen = Selection() if selection is None else selection
    still = run.state in _STILL
    past = still and run.cursor is not None
    rules = (
        (When.MAPPED, bool(run.graph.ops)),
        (When.RUNNING, run.state is RunState.RUNNING),
        (When.PAUSED, run.state is RunState.PAUSED and not past),
        (When.PAST, past),
        (When.OVER, run.state in _OVER),
        (When.FINISHED, run.state is RunState.FINISHED),
        (When.EARLIER, still and run.place.record > 0),
        (When.REACHABLE, _reachable(run, chosen)),
        (When.SELECTED_OP, chosen.op >= 0),
        (When.SELECTED, not chosen.empty),
        (When.BREAKABLE, chosen.op >= 0 or _has_path(run, chosen.scope)),
        (When.ENDABLE, run.state is not RunState.DIED),
        (When.REWINDABLE, target(run, chosen) is not None),
        (When.EDITABLE, run.state in STILL and chosen.op >= 0),
        (When.KEEPABLE, run.state in STILL and chosen.op >= 0 and record_of(run, chosen) >= 0),
        (When.LOOPED, run.state in _STILL and in_loop(run, chosen)),
        (When.EDITED, bool(run.edits)),
    )
    for fact, holds in rules:
        if holds:
            held |= fact
    return held


def _reachable(run: Run, selection: Selection) -> bool:
    """At the head of a live run anything may come; of an ended one, only what was recorded."""
    if run.state is RunState.PAUSED:
        return selection.op >= 0 or selection.scope > 0
    return run.state in _OVER and selection.op >= 0 and bool(run.executions(selection.op))


def _has_path(run: Run, scope: int) -> bool:
    return 0 < scope < len(run.graph.scopes) and bool(run.graph.scopes[scope].path)


class Commands(Protocol):
    """Carries out the actions; the main window is one."""

    def open_model(self) -> None:
        """Ask for a model with the open dialog."""

    def compare_runs(self) -> None:
        """Ask for two models to run side by side."""

    def compare(self, what: str) -> None:
        """Of the comparison on show: go to the "first", "next" or "previous" divergence, "step" or
        "step back" in both runs, "link" their views, "pin", "forbid" or "forget" matches, "align"
        anew, tell of both "heads", write a "report", "change" or run "again", "open A", "open B" or
        "close"."""

    def change_launch(self) -> None:
        """Show the open dialog with the choices that the open model was launched with."""

    def close_model(self) -> None:
        """End the session and show the start page."""

    def save_run(self) -> None:
        """Save the run to a file."""

    def share(self) -> None:
        """Write the selected op as a page to pass on."""

    def export_picture(self) -> None:
        """Save the graph as a picture."""

    def export_graph(self) -> None:
        """Save the graph for other programs."""

    def export_fx(self) -> None:
        """Save the run as source of a torch.fx.GraphModule."""

    def quit(self) -> None:
        """Close the window."""

    def find_anything(self) -> None:
        """Show the palette over actions, ops and modules."""

    def find_next(self) -> None:
        """Go to the next op that was found."""

    def find_previous(self) -> None:
        """Go to the op found before."""

    def end_finding(self) -> None:
        """Look for nothing any more."""

    def evaluate(self) -> None:
        """Put the keyboard focus into the line for an expression."""

    def filter_ops(self) -> None:
        """Put the keyboard focus into the list's filter."""

    def go_to_op(self) -> None:
        """Show the palette over ops alone."""

    def fit_graph(self) -> None:
        """Show the whole graph."""

    def full_size(self) -> None:
        """Show the graph at 100 %."""

    def zoom_selection(self) -> None:
        """Let the selection fill the graph's pane."""

    def show_card(self) -> None:
        """Tell beside the selected node what is known of it, or no longer."""

    def follow_run(self) -> None:
        """Keep the place of the run in sight, or no longer."""

    def light(self, reach: str) -> None:
        """Light what stands before or after the selection; `reach` is the name of a Reach."""

    def end_light(self) -> None:
        """Show all of the graph alike."""

    def show_view(self, slot: int) -> None:
        """Go to a bookmarked view."""

    def keep_view(self, slot: int) -> None:
        """Bookmark what is seen of the graph."""

    def look_into_value(self, what: str) -> None:
        """Of the value in the inspector: type an "index", pick the "next" element, show
        "percentiles" or "all", "follow" it over runs, show the "origin" of the picked one."""

    def show_health(self) -> None:
        """Show the overview of the run's numbers, or close it."""

    def explain_value(self) -> None:
        """Say why the shown value is as it is."""

    def export_health(self) -> None:
        """Save the statistics of all ops."""

    def show_overlay(self, name: str) -> None:
        """Colour the graph by an overlay, "none" for none."""

    def next_overlay(self, step: int) -> None:
        """Show the overlay that comes next, or the one before."""

    def switch_overlay_scale(self) -> None:
        """From a linear scale to a logarithmic one, and back."""

    def load_overlay(self) -> None:
        """Ask for a file with a number for each op."""

    def copy_name(self) -> None:
        """Copy the name of what is selected."""

    def copy_path(self) -> None:
        """Copy where what is selected stands in the model."""

    def copy_shape(self) -> None:
        """Copy the shape of what is selected."""

    def zoom_in(self) -> None:
        """Enlarge the graph."""

    def zoom_out(self) -> None:
        """Shrink the graph."""

    def fold_shape_ops(self) -> None:
        """Draw chains of shape ops as one node, or each op."""

    def group_by_name(self) -> None:
        """Draw layers that belong together by their names as groups, or each layer."""

    def fold_blocks(self) -> None:
        """Draw the alike blocks around the selection as one node again."""

    def open_level(self, step: int) -> None:
        """Open or close groups of the graph, level by level."""

    def turn_pass(self, wanted: int) -> None:
        """Look at another pass of a loop: BACK, FORTH or CHOOSE."""

    def next_pane(self) -> None:
        """Move the keyboard focus to the next pane."""

    def previous_pane(self) -> None:
        """Move the keyboard focus to the previous pane."""

    def toggle_theme(self) -> None:
        """Switch between dark and light."""

    def show_settings(self) -> None:
        """Show the settings dialog."""

    def continue_run(self) -> None:
        """Run to the next breakpoint or the end."""

    def pause(self) -> None:
        """Stop at the next op."""

    def step_over(self) -> None:
        """Go past the op or scope that comes next."""

    def step_into(self) -> None:
        """Go to the next event, whatever it is."""

    def step_out(self) -> None:
        """Run until the innermost scope is left."""

    def step_back(self) -> None:
        """Look at the place one op earlier."""

    def continue_back(self) -> None:
        """Look at the last breakpoint before this place, or at the beginning."""

    def run_to_here(self) -> None:
        """Run until the selected op or module is next."""

    def return_to_live(self) -> None:
        """Look at the head of the run again."""

    def toggle_breakpoint(self) -> None:
        """Set or remove a breakpoint on the selected op or module."""

    def edit_breakpoint(self) -> None:
        """Ask for what the breakpoint on the selected op or module asks."""

    def stop_at_next_call(self) -> None:
        """Let the user's program go on to the next call of this model."""

    def show_program(self) -> None:
        """The page about the user's program."""

    def connect_editor(self) -> None:
        """Say how an editor joins the session."""

    def add_breakpoint(self) -> None:
        """Ask for a breakpoint on a type, a module, a line or an op."""

    def write_note(self) -> None:
        """Ask for the note on the selected op or module."""

    def watch_op(self) -> None:
        """Ask for a watchpoint on the selected op."""

    def add_watchpoint(self) -> None:
        """Ask for a watchpoint on ops of any kind."""

    def rewind(self) -> None:
        """Run anew up to before the selected op, and stand there live."""

    def edit_value(self) -> None:
        """Replace a value of the selected op."""

    def keep_value(self) -> None:
        """Keep the shown value in memory whatever comes, or no longer."""

    def undo(self) -> None:
        """Take the last change of the edits back."""

    def redo(self) -> None:
        """Make it again."""

    def show_changes(self) -> None:
        """List what the edits changed."""

    def run_backward(self) -> None:
        """Ask from which output to run a backward pass."""

    def go_to_gradient(self) -> None:
        """Select the gradient of what is shown."""

    def go_to_forward(self) -> None:
        """Select what the selected backward op belongs to."""

    def restart_fresh(self) -> None:
        """Launch the model anew, in a new process."""

    def restart(self) -> None:
        """Launch the model anew."""

    def stop(self) -> None:
        """End the debuggee; what it recorded stays on show."""

    def show_shortcuts(self) -> None:
        """Show the list of keys."""

    def show_about(self) -> None:
        """Show version and licences."""
