"""The rows about backward passes."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="run.backward",
        text="Run Backwar&d…",
        menu="Run",
        key="Ctrl+B",
        icon="undo-2",
        when=When.DIFFERENTIABLE,
        run=lambda to: to.run_backward(),
        help="Choose an output and run the backward pass from it, op by op.",
    ),
    Action(
        id="edit.go_to_gradient",
        text="Go to Gradie&nt",
        menu="Edit",
        key="F12",
        icon="arrow-right",
        when=When.HAS_GRADIENT,
        run=lambda to: to.go_to_gradient(),
        help="Select what computes the gradient of the shown value, or of the selected op.",
    ),
    Action(
        id="edit.go_to_forward",
        text="Go to Forward O&p",
        menu="Edit",
        key="Shift+F12",
        icon="arrow-left",
        when=When.HAS_FORWARD,
        run=lambda to: to.go_to_forward(),
        help="Select the forward op, or the weight, that the selected backward op belongs to.",
    ),
):
    register(_action)
