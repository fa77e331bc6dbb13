"""The rows about time and edits: rewinding, editing values, undoing, keeping."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="run.rewind",
        text="Re&wind to Here",
        menu="Run",
        group=1,
        key="Ctrl+Shift+F10",
        icon="rewind",
        when=When.REWINDABLE,
        run=lambda to: to.rewind(),
        help="Run the model again from its start, with the same weights, inputs and random"
        " numbers, and stand live before the selected op.",
    ),
    Action(
        id="edit.undo",
        text="&Undo",
        menu="Edit",
        group=-1,
        key="Ctrl+Z",
        icon="undo-2",
        when=When.UNDOABLE,
        run=lambda to: to.undo(),
        help="Take the last change of the edits back; the run goes back with it.",
    ),
    Action(
        id="edit.redo",
        text="&Redo",
        menu="Edit",
        group=-1,
        key="Ctrl+Shift+Z",
        icon="redo-2",
        when=When.REDOABLE,
        run=lambda to: to.redo(),
        help="Make the change again that was taken back.",
    ),
    Action(
        id="edit.value",
        text="Edit &Value…",
        menu="Edit",
        key="F2",
        icon="pencil",
        when=When.EDITABLE,
        run=lambda to: to.edit_value(),
        help="Replace an output or an input of the selected op, and see what it changes.",
    ),
    Action(
        id="edit.keep",
        text="&Keep in Memory",
        menu="Edit",
        key="Ctrl+L",
        icon="lock",
        when=When.KEEPABLE,
        run=lambda to: to.keep_value(),
        help="Keep the shown value whatever the memory for kept values is, or no longer.",
    ),
    Action(
        id="view.changes",
        text="Show &Changes",
        menu="View",
        group=1,
        icon="git-compare",
        when=When.EDITED,
        run=lambda to: to.show_changes(),
        help="List what the edits changed against the run without them.",
    ),
):
    register(_action)
