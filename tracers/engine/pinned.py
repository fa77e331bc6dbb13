"""Values that the user wants to keep, whatever room they take."""

from __future__ import annotations

from ..ir import Ref, Run

_Name = tuple[int, int, int]  # op, which of its executions, slot


class Pins:
    """By the op and its execution, so that a pin outlives a rewind and holds once more then."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names: dict[_Name, None] = {}

    def __call__(self, ref: Ref) -> bool:
        """The value is pinned."""
        return bool(self._names) and self._name(ref) in self._names

    def add(self, ref: Ref) -> None:
        """Pin the output of a record."""
        name = self._name(ref)
        if name is not None:
            self._names[name] = None

    def remove(self, ref: Ref) -> None:
        """Treat it as any other again."""
        name = self._name(ref)
        if name is not None:
            self._names.pop(name, None)

    def clear(self) -> None:
        """Pin nothing any more."""
        self._names.clear()

    def refs(self) -> list[Ref]:
        """Those that the run has come to, in the order they were pinned."""
        found: list[Ref] = []
        for op, turn, slot in self._names:
            records = self._run.executions(op)
            if turn < len(records):
                found.append((records[turn], slot))
        return found

    def _name(self, ref: Ref) -> _Name | None:
        record, slot = ref
        if not 0 <= record < len(self._run.records):
            return None
        op = self._run.records[record].op
        return op, self._run.executions(op).index(record), slot
