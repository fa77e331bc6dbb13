"""The rows that copy what is selected as text."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="edit.copy_name",
        text="Copy &Name",
        menu="Edit",
        submenu="Cop&y",
        group=2,
        icon="copy",
        when=When.SELECTED,
        run=lambda to: to.copy_name(),
        help="Copy the stable key of the selected op, or the name of the module or value.",
    ),
    Action(
        id="edit.copy_path",
        text="Copy &Path",
        menu="Edit",
        submenu="Cop&y",
        group=2,
        key="Ctrl+Shift+C",
        when=When.SELECTED,
        run=lambda to: to.copy_path(),
        help="Copy the dotted path of the selected module, or of the op's.",
    ),
    Action(
        id="edit.copy_shape",
        text="Copy &Shape",
        menu="Edit",
        submenu="Cop&y",
        group=2,
        when=When.SELECTED,
        run=lambda to: to.copy_shape(),
        help="Copy the shape of the selected value, or of the op's outputs.",
    ),
):
    register(_action)
