"""Executes plans with control flow of TensorFlow 1, where a value may be dead."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..engine.recorder import Recorder
from ..ir import OUTSIDE
from .lib import array_of
from .plan import Body, Node, Opening, Role
from .stepper import NOWHERE, Refs, Stepper, Values

DEAD = object()  # in the place of a value that was not computed


class FlowStepper(Stepper):
    """Steps bodies of either kind."""

    def run(self, body: Body, inputs: Values, input_refs: Refs) -> tuple[Values, Refs]:
        """A body's outputs, DEAD where there is none, with where each comes from."""
        if not body.flow:
            return super().run(body, inputs, input_refs)
        values, refs = self.begin(body, inputs, input_refs)
        scopes = _Scopes(self.recorder)
        for node in body.nodes:
            scopes.follow(node)
            given = [values[slot] for slot in node.inputs]
            given_refs = [refs[slot] for slot in node.inputs]
            dead = any(values[slot] is DEAD for slot in node.controls)
            found, found_refs = self._flow(node, given, given_refs, refs, dead, scopes)
            for slot, value, ref in zip(node.outputs, found, found_refs, strict=True):
                values[slot] = value
                refs[slot] = ref
        scopes.close()
        return [values[slot] for slot in body.outputs], [refs[slot] for slot in body.outputs]

    def _flow(
        self, node: Node, given: Values, given_refs: Refs, refs: Refs, dead: bool, scopes: _Scopes
    ) -> tuple[Values, Refs]:
        count = len(node.outputs)
        nothing: tuple[Values, Refs] = [DEAD] * count, [NOWHERE] * count
        if node.role is Role.MERGE:
            alive = next((k for k, value in enumerate(given) if value is not DEAD), -1)
            if alive < 0:
                return nothing
            rest = count - 1  # which input it was is not told
            return [given[alive], *[DEAD] * rest], [given_refs[alive], *[NOWHERE] * rest]
        if dead or any(value is DEAD for value in given):
            return nothing
        if node.role is Role.CONSTANT:
            return [self.constant(node.variable)], [(OUTSIDE, self.outside(node.variable))]
        if node.role is Role.SWITCH:
            taken = int(bool(array_of(given[1])))
            values, sources = nothing
            values[taken], sources[taken] = given[0], given_refs[0]
            return values, sources
        if node.role is Role.READ:
            return [self.read(node.variable)], [(OUTSIDE, self.outside(node.variable))]
        self.node = node
        scopes.reach(self)
        if node.role is Role.FLOW_LOOP:
            return self._flow_loop(node, given, given_refs)
        return self.execute(node, given, given_refs, refs)

    def _flow_loop(self, node: Node, entries: Values, refs: Refs) -> tuple[Values, Refs]:
        op = self.call_op(node)
        inside, count, turn = node.insides[0], len(node.outputs), 0
        while True:
            self.enter(inside.opening, op, turn)
            found, found_refs = self.run(inside.body, entries, refs)
            self.recorder.leave()
            if all(value is DEAD for value in found[count:]):
                return found[:count], found_refs[:count]
            back, back_refs = found[count:], found_refs[count:]
            entries = [back[k] if k >= 0 else entries[n] for n, k in enumerate(node.variables)]
            refs = [back_refs[k] if k >= 0 else refs[n] for n, k in enumerate(node.variables)]
            turn += 1


class _Open:
    """A scope of the plan, with which call of it this is."""

    def __init__(self, opening: Opening, call: int) -> None:
        self.opening = opening
        self.call = call


class _Scopes:
    """Goes through a plan's scopes, and opens those alone that hold an op which runs."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._planned: list[_Open] = []
        self._calls: list[Counter[str]] = [Counter()]
        self._opened: list[_Open] = []

    def follow(self, node: Node) -> None:
        """Where the plan stands before a node."""
        kept = len(self._planned) - node.leaves
        del self._planned[kept:], self._calls[kept + 1 :]
        for opening in node.opens:
            self._calls[-1][opening.path] += 1
            self._planned.append(_Open(opening, self._calls[-1][opening.path]))
            self._calls.append(Counter())

    def reach(self, stepper: Any) -> None:
        """Have the run stand where the plan stands."""
        shared = 0
        while shared < min(len(self._opened), len(self._planned)):
            if self._opened[shared] is not self._planned[shared]:
                break
            shared += 1
        for _ in self._opened[shared:]:
            self._recorder.leave()
        for scope in self._planned[shared:]:
            stepper.enter(scope.opening, call=scope.call)
        self._opened = list(self._planned)

    def close(self) -> None:
        """Leave what is open."""
        for _ in self._opened:
            self._recorder.leave()
        self._opened = []
