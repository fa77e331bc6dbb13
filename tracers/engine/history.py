"""Kept values of a run, under a byte budget."""

from __future__ import annotations

from collections import OrderedDict

from ..ir import Ref


class History:
    """Values by ref, oldest first. Past the budget the oldest go.

    Attributes:
        budget: bytes.
        held: bytes of the values now kept.
        dropped: how many values were let go.
        oldest: every output of a record before this one has been let go.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.held = 0
        self.dropped = 0
        self.oldest = 0
        self._kept: OrderedDict[Ref, tuple[object, int]] = OrderedDict()

    def put(self, ref: Ref, value: object, nbytes: int) -> None:
        """Keep a value; a value larger than the budget is not kept."""
        if nbytes > self.budget:
            self.dropped += 1
            return
        self._kept[ref] = (value, nbytes)
        self.held += nbytes
        while self.held > self.budget:
            _, (_, size) = self._kept.popitem(last=False)
            self.held -= size
            self.dropped += 1
            self.oldest = next(iter(self._kept), ref)[0]

    def get(self, ref: Ref) -> object | None:
        """The value, or None where it was never kept or has been let go."""
        found = self._kept.get(ref)
        return None if found is None else found[0]

    def clear(self) -> None:
        """Let everything go."""
        self._kept.clear()
        self.held = 0

    def __len__(self) -> int:
        return len(self._kept)


def free_memory() -> int:
    """Bytes that the system can still give, without swapping; 4 GiB where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 4 << 30
