"""What expressions gave, kept so that it can be looked at like any other value."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from ..ir import TensorSummary
from ..protocol.refusal import Refusal

MOST = 256


class Results:
    """By number, newest last; the oldest go past MOST, or past a budget of bytes."""

    def __init__(self, budget: Callable[[], int]) -> None:
        self._budget = budget
        self._kept: OrderedDict[int, tuple[object, TensorSummary]] = OrderedDict()
        self._held = 0
        self._next = 0
        self._lock = threading.Lock()  # they come from threads of their own

    def put(self, value: object, summary: TensorSummary) -> int:
        """Keep a value; its number."""
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._kept[number] = (value, summary)
            self._held += summary.nbytes
            while len(self._kept) > 1 and (
                len(self._kept) > MOST or self._held > max(self._budget(), 0)
            ):
                self._held -= self._kept.popitem(last=False)[1][1].nbytes
            return number

    def get(self, number: int) -> tuple[object, TensorSummary]:
        """Raises Refusal where it is not kept any more."""
        with self._lock:
            found = self._kept.get(number)
        if found is None:
            raise Refusal(
                "stale", "This result is no longer held; evaluate its expression once more."
            )
        return found
