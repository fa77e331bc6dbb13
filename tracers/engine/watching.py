"""What has come of one watchpoint, and how a client is told."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from ..ir import Graph, OpRecord
from ..ir.watchpoint import Since, Watch, WatchHit, WatchKind, Watchpoint
from ..protocol.columns import Strings, encode

MOST = 10_000  # hits that are listed of one watchpoint; more are counted

_RECORD = attrgetter("record")


@dataclass(slots=True)
class Watching:
    """One watchpoint in one run.

    Attributes:
        end: records before this one ran before it was set; those from `next` on are still to be
            asked about.
        hits: in the order of their records.
        times: how many hits there are.
        missed: records that could not be asked about, since a value was let go.
        problem: why it could not be asked of some, "" for no reason but that.
        changed: hits from this one on are not told yet.
    """

    point: Watchpoint
    watch: Watch
    end: int
    next: int = 0
    hits: list[WatchHit] = field(default_factory=list[WatchHit])
    times: int = 0
    missed: set[int] = field(default_factory=set[int])
    problem: str = ""
    changed: int = 0
    _fits: dict[int, bool] = field(default_factory=dict[int, bool])

    @property
    def since_run(self) -> bool:
        """It is held against the run before a restart."""
        return self.watch.kind is WatchKind.CHANGES and self.watch.since is Since.RUN

    @property
    def since_pass(self) -> bool:
        """It is held against the op's last execution."""
        return self.watch.kind is WatchKind.CHANGES and self.watch.since is Since.PASS

    def fits(self, graph: Graph, row: OpRecord) -> bool:
        """It is to be asked of this execution."""
        fits = self._fits.get(row.op)
        if fits is None:
            fits = self._fits[row.op] = self.watch.fits(graph, row.op)
        return fits and self.watch.asks(row)

    def add(self, hit: WatchHit) -> None:
        """It holds there."""
        self.times += 1
        if len(self.hits) >= MOST:
            return
        if not self.hits or self.hits[-1].record <= hit.record:
            self.hits.append(hit)
        else:
            self.changed = min(self.changed, bisect_left(self.hits, hit.record, key=_RECORD))
            insort(self.hits, hit, key=_RECORD)

    def hit_at(self, record: int) -> bool:
        """A record hit it."""
        at = bisect_left(self.hits, record, key=_RECORD)
        return at < len(self.hits) and self.hits[at].record == record

    def forget_from(self, record: int) -> None:
        """The run was rewound: the records from one on are forgotten."""
        self.missed = {old for old in self.missed if old < record}
        if self.times > len(self.hits):  # not all are listed: count anew
            self.hits.clear()
            self.times = self.changed = self.next = 0
            self.missed.clear()
            self.end = record
            return
        del self.hits[bisect_left(self.hits, record, key=_RECORD) :]
        self.times = len(self.hits)
        self.changed = min(self.changed, self.times)
        self.end = min(self.end, record)
        self.next = min(self.next, self.end)


class Telling:
    """Sends what is new of the watchpoints."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._told: dict[str, tuple[Watching, tuple[Any, ...]]] = {}

    def forget(self) -> None:
        """The client has set others: tell of all anew."""
        self._told = {}

    def tell(self, rows: Sequence[Watching]) -> None:
        """Send what the client does not know yet, if anything."""
        strings = Strings()
        body: list[dict[str, Any]] = []
        told: dict[str, tuple[Watching, tuple[Any, ...]]] = {}
        for each in rows:
            text, missed = each.point.text, len(each.missed)
            left = each.end - each.next
            facts = (len(each.hits), each.times, missed, left, each.problem)
            told[text] = (each, facts)
            known, before = self._told.get(text, (None, ()))
            if known is not each:
                each.changed = 0
            elif before == facts and each.changed >= len(each.hits):
                continue
            new = encode(each.hits[each.changed :], WatchHit, strings)
            row = {"text": text, "from": each.changed, "hits": new, "times": each.times}
            body.append({**row, "missed": missed, "left": left, "problem": each.problem})
            each.changed = len(each.hits)
        self._told = told
        if body:
            self._send({"watchpoints": body, "strings": strings.rows})
