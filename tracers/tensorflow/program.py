"""A loaded TensorFlow model with its inputs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.again import CannotRepeat
from ..engine.backend import Backend, Progress, Verification
from ..engine.lib import np
from ..engine.recorder import Recorder
from ..ir import OUTSIDE, MapFacts, ModelFacts, Value, ValueKind
from . import kernels
from .again import TensorFlowAgain
from .drawing import MapDrawer
from .externals import External, Externals
from .flow_stepper import FlowStepper
from .lib import array_of, context, tf
from .plan import Body, Node, Role
from .stretches import Stretches
from .values import TensorFlowBackend

Visits = list[tuple[str, str, int, int]]


class TensorFlowProgram:
    """Runs a concrete function op by op, from the same start each time."""

    def __init__(
        self,
        concrete: Any,
        inputs: list[Any],
        plan: Body,
        externals: Externals,
        facts: ModelFacts,
        *,
        written: set[int],
        types: set[str],
        exact: bool,
    ) -> None:
        """
        Args:
            inputs: tensors for the graph's inputs that are not captured.
            written: externals of the variables that a run may assign.
            types: op types anywhere in the plan.
        """
        self.backend: Backend = TensorFlowBackend()
        self._nodes: dict[int, Node] = {}  # by record, what ran last
        self.facts = facts
        self._concrete = concrete
        self._inputs = inputs
        self._plan = plan
        self._externals = externals
        self._exact = exact
        self._is_seen = any(map(kernels.is_seen, types))
        self._random = any(map(kernels.is_random, types))
        self._written = [externals.rows[index].variable for index in sorted(written)]
        self._start = self._note()
        self._first = {id(row): row.read_value() for row in self._written}
        reads = [node for node in plan.walk() if node.role is Role.READ]
        self._unassigned = sorted({node.variable for node in reads})
        self._cancellable = kernels.Cancellable()
        self._stretches = Stretches(not self._random)  # whose kernels are dropped before each run
        self._stepper: FlowStepper | None = None
        self._recorder: Recorder | None = None
        self._outputs: list[Any] = []

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """Draw every branch and loop, and what TensorFlow drops."""
        progress("Drawing the map")
        builder = recorder.builder
        outside = self._externals.indices(builder)
        MapDrawer(builder, outside).draw(self._plan, self._origins(outside))
        graph = builder.graph
        return MapFacts("tf.function", "", len(graph.ops), len(graph.scopes) - 1)

    def execute(self, recorder: Recorder) -> None:
        """Run once; variables start with the values that they had when the model was opened."""
        self._start()
        self._reseed()
        self._stretches.begin()
        outside = self._externals.indices(recorder.builder)
        stepper = FlowStepper(
            recorder,
            outside,
            [row.tensor for row in self._externals.rows],
            self._read_all(),
            lambda index: _read(self._externals.rows[index]),
            lambda index, value: self._externals.rows[index].variable.assign(value),
            self._cancellable,
            self._note,
            self._stretches,
        )
        stepper.nodes = self._nodes
        self._stepper, self._recorder = stepper, recorder
        refs = [(OUTSIDE, index) for index in self._origins(outside)]
        tensors = [*self._inputs, *self._concrete.captured_inputs]
        try:
            self._outputs, _ = stepper.run(self._plan, tensors, refs)
        finally:
            self._stepper = self._recorder = None

    def prepare(self) -> bool:
        """Have some ops that have run one by one run at once from now on."""
        return self._stretches.prepare()

    def cancel(self) -> None:
        """Break off a loop that runs as one op; it is gone through pass by pass instead."""
        self._cancellable.cancel()

    def stack(self) -> Visits:
        """The user's frames of the op about to run, innermost first: function, file, line, visit.

        A visit differs between two passes of a loop.
        """
        stepper, recorder = self._stepper, self._recorder
        if stepper is None or recorder is None or stepper.node is None:
            return []
        frames = recorder.run.frames
        visit = recorder.frame
        while visit > 0 and frames[visit].turn < 0:
            visit = frames[visit].parent
        return [(line.function, line.file, line.line, visit) for line in stepper.node.frames]

    def value(self, value: Value) -> object | None:
        """By kind and name; a variable as every run finds it."""
        external = self._externals.find(value.kind, value.name)
        if external is None or value.kind is ValueKind.OUTPUT:
            return None
        if id(external.variable) in self._first:
            return self._first[id(external.variable)]
        return _read(external) if external.variable is not None else external.tensor

    def again(self, record: int, type_: str, inputs: Sequence[object]) -> TensorFlowAgain:
        """A record's op, to be run once more. Raises CannotRepeat."""
        node = self._nodes.get(record)
        if node is None:
            raise CannotRepeat("it was not run op by op")
        return TensorFlowAgain(node, type_, inputs, TensorFlowBackend())

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Both from the same variables and seeds, in turns, after a warm run of each."""
        self._plain()
        self.execute(new_recorder())
        plain_times: list[float] = []
        traced_times: list[float] = []
        equal, worst = True, 0.0
        comparable = False
        for _ in range(max(3, repeats)):
            started = time.perf_counter()
            plain = self._plain()
            plain_times.append(time.perf_counter() - started)
            recorder = new_recorder()
            started = time.perf_counter()
            self.execute(recorder)
            traced_times.append(time.perf_counter() - started)
            traced, self._outputs = self._outputs, []
            if len(plain) != len(traced):
                equal = False
                continue
            for one, other in zip(plain, traced, strict=True):
                equal = equal and _same(one, other)
                difference = _difference(one, other)
                if difference is not None:
                    comparable = True
                    worst = max(worst, difference)
        return Verification(
            equal,
            worst if comparable else None,
            statistics.median(plain_times),
            statistics.median(traced_times),
            self._exact,
            self._note_on(equal),
        )

    def deviation(self) -> float | None:
        """Largest absolute difference of the last run's outputs from TensorFlow's own run."""
        if not self._outputs or self._is_seen:
            return None
        plain = self._plain()
        pairs = zip(plain, self._outputs, strict=False)
        found = [_difference(one, other) for one, other in pairs]
        return max((value for value in found if value is not None), default=None)

    def _plain(self) -> list[Any]:
        self._start()
        self._reseed()
        found = self._concrete._call_flat(self._inputs, self._concrete.captured_inputs)
        leaves = tf.nest.flatten(found, expand_composites=True)
        return [leaf for leaf in leaves if leaf is not None]

    def _note_on(self, equal: bool) -> str:
        if equal:
            return "Compared under TensorFlow's exact settings." if self._exact else ""
        if self._exact:
            generic = "The outputs differ although TensorFlow's graph optimizer and oneDNN are off."
            return " ".join(self.facts.notes) or generic
        return (
            "TensorFlow fuses and reorders ops in its own run; --exact turns that off for both"
            " sides."
        )

    def _read_all(self) -> dict[int, Any]:
        """What the variables hold that nothing assigns, by external."""
        rows = [self._externals.rows[index] for index in self._unassigned]
        if not rows:
            return {}
        dtypes = [row.variable.dtype for row in rows]
        found = kernels.read_variables([row.tensor for row in rows], dtypes)
        return dict(zip(self._unassigned, found, strict=False))

    def _origins(self, outside: list[int]) -> list[int]:
        """The externals that feed the graph's inputs stand first, in the graph's order."""
        return outside[: self._plan.inputs]

    def _reseed(self) -> None:
        """Random kernels start again from their seeds."""
        if self._random:
            context.context().clear_kernel_cache()

    def _note(self) -> Callable[[], None]:
        """Remember the assigned variables' values; the call that comes back restores them."""
        values = [variable.read_value() for variable in self._written]

        def restore() -> None:
            for variable, value in zip(self._written, values, strict=True):
                variable.assign(value)

        return restore


def _read(external: External) -> Any:
    return external.variable.read_value() if external.variable is not None else external.tensor


def _same(one: Any, other: Any) -> bool:
    """Bit for bit; for what has no elements, that both have none."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype in (tf.resource, tf.variant):
        return True
    first, second = array_of(one), array_of(other)
    if first.dtype == object:
        return bool((first == second).all())
    return first.tobytes() == second.tobytes()


def _difference(one: Any, other: Any) -> float | None:
    """Largest absolute difference; None where nothing can be subtracted."""
    if one.shape != other.shape or not (one.dtype.is_floating or one.dtype.is_integer):
        return None
    if not one.shape.num_elements():
        return None
    first, second = (array_of(side).astype(np.float64) for side in (one, other))
    with np.errstate(all="ignore"):
        alike = (first == second) | (np.isnan(first) & np.isnan(second))
        return float(np.max(np.where(alike, 0.0, np.abs(first - second))))
