"""Several clients as one: the supervisor serves a hub, and the hub its clients.

The first client has started the adapter. Others join over a private line: a window beside an
editor, an editor beside a window. All see the same run; each may step it, set breakpoints and look
at values. A client that goes leaves the others as they were; the last one ends it all.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..protocol.messages import BREAKPOINTS, NEW_RUN, PROGRAM, SEEK, WATCHPOINTS
from ..protocol.refusal import Refusal
from ..protocol.sharing_messages import CLIENTS, OPEN_WINDOW, SHARE
from .door import Door
from .link import ClientGone, Link
from .loop import Loop
from .replies import CAPABILITIES, Json, event, output, refusal, success
from .seat import STATE, Seat, merged, stands
from .shared_points import LISTS, SharedPoints

Serve = Callable[[Json], None]
Reply = Callable[[Json, bytes | None, bytes], None]

_STEPS = frozenset({"next", "stepIn", "stepOut", "stepBack"})
_GOING_ON = frozenset({"continue", "next", "stepIn", "stepOut", "reverseContinue", "goto"})
_LAST_SECONDS = 1.0  # for a client to read what it was told
_SEEK_REST = 0.1  # seconds between two words on where another client looks


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request under way, by the number that the supervisor knows it by."""

    seat: Seat | None
    number: int  # of the client's own
    command: str
    reply: Reply


class Hub:
    """Stands where one client's link would. `begin` before anything else."""

    def __init__(self, first: Link) -> None:
        self._seats = [Seat(first, True)]
        self._under_way: dict[int, _Asked] = {}
        self._numbers = itertools.count(1)
        self._points = SharedPoints(self._ask_plainly, self._seats)
        self._door: Door | None = None
        self._opened = False  # something is launched or attached to, or was
        self._opening: list[tuple[Seat, Json]] = []  # joins that wait for it
        self._greetings = 0  # `initialized` events that belong to nobody
        self._state: Json | None = None
        self._program: Json | None = None
        self._sought: Seat | None = None  # who looks elsewhere, while nobody was told yet
        self._lost: list[Seat] = []

    # The supervisor's side

    def begin(self, loop: Loop, serve: Serve) -> None:
        """Serve from now on; `serve` takes a request, and tells its answer here."""
        self._loop = loop
        self._serve = serve
        loop.quits = self._quits
        self._watch(self._seats[0])

    def owns(self, descriptor: int) -> bool:
        """A descriptor is a client's, or the one where clients join."""
        if self._door is not None and descriptor == self._door.descriptor:
            return True
        return any(descriptor in (seat.link.reading, seat.link.writing) for seat in self._seats)

    def settle(self) -> None:
        """Before every wait: push what waits for clients, and part from those that are gone.

        Raises ClientGone where none is left.
        """
        while self._lost:
            self._leave(self._lost.pop())
        for seat in self._seats:
            if seat.link.wants_write:
                self._loop.watch(seat.link.writing, lambda seat=seat: self._push(seat), write=True)
            else:
                self._loop.leave(seat.link.writing)

    def end(self) -> None:
        """Nothing more is told."""
        for seat in self._seats:
            seat.link.finish(_LAST_SECONDS)
        if self._door is not None:
            self._door.close()

    def tell(self, message: Json, blob: bytes | None = None, unread: bytes = b"") -> None:
        """An answer, to whom it belongs, or an event, to all that it is for."""
        if message["type"] == "response":
            asked = self._under_way.pop(message["request_seq"], None)
            if asked is not None:
                reply = {**message, "request_seq": asked.number, "command": asked.command}
                asked.reply(reply, blob, unread)
            return
        name = message["event"]
        if name == "initialized" and self._greetings:
            self._greetings -= 1
            return
        if not unread:
            self._notice(name, message.get("body"))
        if name == "breakpoint" and self._points.changed(message["body"]):
            return
        if len(self._seats) == 1 and not self._points.sharing:
            self._say(self._seats[0], message, blob, unread)
            return
        for seat in [*self._seats]:
            if seat.first or seat.joined:
                for told in seat.follow(message):
                    self._say(seat, told, blob, unread if told is message else b"")

    def _notice(self, name: str, body: Json | None) -> None:
        """What somebody who joins later must hear."""
        if name == "stopped" and body is not None:
            self._state = body.get("opscope")
        elif name == STATE:
            self._state = body
        elif name == PROGRAM:
            self._program = body
        elif name in (NEW_RUN, "exited"):
            self._state = None
            self._opened = name == NEW_RUN

    def _say(
        self, seat: Seat, message: Json, blob: bytes | None = None, unread: bytes = b""
    ) -> None:
        try:
            seat.link.tell(message, blob, unread)
        except ClientGone:
            if [*self._seats] == [seat]:
                raise
            self._lost.append(seat)

    # The clients' side

    def _watch(self, seat: Seat) -> None:
        self._loop.watch(seat.link.reading, lambda: self._read(seat))

    def _read(self, seat: Seat) -> None:
        try:
            requests = seat.link.requests()
        except ClientGone:
            self._leave(seat)
            return
        for request in requests:
            self._take(seat, request)
            if not self._loop.going or seat not in self._seats:
                return

    def _push(self, seat: Seat) -> None:
        try:
            seat.link.write()
        except ClientGone:
            self._leave(seat)

    def _take(self, seat: Seat, request: Json) -> None:
        given: object = request.get("arguments")
        arguments = cast(Json, given) if isinstance(given, dict) else {}
        handler = self._handlers().get(request["command"])
        if handler is None or not (given is None or isinstance(given, dict)):
            self._pass(seat, request)
            return
        try:
            handler(seat, request, arguments)
        except Refusal as error:
            self._say(seat, refusal(request, error.code, str(error)))

    def _handlers(self) -> dict[str, Callable[[Seat, Json, Json], None]]:
        own: dict[str, Callable[[Seat, Json, Json], None]] = {
            "initialize": self._initialize,
            "launch": self._launch,
            "attach": self._attach,
            "configurationDone": self._configuration_done,
            "restart": self._restart,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
            "setExceptionBreakpoints": self._filters,
            BREAKPOINTS: self._rows,
            WATCHPOINTS: self._watchpoints,
            SEEK: self._seek,
            SHARE: self._share,
            OPEN_WINDOW: self._window,
        }
        return own | dict.fromkeys(LISTS, self._list)

    def _pass(
        self,
        seat: Seat | None,
        request: Json,
        arguments: Json | None = None,
        then: Reply | None = None,
    ) -> None:
        """To the supervisor, under a number of the hub's; the answer goes to `then`, or back."""
        number = next(self._numbers)
        command, own = request["command"], request.get("seq", 0)
        made = {**request, "seq": number}
        if arguments is not None:
            made["arguments"] = arguments
        if seat is not None and command in _STEPS and not seat.is_window and self._points.sharing:
            given = cast(Json, request.get("arguments") or {})
            made["arguments"] = {"granularity": "statement", **given}

        def back(message: Json, blob: bytes | None, unread: bytes) -> None:
            assert seat is not None
            if seat not in self._seats:
                return
            if message["success"] and command in _GOING_ON:
                seat.standing = False
            self._say(seat, message, blob, unread)

        self._under_way[number] = _Asked(seat, own, command, then or back)
        self._serve(made)

    def _ask(self, command: str, arguments: Json, then: Reply) -> None:
        request = {"type": "request", "command": command, "arguments": arguments}
        self._pass(None, request, then=then)

    def _ask_plainly(self, command: str, arguments: Json, reply: Callable[[Json], None]) -> None:
        self._ask(command, arguments, lambda message, _blob, _unread: reply(message))

    def _answer(self, seat: Seat, request: Json) -> Callable[[Json], None]:
        """Gives an answer of the supervisor's back as one to this request."""

        def back(message: Json) -> None:
            reply = {**message, "request_seq": request["seq"], "command": request["command"]}
            self._say(seat, reply)

        return back

    # Requests that the hub has a part in

    def _initialize(self, seat: Seat, request: Json, arguments: Json) -> None:
        seat.client = arguments
        if len(self._seats) == 1:
            self._pass(seat, request)
            return
        self._say(seat, success(request, CAPABILITIES))
        self._say(seat, event("initialized"))

    def _greet_again(self) -> None:
        """The clients are others: so is what they can do together."""
        self._greetings += 1
        self._ask_plainly("initialize", merged(self._seats), _nothing)
        for seat in self._seats:
            if seat.is_window:
                self._say(seat, event(CLIENTS, {"others": len(self._seats) - 1}))

    def _launch(self, seat: Seat, request: Json, arguments: Json) -> None:
        if not seat.first and self._opened:
            raise Refusal(
                "launched",
                'Something is being debugged here already: join it with "request": "attach".',
            )
        wants = arguments.get("window") is True
        self._open(seat, request)
        if wants:
            self._open_window()

    def _attach(self, seat: Seat, request: Json, arguments: Json) -> None:
        if seat.first or "socket" in arguments:
            self._open(seat, request)
            if arguments.get("window") is True:
                self._open_window()
        elif any(asked.command in ("launch", "attach", "restart") for asked in self._asked()):
            self._opening.append((seat, request))
        elif not self._opened:
            raise Refusal(
                "not-launched", "Nothing is being debugged there yet; open a model first."
            )
        else:
            self._join(seat, request)

    def _asked(self) -> list[_Asked]:
        return [*self._under_way.values()]

    def _open(self, seat: Seat, request: Json) -> None:
        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            self._opened = message["success"]
            seat.joined = seat.joined or self._opened
            self._say(seat, message)
            waiting, self._opening = self._opening, []
            for other, asked in waiting:
                if self._opened:
                    self._join(other, asked)
                else:
                    words = "What was to be debugged there could not be opened."
                    self._say(other, refusal(asked, "not-launched", words))

        self._pass(seat, request, then=back)

    def _join(self, seat: Seat, request: Json) -> None:
        """A client comes to what is open."""
        seat.joined = True
        for one in self._seats:
            one.link.stand_beside_others()
        self._points.share()
        self._greet_again()
        self._say(seat, success(request))
        if seat.is_window:
            self._points.show(seat)
            if self._program is not None:
                self._say(seat, event(PROGRAM, self._program))
            if self._state is not None:
                self._say(seat, event(STATE, self._state))

    def _configuration_done(self, seat: Seat, request: Json, arguments: Json) -> None:
        if seat.first or not seat.joined:
            self._pass(seat, request)
            return
        self._say(seat, success(request))
        if seat.is_window:
            return
        self._points.show(seat)
        self._say(seat, event("thread", {"reason": "started", "threadId": 1}))
        if self._state is not None:
            for told in seat.follow(event(STATE, self._state)):
                self._say(seat, told)

    def _restart(self, seat: Seat, request: Json, arguments: Json) -> None:
        given: Any = arguments.get("arguments")
        if isinstance(given, dict) and "join" in given:  # it has nothing to launch anew
            arguments = {}

        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            self._say(seat, message)
            for other in self._seats:
                if message["success"] and other is not seat and other.is_window and other.joined:
                    self._say(other, event(NEW_RUN, {"name": ""}))

        self._state = None
        self._pass(seat, request, arguments, back)

    def _disconnect(self, seat: Seat, request: Json, arguments: Json) -> None:
        if len(self._seats) == 1:
            self._pass(seat, request)
            return
        self._say(seat, success(request))
        self._lost.append(seat)

    def _cancel(self, seat: Seat, request: Json, arguments: Json) -> None:
        number = arguments.get("requestId")
        found = (
            own for own, one in self._under_way.items() if (one.seat, one.number) == (seat, number)
        )
        self._pass(seat, request, {**arguments, "requestId": next(found, number)})

    def _filters(self, seat: Seat, request: Json, arguments: Json) -> None:
        given = arguments.get("filters")
        if not isinstance(given, list):
            self._pass(seat, request)
            return
        names = [str(name) for name in cast("list[object]", given)]
        before, seat.filters = seat.filters, names
        answer = self._answer(seat, request)

        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            if not message["success"]:
                seat.filters = before
            elif message.get("body"):
                message = {**message, "body": {"breakpoints": [{"verified": True} for _ in names]}}
            answer(message)

        self._ask("setExceptionBreakpoints", {**arguments, "filters": self._all_filters()}, back)

    def _all_filters(self) -> list[str]:
        named = (seat.filters for seat in self._seats if seat.filters is not None)
        return list(dict.fromkeys(itertools.chain.from_iterable(named)))

    def _list(self, seat: Seat, request: Json, arguments: Json) -> None:
        answer = self._answer(seat, request)
        self._points.set(seat, request["command"], arguments, answer)

    def _rows(self, seat: Seat, request: Json, arguments: Json) -> None:
        self._points.set_rows(seat, arguments, self._answer(seat, request))

    def _watchpoints(self, seat: Seat, request: Json, arguments: Json) -> None:
        """A window that joins has none yet: it must not take away those that there are."""
        if seat.first or arguments.get("watchpoints"):
            self._pass(seat, request)
        else:
            self._say(seat, success(request, {"problems": []}))

    def _seek(self, seat: Seat, request: Json, arguments: Json) -> None:
        def back(message: Json, blob: bytes | None, unread: bytes) -> None:
            self._say(seat, message, blob, unread)
            if message["success"] and not unread:
                self._state = message["body"]["state"]
                if self._points.sharing and self._sought is None:
                    self._loop.after(_SEEK_REST, self._tell_sought)
                self._sought = seat

        self._pass(seat, request, then=back)

    def _tell_sought(self) -> None:
        """Where one looks, the others look, too."""
        seat, self._sought = self._sought, None
        state = self._state
        for other in self._seats:
            if state is None or other is seat or not (other.first or other.joined):
                continue
            if other.is_window:
                self._say(other, event(STATE, state))
            else:
                other.standing = True
                self._say(other, stands(state))

    # Coming and going

    def _share(self, seat: Seat, request: Json, arguments: Json) -> None:
        self._say(seat, success(request, {"socket": self._opened_door().address}))

    def _window(self, seat: Seat, request: Json, arguments: Json) -> None:
        opened = self._open_window()
        body = {"socket": self._opened_door().address, "opened": opened}
        self._say(seat, success(request, body))

    def _open_window(self) -> bool:
        door = self._opened_door()
        if door.open_window():
            return True
        words = f"No window can be opened here; one can join with: opscope join {door.address}\n"
        for seat in self._seats:
            self._say(seat, output(words))
        return False

    def _opened_door(self) -> Door:
        """Raises Refusal."""
        if self._door is None:
            self._door = Door()
            self._loop.watch(self._door.descriptor, self._come_in)
        return self._door

    def _come_in(self) -> None:
        assert self._door is not None
        descriptor = self._door.accept()
        if descriptor is None:
            return
        seat = Seat(Link(descriptor, os.dup(descriptor)), False)
        seat.link.stand_beside_others()
        self._seats.append(seat)
        self._watch(seat)

    def _leave(self, seat: Seat) -> None:
        """A client is gone. Raises ClientGone where it was the last."""
        if seat not in self._seats:
            return
        self._loop.leave(seat.link.reading)
        self._loop.leave(seat.link.writing)
        if [*self._seats] == [seat]:
            raise ClientGone
        self._seats.remove(seat)
        seat.link.finish()
        seat.link.close()
        self._opening = [(other, asked) for other, asked in self._opening if other is not seat]
        if not any(other.first or other.joined for other in self._seats):
            raise ClientGone
        if self._points.sharing:
            self._points.leave(seat)
            self._greet_again()
            if seat.filters:
                filters = {"filters": self._all_filters()}
                self._ask_plainly("setExceptionBreakpoints", filters, _nothing)

    def _quits(self) -> bool:
        """Who has started the adapter wants its end: true where nobody else is there."""
        others = [seat for seat in self._seats if seat.joined and not seat.first]
        self._lost += [seat for seat in self._seats if seat.first]
        return not others


def _nothing(_: Json) -> None:
    """Nobody has asked."""
