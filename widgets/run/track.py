"""What the timeline shows: one slot for each record, then one for each op still to run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Category, Graph, Passes, Presence, Run, RunState, ScopeKind, op_counts

CATEGORIES = tuple(Category)
_CODE = {category: code for code, category in enumerate(CATEGORIES)}
BAD = len(CATEGORIES)  # the colour code of a record that is not finite
_LEGEND = (
    Category.MATMUL,
    Category.REDUCE,
    Category.POINTWISE,
    Category.NORM,
    Category.SHAPE,
)
_MOST_OF_IT = 0.8  # a scope with this share of the ops is opened to find the blocks

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring slots in one block: slots[start:stop]. `scope` is 0 between the blocks."""

    start: int
    stop: int
    scope: int
    label: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The slots gathered into columns of pixels, the longest op of each.

    Attributes:
        colours: a category's place in CATEGORIES, or BAD.
        heights: from 0 to 1.
        first: the first slot of each column.
    """

    colours: Ints
    heights: Floats
    first: Ints


class Grown:
    """An array that is appended to, with room to spare."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._room = np.zeros(256, dtype)
        self.length = 0

    def extend(self, values: list[int] | list[float]) -> None:
        """Append values."""
        end = self.length + len(values)
        if end > len(self._room):
            wider = np.zeros(max(end, 2 * len(self._room)), self._room.dtype)
            wider[: self.length] = self._room[: self.length]
            self._room = wider
        self._room[self.length : end] = values
        self.length = end

    @property
    def array(self) -> npt.NDArray[np.generic]:
        """What was appended; a view."""
        return self._room[: self.length]


class Track:
    """Follows a run. `follow` costs in proportion to what is new; `lay_out` to the whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.passes = Passes(run.graph)
        self.seconds = 0.0
        self._categories = Grown(np.int32)  # per op
        self._types = Grown(np.int32)
        self._scopes = Grown(np.int32)
        self._blocks = Grown(np.int32)
        self._planned = Grown(np.bool_)
        self._backward = Grown(np.bool_)
        self._ops = Grown(np.int32)  # per record
        self._durations = Grown(np.float64)
        self._colours = Grown(np.int32)
        self._ran = np.zeros(0, np.bool_)
        self._type_codes: dict[str, int] = {}
        self._block_of: list[int] = []
        self._hosts: list[int] = []
        self._base = block_parent(run.graph, self.passes)
        self._based_on = len(run.graph.ops)
        self.follow()

    def follow(self) -> bool:
        """Take in new ops and records; whether there are new ops."""
        graph = self.run.graph
        if len(graph.ops) > 2 * self._based_on + 16:
            self._rebase(graph)
        for index in range(len(self._block_of), len(graph.scopes)):
            row = graph.scopes[index]
            self._block_of.append(self._block(index))
            outer = self._hosts[row.parent] if row.parent >= 0 else -1
            self._hosts.append(index if row.op >= 0 else outer)
        new = graph.ops[self._categories.length :]
        self._categories.extend([_CODE[op.category] for op in new])
        codes = self._type_codes
        self._types.extend([codes.setdefault(op.type, len(codes)) for op in new])
        self._scopes.extend([op.scope for op in new])
        self._blocks.extend([self._block_of[op.scope] for op in new])
        self._planned.extend([op.presence is Presence.EXPECTED for op in new])
        self._backward.extend([self.passes.root(op.scope) >= 0 for op in new])
        records = self.run.records[self._ops.length :]
        self._ops.extend([record.op for record in records])
        self._durations.extend([record.duration for record in records])
        finite = [all(output.finite for output in record.outputs) for record in records]
        self._colours.extend(
            [
                _CODE[graph.ops[record.op].category] if good else BAD
                for record, good in zip(records, finite, strict=True)
            ]
        )
        self.seconds += sum(record.duration for record in records)
        return bool(new)

    def lay_out(self) -> tuple[Ints, Ints, Floats]:
        """(op, colour, seconds) of every slot. Ops to run get the mean time of their type."""
        ops = _ints(self._ops)
        durations = np.asarray(self._durations.array, np.float64)
        ahead = self._ahead(ops)
        types = _ints(self._types)
        size = max(len(self._type_codes), 1)
        sums = np.bincount(types[ops], durations, size)
        counts = np.bincount(types[ops], minlength=size)
        means = sums / np.maximum(counts, 1)
        return (
            np.concatenate([ops, ahead]),
            np.concatenate([_ints(self._colours), _ints(self._categories)[ahead]]),
            np.concatenate([durations, means[types[ahead]]]),
        )

    def backward(self, ops: Ints) -> Bools:
        """Which of the slots' ops are in a backward pass."""
        return np.asarray(self._backward.array, np.bool_)[ops]

    def segments(self, ops: Ints) -> list[Segment]:
        """The blocks that the slots' ops stand in, in order."""
        if not len(ops):
            return []
        blocks = _ints(self._blocks)[ops]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(blocks)) + 1, [len(ops)]])
        graph = self.run.graph
        found: list[Segment] = []
        for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            scope = int(blocks[start])
            label = graph.scopes[scope].name if scope else ""
            if scope and graph.scopes[scope].kind is ScopeKind.LOOP:
                turns = self._turns(scope)
                label = f"{label} × {turns}" if turns > 1 else label
            found.append(Segment(start, stop, scope, label))
        return found

    def legend(self) -> list[Category]:
        """The categories that the legend names."""
        loss = bool(np.any(_ints(self._categories) == _CODE[Category.LOSS]))
        return [*_LEGEND, Category.LOSS] if loss else list(_LEGEND)

    def block_at(self, scope: int) -> int:
        """The block that a scope lies in, 0 for none."""
        return self._block_of[scope] if scope < len(self._block_of) else 0

    def _ahead(self, ran: Ints) -> Ints:
        """Ops that are still to run, as far as the map knows."""
        run = self.run
        head = run.head
        if run.state in (RunState.FINISHED, RunState.FAILED, RunState.DIED):
            return np.zeros(0, np.int32)
        planned = np.asarray(self._planned.array, np.bool_)
        waiting = np.array(planned, np.bool_)
        waiting[ran] = False
        scopes = _ints(self._scopes)
        hosts = np.asarray(self._hosts, np.int32)[scopes]
        host = self._hosts[head.scope]
        if host >= 0 and run.graph.scopes[host].kind is ScopeKind.LOOP:
            waiting |= planned & (hosts == host)  # they run again in this pass
        if head.op >= 0:
            waiting[: head.op] = False
            waiting[head.op] = True
        elif len(ran):
            waiting[: int(ran.max()) + 1] = False
        # What stands inside an op is one slot, until it is entered.
        around = {self._hosts[scope] for scope in run.graph.scope_chain(head.scope)}
        waiting &= np.isin(hosts, list(around | {-1}))
        return np.flatnonzero(waiting).astype(np.int32)

    def _turns(self, scope: int) -> int:
        return sum(1 for frame in self.run.frames if frame.scope == scope and frame.turn >= 0)

    def _block(self, index: int) -> int:
        """The block that a scope lies in; a backward pass has the blocks of the forward one."""
        row = self.run.graph.scopes[index]
        if row.parent < 0:
            return 0
        root = self.passes.root(index)
        forward = self.passes.forward_scope(index) if root not in (-1, index) else -1
        if row.parent == self._base or index == root:
            return index
        if forward > 0 and self._block_of[forward] == forward:
            return index
        return self._block_of[row.parent]

    def _rebase(self, graph: Graph) -> None:
        """The graph has doubled: see anew which scopes are its blocks."""
        self._base = block_parent(graph, self.passes)
        self._based_on = len(graph.ops)
        self._block_of.clear()
        self._hosts.clear()
        for index, row in enumerate(graph.scopes):
            self._block_of.append(self._block(index))
            around = self._hosts[row.parent] if row.parent >= 0 else -1
            self._hosts.append(index if row.op >= 0 else around)
        self._blocks = Grown(np.int32)
        known = graph.ops[: self._categories.length]
        self._blocks.extend([self._block_of[op.scope] for op in known])


def columns(colours: Ints, seconds: Floats, count: int) -> Columns:
    """Gather slots into at most `count` columns; the longest op of a column stands for it."""
    slots = len(seconds)
    if not slots:
        return Columns(colours, seconds, np.zeros(0, np.int32))
    roots = np.sqrt(seconds)
    low, high = (float(edge) for edge in np.percentile(roots, (5.0, 99.5)))
    scaled = (roots - low) / (high - low if high > low else 1.0)
    heights = np.minimum(np.maximum(scaled, 0.0), 1.0)
    if slots <= count:
        return Columns(colours, heights, np.arange(slots, dtype=np.int32))
    first = (np.arange(count, dtype=np.int64) * slots) // count
    tallest = np.maximum.reduceat(heights, first)
    column = np.repeat(np.arange(count), np.diff(np.append(first, slots)))
    tops = np.flatnonzero(heights == tallest[column])
    chosen = np.zeros(count, np.int64)
    chosen[column[tops][::-1]] = tops[::-1]
    shown = colours[chosen]
    bad = np.logical_or.reduceat(colours == BAD, first)
    return Columns(np.where(bad, BAD, shown).astype(np.int32), tallest, first.astype(np.int32))


def block_parent(graph: Graph, passes: Passes) -> int:
    """The scope whose modules are the blocks: the root, or what holds nearly all within it.

    Backward passes do not count.
    """
    counts = op_counts(graph)
    inside: dict[int, list[int]] = {}
    for index, scope in enumerate(graph.scopes):
        if passes.root(index) < 0:
            inside.setdefault(scope.parent, []).append(index)
    for root in passes.roots:
        for above in graph.scope_chain(graph.scopes[root].parent):
            counts[above] -= counts[root]
    base = 0
    while True:
        largest = max(inside.get(base, []), key=lambda scope: counts[scope], default=-1)
        if largest < 0 or counts[largest] < _MOST_OF_IT * counts[base]:
            return base
        if not inside.get(largest) or graph.scopes[largest].kind is ScopeKind.LOOP:
            return base
        base = largest


def _ints(grown: Grown) -> Ints:
    return np.asarray(grown.array, np.int32)
