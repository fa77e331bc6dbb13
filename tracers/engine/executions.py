"""Which executions are of the same op: those of one row of the graph, and where a module is called
again, those of the same op in its other calls."""

from __future__ import annotations

import re
from bisect import bisect_left

from ..ir import Run

_CALL = re.compile(r"#\d+")  # in a scope's key: which call of a module it is


class Executions:
    """Of one run; takes in new records when it is asked."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names: dict[int, str] = {}  # by op
        self._records: dict[str, list[int]] = {}
        self._seen = 0

    def before(self, record: int) -> int:
        """The last execution of the same op before a record, -1 for none."""
        records = self._run.records
        for index in range(self._seen, len(records)):
            self._records.setdefault(self._name(records[index].op), []).append(index)
        self._seen = len(records)
        found = self._records[self._name(records[record].op)]
        at = bisect_left(found, record)
        return found[at - 1] if at else -1

    def forget_from(self, record: int) -> None:
        """The run was rewound."""
        for found in self._records.values():
            del found[bisect_left(found, record) :]
        self._seen = min(self._seen, record)

    def _name(self, op: int) -> str:
        name = self._names.get(op)
        if name is None:
            name = self._names[op] = _CALL.sub("", self._run.graph.ops[op].key)
        return name
