"""The rows about a program that runs under the debugger."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="run.next_call",
        text="Continue to This &Model’s Next Call",
        menu="Run",
        key="Ctrl+F5",
        icon="repeat",
        when=When.CALLED,
        run=lambda to: to.stop_at_next_call(),
        help="Let your program go on, and stop at the next call of this model.",
    ),
    Action(
        id="view.program",
        text="Your Progra&m",
        menu="View",
        icon="terminal",
        when=When.PROGRAM,
        run=lambda to: to.show_program(),
        help="The models that your program has called so far, and where it is to stop.",
    ),
):
    register(_action)
