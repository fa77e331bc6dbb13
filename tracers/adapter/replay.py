"""What the client has asked for so far, so that a new debuggee can be told the same."""

from __future__ import annotations

import itertools
from typing import Any, cast

Json = dict[str, Any]

_LISTS = (
    "setFunctionBreakpoints",
    "setInstructionBreakpoints",
    "setExceptionBreakpoints",
    "setDataBreakpoints",
    "opscope/breakpoints",
    "opscope/watchpoints",
)
BREAKPOINT_COMMANDS = ("setBreakpoints", *_LISTS)


class Replay:
    """The client's settings. Later ones of a kind replace earlier ones.

    Attributes:
        client: arguments of `initialize`.
        launch: arguments of the newest `launch` or `restart`, None before.
        configured: `configurationDone` has come.
    """

    def __init__(self) -> None:
        self.client: Json = {}
        self.launch: Json | None = None
        self.configured = False
        self._points: dict[tuple[str, str], Json] = {}
        self._ids = itertools.count(1)

    @property
    def is_opscope(self) -> bool:
        """The client is Opscope's own: it keeps the debuggee after the run's end."""
        return self.client.get("opscope") is True

    @property
    def shows_progress(self) -> bool:
        """The client wants progress events."""
        return self.is_opscope or self.client.get("supportsProgressReporting") is True

    def breakpoints(self, command: str, arguments: Json) -> Json:
        """Keep a set…Breakpoints request; its arguments with an id for every breakpoint, where they
        have none."""
        given = arguments.get("breakpoints")
        count = len(cast("list[object]", given)) if isinstance(given, list) else 0
        kept = {"ids": [next(self._ids) for _ in range(count)], **arguments}
        self._points[command, _path(arguments)] = kept
        return kept

    def requests(self) -> list[tuple[str, Json]]:
        """Everything before `launch` that a new debuggee must hear, in order."""
        found = [(command, kept) for (command, _), kept in self._points.items()]
        if self.configured:
            found.append(("configurationDone", {}))
        return found


def unverified(kept: Json) -> Json:
    """The answer to a set…Breakpoints request while there is no debuggee to ask."""
    why = "the model is not loaded yet"
    return {"breakpoints": [{"id": n, "verified": False, "message": why} for n in kept["ids"]]}


def _path(arguments: Json) -> str:
    source = arguments.get("source")
    if not isinstance(source, dict):
        return ""
    return str(cast(Json, source).get("path", ""))
