"""A client's own copy of what has come of watchpoints, kept in step with the debuggee."""

from __future__ import annotations

from typing import Any

from ..ir.watch_result import WatchResult
from ..ir.watchpoint import WatchHit
from .columns import decode


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
