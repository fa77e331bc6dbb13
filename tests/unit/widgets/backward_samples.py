"""A training step by hand: two layers, their loss, the pass back, an optimizer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    Frame,
    Graph,
    Op,
    OpRecord,
    Phase,
    Place,
    Ref,
    Run,
    RunState,
    Scope,
    ScopeKind,
    TensorSummary,
    Value,
    ValueKind,
    categorize,
)

FORWARD = 4  # ops before the pass back
BACKWARD = 10
NAMES = ("linear", "relu", "linear", "cross_entropy")

# type, scope, forward op, what its outputs are gradients of
_PASS: tuple[tuple[str, str, int, tuple[Ref, ...]], ...] = (
    ("LogSoftmaxBackward", "/backward", 3, ((2, 0),)),
    ("AddmmBackward", "/backward/fc2", 2, ((OUTSIDE, 4), (1, 0), NOTHING)),
    ("AccumulateGrad", "/backward/fc2", -1, ((OUTSIDE, 4),)),
    ("TBackward", "/backward/fc2", 2, ((OUTSIDE, 3),)),
    ("AccumulateGrad", "/backward/fc2", -1, ((OUTSIDE, 3),)),
    ("ReluBackward", "/backward", 1, ((0, 0),)),
    ("AddmmBackward", "/backward/fc1", 0, ((OUTSIDE, 2), NOTHING)),
    ("AccumulateGrad", "/backward/fc1", -1, ((OUTSIDE, 2),)),
    ("TBackward", "/backward/fc1", 0, ((OUTSIDE, 1),)),
    ("AccumulateGrad", "/backward/fc1", -1, ((OUTSIDE, 1),)),
)
_FORWARD = (
    ("linear", "/fc1", (0, 1, 2)),
    ("relu", "", None),
    ("linear", "/fc2", (None, 3, 4)),
    ("cross_entropy", "", None),
)
_SCOPES = (
    ("/fc1", "", "fc1", "Linear", ScopeKind.MODULE),
    ("/fc2", "", "fc2", "Linear", ScopeKind.MODULE),
    ("/backward", "", "backward", "", ScopeKind.BACKWARD),
    ("/backward/fc2", "/backward", "fc2", "Linear", ScopeKind.MODULE),
    ("/backward/fc1", "/backward", "fc1", "Linear", ScopeKind.MODULE),
    ("/optimizer.step", "", "optimizer.step", "SGD", ScopeKind.GROUP),
)
_SHAPES = {"relu": (8, 6), "cross_entropy": (), "ReluBackward": (8, 6)}


@dataclass
class Step:
    """The graph, and the run as far as it was taken.

    Attributes:
        upto: how many of the ops the graph has; without the pass back it has 4.
    """

    upto: int = 16
    run: Run = field(default_factory=lambda: Run(state=RunState.PAUSED))
    _keys: dict[str, int] = field(default_factory=lambda: {"": 0})
    _frames: dict[int, int] = field(default_factory=lambda: {0: 0})

    def __post_init__(self) -> None:
        graph = self.run.graph
        graph.values.append(Value(ValueKind.INPUT, -1, 0, "x", (8, 4), "float32"))
        for name, shape in (
            ("fc1.weight", (6, 4)),
            ("fc1.bias", (6,)),
            ("fc2.weight", (3, 6)),
            ("fc2.bias", (3,)),
        ):
            graph.values.append(Value(ValueKind.PARAMETER, -1, 0, name, shape, "float32"))
        self.add_ops(self.upto)
        self._stand()

    @property
    def graph(self) -> Graph:
        return self.run.graph

    def add_ops(self, upto: int) -> None:
        """Let the graph grow to so many ops."""
        while len(self.graph.ops) < upto:
            self._add_op(len(self.graph.ops))

    def go(self, to: int) -> int:
        """Run up to before an op; the first new record."""
        run = self.run
        first = len(run.records)
        self.add_ops(to)
        run.add_records([self._record(op) for op in range(first, to)])
        self._stand()
        return first

    def begin_pass(self) -> None:
        """Stand before the pass back, of which no op is known."""
        scope = self._scope("/backward")
        self.run.head = Place(len(self.run.records), -1, scope, self._frame(scope))

    def look_back(self, record: int) -> None:
        """Put the cursor before a record."""
        row = self.run.records[record]
        scope = self.graph.ops[row.op].scope
        self.run.cursor = Place(record, row.op, scope, row.frame)

    def end(self) -> None:
        """The run is over."""
        self.run.state = RunState.FINISHED
        self.run.head = Place(len(self.run.records))

    def _scope(self, key: str) -> int:
        if key not in self._keys:
            row = next(row for row in _SCOPES if row[0] == key)
            parent = self._scope(row[1])
            self.graph.scopes.append(Scope(key, parent, row[2], row[2], row[3], row[4]))
            self._keys[key] = len(self.graph.scopes) - 1
        return self._keys[key]

    def _add_op(self, index: int) -> None:
        graph = self.graph
        forward, note = -1, ""
        if index < FORWARD:
            type_, key, reads = _FORWARD[index]
            before = graph.ops[-1].outputs[0] if graph.ops else 0
            inputs = [before if at is None else at for at in reads or (None,)]
            outputs = 1
        elif index < FORWARD + BACKWARD:
            type_, key, forward, of = _PASS[index - FORWARD]
            outputs = len(of)
            inputs = [graph.ops[-1].outputs[0]] if index > FORWARD else []
            if type_ == "AccumulateGrad":
                note = graph.values[of[0][1]].name
        else:
            type_, key, outputs = "add_", "/optimizer.step", 1
            gathered = graph.ops[FORWARD + BACKWARD - 1 - 2 * (index - FORWARD - BACKWARD)]
            inputs = [1 + 2 * (index - FORWARD - BACKWARD), gathered.outputs[0]]
        scope = self._scope(key)
        shape = _SHAPES.get(type_, (8, 3))
        first = len(graph.values)
        for slot in range(outputs):
            graph.values.append(Value(ValueKind.OUTPUT, index, slot, "", shape, "float32"))
        same = sum(1 for op in graph.ops if (op.scope, op.type) == (scope, type_))
        graph.ops.append(
            Op(
                f"{graph.scopes[scope].key}/{type_}:{same}",
                type_,
                scope,
                categorize(type_),
                note,
                (),
                tuple(inputs),
                tuple(range(first, len(graph.values))),
                -1,
                forward=forward,
            )
        )

    def _record(self, op: int) -> OpRecord:
        row = self.graph.ops[op]
        back = FORWARD <= op < FORWARD + BACKWARD
        outputs = tuple(
            TensorSummary(
                self.graph.values[value].shape or (), "float32", minimum=-op, maximum=op, mean=0.5
            )
            for value in row.outputs
        )
        made = OpRecord(op, self._frame(row.scope), Phase.FORWARD, 1e-4, (), outputs)
        if back:
            of = _PASS[op - FORWARD][3]
            made = replace(made, phase=Phase.BACKWARD, forward=row.forward, gradient_of=of)
        return made

    def _frame(self, scope: int) -> int:
        if scope not in self._frames:
            outer = self._frame(self.graph.scopes[scope].parent)
            self.run.frames.append(Frame(outer, scope))
            self._frames[scope] = len(self.run.frames) - 1
        return self._frames[scope]

    def _stand(self) -> None:
        at = len(self.run.records)
        if at < len(self.graph.ops):
            scope = self.graph.ops[at].scope
            self.run.head = Place(at, at, scope, self._frame(scope))
        else:
            self.run.head = Place(at)
