"""The rows about the run's numbers: their overview, and why a value is as it is."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="view.health",
        text="&Health of the Run",
        menu="View",
        group=7,
        key="Ctrl+H",
        icon="activity",
        when=When.MAPPED,
        run=lambda to: to.show_health(),
        help="Ranges, zeros, NaN, room in float16 and gradients of all ops, as a picture and a"
        " table; again to close it.",
    ),
    Action(
        id="value.explain",
        text="E&xplain This Value",
        menu="View",
        group=7,
        key="Ctrl+Shift+W",
        icon="circle-question-mark",
        when=When.SELECTED,
        run=lambda to: to.explain_value(),
        help="Why the picked element, or the shown value, is zero, constant, large or not finite.",
    ),
    Action(
        id="file.export_health",
        text="Export &Numbers…",
        menu="File",
        group=1,
        icon="table",
        when=When.MAPPED,
        run=lambda to: to.export_health(),
        help="Save the statistics of all ops as CSV.",
    ),
):
    register(_action)
