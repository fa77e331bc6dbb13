"""A client's own copy of what has come of watchpoints, kept in step with the debuggee."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..ir.watchpoint import WatchHit
from .columns import decode


@dataclass(slots=True)
class WatchResult:
    """What has come of one watchpoint.

    Attributes:
        times: how many hits there are; `hits` may be fewer, the first of them.
        missed: how many ops could not be asked about, since a value was let go.
        left: how many that ran before it was set are still to be asked about.
        problem: why it could not be asked of some, "" for no reason but that.
    """

    hits: list[WatchHit] = field(default_factory=list[WatchHit])
    times: int = 0
    missed: int = 0
    left: int = 0
    problem: str = ""


class WatchMirror:
    """Of one run; `results` are by the watch's text."""

    def __init__(self) -> None:
        self.results: dict[str, WatchResult] = {}

    def follow(self, body: dict[str, Any]) -> None:
        """Apply an `opscope/watchHits` body. Raises ValueError where it fits nothing before."""
        for row in body["watchpoints"]:
            known = self.results.setdefault(row["text"], WatchResult())
            if row["from"] > len(known.hits):
                raise ValueError("hits of a watchpoint came out of order")
            known.hits[row["from"] :] = decode(row["hits"], WatchHit, body["strings"])
            known.times, known.missed, known.left = row["times"], row["missed"], row["left"]
            known.problem = row["problem"]

    def forget_from(self, record: int) -> None:
        """The run was rewound: hits from a record on are no more."""
        for known in self.results.values():
            kept = [hit for hit in known.hits if hit.record < record]
            known.times -= len(known.hits) - len(kept)
            known.hits = kept

    def keep(self, texts: set[str]) -> None:
        """Only these are set any more."""
        self.results = {text: row for text, row in self.results.items() if text in texts}
