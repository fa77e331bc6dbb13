"""Tells the client how far the model has come that runs anew, where that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .wire import Wire

PATIENCE = 0.4  # seconds that need no word
STEP = 0.2

ID = "opscope-rerun"


class Way:
    """DAP's progress events of one replay. On the model's thread."""

    def __init__(
        self,
        wire: Wire,
        client: dict[str, Any],
        total: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = wire
        self._wanted = client.get("supportsProgressReporting") is True
        self._total = max(total, 1)
        self._clock = clock
        self._next = clock() + PATIENCE
        self._begun = False

    def at(self, record: int) -> None:
        """So many ops have run."""
        now = self._clock()
        if not self._wanted or now < self._next:
            return
        self._next = now + STEP
        body: dict[str, Any] = {"progressId": ID}
        body["percentage"] = round(100 * min(record / self._total, 1))
        if not self._begun:
            self._begun = True
            body |= {"title": "Running the model again", "cancellable": False}
            self._wire.event("progressStart", body)
        else:
            self._wire.event("progressUpdate", body)

    def end(self) -> None:
        """It stands."""
        if self._begun:
            self._begun = False
            self._wire.event("progressEnd", {"progressId": ID})
