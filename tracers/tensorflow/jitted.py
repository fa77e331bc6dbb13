"""A function compiled by XLA as a program: one op, held against the function as it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from typing import Any

from ..engine.again import CannotRepeat
from ..engine.axis_orders import FAR, distance
from ..engine.backend import Inputs, LoadOptions, Progress, Verification
from ..engine.fingerprints import fingerprint
from ..engine.lib import np
from ..engine.recorder import Recorder
from ..ir import OUTSIDE, MapFacts
from ..ir.stages import Compilation, CompiledGraph, Print, Stage, Suspect
from ..protocol.refusal import Refusal
from .lib import array_of, tf
from .opening import open_program
from .program import TensorFlowProgram

_NAMES = ("tf.function", "XLA")
_UNITS = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float64": 2.2e-16}
_SINGLE = 1.2e-7
_LONGEST = 200


class JittedProgram(TensorFlowProgram):
    """Runs the function as TensorFlow does and as XLA does, from the same start."""

    _made: Compilation | None = None

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """What the function reads; XLA leaves nothing of its inside."""
        self._externals.indices(recorder.builder)
        return MapFacts("recorded", "XLA makes one kernel of the function.")

    def execute(self, recorder: Recorder) -> None:
        """Run both, and tell of the one op. Raises what TensorFlow raises."""
        recorder.builder.mapping = True
        outside = self._externals.indices(recorder.builder)
        plain = self._plain()
        failure, values = "", plain
        try:
            values = self._run(_jitted(self._call))
        except (tf.errors.OpError, TypeError, ValueError) as error:
            failure = f"XLA could not compile the function: {_words(error)}."
        count = len(self._concrete.graph.get_operations())
        step = recorder.before(
            "compiled graph",
            [(OUTSIDE, index) for index in self._origins(outside)],
            ident="graph:0",
            note=f"{count} ops",
            attributes=(("compiler", "XLA" if not failure else "none"), ("ops", str(count))),
        )
        record = recorder.after(step, values)
        self._outputs = values
        graph = CompiledGraph(record, count, prints=tuple(_print(value) for value in plain))
        self._made = self._judged(graph, plain, values, failure)

    def compiled(self) -> Compilation:
        """Of the last run. Raises Refusal where there is none."""
        if self._made is None:
            raise Refusal("not-run", "The function has not been compiled yet.")
        return self._made

    def captured(self, record: int) -> list[Suspect]:
        """XLA is given the function as it was traced: nothing is captured anew."""
        return []

    def again(self, record: int, type_: str, inputs: Sequence[object]) -> Any:
        """A compiled function is not run on other values."""
        raise CannotRepeat("it is a compiled function")

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """There is nothing to verify: it is the compiler's own run."""
        raise Refusal("not-here", "A function under XLA is compared, not verified.")

    def deviation(self) -> float | None:
        """Told by the comparison."""
        return None

    def prepare(self) -> bool:
        """There is nothing to be made quicker."""
        return True

    def _judged(
        self, graph: CompiledGraph, plain: list[Any], values: list[Any], failure: str
    ) -> Compilation:
        first = Stage(_NAMES[0], 0.0)
        if failure:
            stages = (first, Stage(_NAMES[1], failure=failure))
            return Compilation(_NAMES, (_with(graph, stages, None),), notes=(failure,))
        error = _farthest(plain, values)
        noise = (
            max(self._noises(self._call, plain), default=0.0) if _is_large(error, plain) else 0.0
        )
        parted = _is_large(error, plain) and error > 8 * noise
        suspect = self._suspect() if parted else None
        stages = (first, Stage(_NAMES[1], error, noise, parted))
        return Compilation(_NAMES, (_with(graph, stages, suspect),), outputs=error)

    def _suspect(self) -> Suspect | None:
        """The first op whose value XLA computes otherwise where all values are handed out."""
        graph = self._concrete.graph
        tensors = [
            tensor
            for op in graph.get_operations()
            if op.type not in ("Placeholder", "Const")
            for tensor in op.outputs
            if tensor.dtype.is_floating
        ]
        call = _handing_out(self._concrete, [tensor.name for tensor in tensors])
        with contextlib.suppress(tf.errors.OpError, TypeError, ValueError):
            plain, values = self._run(tf.function(call, autograph=False)), self._run(_jitted(call))
            noises = self._noises(call, plain)
            rows = zip(tensors, plain, values, noises, strict=True)
            for tensor, one, other, noise in rows:
                error = _apart(one, other)
                if _is_large(error, [one]) and error > 8 * noise:
                    return Suspect(tensor.op.type, error=error, print=_print(one))
        return Suspect("", alone=False)

    @property
    def _call(self) -> Callable[..., Any]:
        """The function without a call around it, which XLA would not take."""
        return _handing_out(self._concrete, [each.name for each in self._concrete.graph.outputs])

    def _run(self, function: Any, inputs: Sequence[Any] | None = None) -> list[Any]:
        """From the start; the tensors that come of it."""
        given = self._inputs if inputs is None else inputs
        traced = function.get_concrete_function(*given)
        self._start()
        self._reseed()
        found = traced(*given)
        leaves: list[Any] = tf.nest.flatten(found, expand_composites=True)
        return [leaf for leaf in leaves if leaf is not None]

    def _noises(self, call: Any, plain: list[Any]) -> list[float]:
        """How far each value moves where inputs and weights move by one unit in the last place."""
        inputs = [_moved(tensor) for tensor in self._inputs]
        with self._moved_weights():
            moved = self._run(tf.function(call, autograph=False), inputs)
        return [_apart(one, other) for one, other in zip(plain, moved, strict=True)]

    @contextlib.contextmanager
    def _moved_weights(self) -> Generator[None]:
        rows = [row.variable for row in self._externals.rows if row.variable is not None]
        rows = [row for row in rows if row.dtype.is_floating]
        kept = [row.read_value() for row in rows]
        try:
            for row, value in zip(rows, kept, strict=True):
                row.assign(_moved(value))
            yield
        finally:
            for row, value in zip(rows, kept, strict=True):
                row.assign(value)


def open_jitted(
    target: Any, inputs: Inputs, options: LoadOptions, progress: Progress
) -> TensorFlowProgram:
    """Raises Refusal where the target does not take the inputs."""
    return open_program(target, inputs, options, progress, JittedProgram)


def _with(
    graph: CompiledGraph, stages: tuple[Stage, ...], suspect: Suspect | None
) -> CompiledGraph:
    return CompiledGraph(graph.record, graph.ops, "", 0, graph.prints, stages, suspect)


def _jitted(call: Any) -> Any:
    return tf.function(call, jit_compile=True, autograph=False)


def _handing_out(concrete: Any, names: list[str]) -> Callable[..., Any]:
    """The function with these tensors as what it gives, without its placeholders."""
    definition = concrete.graph.as_graph_def()
    placeholders = [tensor.op.name for tensor in concrete.graph.inputs]
    nodes = [node for node in definition.node if node.name not in set(placeholders)]
    read = {each.lstrip("^").partition(":")[0] for node in nodes for each in node.input}
    del definition.node[:]
    definition.node.extend(nodes)

    def call(*given: Any) -> Any:
        own = tf.compat.v1.get_default_graph()
        captured = [own.capture(tensor) for tensor in concrete.captured_inputs]
        inputs = dict(zip(placeholders, (*given, *captured), strict=True))
        made = [name for name in names if name.partition(":")[0] not in inputs]
        found = tf.graph_util.import_graph_def(
            definition,
            input_map={f"{name}:0": inputs[name] for name in placeholders if name in read},
            return_elements=made,
            name="",
        )
        known = dict(zip(made, found, strict=True))
        return [known[name] if name in known else inputs[name.partition(":")[0]] for name in names]

    return call


def _moved(tensor: Any) -> Any:
    if not tensor.dtype.is_floating or tensor.shape.num_elements() in (None, 0, 1):
        return tensor
    signs = np.random.default_rng(0).choice((-1.0, 1.0), tuple(tensor.shape))
    unit = float(np.finfo(np.float32).eps) if tensor.dtype == tf.float32 else _unit([tensor]) * 2
    return tensor * tf.cast(1 + unit * signs, tensor.dtype)


def _farthest(plain: list[Any], values: list[Any]) -> float:
    if len(plain) != len(values):
        return FAR
    return max((_apart(one, other) for one, other in zip(plain, values, strict=True)), default=0.0)


def _apart(one: Any, other: Any) -> float:
    first, second = array_of(one), array_of(other)
    if first.shape != second.shape or first.dtype == object:
        return 0.0 if first.dtype == object else FAR
    return distance(first, second)


def _is_large(error: float, values: list[Any]) -> bool:
    unit = _unit(values)
    return error > (4 if unit > _SINGLE else 12) * unit


def _unit(values: list[Any]) -> float:
    return max((_UNITS.get(value.dtype.name, _SINGLE) for value in values), default=_SINGLE)


def _print(value: Any) -> Print:
    array = array_of(value)
    if array.dtype.kind not in "fiu":
        return ()
    return tuple(float(number) for number in fingerprint(array))


def _words(error: Exception) -> str:
    words = " ".join(str(error).split("\n")[0].split()).rstrip(".")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
