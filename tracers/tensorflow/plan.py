"""What will be executed, worked out once: ops in order, scopes around them, values by slot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..ir import ScopeKind, SourceLine


class Role(Enum):
    """What executing a node means."""

    OP = "op"
    READ = "read"  # of a variable that nothing assigns: no op of its own
    CALL = "call"
    BRANCH = "branch"  # If and Case
    LOOP = "loop"
    # Of graphs with control flow of TensorFlow 1 (flow_planner.py).
    SWITCH = "switch"
    MERGE = "merge"
    CONSTANT = "constant"  # alive only with what it waits for
    FLOW_LOOP = "flow loop"


@dataclass(frozen=True, slots=True)
class Opening:
    """A scope to enter. `leaf`: it holds one op and nothing else."""

    path: str
    kind: ScopeKind
    type: str
    leaf: bool = False


@dataclass(slots=True)
class Inside:
    """A function that a node calls, and the scopes shown around its ops.

    Attributes:
        opening: the scope of the whole call, conditional or loop.
        side: for a branch, the scope of this side within it.
    """

    body: Body
    opening: Opening
    side: Opening | None = None


@dataclass(slots=True)
class Node:
    """One op of a function graph, at one place of the program.

    Attributes:
        ident: its name in its scope, the same in the map and in every run: "Relu:0".
        inputs, outputs: slots of the body's values.
        dead: slots that no later node reads.
        leaves, opens: scopes to leave, then to enter, before it.
        insides: of a call, of each branch in order, or of a loop's condition and body.
        variable: of a READ or a CONSTANT, the index of the external.
        writes: externals of the variables that it may assign; what they hold then are outputs
            beside its own.
        backward: a tape made it, to compute a gradient.
        forward: a slot of the op whose gradient it computes, -1 for none.
        controls: slots whose death is the node's, though it does not read them.
        variables: of a FLOW_LOOP, for each input which of the values handed back replaces it in
            the next pass, -1 for none.
        gradient_of: for each output the slot whose gradient it is, or -1; () for none at all.
    """

    op: Any
    type: str
    role: Role
    ident: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: tuple[Any, ...] = ()
    note: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    frames: tuple[SourceLine, ...] = ()
    shapes: list[tuple[tuple[int, ...] | None, str]] = field(
        default_factory=list["tuple[tuple[int, ...] | None, str]"]
    )
    leaves: int = 0
    opens: tuple[Opening, ...] = ()
    dead: tuple[int, ...] = ()
    insides: tuple[Inside, ...] = ()
    variable: int = -1
    writes: tuple[int, ...] = ()
    backward: bool = False
    forward: int = -1
    gradient_of: tuple[int, ...] = ()
    controls: tuple[int, ...] = ()
    variables: tuple[int, ...] = ()

    @property
    def source(self) -> SourceLine | None:
        """The user's line, where one is known."""
        return self.frames[0] if self.frames else None


@dataclass(slots=True)
class PrunedOp:
    """An op that feeds no output. `opens` are the scopes around it, from the body's own."""

    node: Node
    opens: tuple[Opening, ...]


@dataclass(slots=True)
class Body:
    """A function graph at one place of the program.

    Attributes:
        size: number of slots; the first ones are the function's inputs.
        constants: (slot, index of the external).
        outputs: slot of each output.
        left_open: scopes still open after the last node.
        flow: values in it may be dead.
    """

    graph: Any
    path: str
    size: int = 0
    inputs: int = 0
    outputs: tuple[int, ...] = ()
    constants: list[tuple[int, int]] = field(default_factory=list["tuple[int, int]"])
    nodes: list[Node] = field(default_factory=list["Node"])
    pruned: list[PrunedOp] = field(default_factory=list["PrunedOp"])
    left_open: int = 0
    flow: bool = False
    origins: dict[int, int] = field(default_factory=dict[int, int])

    def walk(self) -> list[Node]:
        """Every node here and inside."""
        found: list[Node] = []
        for node in self.nodes:
            found.append(node)
            for inside in node.insides:
                found += inside.body.walk()
        return found


def place_scopes(body: Body, chains: list[tuple[tuple[object, ...], tuple[Opening, ...]]]) -> None:
    """Fill in which scopes each node leaves and opens, and its name in its scope.

    Args:
        chains: for every node, the scopes around it in the body, outermost first: what tells
            them apart, and how each is entered. READ nodes take no part.
    """
    counts: list[Counter[str]] = [Counter()]
    current: tuple[object, ...] = ()
    opened: list[tuple[int, int, Opening]] = []  # (node, place among its opens, opening)
    inside: list[int] = []  # for each of `opened`, how much it holds
    stack: list[int] = []
    for index, (node, (keys, openings)) in enumerate(zip(body.nodes, chains, strict=True)):
        if node.role is Role.READ:
            continue
        shared = 0
        while shared < min(len(keys), len(current)) and keys[shared] == current[shared]:
            shared += 1
        node.leaves = len(current) - shared
        del stack[shared:], counts[shared + 1 :]
        for place, opening in enumerate(openings[shared:]):
            if stack:
                inside[stack[-1]] += 2
            stack.append(len(opened))
            opened.append((index, place, opening))
            inside.append(0)
            counts.append(Counter())
        node.opens = openings[shared:]
        if stack:
            inside[stack[-1]] += 1 if not node.insides else 2
        node.ident += f"{node.type}:{counts[-1][node.type]}"
        counts[-1][node.type] += 1
        current = keys
    body.left_open = len(current)
    for (index, place, opening), count in zip(opened, inside, strict=True):
        if count == 1:
            opens = list(body.nodes[index].opens)
            opens[place] = Opening(opening.path, opening.kind, opening.type, True)
            body.nodes[index].opens = tuple(opens)


def place_deaths(body: Body) -> None:
    """Fill in which values each node is the last to read."""
    last: dict[int, int] = {}
    for index, node in enumerate(body.nodes):
        for slot in (*node.inputs, *node.outputs):
            last[slot] = index
    keep = {*body.outputs, *(slot for slot, _ in body.constants)}
    dead: dict[int, list[int]] = {}
    for slot, index in last.items():
        if slot not in keep:
            dead.setdefault(index, []).append(slot)
    for index, slots in dead.items():
        body.nodes[index].dead = tuple(slots)


class Labels:
    """Names for function scopes, unique among the scopes around them."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken)

    def path(self, around: str, label: str) -> str:
        """The path of a new scope `label` inside `around`: "while", "while_2", …"""
        base = f"{around}.{label}" if around else label
        path, number = base, 1
        while path in self._taken:
            number += 1
            path = f"{base}_{number}"
        self._taken.add(path)
        return path
