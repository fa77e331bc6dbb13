"""One of the clients that share an adapter: what it is, what it was told, what it is not told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .link import Link
from .replies import Json, event

OWN = "opscope/"  # what the events and requests of Opscope's own windows begin with
STATE = "opscope/state"
_NOT_STANDING = {"running", "loading"}


@dataclass(slots=True, eq=False)
class Seat:
    """A client.

    Attributes:
        first: it has started the adapter, and speaks over its standard input and output.
        client: arguments of its `initialize`.
        joined: it has come to what another one has opened.
        settled: and has said what it brings along.
        filters: the exceptions that it stops at, None before it has said so.
        standing: a client that knows DAP alone was told that the run stands.
    """

    link: Link
    first: bool
    client: Json = field(default_factory=dict[str, Any])
    joined: bool = False
    settled: bool = False
    filters: list[str] | None = None
    standing: bool = False

    @property
    def is_window(self) -> bool:
        """It is one of Opscope's own."""
        return self.client.get("opscope") is True

    def is_told(self, name: str) -> bool:
        """An event of this name is for it."""
        if self.is_window:
            return True
        wish = {"opscope/input": "supportsInput", "invalidated": "supportsInvalidatedEvent"}.get(
            name
        )
        if wish is not None or name.startswith("progress"):
            return self.client.get(wish or "supportsProgressReporting") is True
        return not name.startswith(OWN)

    def follow(self, message: Json) -> list[Json]:
        """What a client that knows DAP alone is told in the place of an event."""
        name = message["event"]
        if name == "stopped":
            self.standing = True
        if self.is_window or name != STATE:
            return [message] if self.is_told(name) else []
        runs = message["body"]["state"] in _NOT_STANDING
        if runs != self.standing:
            return []
        self.standing = not runs
        return [moves_on() if runs else stands(message["body"])]


def merged(seats: list[Seat]) -> Json:
    """Arguments of `initialize` that stand for all clients: what one of them can do, can be done.

    "others" says that there are clients that know DAP alone beside Opscope's own.
    """
    found: Json = {}
    for seat in sorted(seats, key=lambda seat: seat.is_window):
        found |= {key: part for key, part in seat.client.items() if part is not False}
    plain = [not seat.is_window for seat in seats]
    return {**found, "others": any(plain) and not all(plain)}


def stands(state: Json) -> Json:
    """An event for clients that know DAP alone: where the run stands now."""
    words = {"finished": "The run is over.", "failed": "The run has failed."}
    text = str(state.get("note") or words.get(str(state.get("state")), ""))
    body: Json = {"reason": "goto", "threadId": 1, "allThreadsStopped": True}
    if text:
        body |= {"description": text, "text": text}
    return event("stopped", {**body, "opscope": state})


def moves_on() -> Json:
    """An event for clients that know DAP alone: somebody else lets the run go on."""
    return event("continued", {"threadId": 1, "allThreadsContinued": True})
