"""The row about other clients of the same debuggee."""

from __future__ import annotations

from .commands import When
from .registry import Action, register

register(
    Action(
        id="file.connect_editor",
        text="Connect an &Editor…",
        menu="File",
        icon="plug",
        when=When.OPEN,
        run=lambda to: to.connect_editor(),
        help="Let an editor join this session: the same stops, and breakpoints set in either.",
    )
)
