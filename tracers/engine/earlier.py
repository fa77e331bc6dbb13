"""Outputs of executions that later ones are held against, beside those that the history keeps."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .value_conditions import ValueConditions

ROOM = 256 << 20  # bytes, at most


class Earlier:
    """Takes the ops of one run as they come. `wanted`: the records that are kept, None for all."""

    def __init__(
        self, conditions: ValueConditions, wanted: Collection[int] | None = None, room: int = ROOM
    ) -> None:
        self._conditions = conditions
        self._wanted = wanted
        self._room = room
        self._kept: dict[int, tuple[dict[int, object], int]] = {}

    def of(self, record: int) -> dict[int, object]:
        """Those of the same op's last execution, by slot; empty where they are not kept."""
        before = self._conditions.executions.before(record)
        return self._kept.get(before, ({}, 0))[0]

    def take(self, record: int, outputs: Sequence[object], nbytes: int) -> None:
        """An op has run, and its last execution before is not asked for any more."""
        _, freed = self._kept.pop(self._conditions.executions.before(record), ({}, 0))
        self._room += freed
        if (self._wanted is None or record in self._wanted) and nbytes <= self._room:
            keep = self._conditions.keep
            self._kept[record] = {slot: keep(item) for slot, item in enumerate(outputs)}, nbytes
            self._room -= nbytes

    def forget(self) -> None:
        """Nothing is kept any more."""
        self._room += sum(nbytes for _, nbytes in self._kept.values())
        self._kept.clear()
