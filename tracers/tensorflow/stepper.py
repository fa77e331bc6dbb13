"""Executes a plan op by op under a recorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.recorder import Recorder, Step
from ..ir import NOTHING, OUTSIDE, Phase, Ref
from . import kernels
from .drawing import add_op
from .edits import OpEdits
from .lib import array_of, tf
from .plan import Body, Node, Opening, Role
from .stretches import Ahead, Stretch, Stretches, Trial

Values = list[Any]
Refs = list[Ref]

NOWHERE: Ref = (OUTSIDE, -1)


class Stepper:
    """One execution.

    `node` is the op that runs, or is about to, and `nodes` those that ran, by record. Values live
    in lists by slot and are let go after their last reader, so that the history alone decides what
    stays in memory.
    """

    def __init__(
        self,
        recorder: Recorder,
        outside: list[int],
        constants: Values,
        reads: dict[int, Any],
        variables: Callable[[int], Any],
        assign: Callable[[int, Any], None],
        cancellable: kernels.Cancellable,
        undo: Callable[[], Callable[[], None]],
        stretches: Stretches,
    ) -> None:
        """
        Args:
            outside: value indices of the externals.
            constants: tensors of the externals.
            reads: values already read, by external.
            variables: reads the variable of an external.
            assign: has it hold something else.
            cancellable: runs loops that are not stepped into.
            undo: notes the variables' values; what it returns puts them back.
            stretches: ops that may run at once.
        """
        self.node: Node | None = None
        self.nodes: dict[int, Node] = {}
        self._forward = -1  # the record whose gradient the op at hand computes
        self._gradients: tuple[Ref, ...] = ()
        self.recorder = recorder
        self._outside = outside
        self._constants = constants
        self._variables = variables
        self._assign = assign
        self._held: dict[Ref, Ref] = {}  # by a variable's ref, where what it holds came from
        self._cancellable = cancellable
        self._undo = undo
        self._stretches = stretches
        self._ahead: Ahead | None = None  # of the stretch at hand, what its ops give
        self._reads = dict(reads)

    def run(self, body: Body, inputs: Values, input_refs: Refs) -> tuple[Values, Refs]:
        """A body's outputs, with where each comes from."""
        recorder = self.recorder
        values, refs = self.begin(body, inputs, input_refs)
        for part in self._stretches.parts(body, recorder):
            if isinstance(part, Stretch):
                self._stretch(part, values, refs)
            else:
                self._step(part, values, refs)
        for _ in range(body.left_open):
            recorder.leave()
        return [values[slot] for slot in body.outputs], [refs[slot] for slot in body.outputs]

    def _stretch(self, stretch: Stretch, values: Values, refs: Refs) -> None:
        """At once where nobody is about to stop in it or to change a value, else op by op."""
        recorder = self.recorder
        for node in stretch.variables:
            self._read(node, values, refs)
        outputs = None
        if recorder.free:
            outputs = stretch.run([values[slot] for slot in stretch.reads])
        trial = None
        if outputs is not None:
            self._ahead = Ahead(stretch, outputs)
        else:
            trial = Trial(stretch, values, refs, recorder)
        for node in stretch.ops:
            self._step(node, values, refs)
        self._ahead = None
        if trial is not None:
            self._stretches.ran(trial)

    def _step(self, node: Node, values: Values, refs: Refs) -> None:
        if node.role is Role.READ:
            self._read(node, values, refs)
        else:
            for _ in range(node.leaves):
                self.recorder.leave()
            self.node = node
            for opening in node.opens:
                self.enter(opening)
            given = [values[slot] for slot in node.inputs]
            given_refs = [refs[slot] for slot in node.inputs]
            found, found_refs = self.execute(node, given, given_refs, refs)
            for slot, value, ref in zip(node.outputs, found, found_refs, strict=True):
                values[slot] = value
                refs[slot] = ref
        for slot in node.dead:
            values[slot] = None

    def _read(self, node: Node, values: Values, refs: Refs) -> None:
        slot = node.outputs[0]
        values[slot] = self.read(node.variable)
        refs[slot] = (OUTSIDE, self._outside[node.variable])

    def begin(self, body: Body, inputs: Values, input_refs: Refs) -> tuple[Values, Refs]:
        """Values and refs by slot, as far as they are there before the first op."""
        values: Values = [None] * body.size
        refs: Refs = [NOWHERE] * body.size
        values[: body.inputs] = inputs
        refs[: body.inputs] = input_refs
        for slot, external in body.constants:
            values[slot] = self._constants[external]
            refs[slot] = (OUTSIDE, self._outside[external])
        return values, refs

    def constant(self, external: int) -> Any:
        """The tensor of an external."""
        return self._constants[external]

    def outside(self, external: int) -> int:
        """The value index of an external."""
        return self._outside[external]

    def execute(self, node: Node, inputs: Values, refs: Refs, around: Refs) -> tuple[Values, Refs]:
        """A node's outputs, with where each comes from; `around`: the body's refs by slot."""
        self._place_in_pass(node, around)
        return self._node(node, inputs, refs)

    def _node(self, node: Node, inputs: Values, refs: Refs) -> tuple[Values, Refs]:
        if node.role is Role.OP:
            return self._op(node, inputs, refs)
        if node.role is Role.LOOP:
            return self._loop(node, inputs, refs)
        inside = node.insides[0]
        if node.role is Role.BRANCH:
            inside = node.insides[_branch(node, inputs[0])]
            inputs, refs = inputs[1:], refs[1:]
        self.enter(inside.opening, self.call_op(node))
        if inside.side is not None:
            self.enter(inside.side)
        found = self.run(inside.body, inputs, refs)
        if inside.side is not None:
            self.recorder.leave()
        self.recorder.leave()
        return found

    def _op(self, node: Node, inputs: Values, refs: Refs) -> tuple[Values, Refs]:
        recorder = self.recorder
        step = self._before(node, inputs, refs)
        if self._ahead is not None:
            if recorder.free:
                outputs, seconds = self._ahead.take(node)
                record = recorder.after(step, outputs, self._gradients, seconds)
                self.nodes[record] = node
                return outputs, [(record, slot) for slot in range(len(outputs))]
            self._ahead = None  # what it has may not be what the ops give from here on
        edits = OpEdits(recorder, step)
        inputs = edits.inputs(inputs)
        try:
            outputs = kernels.run(node.type, len(node.outputs), inputs, node.attrs)
        except Exception as error:
            recorder.failed(step, error)
            raise
        found = edits.outputs([*outputs, *map(self._variables, node.writes)], inputs)
        record = recorder.after(step, found, self._gradients)
        self.nodes[record] = node
        count = len(outputs)
        for slot, external in enumerate(node.writes, count):
            if edits.replaced(slot):
                self._assign(external, found[slot])
            self._held[OUTSIDE, self._outside[external]] = (record, slot)
        return found[:count], [(record, slot) for slot in range(count)]

    def _place_in_pass(self, node: Node, refs: Refs) -> None:
        """Tell the forward pass from the backward one, and what an op is the gradient of."""
        self.recorder.phase = Phase.BACKWARD if node.backward else Phase.FORWARD
        self._forward = refs[node.forward][0] if node.forward >= 0 else -1
        slots = node.gradient_of
        self._gradients = tuple(refs[slot] if slot >= 0 else NOTHING for slot in slots)

    def _loop(self, node: Node, inputs: Values, refs: Refs) -> tuple[Values, Refs]:
        recorder = self.recorder
        step = self._before(node, inputs, refs, can_enter=True)
        edits = OpEdits(recorder, step)
        inputs = edits.inputs(inputs)
        if step.enter:
            return self._passes(node, step.op, inputs, refs)
        put_back = self._undo()
        try:
            outputs = self._cancellable.run(node.type, len(node.outputs), inputs, node.attrs)
        except tf.errors.CancelledError as error:
            if not self._cancellable.asked:  # something in the loop was, by the model
                recorder.failed(step, error)
                raise
            # Pause or end was asked for: go through the loop pass by pass, where both can act.
            put_back()
            return self._passes(node, step.op, inputs, refs)
        except Exception as error:
            recorder.failed(step, error)
            raise
        outputs = edits.outputs(outputs, inputs)
        record = recorder.after(step, outputs)
        self.nodes[record] = node
        return outputs, [(record, slot) for slot in range(len(outputs))]

    def _before(self, node: Node, inputs: Values, refs: Refs, can_enter: bool = False) -> Step:
        if self._held:
            refs = [self._held.get(ref, ref) for ref in refs]
        return self.recorder.before(
            node.type,
            refs,
            ident=node.ident,
            note=node.note,
            attributes=node.attributes,
            source=node.source,
            can_enter=can_enter,
            given=inputs,
            forward=max(self._forward, -1),
        )

    def _passes(self, node: Node, op: int, inputs: Values, refs: Refs) -> tuple[Values, Refs]:
        condition, body = node.insides
        turn = 0
        while True:
            self.enter(condition.opening, op, turn)
            verdict, _ = self.run(condition.body, inputs, refs)
            goes_on = _truth(verdict[0])
            if goes_on:
                inputs, refs = self.run(body.body, inputs, refs)
            self.recorder.leave()
            if not goes_on:
                return inputs, refs
            turn += 1

    def enter(self, opening: Opening, op: int = -1, turn: int = -1, call: int = 0) -> None:
        """Enter a scope; `call`: which call of it, where that is not to be counted."""
        source = self.node.source if self.node is not None else None
        self.recorder.enter(
            opening.path,
            opening.kind,
            opening.type,
            op=op,
            turn=turn,
            leaf=opening.leaf,
            source=source,
            call=call,
        )

    def call_op(self, node: Node) -> int:
        """The graph's op for a call, which has no record of its own."""
        builder = self.recorder.builder
        scope = self.recorder.scope
        op = builder.find(scope, node.ident)
        return op if op >= 0 else add_op(builder, node, scope, ())

    def read(self, external: int) -> Any:
        """What a variable holds that nothing assigns."""
        if external not in self._reads:
            self._reads[external] = self._variables(external)
        return self._reads[external]


def _branch(node: Node, chosen: Any) -> int:
    """Which inside an If or Case takes."""
    if node.type in kernels.IFS:
        return 0 if _truth(chosen) else 1
    index = int(array_of(chosen))
    return index if 0 <= index < len(node.insides) else len(node.insides) - 1


def _truth(value: Any) -> bool:
    """As TensorFlow's If and While see it: a number that is not 0, a string or array not empty."""
    array = array_of(value)
    if array.ndim:
        return bool(array.size)
    if array.dtype.kind in "OSU":
        return len(array.item()) > 0
    return bool(array)
