"""Runs the functions that somebody else's program calls op by op, with the very tensors that they
are called with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..ir import OUTSIDE, Phase, Ref, ScopeKind, ValueKind
from . import kernels
from .body_planner import function_label
from .externals import Externals
from .flow_stepper import FlowStepper
from .interception import Run
from .lib import tf
from .live_lines import user_line
from .live_values import Known, LiveValues
from .plan import Body, Node
from .planner import Planner
from .stretches import Stretches

if TYPE_CHECKING:
    from .live_tracer import LiveTracer

_BACKWARD = "__backward_"
_COMPILED = "tf.function, without jit_compile"
_DRAWS = "runs whole: its seeded random ops go on where they stood"
_OWNS = "runs whole: it makes resources of its own"
_UNKNOWN = "runs whole: its graph could not be planned"


@dataclass(frozen=True, slots=True)
class Planned:
    """A function at one place of the program, with the variables that it is given.

    Attributes:
        variables: by the index of the external.
        outside: the graph's values of the externals, -1 for arguments.
    """

    body: Body
    constants: list[Any]
    variables: dict[int, Known]
    outside: list[int]
    graph: Any


class LiveFunctions:
    """Of one run.

    Attributes:
        node: the op of a function that runs, or is about to; None outside of functions.
    """

    def __init__(self, tracer: LiveTracer) -> None:
        self._tracer = tracer
        self._plans: dict[tuple[Any, ...], Planned | str] = {}
        self._labels: dict[str, str] = {}  # by function
        self._taken: set[tuple[str, bool]] = set()
        self._stepper: _CallStepper | None = None

    @property
    def node(self) -> Node | None:
        return self._stepper.node if self._stepper is not None else None

    def call(self, function: Any, inputs: list[Any], run: Run) -> Sequence[Any]:
        """What a function gives. Raises what its ops raise."""
        values = self._tracer.values
        label = self._label(function)
        planned = self._planned(function, label, inputs)
        if isinstance(planned, str):
            return self._whole(label, planned, inputs, run)
        recorder = self._tracer.recorder
        path = planned.body.path
        kind = ScopeKind.BACKWARD if _is_backward(function) else ScopeKind.FUNCTION
        recorder.enter(path, kind, _type_of(function), source=user_line(), given=inputs)
        frame = recorder.frame
        refs = [values.ref(tensor) for tensor in inputs]
        stepper = _CallStepper(self._tracer, planned)
        outer, self._stepper = self._stepper, stepper
        before = recorder.phase
        try:
            found, found_refs = stepper.run(planned.body, inputs, refs)
        finally:
            self._stepper = outer
            recorder.phase = before
            self._tracer.leave_to(frame)
            recorder.leave()
        count = len(function.function_type.flat_outputs)
        outputs = _as_new(found[:count], [*inputs, *planned.constants])
        for tensor, ref in zip(outputs, found_refs, strict=False):
            values.put(tensor, ref)
        return outputs

    def _whole(self, label: str, why: str, inputs: list[Any], run: Run) -> Sequence[Any]:
        """Call it as ever: an op of its own."""
        recorder, values = self._tracer.recorder, self._tracer.values
        handles = [tensor for tensor in inputs if tensor.dtype == tf.resource]
        known = [row for row in map(values.variable, handles) if row is not None]
        for row in known:
            values.keep_first(row)
        step = recorder.before(
            label,
            [values.ref(tensor) for tensor in inputs],
            note=why,
            source=user_line(),
            given=inputs,
        )
        try:
            outputs = run() or ()
        except Exception as error:
            recorder.failed(step, error)
            raise
        record = recorder.after(step, [*outputs, *(row.read() for row in known)])
        for slot, tensor in enumerate(outputs):
            values.put(tensor, (record, slot))
        for slot, row in enumerate(known, len(outputs)):
            values.held[OUTSIDE, values.outside(row)] = record, slot
        return outputs

    def _planned(self, function: Any, label: str, inputs: list[Any]) -> Planned | str:
        """The plan, or why there is none."""
        recorder = self._tracer.recorder
        around = recorder.builder.graph.scopes[recorder.scope].path
        path = f"{around}.{label}" if around else label
        graph = function.graph
        handles = [id(tensor) for tensor in inputs if tensor.dtype == tf.resource]
        key = (function.name, path, len(graph.outputs), *handles)
        found = self._plans.get(key)
        if found is None:
            try:
                found = self._plan(graph, path, inputs)
            except Exception:  # noqa: BLE001 - whatever is wrong here, the program goes on
                found = _UNKNOWN
            self._plans[key] = found
        return found

    def _plan(self, graph: Any, path: str, inputs: list[Any]) -> Planned | str:
        values = self._tracer.values
        externals = Externals()
        variables: dict[int, Known] = {}
        origins: list[int] = []
        for tensor, placeholder in zip(inputs, graph.inputs, strict=True):
            known = values.variable(tensor, graph) if tensor.dtype == tf.resource else None
            if known is None:
                name = placeholder.op.name
                origins.append(externals.add(ValueKind.INPUT, name, placeholder))
                continue
            origins.append(externals.add(known.kind, known.name, tensor, known.variable))
            variables[origins[-1]] = known
        planner = _Planner(self._tracer, externals)
        body = planner.plan(graph, origins, path)
        why = _reason(body)
        if why:
            return why
        outside: list[int] = []
        for index, row in enumerate(externals.rows):
            if index in variables:
                outside.append(values.outside(variables[index]))
            elif row.kind is ValueKind.CONSTANT:
                values.named.setdefault((row.kind, row.name), row.tensor)
                outside.append(values.index(row.kind, row.name, row.tensor))
            else:
                outside.append(-1)
        constants = [
            row.tensor if row.kind is ValueKind.CONSTANT else None for row in externals.rows
        ]
        return Planned(body, constants, variables, outside, graph)

    def _label(self, function: Any) -> str:
        """The function's own name; with a number where another trace has it."""
        name, backward = function.name.decode(), _is_backward(function)
        if name not in self._labels:
            label = function_label(name)
            if backward:
                label = function_label(label)
            number, unique = 1, label
            while (unique, backward) in self._taken:
                number += 1
                unique = f"{label} {number}"
            self._taken.add((unique, backward))
            self._labels[name] = unique
        return self._labels[name]


class _Planner(Planner):
    """Knows what was traced in earlier runs, too; of what was traced before them, it shows the name
    scopes."""

    def __init__(self, tracer: LiveTracer, externals: Externals) -> None:
        super().__init__(tracer.layers, externals, tracer.tapes)
        self._live = tracer

    def _body(self, graph: Any, origins: list[int], path: str, prefix: str) -> Body:
        self._live.layers.find_notes(graph)
        self._live.tapes.find_notes(graph)
        return super()._body(graph, origins, path, prefix)

    def _imported(self, graph: Any) -> bool:
        return not self._live.layers.knows(graph)


class _CallStepper(FlowStepper):
    """Runs one call."""

    def __init__(self, tracer: LiveTracer, planned: Planned) -> None:
        variables, values = planned.variables, tracer.values

        def read(index: int) -> Any:
            return variables[index].read()

        def assign(index: int, value: Any) -> None:
            variables[index].variable.assign(value)

        super().__init__(
            tracer.recorder,
            planned.outside,
            planned.constants,
            {},
            read,
            assign,
            kernels.Cancellable(),
            _undo,
            Stretches(False),
        )
        self._held = values.held
        self._planned = planned
        self._values: LiveValues = values
        self._phase = tracer.recorder.phase

    def read(self, external: int) -> Any:
        """What a variable holds that nothing in the function assigns."""
        found = super().read(external)
        self._values.was_read(self._planned.variables[external], found)
        return found

    def _place_in_pass(self, node: Node, refs: list[Ref]) -> None:
        super()._place_in_pass(node, refs)
        if self._phase is Phase.BACKWARD:
            self.recorder.phase = self._phase
        for external in node.writes:
            self._values.keep_first(self._planned.variables[external])


def _undo() -> Any:
    """Nothing is put back: the program runs once."""
    return _undo


def _reason(body: Body) -> str:
    """Why a function cannot run op by op as it runs whole, "" where it can."""
    for node in body.walk():
        if kernels.is_random(node.type) and any(_attribute(node.op, name) for name in _SEEDS):
            return _DRAWS
        owned = any(row.name == "shared_name" for row in node.op.op_def.attr)
        if owned and not node.type.startswith("Anonymous"):
            return _OWNS
    return ""


_SEEDS = ("seed", "seed2")


def _attribute(op: Any, name: str) -> Any:
    try:
        return op.get_attr(name)
    except ValueError:
        return None


def _is_backward(function: Any) -> bool:
    return _BACKWARD in function.name.decode()


def _type_of(function: Any) -> str:
    compiled = function.cached_definition.attr["_XlaMustCompile"].b
    return _COMPILED if compiled else "tf.function"


def _as_new(outputs: list[Any], old: list[Any]) -> list[Any]:
    """Tensors of their own, as a call gives them: a tape must not take them for its inputs."""
    seen = {id(tensor) for tensor in old}
    found: list[Any] = []
    for tensor in outputs:
        if id(tensor) in seen:
            attrs = ("T", tensor.dtype.as_datatype_enum)
            found += kernels.run("Identity", 1, [tensor], attrs)
        else:
            found.append(tensor)
        seen.add(id(found[-1]))
    return found
