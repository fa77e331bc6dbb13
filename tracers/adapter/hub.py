"""Several clients as one: the supervisor serves a hub, and the hub its clients.

The first client has started the adapter. Others join over a private line: a window beside an
editor, an editor beside a window. All see the same run; each may step it, set breakpoints and look
at values. A client that goes leaves the others as they were; the last one ends it all.
"""

from __future__ import annotations

import itertools
import os
from typing import Any, cast

from ..protocol.messages import BREAKPOINTS, NEW_RUN, PROGRAM, SEEK, WATCHPOINTS
from ..protocol.refusal import Refusal
from ..protocol.sharing_messages import CLIENTS, OPEN_WINDOW, SHARE
from .door import Door
from .exchange import Exchange, Handler, Serve
from .link import Link
from .loop import Loop
from .replies import CAPABILITIES, Json, event, output, refusal, success
from .seat import STATE, Seat, merged, stands
from .shared_points import LISTS, SharedPoints

_SEEK_REST = 0.1  # seconds between two words on where another client looks


class Hub(Exchange):
    """Stands where one client's link would."""

    def __init__(self, first: Link) -> None:
        super().__init__(first)
        self._points = SharedPoints(self.ask_plainly, self.say, self.seats)
        self._door: Door | None = None
        self._opened = False  # something is launched or attached to, or was
        self._opening: list[tuple[Seat, Json]] = []  # joins that wait for it
        self._greetings = 0  # `initialized` events that belong to nobody
        self._state: Json | None = None
        self._program: Json | None = None
        self._sought: Seat | None = None  # who looks elsewhere, while nobody was told yet

    # The supervisor's side

    def begin(self, loop: Loop, serve: Serve) -> None:
        """As Exchange's; `serve` tells its answers to `tell`."""
        super().begin(loop, serve)
        loop.quits = self._quits

    def owns(self, descriptor: int) -> bool:
        """A descriptor is a client's, or the one where clients join."""
        if self._door is not None and descriptor == self._door.descriptor:
            return True
        return super().owns(descriptor)

    def end(self) -> None:
        """Nothing more is told, and nobody comes any more."""
        super().end()
        if self._door is not None:
            self._door.close()

    def tell(self, message: Json, blob: bytes | None = None, unread: bytes = b"") -> None:
        """An answer, to whom it belongs, or an event, to all that it is for."""
        if message["type"] == "response":
            self.answer(message, blob, unread)
            return
        name = message["event"]
        if name == "initialized" and self._greetings:
            self._greetings -= 1
            return
        if not unread:
            self._notice(name, message.get("body"))
        if name == "breakpoint" and self._points.changed(message["body"]):
            return
        if len(self.seats) == 1 and not self._points.sharing:
            self.say(self.seats[0], message, blob, unread)
            return
        for seat in [*self.seats]:
            if seat.first or seat.joined:
                for told in seat.follow(message):
                    self.say(seat, told, blob, unread if told is message else b"")

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

    # Requests that the hub has a part in

    def handlers(self) -> dict[str, Handler]:
        """By command."""
        own: dict[str, Handler] = {
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

    def _initialize(self, seat: Seat, request: Json, arguments: Json) -> None:
        seat.client = arguments
        if len(self.seats) == 1:
            self.pass_on(seat, request)
            return
        self.say(seat, success(request, CAPABILITIES))
        self.say(seat, event("initialized"))

    def _greet_again(self) -> None:
        """The clients are others: so is what they can do together."""
        self._greetings += 1
        self.ask_plainly("initialize", merged(self.seats), _nothing)
        for seat in self.seats:
            if seat.is_window:
                self.say(seat, event(CLIENTS, {"others": len(self.seats) - 1}))

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
        elif any(
            asked.command in ("launch", "attach", "restart") for asked in self.under_way.values()
        ):
            self._opening.append((seat, request))
        elif not self._opened:
            raise Refusal(
                "not-launched", "Nothing is being debugged there yet; open a model first."
            )
        else:
            self._join(seat, request)

    def _open(self, seat: Seat, request: Json) -> None:
        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            self._opened = message["success"]
            seat.joined = seat.joined or self._opened
            self.say(seat, message)
            waiting, self._opening = self._opening, []
            for other, asked in waiting:
                if self._opened:
                    self._join(other, asked)
                else:
                    words = "What was to be debugged there could not be opened."
                    self.say(other, refusal(asked, "not-launched", words))

        self.pass_on(seat, request, then=back)

    def _join(self, seat: Seat, request: Json) -> None:
        """A client comes to what is open."""
        seat.joined = True
        for one in self.seats:
            one.link.stand_beside_others()
        self._points.share()
        self._greet_again()
        self.say(seat, success(request))
        if seat.is_window:
            self._points.show(seat)
            if self._program is not None:
                self.say(seat, event(PROGRAM, self._program))
            if self._state is not None:
                self.say(seat, event(STATE, self._state))

    def _configuration_done(self, seat: Seat, request: Json, arguments: Json) -> None:
        if seat.first or not seat.joined:
            self.pass_on(seat, request)
            return
        self.say(seat, success(request))
        seat.settled = True
        if seat.is_window:
            return
        self._points.show(seat)
        self.say(seat, event("thread", {"reason": "started", "threadId": 1}))
        if self._state is not None:
            for told in seat.follow(event(STATE, self._state)):
                self.say(seat, told)

    def _restart(self, seat: Seat, request: Json, arguments: Json) -> None:
        given: Any = arguments.get("arguments")
        if isinstance(given, dict) and "join" in given:  # it has nothing to launch anew
            arguments = {}

        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            self._opened = message["success"]
            self.say(seat, message)
            for other in self.seats:
                if message["success"] and other is not seat and other.is_window and other.joined:
                    self.say(other, event(NEW_RUN, {"name": ""}))

        self._state = None
        self.pass_on(seat, request, arguments, back)

    def _disconnect(self, seat: Seat, request: Json, arguments: Json) -> None:
        if len(self.seats) == 1:
            self.pass_on(seat, request)
            return
        self.say(seat, success(request))
        self.lose(seat)

    def _cancel(self, seat: Seat, request: Json, arguments: Json) -> None:
        number = arguments.get("requestId")
        found = (
            own for own, one in self.under_way.items() if (one.seat, one.number) == (seat, number)
        )
        self.pass_on(seat, request, {**arguments, "requestId": next(found, number)})

    def _filters(self, seat: Seat, request: Json, arguments: Json) -> None:
        given = arguments.get("filters")
        if not isinstance(given, list):
            self.pass_on(seat, request)
            return
        names = [str(name) for name in cast("list[object]", given)]
        before, seat.filters = seat.filters, names
        answer = self.answering(seat, request)

        def back(message: Json, _blob: bytes | None, _unread: bytes) -> None:
            if not message["success"]:
                seat.filters = before
            elif message.get("body"):
                message = {**message, "body": {"breakpoints": [{"verified": True} for _ in names]}}
            answer(message)

        self.ask("setExceptionBreakpoints", {**arguments, "filters": self._all_filters()}, back)

    def _all_filters(self) -> list[str]:
        named = (seat.filters for seat in self.seats if seat.filters is not None)
        return list(dict.fromkeys(itertools.chain.from_iterable(named)))

    def _list(self, seat: Seat, request: Json, arguments: Json) -> None:
        answer = self.answering(seat, request)
        self._points.set(seat, request["command"], arguments, answer)

    def _rows(self, seat: Seat, request: Json, arguments: Json) -> None:
        self._points.set_rows(seat, arguments, self.answering(seat, request))

    def _watchpoints(self, seat: Seat, request: Json, arguments: Json) -> None:
        """A window that joins has none yet: it must not take away those that there are."""
        if seat.first or arguments.get("watchpoints"):
            self.pass_on(seat, request)
        else:
            self.say(seat, success(request, {"problems": []}))

    def _seek(self, seat: Seat, request: Json, arguments: Json) -> None:
        def back(message: Json, blob: bytes | None, unread: bytes) -> None:
            self.say(seat, message, blob, unread)
            if message["success"] and not unread:
                self._state = message["body"]["state"]
                if self._points.sharing and self._sought is None:
                    self.loop.after(_SEEK_REST, self._tell_sought)
                self._sought = seat

        self.pass_on(seat, request, then=back)

    def _tell_sought(self) -> None:
        """Where one looks, the others look, too."""
        seat, self._sought = self._sought, None
        state = self._state
        for other in self.seats:
            if state is None or other is seat or not (other.first or other.joined):
                continue
            if other.is_window:
                self.say(other, event(STATE, state))
            else:
                other.standing = True
                self.say(other, stands(state))

    # Coming and going

    def _share(self, seat: Seat, request: Json, arguments: Json) -> None:
        self.say(seat, success(request, {"socket": self._opened_door().address}))

    def _window(self, seat: Seat, request: Json, arguments: Json) -> None:
        opened = self._open_window()
        body = {"socket": self._opened_door().address, "opened": opened}
        self.say(seat, success(request, body))

    def _open_window(self) -> bool:
        door = self._opened_door()
        if door.open_window():
            return True
        words = f"No window can be opened here; one can join with: opscope join {door.address}\n"
        for seat in self.seats:
            self.say(seat, output(words))
        return False

    def _opened_door(self) -> Door:
        """Raises Refusal."""
        if self._door is None:
            self._door = Door()
            self.loop.watch(self._door.descriptor, self._come_in)
        return self._door

    def _come_in(self) -> None:
        assert self._door is not None
        descriptor = self._door.accept()
        if descriptor is None:
            return
        seat = Seat(Link(descriptor, os.dup(descriptor)), False)
        seat.link.stand_beside_others()
        self.seats.append(seat)
        self.watch(seat)

    def has_left(self, seat: Seat) -> None:
        """What the others show stays."""
        self._opening = [(other, asked) for other, asked in self._opening if other is not seat]
        if self._points.sharing:
            self._points.leave(seat)
            self._greet_again()
            if seat.filters:
                filters = {"filters": self._all_filters()}
                self.ask_plainly("setExceptionBreakpoints", filters, _nothing)

    def _quits(self) -> bool:
        """Somebody wants its end: the first time that of the first client alone."""
        first = [seat for seat in self.seats if seat.first]
        for seat in first:
            self.lose(seat)
        return not first or not any(seat.joined for seat in self.seats if not seat.first)


def _nothing(_: Json) -> None:
    """Nobody has asked."""
