"""Breakpoints that several clients share: what one sets or removes, the others show.

Opscope's windows set one list of rows for all; a client that knows DAP alone sets lists by file and
by kind. The rows stand for all of them: in the debuggee, a breakpoint of DAP's whose place a row
has is that row (`Points` in tracers/engine/points.py).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from ..protocol.messages import BREAKPOINTS
from ..protocol.sharing_messages import SHARED_POINTS
from .replies import Json, event
from .seat import Seat

Place = tuple[str, str]  # kind and where, as in Breakpoint
Key = tuple[str, str]  # command and file
Reply = Callable[[Json], None]
# Sends a request to whoever serves it; what comes back goes to `Reply`.
Ask = Callable[[str, Json, Reply], None]

LISTS = ("setBreakpoints", "setFunctionBreakpoints", "setInstructionBreakpoints")
_KEEP = frozenset({"vscode"})  # clients that take what they are told of into their own lists
_TERMS = (("condition", "condition"), ("hits", "hitCondition"), ("log", "logMessage"))


@dataclass(slots=True)
class _Set:
    """A breakpoint as a client has set it, and the rows that it is, as the debuggee tells."""

    id: int
    given: Json
    places: list[Place] = field(default_factory=list[Place])

    def row(self, place: Place) -> Json:
        """As a window has it."""
        terms = {name: str(self.given.get(word) or "") for name, word in _TERMS}
        return {"kind": place[0], "where": place[1], "label": "", "enabled": True, **terms}


class SharedPoints:
    """Of all clients of an adapter.

    Attributes:
        rows: in the form that windows send.
        sharing: there is more than one client, or was.
    """

    def __init__(self, ask: Ask, say: Callable[[Seat, Json], None], seats: list[Seat]) -> None:
        self.rows: list[Json] = []
        self.sharing = False
        self._ask = ask
        self._say = say
        self._seats = seats
        self._ids = itertools.count(1)
        self._sets: dict[Key, dict[Seat, list[_Set]]] = {}
        # Of a client that knows DAP alone: what it was told of and has not set itself, by id.
        self._told: dict[Seat, dict[Place, int]] = {}
        self._keeps: set[Seat] = set()  # those that keep what they are told of

    def share(self) -> None:
        """A second client comes."""
        if self.sharing:
            return
        self.sharing = True
        for by_seat in self._sets.values():
            for point in itertools.chain.from_iterable(by_seat.values()):
                self._put(point)
        self._push(None)

    def show(self, seat: Seat) -> None:
        """Tell a client that has come all that it has not set itself."""
        if seat.is_window:
            self._say(seat, event(SHARED_POINTS, {"breakpoints": self.rows}))
        else:
            self._tell_editor(seat)

    def leave(self, seat: Seat) -> None:
        """A client goes. What others show stays."""
        self._told.pop(seat, None)
        self._keeps.discard(seat)
        for key, by_seat in self._sets.items():
            if by_seat.pop(seat, None):
                self._send(key)
        if not any(other.is_window for other in self._seats):
            shown = self._all_set()
            self.rows = [row for row in self.rows if row["kind"] == "line" or _place(row) in shown]
            self._push(None)

    # What clients ask

    def set_rows(self, seat: Seat, arguments: Json, reply: Reply) -> None:
        """A window's list, in the place of all."""
        given = arguments.get("breakpoints")
        rows = cast("list[object]", given) if isinstance(given, list) else []
        sound = [cast(Json, row) for row in rows if isinstance(row, dict)]
        if all(isinstance(row.get(part), str) for row in sound for part in ("kind", "where")):
            before, self.rows = self.rows, sound
            if self.sharing and before != sound:
                self._tell_all(seat)
        self._ask(BREAKPOINTS, arguments, reply)

    def set(self, seat: Seat, command: str, arguments: Json, reply: Reply) -> None:
        """A list of DAP's."""
        given = arguments.get("breakpoints")
        rows = cast("list[object]", given) if isinstance(given, list) else []
        key = command, _path(arguments)
        points = [_Set(next(self._ids), cast(Json, row)) for row in rows if isinstance(row, dict)]
        if len(points) != len(rows):
            self._ask(command, arguments, reply)  # for the debuggee to refuse
            return
        before = self._shown_by(seat, key)
        self._sets.setdefault(key, {})[seat] = points

        def answered(message: Json) -> None:
            told = _told_rows(message)
            if told is None:
                reply(message)
                return
            self._learn(key, told)
            mine = told[: len(points)]
            reply({**message, "body": {**message["body"], "breakpoints": list(map(_plain, mine))}})
            if self.sharing and self._sets[key].get(seat) is points:
                self._changed_by(seat, points, before)

        self._send(key, arguments, seat, answered)

    def changed(self, body: Json) -> bool:
        """The debuggee tells anew of a breakpoint of DAP's; False where nobody here has set it."""
        number = body["breakpoint"].get("id")
        for by_seat in self._sets.values():
            for seat, points in by_seat.items():
                for point in points:
                    if point.id == number:
                        known = point.places
                        point.places = _places(body["breakpoint"], point.places)
                        plain = {**body, "breakpoint": _plain(body["breakpoint"])}
                        self._say(seat, event("breakpoint", plain))
                        if self.sharing and known != point.places:
                            self._changed_by(seat, [point], set(known))
                        return True
        return False

    # Between the clients

    def _changed_by(self, seat: Seat, points: list[_Set], before: set[Place]) -> None:
        """A client that knows DAP alone has another list."""
        rows = [*self.rows]
        after = {place for point in points for place in point.places}
        told = self._told.setdefault(seat, {})
        if any(told.pop(place, None) is not None for place in after & {*told}):
            self._keeps.add(seat)
        self.rows = [row for row in rows if _place(row) not in before - after]
        for gone in before - after:
            told.pop(gone, None)
        for point in points:
            self._put(point)
        if self.rows != rows:
            self._push(seat)

    def _put(self, point: _Set) -> None:
        """Into the rows, in the place of one that is on the same."""
        for place in point.places:
            row = point.row(place)
            at = next((n for n, old in enumerate(self.rows) if _place(old) == place), None)
            if at is None:
                self.rows.append(row)
            else:
                self.rows[at] = {**row, "label": self.rows[at].get("label", "")}

    def _push(self, by: Seat | None) -> None:
        """The rows are others: tell the debuggee and the clients."""
        self._ask(BREAKPOINTS, {"breakpoints": self.rows}, lambda _: None)
        self._tell_all(by)

    def _tell_all(self, by: Seat | None) -> None:
        for seat in self._seats:
            if seat is by:
                continue
            if not seat.is_window:
                self._tell_editor(seat)
            elif seat.joined or seat.first:
                self._say(seat, event(SHARED_POINTS, {"breakpoints": self.rows}))

    def _tell_editor(self, seat: Seat) -> None:
        """New lines, and what is gone; of other rows DAP has no word."""
        if not (seat.settled or seat.first):
            return
        lit = {_place(row) for row in self.rows if row.get("enabled", True) is not False}
        told = self._told.setdefault(seat, {})
        own = self._all_set(seat)
        for place in [place for place in told if place not in lit]:
            self._say(seat, _removed(told.pop(place)))
        for key, by_seat in self._sets.items():
            points = by_seat.get(seat, [])
            gone = [point for point in points if point.places and not lit & {*point.places}]
            if gone:
                by_seat[seat] = [point for point in points if point not in gone]
                for point in gone:
                    self._say(seat, _removed(point.id))
                self._send(key)
        for kind, where in [_place(row) for row in self.rows if _place(row) in lit]:
            if kind == "line" and (kind, where) not in told and (kind, where) not in own:
                number = told[kind, where] = next(self._ids)
                self._say(seat, _new(number, where))

    def _shown_by(self, seat: Seat, key: Key) -> set[Place]:
        """What a client shows of a list: what it does not repeat, it has removed."""
        points = self._sets.get(key, {}).get(seat, [])
        found = {place for point in points for place in point.places}
        keeps = seat in self._keeps or seat.client.get("clientID") in _KEEP
        if keeps and key[0] == "setBreakpoints":
            told = self._told.get(seat, {})
            found |= {place for place in told if place[1].rpartition(":")[0] == key[1]}
        return found

    def _all_set(self, seat: Seat | None = None) -> set[Place]:
        """Places of all that is set by DAP's requests, or of what one client has set."""
        return {
            place
            for by_seat in self._sets.values()
            for who, points in by_seat.items()
            if seat is None or who is seat
            for point in points
            for place in point.places
        }

    # The debuggee

    def _send(
        self,
        key: Key,
        arguments: Json | None = None,
        seat: Seat | None = None,
        reply: Reply | None = None,
    ) -> None:
        """What all clients have set of a list, those of `seat` first."""
        command, path = key
        body = arguments or ({"source": {"path": path}} if path else {})
        by_seat = self._sets[key]
        points = [*by_seat[seat]] if seat is not None else []
        for other, rows in by_seat.items():
            points += rows if other is not seat else []
        rows = [point.given for point in points]
        body = {**body, "breakpoints": rows, "ids": [point.id for point in points]}
        self._ask(command, body, reply or (lambda message: self._learn(key, _told_rows(message))))

    def _learn(self, key: Key, told: list[Json] | None) -> None:
        """Which rows the breakpoints are."""
        by_id = {row.get("id"): row for row in told or []}
        for points in self._sets[key].values():
            for point in points:
                row = by_id.get(point.id)
                if row is not None:
                    point.places = _places(row, _lines(key, point))


def _lines(key: Key, point: _Set) -> list[Place]:
    """What a line breakpoint is while there is no debuggee to ask."""
    return [("line", f"{key[1]}:{point.given.get('line')}")] if key[1] else []


def _places(told: Json, otherwise: list[Place]) -> list[Place]:
    own: object = told.get("opscope")
    if not isinstance(own, dict):
        return otherwise
    return [_place(row) for row in cast("list[Json]", cast(Json, own)["rows"])]


def _place(row: Json) -> Place:
    return str(row["kind"]), str(row["where"])


def _plain(told: Json) -> Json:
    return {name: part for name, part in told.items() if name != "opscope"}


def _told_rows(message: Json) -> list[Json] | None:
    return message["body"]["breakpoints"] if message.get("success") is True else None


def _path(arguments: Json) -> str:
    source: Any = arguments.get("source")
    path: object = cast(Json, source).get("path") if isinstance(source, dict) else None
    return os.path.abspath(path) if isinstance(path, str) else ""


def _new(number: int, where: str) -> Json:
    path, _, line = where.rpartition(":")
    source = {"name": os.path.basename(path), "path": path}
    body = {"id": number, "verified": True, "source": source, "line": int(line)}
    return event("breakpoint", {"reason": "new", "breakpoint": body})


def _removed(number: int) -> Json:
    body = {"id": number, "verified": False}
    return event("breakpoint", {"reason": "removed", "breakpoint": body})
