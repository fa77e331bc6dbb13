"""Which passes of a loop a value can be read in, remembered while the run goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from ...tracers.ir import Graph, Run, ValueRef


@dataclass(frozen=True, slots=True)
class Passes:
    """The same value of each pass, from the pass `first` on.

    Attributes:
        first: passes before it were let go, or had another shape.
    """

    refs: tuple[ValueRef, ...] = ()
    first: int = 0

    def place(self, ref: ValueRef) -> int:
        """Which of them a value is of; -1 for none."""
        low, high = 0, len(self.refs)
        while low < high:
            middle = (low + high) // 2
            if self.refs[middle].record < ref.record:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.refs) and self.refs[low] == ref else -1


@dataclass(slots=True)
class _Page:
    """The passes of one output of ops that are alike, as far as records have been read.

    Attributes:
        read: records that were looked at, of all.
        number: passes that were seen.
    """

    ops: frozenset[int]
    refs: list[ValueRef] = field(default_factory=list["ValueRef"])
    read: int = 0
    number: int = 0
    first: int = 0


class PassBook:
    """Of one run at a time. What a step costs does not grow with the passes before it."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._seen = (-1, -1)  # the run's count of recasts, and ops of its graph
        self._pages: dict[tuple[object, ...], _Page] = {}
        self._alike: dict[int, frozenset[int]] = {}

    def passes(self, run: Run, op: int, ref: ValueRef) -> Passes:
        """Every pass that the value can be read in as it is in the one that `ref` names."""
        if ref.record < 0 or ref.is_input or not 0 <= ref.record < len(run.records):
            return Passes()
        seen = (run.recasts, len(run.graph.ops))
        if run is not self._run or seen != self._seen:
            self._run, self._seen = run, seen
            self._pages.clear()
            self._alike.clear()
        here = run.records[ref.record].outputs[ref.slot]
        ops = frozenset((op,)) if len(run.executions(op)) > 1 else self._like(run.graph, op)
        key = (ops, ref.slot, here.shape, here.dtype)
        page = self._pages.get(key)
        if page is None:
            if len(self._pages) > 16:
                self._pages.clear()
            page = self._pages[key] = _Page(ops)
        _read_on(page, run, ref)
        return Passes(tuple(page.refs), page.first)

    def _like(self, graph: Graph, op: int) -> frozenset[int]:
        found = self._alike.get(op)
        if found is None:
            found = frozenset(alike(graph, op))
            self._alike.update(dict.fromkeys(found, found))
            self._alike[op] = found
        return found


def _read_on(page: _Page, run: Run, ref: ValueRef) -> None:
    """Take in the records that have come since."""
    here = run.records[ref.record].outputs[ref.slot]
    if not page.read:
        waiting = sorted(record for op in page.ops for record in run.executions(op))
    else:
        records = run.records
        waiting = [at for at in range(page.read, len(records)) if records[at].op in page.ops]
    page.read = len(run.records)
    for record in waiting:
        outputs = run.records[record].outputs
        number, page.number = page.number, page.number + 1
        if ref.slot >= len(outputs):
            continue
        one = outputs[ref.slot]
        if one.dtype != here.dtype and len(page.ops) > 1:
            continue  # another op of the same line
        if one.kept and one.shape == here.shape:
            page.refs.append(ValueRef(record, ref.slot))
        else:
            page.refs.clear()
            page.first = number + 1


def alike(graph: Graph, op: int) -> list[int]:
    """The ops that a loop in the user's code made where it made this one, in order.

    Of the same type, from the same line, in the same module. Where the module was called again,
    at the same place in the call; else, of several on the line, those a whole pass apart.
    """
    row = graph.ops[op]
    if row.source < 0:
        return [op]
    path = graph.scopes[row.scope].path
    found = [
        index
        for index, one in enumerate(graph.ops)
        if one.source == row.source
        and one.type == row.type
        and graph.scopes[one.scope].path == path
    ]
    if len({graph.ops[index].scope for index in found}) > 1:
        place = row.key.rpartition(":")[2]
        return [index for index in found if graph.ops[index].key.rpartition(":")[2] == place]
    apart = [after - before for before, after in pairwise(found)]
    period = next(
        (
            many
            for many in range(1, len(apart) // 2 + 1)
            if all(one == other for one, other in zip(apart, apart[many:], strict=False))
        ),
        1,
    )
    return found[found.index(op) % period :: period]
