"""Kept values of a run, under a byte budget."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator

from ..ir import Ref

_Kept = OrderedDict[Ref, tuple[object, int]]


class History:
    """Values by ref, oldest first. Past the budget the oldest go that are not pinned.

    Attributes:
        budget: bytes.
        held: bytes of the values now kept.
        dropped: how many values were let go.
        pinned: says of a value that it is never let go; asked only when it would be its turn.
        leaving: told of a value that is about to be let go for want of room.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.held = 0
        self.dropped = 0
        self.pinned: Callable[[Ref], bool] = lambda _: False
        self.leaving: Callable[[Ref, object], None] | None = None
        self._kept: _Kept = OrderedDict()
        self._fixed: _Kept = OrderedDict()  # pinned ones whose turn it would have been

    @property
    def oldest(self) -> int:
        """Every output of a record before this one has been let go."""
        if not self.dropped:
            return 0
        kept = [*list(self._fixed), *list(self._kept)]  # copies: asked for while a model runs, too
        return min((record for record, _ in kept), default=0)

    def put(self, ref: Ref, value: object, nbytes: int) -> None:
        """Keep a value; one larger than the budget is not kept."""
        if nbytes > self.budget:
            self.dropped += 1
            return
        self.remove(ref)
        self._kept[ref] = (value, nbytes)
        self.held += nbytes
        if self.held > self.budget:
            self._make_room()

    def get(self, ref: Ref) -> object | None:
        """The value, or None where it was never kept or has been let go."""
        found = self._kept.get(ref) or self._fixed.get(ref)
        return None if found is None else found[0]

    def swap(self, ref: Ref, value: object) -> None:
        """Keep the same value from elsewhere: it was moved."""
        for rows in (self._kept, self._fixed):
            if ref in rows:
                rows[ref] = (value, rows[ref][1])

    def size(self, ref: Ref) -> int:
        """Bytes of a kept value, 0 where it is not kept."""
        found = self._kept.get(ref) or self._fixed.get(ref)
        return 0 if found is None else found[1]

    def remove(self, ref: Ref) -> None:
        """Let one value go."""
        for rows in (self._kept, self._fixed):
            found = rows.pop(ref, None)
            if found is not None:
                self.held -= found[1]

    def unpin(self) -> None:
        """What is pinned has changed: ask again when it is a value's turn."""
        if self._fixed:
            self._kept = OrderedDict([*self._fixed.items(), *self._kept.items()])
            self._fixed = OrderedDict()
        if self.held > self.budget:
            self._make_room()

    def forget_from(self, record: int) -> None:
        """The run was rewound: let the values of the records from one on go."""
        for ref in [ref for ref in self if ref[0] >= record]:
            self.remove(ref)

    def sort(self) -> None:
        """Values of old records were kept late: let them go first all the same."""
        self._kept = OrderedDict(sorted(self._kept.items(), key=lambda row: row[0]))

    def clear(self) -> None:
        """Let everything go."""
        self.dropped += len(self)
        self._kept.clear()
        self._fixed.clear()
        self.held = 0

    def __iter__(self) -> Iterator[Ref]:
        yield from self._fixed
        yield from self._kept

    def __len__(self) -> int:
        return len(self._kept) + len(self._fixed)

    def _make_room(self) -> None:
        while self.held > self.budget and self._kept:
            ref, row = self._kept.popitem(last=False)
            if self.pinned(ref):
                self._fixed[ref] = row
                continue
            if self.leaving is not None:
                self.leaving(ref, row[0])
            self.held -= row[1]
            self.dropped += 1


class Refill:
    """Keeps what a run gives once more: values that were let go, as far as there is room.

    Those that come later are worth more: they are nearer to where the run will stand.
    """

    def __init__(self, history: History, until: int) -> None:
        self._history = history
        self._until = until
        self._mine: deque[Ref] = deque()
        self._bytes = 0  # of mine

    @property
    def budget(self) -> int:
        """As the history."""
        return self._history.budget

    def put(self, ref: Ref, value: object, nbytes: int) -> None:
        """Keep a value that is not kept, in the room that the others leave."""
        history = self._history
        if ref[0] >= self._until or nbytes > history.budget or history.get(ref) is not None:
            return
        if history.held - self._bytes + nbytes > history.budget:
            return
        while history.held + nbytes > history.budget:
            old = self._mine.popleft()
            self._bytes -= history.size(old)
            history.remove(old)
        history.put(ref, value, nbytes)
        if not history.pinned(ref):
            self._mine.append(ref)
            self._bytes += nbytes

    def get(self, ref: Ref) -> object | None:
        """As the history."""
        return self._history.get(ref)


class Fetching:
    """Keeps some values that a run gives once more, and lets the others be."""

    def __init__(self, history: History, wanted: Iterable[Ref]) -> None:
        self._history = history
        self._wanted = frozenset(wanted)

    @property
    def budget(self) -> int:
        """As the history."""
        return self._history.budget

    def put(self, ref: Ref, value: object, nbytes: int) -> None:
        """Keep a value, if it is one of them; the oldest make room."""
        if ref in self._wanted and self._history.get(ref) is None:
            self._history.put(ref, value, nbytes)

    def get(self, ref: Ref) -> object | None:
        """As the history."""
        return self._history.get(ref)
