"""A session with watchpoints, for the tests of both frameworks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from opscope.tracers.ir.watch_result import WatchResult
from opscope.tracers.ir.watchpoint import WatchHit, Watchpoint
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import WATCH_HITS, WATCHPOINTS
from opscope.tracers.protocol.watch_mirror import WatchMirror


class WatchSession:
    """Drives a client, and follows what comes of its watchpoints."""

    def __init__(self, client: Client, folder: Path, text: str) -> None:
        self.client = client
        self._file = folder / "watched_model.py"
        self._file.write_text(text)
        self.mirror = WatchMirror()
        self._read = 0

    def open(self, name: str = "build", **more: Any) -> None:
        """Launch; the run stands before its first op."""
        self.client.launch({"spec": f"{self._file}:{name}", "python": sys.executable, **more})
        self.client.wait_event("stopped")

    def watch(self, *points: Watchpoint, before: Any = None) -> list[list[Any]]:
        """Replace the watchpoints; what is wrong with which one."""
        body: dict[str, Any] = {"watchpoints": [to_json(point) for point in points]}
        if before is not None:
            body["before"] = before
        self.mirror.results.clear()
        known = [event for event in self.client.events if event["event"] == WATCH_HITS]
        problems = self.client.request(WATCHPOINTS, body)["problems"]
        self._read = max(self._read, len(known))
        return problems

    def result(self, text: str) -> WatchResult:
        """What has come of a watch, once everything that ran has been asked about."""
        while (known := self._known(text)) is None or known.left:
            self.client.wait_event(WATCH_HITS)
        return known

    def types(self, text: str) -> list[str]:
        """Types of the ops that hit a watch, in order."""
        return [self.type(hit) for hit in self.result(text).hits]

    def type(self, hit: WatchHit) -> str:
        run = self.client.run
        return run.graph.ops[run.records[hit.record].op].type

    def last_type(self) -> str:
        """Of the op that ran last."""
        run = self.client.run
        return run.graph.ops[run.records[-1].op].type

    def _known(self, text: str) -> WatchResult | None:
        told = [event for event in self.client.events if event["event"] == WATCH_HITS]
        for event in told[self._read :]:
            self.mirror.follow(event["body"])
        self._read = len(told)
        return self.mirror.results.get(text)
