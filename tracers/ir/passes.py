"""The passes of a graph: what is in a backward pass, and which forward ops it belongs to."""

from __future__ import annotations

from .graph import Graph, Op, ScopeKind
from .run import OUTSIDE, Ref, Run
from .selection import Selection


class Passes:
    """Follows a graph as it grows.

    Attributes:
        roots: the outermost scopes of backward passes, in order.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.roots: list[int] = []
        self._root_of: list[int] = []  # the outermost backward scope around each scope, -1
        self._forward_scopes: dict[tuple[str, int], int] = {}
        self._tied: dict[int, list[int]] = {}
        self._twins: dict[tuple[str, int, str], int] = {}
        self._names: dict[str, int] = {}
        self._tied_ops = self._twin_ops = self._values = 0

    def root(self, scope: int) -> int:
        """The outermost backward pass that a scope is in, or is; -1 for none."""
        scopes = self.graph.scopes
        for index in range(len(self._root_of), len(scopes)):
            row = scopes[index]
            found = self._root_of[row.parent] if row.parent >= 0 else -1
            if found < 0 and row.kind is ScopeKind.BACKWARD:
                self.roots.append(index)
                found = index
            elif found < 0 and row.path:
                self._forward_scopes.setdefault((row.path, row.call), index)
            self._root_of.append(found)
        return self._root_of[scope]

    def is_backward(self, op: int) -> bool:
        """The op is in a backward pass."""
        return self.root(self.graph.ops[op].scope) >= 0

    @property
    def any_backward(self) -> bool:
        """The graph has a backward pass with ops in it."""
        if len(self._root_of) < len(self.graph.scopes):
            self.root(0)
        return bool(self.roots)

    def forward(self, op: int) -> int:
        """The forward op that an op of a backward pass belongs to; -1 where none is known.

        What runs inside a node (its own ops, forward ops that are computed once more) belongs to
        the node's forward op, unless it is that of another.
        """
        ops = self.graph.ops
        for _ in range(len(self.graph.scopes)):  # a pass through a pass leads on
            row = ops[op]
            if self.root(row.scope) < 0:
                return op
            op = row.forward if row.forward >= 0 else self._twin(row)
            if op < 0:
                op = self._host(row.scope)
            if op < 0:
                return -1
        return -1

    def forward_scope(self, scope: int) -> int:
        """The forward call of the module that a scope in a backward pass stands for; -1 if none."""
        row = self.graph.scopes[scope]
        if self.root(scope) < 0:
            return scope
        found = self._forward_scopes.get((row.path, row.call), -1)
        return found if found >= 0 else self._forward_scopes.get((row.path, 1), -1)

    def gathered(self, op: int) -> int:
        """The value from outside whose gradient an op of a backward pass gathers; -1 for none."""
        row = self.graph.ops[op]
        if not row.note or row.forward >= 0 or not self.is_backward(op):
            return -1
        values = self.graph.values
        for index in range(self._values, len(values)):
            if values[index].op < 0 and values[index].name:
                self._names.setdefault(values[index].name, index)
        self._values = len(values)
        return self._names.get(row.note, -1)

    def backward(self, op: int) -> list[int]:
        """The ops that compute the gradient of a forward one, in order."""
        ops = self.graph.ops
        for index in range(self._tied_ops, len(ops)):
            if ops[index].forward >= 0:
                self._tied.setdefault(ops[index].forward, []).append(index)
        self._tied_ops = len(ops)
        return self._tied.get(op, [])

    def _twin(self, row: Op) -> int:
        """The forward op that one inside a backward pass computes once more."""
        ops, scopes = self.graph.ops, self.graph.scopes
        scope = scopes[row.scope]
        if not scope.path or scope.kind is not ScopeKind.MODULE:
            return -1
        for index in range(self._twin_ops, len(ops)):
            other = ops[index]
            if self.root(other.scope) < 0:
                around = scopes[other.scope]
                self._twins.setdefault((around.path, around.call, _tail(other)), index)
        self._twin_ops = len(ops)
        return self._twins.get((scope.path, scope.call, _tail(row)), -1)

    def _host(self, scope: int) -> int:
        """The op of a backward pass whose inside a scope is in."""
        while self.root(scope) >= 0:
            row = self.graph.scopes[scope]
            if row.op >= 0:
                return row.op
            scope = row.parent
        return -1


def gradient_of_value(run: Run, ref: Ref) -> Ref | None:
    """The whole gradient of a value: what was found of it last, in parts or added up."""
    found = run.gradients(ref)
    return found[-1] if found else None


def value_of_gradient(run: Run, ref: Ref) -> Ref | None:
    """The value that an output of a backward op is a gradient of."""
    record, slot = ref
    if not 0 <= record < len(run.records):
        return None
    ties = run.records[record].gradient_of
    if slot >= len(ties) or ties[slot][0] < OUTSIDE:
        return None
    return ties[slot]


def to_forward(run: Run, passes: Passes, selection: Selection) -> Selection:
    """What a selection in a backward pass belongs to; empty where nothing is known."""
    if selection.op < 0:
        if selection.scope > 0 and passes.root(selection.scope) >= 0:
            return Selection(scope=passes.forward_scope(selection.scope))
        return Selection()
    if not passes.is_backward(selection.op):
        return Selection()
    record = selection.record
    if record < 0:
        record = run.last_execution(selection.op)
    if record >= 0:
        value = value_of_gradient(run, (record, selection.slot))
        row = run.records[record]
        if row.forward < 0 and value is not None:
            return selection_of_value(run, value)
        if row.forward >= 0:
            slot = value[1] if value is not None and value[0] == row.forward else 0
            return Selection(op=run.records[row.forward].op, record=row.forward, slot=slot)
    gathered = passes.gathered(selection.op)
    if gathered >= 0:
        return Selection(value=gathered)
    return Selection(op=passes.forward(selection.op))


def to_gradient(run: Run, passes: Passes, selection: Selection) -> Selection:
    """The gradient of what is selected: of the very value, else the first op that belongs to it.

    Empty where the run and the map have none.
    """
    if selection.value >= 0:
        found = gradient_of_value(run, (OUTSIDE, selection.value))
        return Selection() if found is None else selection_of_value(run, found)
    if selection.op < 0 or passes.is_backward(selection.op):
        return Selection()
    record = selection.record if selection.record >= 0 else run.last_execution(selection.op)
    if record >= 0:
        found = gradient_of_value(run, (record, selection.slot))
        if found is not None:
            return selection_of_value(run, found)
        tied = run.backward_of(record)
        if tied:
            return Selection(op=run.records[tied[0]].op, record=tied[0])
    ops = passes.backward(selection.op)
    return Selection(op=ops[0]) if ops else Selection()


def selection_of_value(run: Run, ref: Ref) -> Selection:
    """A value of the run as what is selected to see it."""
    record, slot = ref
    if record == OUTSIDE:
        return Selection(value=slot)
    return Selection(op=run.records[record].op, record=record, slot=slot)


def _tail(op: Op) -> str:
    """Type and occurrence, the last part of an op's key."""
    return op.key.rpartition("/")[2]
