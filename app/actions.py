"""Every command as a row. Menus, toolbar, keys, palette and help page are drawn from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .commands import Commands, When

MENUS = ("File", "Edit", "View", "Run", "Help")


@dataclass(frozen=True, slots=True)
class Action:
    """One command.

    Attributes:
        id: stable name, "menu.what".
        text: as in the menu; "&" marks the access key, "…" that it asks further.
        when: facts, any of which enables it.
        key: Qt's portable text of the shortcut, "" for none.
        icon: Lucide name, "" for none.
        menu: one of MENUS.
        group: actions of one menu in different groups have a line between them.
        label: on the toolbar; the plain text if empty.
        local: the key acts only in the pane that binds it; the window does not.
        help: one sentence for tooltip and help page.
    """

    id: str
    text: str
    menu: str
    run: Callable[[Commands], None]
    when: When = When.ALWAYS
    key: str = ""
    icon: str = ""
    group: int = 0
    label: str = ""
    local: bool = False
    help: str = ""

    @property
    def plain(self) -> str:
        """The text without its access key."""
        return self.text.replace("&&", "\0").replace("&", "").replace("\0", "&")


_rows: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Add a row.

    Raises:
        ValueError: its id or key is taken, or there is no such menu.
    """
    if action.id in _rows:
        raise ValueError(f"action {action.id} is registered twice")
    if action.menu not in MENUS:
        raise ValueError(f"action {action.id}: there is no menu {action.menu}")
    if action.key:
        for other in _rows.values():
            if other.key == action.key:
                raise ValueError(f"{action.key} belongs to {other.id} and {action.id}")
    _rows[action.id] = action
    return action


def all_actions() -> tuple[Action, ...]:
    """Every row, in the order of the menus."""
    return tuple(sorted(_rows.values(), key=lambda row: (MENUS.index(row.menu), row.group)))


def find(action_id: str) -> Action:
    """The row with this id; KeyError if there is none."""
    return _rows[action_id]


_MOVES = When.PAUSED | When.PAST

for _action in (
    Action(
        id="file.open",
        text="&Open Model…",
        menu="File",
        key="Ctrl+O",
        icon="folder-open",
        run=lambda to: to.open_model(),
        help="Open a Python file, a module or a saved model.",
    ),
    Action(
        id="file.change_launch",
        text="Change &Inputs…",
        menu="File",
        icon="sliders-horizontal",
        when=When.OPEN,
        run=lambda to: to.change_launch(),
        help="Open the same model with other inputs or another interpreter.",
    ),
    Action(
        id="file.close",
        text="&Close Model",
        menu="File",
        key="Ctrl+W",
        icon="x",
        when=When.OPEN,
        run=lambda to: to.close_model(),
        help="End the session and go back to the start page.",
    ),
    Action(
        id="file.export_picture",
        text="&Export Picture…",
        menu="File",
        group=1,
        key="Ctrl+Shift+E",
        icon="image",
        when=When.MAPPED,
        run=lambda to: to.export_picture(),
        help="Save the graph as it is shown as PNG or SVG.",
    ),
    Action(
        id="file.quit",
        text="&Quit",
        menu="File",
        group=2,
        key="Ctrl+Q",
        icon="power",
        run=lambda to: to.quit(),
        help="Close the window and end the model's process.",
    ),
    Action(
        id="edit.find",
        text="&Find Anything…",
        menu="Edit",
        key="Ctrl+K",
        icon="search",
        run=lambda to: to.find_anything(),
        help="Search commands, ops and modules.",
    ),
    Action(
        id="edit.filter",
        text="F&ilter Ops",
        menu="Edit",
        key="Ctrl+F",
        icon="list-filter",
        when=When.MAPPED,
        run=lambda to: to.filter_ops(),
        help="Type into the filter above the list of ops.",
    ),
    Action(
        id="edit.go_to_op",
        text="&Go to Op…",
        menu="Edit",
        key="Ctrl+G",
        icon="crosshair",
        when=When.MAPPED,
        run=lambda to: to.go_to_op(),
        help="Search ops by number, name or module.",
    ),
    Action(
        id="edit.settings",
        text="&Settings…",
        menu="Edit",
        group=1,
        key="Ctrl+,",
        icon="settings",
        run=lambda to: to.show_settings(),
        help="Theme, memory for kept values, motion, interpreter.",
    ),
    Action(
        id="view.fit",
        text="&Fit Graph",
        menu="View",
        key="Space",
        local=True,
        icon="scan",
        when=When.MAPPED,
        run=lambda to: to.fit_graph(),
        help="Show the whole graph. The key acts while the graph has the focus.",
    ),
    Action(
        id="view.zoom_in",
        text="Zoom &In",
        menu="View",
        key="Ctrl++",
        icon="plus",
        when=When.MAPPED,
        run=lambda to: to.zoom_in(),
    ),
    Action(
        id="view.zoom_out",
        text="Zoom &Out",
        menu="View",
        key="Ctrl+-",
        icon="minus",
        when=When.MAPPED,
        run=lambda to: to.zoom_out(),
    ),
    Action(
        id="view.next_pane",
        text="&Next Pane",
        menu="View",
        group=1,
        key="Ctrl+F6",
        when=When.OPEN,
        run=lambda to: to.next_pane(),
        help="Move the keyboard focus to the next pane.",
    ),
    Action(
        id="view.previous_pane",
        text="&Previous Pane",
        menu="View",
        group=1,
        key="Ctrl+Shift+F6",
        when=When.OPEN,
        run=lambda to: to.previous_pane(),
        help="Move the keyboard focus to the previous pane.",
    ),
    Action(
        id="view.theme",
        text="Switch &Theme",
        menu="View",
        group=2,
        icon="sun",
        run=lambda to: to.toggle_theme(),
        help="Switch between dark and light.",
    ),
    Action(
        id="run.continue",
        text="&Continue",
        menu="Run",
        key="F5",
        icon="play",
        when=_MOVES,
        run=lambda to: to.continue_run(),
        help="Run to the next breakpoint, or to the end.",
    ),
    Action(
        id="run.pause",
        text="&Pause",
        menu="Run",
        key="F6",
        icon="pause",
        when=When.RUNNING,
        run=lambda to: to.pause(),
        help="Stop before the next op.",
    ),
    Action(
        id="run.step_back",
        text="Step &Back",
        menu="Run",
        group=1,
        key="Alt+F10",
        icon="undo-dot",
        label="Step back",
        when=When.EARLIER,
        run=lambda to: to.step_back(),
        help="Look at the op before. Nothing runs.",
    ),
    Action(
        id="run.step_over",
        text="Step &Over",
        menu="Run",
        group=1,
        key="F10",
        icon="redo-dot",
        label="Step over",
        when=_MOVES,
        run=lambda to: to.step_over(),
        help="Run the next op, or the whole module that is about to be entered.",
    ),
    Action(
        id="run.step_into",
        text="Step &Into",
        menu="Run",
        group=1,
        key="F11",
        icon="arrow-down-to-dot",
        label="Step into",
        when=_MOVES,
        run=lambda to: to.step_into(),
        help="Enter the module, function or loop that comes next.",
    ),
    Action(
        id="run.step_out",
        text="Step O&ut",
        menu="Run",
        group=1,
        key="Shift+F11",
        icon="arrow-up-from-dot",
        label="Step out",
        when=_MOVES,
        run=lambda to: to.step_out(),
        help="Run until this module, function or pass of a loop is left.",
    ),
    Action(
        id="run.to_here",
        text="Run to &Here",
        menu="Run",
        group=1,
        key="Ctrl+F10",
        icon="arrow-right-to-line",
        label="Run to here",
        when=When.REACHABLE,
        run=lambda to: to.run_to_here(),
        help="Run until the selected op or module is next.",
    ),
    Action(
        id="run.continue_back",
        text="Continue Bac&kwards",
        menu="Run",
        group=1,
        key="Alt+F5",
        icon="chevron-first",
        when=When.EARLIER,
        run=lambda to: to.continue_back(),
        help="Look at the last breakpoint before this place, or at the beginning.",
    ),
    Action(
        id="run.live",
        text="Return to &Live",
        menu="Run",
        group=1,
        key="Esc",
        icon="history",
        when=When.PAST,
        run=lambda to: to.return_to_live(),
        help="Look at the newest place of the run again.",
    ),
    Action(
        id="run.breakpoint",
        text="To&ggle Breakpoint",
        menu="Run",
        group=2,
        key="F9",
        icon="circle-dot",
        when=When.SELECTED_OP,
        run=lambda to: to.toggle_breakpoint(),
        help="Set or remove a breakpoint on the selected op.",
    ),
    Action(
        id="run.restart",
        text="&Restart",
        menu="Run",
        group=3,
        key="Ctrl+Shift+F5",
        icon="rotate-ccw",
        when=When.OPEN,
        run=lambda to: to.restart(),
        help="Launch the model anew, with the same inputs.",
    ),
    Action(
        id="run.stop",
        text="&Stop",
        menu="Run",
        group=3,
        key="Shift+F5",
        icon="square",
        when=When.ENDABLE,
        run=lambda to: to.stop(),
        help="End the model's process.",
    ),
    Action(
        id="help.shortcuts",
        text="&Keyboard Shortcuts",
        menu="Help",
        key="F1",
        icon="keyboard",
        run=lambda to: to.show_shortcuts(),
        help="Every command with its key.",
    ),
    Action(
        id="help.about",
        text="&About Opscope",
        menu="Help",
        icon="info",
        run=lambda to: to.show_about(),
        help="Version and licences.",
    ),
):
    register(_action)
