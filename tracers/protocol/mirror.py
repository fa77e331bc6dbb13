"""A client's own copy of the run, kept in step with what the debuggee tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir import (
    Change,
    Edit,
    Frame,
    Graph,
    MapFacts,
    ModelFacts,
    Op,
    OpRecord,
    Place,
    Run,
    RunState,
)
from .columns import decode, decode_graph, decode_records
from .json_ir import from_json
from .left import take_left
from .messages import (
    CHANGES,
    GRAPH_GREW,
    RECORDS,
    REWOUND,
    STATE,
    SUMMARIES,
    State,
    decode_state,
)

Rows = tuple[list[OpRecord], list[Frame]]


class Mirror:
    """A run that follows a debuggee.

    Ask for `opscope/graph`, hand the answer to `begin`, and every event after it to `follow`.
    After a restart ask again: `begin` makes a new Run.

    Attributes:
        state: the newest one told, None before the first.
    """

    def __init__(self) -> None:
        self.run = Run()
        self.map = MapFacts("")
        self.facts = ModelFacts("", "", "")
        self.state: State | None = None
        self.begun = False

    @property
    def behind(self) -> bool:
        """The state names rows that have not come yet."""
        return self.state is None or self.run.head != self.state.head

    def begin(self, body: dict[str, Any], graph: Graph | None = None) -> Run:
        """Start anew from the answer to `opscope/graph`; `graph` is the body's, if decoded."""
        self.run = Run(graph=decode_graph(body["graph"]) if graph is None else graph)
        self.map = from_json(MapFacts, body["map"])
        self.facts = from_json(ModelFacts, body["facts"])
        self.run.foreseen = self.map.failure
        self.begun = True
        if self.state is not None:
            self.show(self.state)
        return self.run

    def forget(self) -> None:
        """The debuggee is gone or restarted: what follows belongs to another run."""
        self.begun = False
        self.state = None

    def follow(self, event: str, body: dict[str, Any], rows: Rows | None = None) -> bool:
        """Apply an event; False where it is none that changes the run.

        `rows` are those of an `opscope/records` body, if decoded already.

        Raises ValueError, KeyError or IndexError where it does not fit what came before.
        """
        if event == STATE:
            self.show(decode_state(body))
        elif event == "stopped" and "opscope" in body:
            self.show(decode_state(body["opscope"]))
        elif event == GRAPH_GREW and self.begun:
            self._grow(body)
        elif event == RECORDS and self.begun:
            self._record(body, rows)
        elif event == REWOUND and self.begun:
            self._forget_from(body["records"], body["frames"])
        elif event == SUMMARIES and self.begun:
            self._update(body)
        elif event == "exited" and self.begun:
            self._take_left(body)
        elif event == CHANGES and self.begun:
            self.run.edits = [from_json(Edit, row) for row in body["edits"]]
            self.run.changes = decode(body["changes"], Change, body["strings"])
        else:
            return False
        return True

    def _take_left(self, body: dict[str, Any]) -> None:
        """Of a process that is gone, records that it had not sent; the run stands behind them."""
        run = self.run
        if not take_left(run, body.get("opscope", {}).get("left", {})):
            return
        run.head = _behind(run)
        if self.state is not None:
            self.state = replace(self.state, head=run.head, cursor=None)

    def show(self, state: State) -> None:
        """The debuggee's newest word."""
        self.state = state
        self.run.state = state.state
        self.run.head = _known(state.head, self.run)
        self.run.cursor = state.cursor
        self.run.message = state.message
        self.run.failure = state.failure
        self.run.unseen = dict(state.unseen)
        self._advance()

    def _forget_from(self, records: int, frames: int) -> None:
        """Until the debuggee says where it stands, that is before the first forgotten record."""
        run = self.run
        run.forget_from(records, frames)
        run.changes = [change for change in run.changes if change.record < records]
        run.head, run.cursor, run.failure = Place(len(run.records)), None, None
        if self.state is not None:
            self.state = replace(self.state, head=run.head, cursor=None, failure=None)

    def _grow(self, body: dict[str, Any]) -> None:
        graph = decode_graph(body["graph"], self.run.graph)
        replaced = body["replaced"]
        rows = decode(replaced["ops"], Op, replaced["strings"])
        for index, row in zip(replaced["index"], rows, strict=True):
            graph.ops[index] = row

    def _update(self, body: dict[str, Any]) -> None:
        rows = decode(body["records"], OpRecord, body["strings"])
        known = len(self.run.records)
        pairs = zip(body["index"], rows, strict=True)
        self.run.update_records({index: row for index, row in pairs if index < known})

    def _record(self, body: dict[str, Any], rows: Rows | None) -> None:
        run = self.run
        if body["first"] > len(run.records) or body["firstFrame"] > len(run.frames):
            raise ValueError("records came out of order")
        records, frames = decode_records(body) if rows is None else rows
        run.frames.extend(frames[len(run.frames) - body["firstFrame"] :])
        run.add_records(records[len(run.records) - body["first"] :])
        if self.state is not None:
            self.show(self.state)  # it may have named rows that have only come now
        self._advance()

    def _advance(self) -> None:
        """What comes next is not known while the model runs: it stands behind what has run."""
        run = self.run
        if run.state is RunState.RUNNING and run.head.record < len(run.records):
            run.head = _behind(run)


def _behind(run: Run) -> Place:
    """Behind the last record."""
    last = run.records[-1]
    scope = run.frames[last.frame].scope
    return Place(len(run.records), -1, scope, last.frame, last.source)


def _known(place: Place, run: Run) -> Place:
    """The place; its bare record while a running model is ahead of the rows that came."""
    graph = run.graph
    told = (
        place.op < len(graph.ops)
        and place.scope < len(graph.scopes)
        and place.frame < len(run.frames)
        and place.source < len(graph.sources)
    )
    return place if told else Place(place.record)
