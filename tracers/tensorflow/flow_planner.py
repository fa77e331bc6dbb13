"""Plans graphs with the control flow of TensorFlow 1: Switch, Merge, and loops from Enter to Exit.

Such an op computes nothing. Switch hands its input to one of two sides, and what reads the other
side is dead; Merge hands on the one of its inputs that is alive. A loop's variables come in by
Enter, are merged with what NextIteration hands back, and leave by Exit. So a loop becomes one node
with the plan of a pass inside, and the ops that only move tensors are not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ..ir import ScopeKind
from ..protocol.refusal import Refusal
from .body_planner import BodyPlanner
from .externals import static_shape
from .plan import Body, Inside, Node, Opening, Role, place_scopes
from .schedule import before, needed_ops, sorted_by

if TYPE_CHECKING:
    from .planner import Planner

_ENTERS = frozenset({"Enter", "RefEnter"})
_EXITS = frozenset({"Exit", "RefExit"})
_NEXTS = frozenset({"NextIteration", "RefNextIteration"})
_SWITCHES = frozenset({"Switch", "RefSwitch"})
_MERGES = frozenset({"Merge", "RefMerge"})
_FLOW = _ENTERS | _EXITS | _NEXTS | _SWITCHES | _MERGES | {"LoopCond"}
_UNSHOWN = frozenset({"Placeholder", "NoOp"})
_ALIASES = frozenset({"Identity", "LoopCond", "PlaceholderWithDefault"}) | _NEXTS

Loop = tuple[str, ...]  # names of a loop and of those around it, outermost first; () for none


def has_flow(graph: Any) -> bool:
    """The graph has control flow of TensorFlow 1."""
    return any(op.type in _FLOW for op in graph.get_operations())


class FlowPlanner(BodyPlanner):
    """Plans a graph, or the pass of one loop in it."""

    def __init__(
        self,
        planner: Planner,
        graph: Any,
        path: str,
        prefix: str,
        loop: Loop = (),
        loops: _Loops | None = None,
    ) -> None:
        super().__init__(planner, graph, path, prefix)
        self._loop = loop
        self._loops = loops or _Loops(graph)
        self._body.flow = True

    def build(self, origins: list[int]) -> Body:
        """The plan of the whole graph."""
        for tensor, origin in zip(self._graph.inputs, origins, strict=True):
            slot = self._new_slot(tensor)
            if origin >= 0:
                self._body.origins[slot] = origin
        self._fill()
        self._body.outputs = tuple(self._slot(tensor) for tensor in self._graph.outputs)
        return self._body

    def build_pass(self) -> Body:
        """The plan of one pass: from what enters to what leaves, then what is handed back."""
        for enter in self._loops.enters(self._loop):
            self._new_slot(enter.outputs[0])
        for merge, enter, _ in self._loops.variables(self._loop):
            self._slots[merge.outputs[0].name] = self._slots[enter.outputs[0].name]
        self._fill()
        leaving = [op.inputs[0] for op in self._loops.exits(self._loop)]
        back = [op.inputs[0] for _, _, op in self._loops.variables(self._loop)]
        self._body.outputs = tuple(self._slot(tensor) for tensor in (*leaving, *back))
        return self._body

    def _fill(self) -> None:
        body, loops = self._body, self._loops
        body.inputs = body.size
        ops = self._graph.get_operations()
        constants = [op for op in ops if op.type == "Const" and not op.control_inputs]
        self._lazy = {op.outputs[0].name: op for op in constants}
        merges = {merge for merge, _, _ in loops.variables(self._loop)}
        placed: list[tuple[tuple[object, ...], tuple[Opening, ...]]] = []
        for item in loops.order(self._loop):
            first = loops.first(item)
            around = self._planner.chain(first, body.path)
            self._around = around[1][-1].path if around[1] else body.path
            inner = loops.inner(item)
            if inner is not None:
                node = self._inner_loop(inner)
            elif item in merges or item.type in _UNSHOWN or item.outputs[0].name in self._lazy:
                continue
            elif item.type in _ALIASES:
                self._slots[item.outputs[0].name] = self._slot(item.inputs[0])
                continue
            else:
                node = self._flow_node(item)
            body.nodes.append(node)
            placed.append(around)
        place_scopes(body, placed)

    def _flow_node(self, op: Any) -> Node:
        self._planner.types.add(op.type)
        role = Role.SWITCH if op.type in _SWITCHES else Role.MERGE if op.type in _MERGES else None
        if op.type == "Const":
            role = Role.CONSTANT
        if role is None:
            node = self._node(op)
        else:
            inputs = tuple(self._slot(tensor) for tensor in op.inputs)
            outputs = tuple(self._new_slot(tensor) for tensor in op.outputs)
            node = Node(op, op.type, role, self._prefix, inputs, outputs)
            if role is Role.CONSTANT:
                node.variable = self._planner.constant(op, self._body.path, self._around)
        node.controls = self._controls(op)
        return node

    def _inner_loop(self, loop: Loop) -> Node:
        loops = self._loops
        path = self._labels.path(self._around, "while")
        enters = loops.enters(loop)
        inputs = tuple(self._slot(op.inputs[0]) for op in enters)
        inner = FlowPlanner(self._planner, self._graph, path, "", loop, loops).build_pass()
        exits = loops.exits(loop)
        outputs = tuple(self._new_slot(op.outputs[0]) for op in exits)
        back = {enter: k for k, (_, enter, _) in enumerate(loops.variables(loop))}
        return Node(
            loops.first(loop),
            "While",
            Role.FLOW_LOOP,
            self._prefix,
            inputs,
            outputs,
            attributes=(("name", loop[-1]),),
            shapes=[static_shape(op.outputs[0]) for op in exits],
            insides=(Inside(inner, Opening(path, ScopeKind.LOOP, "while")),),
            variables=tuple(back.get(op, -1) for op in enters),
        )

    def _controls(self, op: Any) -> tuple[int, ...]:
        """Slots whose death is the op's death, though it does not read them."""
        found: list[int] = []
        todo = list(op.control_inputs)
        while todo:
            waited = todo.pop()
            if waited.type == "NoOp":
                todo += [*waited.control_inputs, *(tensor.op for tensor in waited.inputs)]
            elif waited.outputs and waited.outputs[0].name in self._slots:
                found.append(self._slots[waited.outputs[0].name])
        return tuple(found)


class _Loops:
    """Which ops stand in which loop."""

    def __init__(self, graph: Any) -> None:
        self._ops = needed_ops(graph)
        self._rank = {op: index for index, op in enumerate(graph.get_operations())}
        self._of: dict[Any, Loop] = {}
        around: dict[str, Loop] = {}
        while True:  # constants do not know in which loop they enter another
            known = dict(around)
            self._place(around)
            if around == known:
                break

    def order(self, loop: Loop) -> list[Any]:
        """The ops of a pass, and the loops directly in it, in the order in which they run."""
        moved = _ENTERS | _EXITS
        items: set[Any] = {op for op in self._ops if self._of[op] == loop and op.type not in moved}
        items |= {found[: len(loop) + 1] for found in self._of.values() if _is_inside(found, loop)}
        order = sorted_by(
            items, lambda item: self._before(item, loop) & items, lambda item: self._rank_of(item)
        )
        if len(order) < len(items):
            raise Refusal("not-supported", "A loop of this graph does not go through its Merge.")
        return order

    def first(self, item: Any) -> Any:
        """The op that stands for an item of `order`."""
        inner = self.inner(item)
        return item if inner is None else self.enters(inner)[0]

    def inner(self, item: Any) -> Loop | None:
        """The loop that an item of `order` is, None for an op."""
        return cast(Loop, item) if isinstance(item, tuple) else None

    def enters(self, loop: Loop) -> list[Any]:
        """Where tensors enter a loop."""
        return self._sorted(op for op in self._ops if op.type in _ENTERS and self._of[op] == loop)

    def exits(self, loop: Loop) -> list[Any]:
        """Where tensors leave a loop."""
        exits = (op for op in self._ops if op.type in _EXITS)
        return self._sorted(op for op in exits if self._of[op.inputs[0].op] == loop)

    def variables(self, loop: Loop) -> list[tuple[Any, Any, Any]]:
        """Merge, Enter and NextIteration of each of a loop's variables."""
        found: list[tuple[Any, Any, Any]] = []
        for op in self._sorted(op for op in self._ops if op.type in _MERGES):
            sources = {tensor.op.type: tensor.op for tensor in op.inputs}
            enter = next((sources[kind] for kind in _ENTERS if kind in sources), None)
            back = next((sources[kind] for kind in _NEXTS if kind in sources), None)
            if self._of[op] == loop and enter is not None and back is not None:
                found.append((op, enter, back))
        return found

    def _place(self, around: dict[str, Loop]) -> None:
        for op in sorted_by(self._ops, lambda op: _forward(op) & self._ops, self._rank_of):
            near = [self._of[earlier] for earlier in _forward(op) if earlier in self._of]
            loop = max(near, key=len, default=())
            if op.type in _ENTERS:
                name = op.get_attr("frame_name").decode()
                around[name] = loop = max(loop, around.get(name, ()), key=len)
                loop = (*loop, name)
            elif op.type in _EXITS:
                loop = loop[:-1]
            self._of[op] = loop

    def _before(self, item: Any, loop: Loop) -> set[Any]:
        inner = self.inner(item)
        if inner is not None:
            inside = (op for op in self._ops if self._of[op][: len(inner)] == inner)
            waited = set[Any]().union(*(_forward(op) for op in inside))
        else:
            waited = _forward(item)
        return {self._seen_from(loop, op) for op in waited if op in self._of} - {item}

    def _seen_from(self, loop: Loop, op: Any) -> Any:
        """The item that an op belongs to in a loop: itself, or the inner loop that it is in."""
        where = self._of[op]
        if op.type in _EXITS and where == loop:
            return self._of[op.inputs[0].op][: len(loop) + 1]
        return where[: len(loop) + 1] if _is_inside(where, loop) else op

    def _rank_of(self, item: Any) -> int:
        return self._rank[self.first(item)]

    def _sorted(self, ops: Any) -> list[Any]:
        return sorted(ops, key=self._rank.__getitem__)


def _is_inside(inner: Loop, outer: Loop) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _forward(op: Any) -> set[Any]:
    """What an op waits for, but for what a loop hands back."""
    return {earlier for earlier in before(op) if earlier.type not in _NEXTS}
