"""The computation graph: ops and values in a tree of scopes. Rows are only ever appended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Category(str, Enum):
    """What kind of work an op does; one colour each."""

    MATMUL = "matmul"
    NORM = "norm"
    REDUCE = "reduce"
    POINTWISE = "pointwise"
    SHAPE = "shape"
    LOSS = "loss"
    CONTROL = "control"
    OTHER = "other"


class ScopeKind(str, Enum):
    """What opened a scope."""

    ROOT = "root"
    MODULE = "module"  # a torch module call or a Keras layer call
    FUNCTION = "function"  # the body of a called function
    BRANCH = "branch"  # a taken side of a conditional
    LOOP = "loop"  # the body of a loop; its passes are frames
    GROUP = "group"  # a name scope, where nothing better is known
    BACKWARD = "backward"  # a backward pass; in it, scopes with the paths of the forward ones


class ValueKind(str, Enum):
    """Where a value comes from."""

    OUTPUT = "output"
    INPUT = "input"
    PARAMETER = "parameter"
    BUFFER = "buffer"
    CONSTANT = "constant"


class Presence(str, Enum):
    """How an op of the map fared against the run."""

    EXPECTED = "expected"  # in the map; may or may not have run yet
    ADDED = "added"  # ran, though the map did not have it
    SKIPPED = "skipped"  # the run went past it
    PRUNED = "pruned"  # the framework drops it: it feeds no output


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the user's code. `line` counts from 1; `file` is an absolute path."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One call of a module, layer or function, as a place in the graph.

    Attributes:
        key: stable name over runs, unique in the graph; the root's is "".
        parent: index of the enclosing scope, -1 for the root.
        name: last part, as shown ("attn").
        path: dotted path from the model ("h.5.attn").
        type: class or function name ("CausalSelfAttention").
        call: 1 for the first call of this module in its parent's call, 2 for the next, …
        op: the op whose inside this scope is (a While, a call), -1 otherwise.
    """

    key: str
    parent: int
    name: str
    path: str
    type: str
    kind: ScopeKind
    call: int = 1
    op: int = -1


@dataclass(frozen=True, slots=True)
class Value:
    """One output of an op, or something that comes from outside.

    Attributes:
        op: index of the producing op, -1 for inputs, parameters, buffers and constants.
        slot: which output of the op.
        name: what the user calls it ("h.5.attn.c_attn.weight"); "" for op outputs.
        shape: elements per axis, -1 where unknown; None where even the rank is unknown.
        dtype: the framework's short name ("float32"), "" where unknown.
    """

    kind: ValueKind
    op: int
    slot: int
    name: str
    shape: tuple[int, ...] | None
    dtype: str


@dataclass(frozen=True, slots=True)
class Op:
    """A node that computes.

    Attributes:
        key: stable name over runs, unique in the graph: scope key + "/" + type + ":" + occurrence.
        type: the op's name in its framework ("layer_norm", "Conv2D").
        scope: index of the scope it stands in.
        note: a few words shown in grey after the name ("dim=-1").
        attributes: arguments that are not tensors, as text.
        inputs: value indices, in argument order.
        outputs: value indices.
        source: index into Graph.sources, -1 where unknown.
        inner: index of the scope that shows its inside, -1 for none.
        forward: of a backward op, the forward op whose gradient it computes, -1 otherwise.
    """

    key: str
    type: str
    scope: int
    category: Category
    note: str
    attributes: tuple[tuple[str, str], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    source: int
    presence: Presence = Presence.EXPECTED
    inner: int = -1
    forward: int = -1


@dataclass(slots=True)
class Graph:
    """Rows only ever get appended; an op's presence, alone, may be replaced."""

    scopes: list[Scope] = field(default_factory=lambda: [ROOT])
    ops: list[Op] = field(default_factory=list["Op"])
    values: list[Value] = field(default_factory=list["Value"])
    sources: list[SourceLine] = field(default_factory=list["SourceLine"])

    def scope_chain(self, scope: int) -> tuple[int, ...]:
        """Scopes from the root (included) down to `scope` (included)."""
        chain: list[int] = []
        while scope >= 0:
            chain.append(scope)
            scope = self.scopes[scope].parent
        return tuple(reversed(chain))

    def op_label(self, op: int) -> str:
        """The op with its place, for a sentence ("softmax in h.5.attn")."""
        row = self.ops[op]
        path = self.scopes[row.scope].path
        return f"{row.type} in {path}" if path else row.type


ROOT = Scope("", -1, "", "", "", ScopeKind.ROOT)
