"""The lines to several clients, and whose request is whose."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ..protocol.refusal import Refusal
from .link import ClientGone, Link
from .loop import Loop
from .replies import Json, refusal
from .seat import Seat

Serve = Callable[[Json], None]
Reply = Callable[[Json, bytes | None, bytes], None]
Handler = Callable[[Seat, Json, Json], None]

_STEPS = frozenset({"next", "stepIn", "stepOut", "stepBack"})
_GOING_ON = frozenset({"continue", "next", "stepIn", "stepOut", "reverseContinue", "goto"})
_LAST_SECONDS = 1.0  # for a client to read what it was told


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under way, by the number that the supervisor knows it by."""

    seat: Seat | None
    number: int  # of the client's own
    command: str
    reply: Reply


class Exchange:
    """Takes the clients' requests to whoever serves them, and the answers back.

    `begin` before anything else. Requests that `handlers` names are handled here.
    """

    def __init__(self, first: Link) -> None:
        self.seats = [Seat(first, True)]
        self.under_way: dict[int, Asked] = {}
        self._numbers = itertools.count(1)
        self._lost: list[Seat] = []

    def handlers(self) -> dict[str, Handler]:
        """Those of requests that are not just passed on."""
        return {}

    def has_left(self, seat: Seat) -> None:
        """A client is gone, and others are there."""

    def begin(self, loop: Loop, serve: Serve) -> None:
        """Serve from now on; `serve` takes a request, and tells its answer to `answer`."""
        self.loop = loop
        self._serve = serve
        self.watch(self.seats[0])

    def owns(self, descriptor: int) -> bool:
        """A descriptor is a client's."""
        return any(descriptor in (seat.link.reading, seat.link.writing) for seat in self.seats)

    def settle(self) -> None:
        """Before every wait: push what waits for clients, and part from those that are gone.

        Raises ClientGone where none is left.
        """
        while self._lost:
            self.leave(self._lost.pop())
        for seat in self.seats:
            if seat.link.wants_write:
                self.loop.watch(seat.link.writing, lambda seat=seat: self._push(seat), write=True)
            else:
                self.loop.leave(seat.link.writing)

    def end(self) -> None:
        """Nothing more is told."""
        for seat in self.seats:
            seat.link.finish(_LAST_SECONDS)

    def answer(self, message: Json, blob: bytes | None = None, unread: bytes = b"") -> None:
        """An answer, to whom it belongs."""
        asked = self.under_way.pop(message["request_seq"], None)
        if asked is not None:
            reply = {**message, "request_seq": asked.number, "command": asked.command}
            asked.reply(reply, blob, unread)

    def say(
        self, seat: Seat, message: Json, blob: bytes | None = None, unread: bytes = b""
    ) -> None:
        """Tell one client. Raises ClientGone where that is the only one, and gone."""
        try:
            seat.link.tell(message, blob, unread)
        except ClientGone:
            if [*self.seats] == [seat]:
                raise
            self._lost.append(seat)

    def watch(self, seat: Seat) -> None:
        """Listen to a client."""
        self.loop.watch(seat.link.reading, lambda: self._read(seat))

    def pass_on(
        self,
        seat: Seat | None,
        request: Json,
        arguments: Json | None = None,
        then: Reply | None = None,
    ) -> None:
        """To the supervisor, under a number of its own; the answer goes to `then`, or back."""
        number = next(self._numbers)
        command, own = request["command"], request.get("seq", 0)
        made = {**request, "seq": number}
        if arguments is not None:
            made["arguments"] = arguments
        if seat is not None and command in _STEPS and not seat.is_window and len(self.seats) > 1:
            given = cast(Json, request.get("arguments") or {})
            made["arguments"] = {"granularity": "statement", **given}

        def back(message: Json, blob: bytes | None, unread: bytes) -> None:
            assert seat is not None
            if seat not in self.seats:
                return
            if message["success"] and command in _GOING_ON:
                seat.standing = False
            self.say(seat, message, blob, unread)

        self.under_way[number] = Asked(seat, own, command, then or back)
        self._serve(made)

    def ask(self, command: str, arguments: Json, then: Reply) -> None:
        """Send a request that no client has made."""
        request = {"type": "request", "command": command, "arguments": arguments}
        self.pass_on(None, request, then=then)

    def ask_plainly(self, command: str, arguments: Json, reply: Callable[[Json], None]) -> None:
        """As `ask`, where the answer has no trailer."""
        self.ask(command, arguments, lambda message, _blob, _unread: reply(message))

    def answering(self, seat: Seat, request: Json) -> Callable[[Json], None]:
        """Gives an answer of the supervisor's back as one to this request."""

        def back(message: Json) -> None:
            reply = {**message, "request_seq": request["seq"], "command": request["command"]}
            self.say(seat, reply)

        return back

    def leave(self, seat: Seat) -> None:
        """A client is gone. Raises ClientGone where it was the last that has opened anything."""
        if seat not in self.seats:
            return
        self.loop.leave(seat.link.reading)
        self.loop.leave(seat.link.writing)
        if [*self.seats] == [seat]:
            raise ClientGone
        self.seats.remove(seat)
        seat.link.finish()
        seat.link.close()
        if not any(other.first or other.joined for other in self.seats):
            raise ClientGone
        self.has_left(seat)

    def lose(self, seat: Seat) -> None:
        """Part from a client before the next wait."""
        self._lost.append(seat)

    def _read(self, seat: Seat) -> None:
        try:
            requests = seat.link.requests()
        except ClientGone:
            self.leave(seat)
            return
        for request in requests:
            self._take(seat, request)
            if not self.loop.going or seat not in self.seats:
                return

    def _push(self, seat: Seat) -> None:
        try:
            seat.link.write()
        except ClientGone:
            self.leave(seat)

    def _take(self, seat: Seat, request: Json) -> None:
        given: object = request.get("arguments")
        arguments = cast(Json, given) if isinstance(given, dict) else {}
        handler = self.handlers().get(request["command"])
        if handler is None or not (given is None or isinstance(given, dict)):
            self.pass_on(seat, request)
            return
        try:
            handler(seat, request, arguments)
        except Refusal as error:
            self.say(seat, refusal(request, error.code, str(error)))
