"""Traces a model on its inputs and makes it a program."""

from __future__ import annotations

import inspect
from typing import Any

from ..engine.backend import Inputs, LoadOptions, Progress
from ..ir import ModelFacts, ValueKind
from ..protocol.refusal import Refusal
from .externals import Externals, variables_by_handle
from .kernels import is_random
from .layers import LayerLog
from .lib import context, is_layer, tf
from .memory import hold_pages
from .plan import Body, Role
from .planner import Planner
from .program import TensorFlowProgram
from .signatures import chosen_function, declared_shapes, traces_of
from .tapes import TapeLog


def open_program(
    target: Any,
    inputs: Inputs,
    options: LoadOptions,
    progress: Progress,
    kind: type[TensorFlowProgram] = TensorFlowProgram,
) -> TensorFlowProgram:
    """`kind`: what runs it. Raises Refusal "bad-input" where the model does not take the inputs."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": options.exact})
    hold_pages()
    if context.global_seed() is None:  # without one, every call would draw other numbers
        tf.random.set_seed(0)
    progress("Tracing the model")
    log, tapes = LayerLog(target), TapeLog()
    args, kwargs = inputs
    with log.recording(), tapes.recording():
        concrete = _concrete(target, args, kwargs, options)
    flat = flat_inputs(concrete, args, kwargs)
    progress("Planning the run")
    externals = Externals()
    origins = _add_inputs(externals, target, concrete, flat)
    planner = Planner(log, externals, tapes, getattr(target, "opscope_lines", None))
    plan = planner.plan(concrete.graph, origins)
    training = bool(kwargs.get("training", False)) if is_layer(target) else None
    facts = _facts(target, concrete, plan, externals, options, len(flat), training)
    return kind(
        concrete,
        flat,
        plan,
        externals,
        facts,
        written=planner.written,
        types=planner.types,
        exact=options.exact,
    )


def _concrete(target: Any, args: Any, kwargs: Any, options: LoadOptions) -> Any:
    """The concrete function of whatever was named."""
    if is_layer(target):
        return tf.function(_call_of(target), autograph=False).get_concrete_function(*args, **kwargs)
    function: Any = chosen_function(target, options.part)
    if function is None:
        if not callable(target):
            raise Refusal("bad-model", f"{options.name} has nothing that could be called.")
        function = target
    if hasattr(function, "captured_inputs"):
        return function
    if not hasattr(function, "get_concrete_function"):
        function = tf.function(function)
    return function.get_concrete_function(*args, **kwargs)


def _call_of(model: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        return model(*args, **kwargs)

    return call


class _Caught(Exception):
    """Carries the flat inputs out of a call that shall not happen."""

    def __init__(self, tensors: list[Any]) -> None:
        super().__init__()
        self.tensors = tensors


def flat_inputs(concrete: Any, args: Any, kwargs: Any) -> list[Any]:
    """The tensors that a call hands to the graph, in the graph's order."""

    def catch(tensor_inputs: Any, *_: Any, **__: Any) -> None:
        raise _Caught(list(tensor_inputs))

    concrete._call_flat = catch
    try:
        concrete(*args, **kwargs)
    except _Caught as caught:
        return caught.tensors
    finally:
        del concrete._call_flat
    raise Refusal("bad-input", "This function does not take its inputs as tensors.")


def _add_inputs(externals: Externals, target: Any, concrete: Any, flat: list[Any]) -> list[int]:
    """Externals for the graph's inputs: arguments, then captured variables and tensors."""
    variables = variables_by_handle(target, concrete)
    origins: list[int] = []
    placeholders = concrete.graph.inputs
    names = input_names(target)
    for index, (tensor, placeholder) in enumerate(zip(flat, placeholders, strict=False)):
        name = placeholder.op.name
        if index < len(names) and (name == "inputs" or name.startswith("args_")):
            name = names[index]
        origins.append(externals.add(ValueKind.INPUT, name, tensor))
    for tensor, placeholder in zip(
        concrete.captured_inputs, placeholders[len(flat) :], strict=True
    ):
        found = variables.get(id(tensor))
        if found is None:
            origins.append(externals.add(ValueKind.CONSTANT, placeholder.op.name, tensor))
            continue
        name, variable = found
        kind = ValueKind.PARAMETER if variable.trainable else ValueKind.BUFFER
        origins.append(externals.add(kind, name, tensor, variable))
    return origins


def input_names(target: Any) -> list[str]:
    """What a Keras model calls its inputs; [] where it does not say."""
    if not is_layer(target):
        return []
    declared = getattr(target, "inputs", None)
    if declared:
        return [str(tensor.name) for tensor in declared]
    parameters = inspect.signature(target.call).parameters.values()
    return [
        parameter.name
        for parameter in parameters
        if parameter.kind is not parameter.VAR_KEYWORD and parameter.default is parameter.empty
    ]


def _facts(
    target: Any,
    concrete: Any,
    plan: Body,
    externals: Externals,
    options: LoadOptions,
    given: int,
    training: bool | None,
) -> ModelFacts:
    rows = externals.rows
    variables = [row for row in rows if row.variable is not None]
    weights = [row for row in variables if row.kind is ValueKind.PARAMETER]
    inputs = tuple((row.name, tuple(row.tensor.shape.as_list()), row.dtype) for row in rows[:given])
    floating = [row.dtype for row in weights] or [row[2] for row in inputs if "float" in row[2]]
    return ModelFacts(
        _name(target, options),
        "TensorFlow",
        tf.__version__,
        sum(_elements(row.variable) for row in weights),
        sum(_elements(row.variable) * row.variable.dtype.size for row in weights),
        inputs,
        options.synthetic,
        _device(concrete),
        max(set(floating), key=floating.count) if floating else "",
        training,
        None,
        _recording_bytes(plan),
        (*_input_notes(target, inputs, options), *_notes(concrete, plan)),
    )


def _name(target: Any, options: LoadOptions) -> str:
    """A tf.function is called as its Python function is."""
    function = getattr(target, "python_function", None)
    own = getattr(function, "__name__", "") or getattr(target, "name", "")
    if function is not None and own.isidentifier():
        return own
    return options.name or str(own or type(target).__name__)


def _elements(variable: Any) -> int:
    return int(variable.shape.num_elements() or 0)


def _device(concrete: Any) -> str:
    gpus = tf.config.list_logical_devices("GPU")
    return "gpu:0" if gpus else "cpu"


def _recording_bytes(plan: Body) -> int | None:
    """Bytes of all outputs of a run; None where a shape is unknown or loops decide."""
    total = 0
    for node in plan.walk():
        if node.role is Role.LOOP:
            return None
        if node.role is not Role.OP:
            continue
        for tensor in node.op.outputs:
            count = tensor.shape.num_elements()
            if count is None:
                return None
            total += count * (tensor.dtype.size or 0)
    return total


def _input_notes(
    target: Any, inputs: tuple[tuple[str, tuple[int, ...], str], ...], options: LoadOptions
) -> list[str]:
    """How made-up inputs were chosen where the model leaves it open."""
    if not options.synthetic:
        return []
    found: list[str] = []
    traces = len(traces_of(target))
    if traces > 1:
        found.append(f"It was traced {traces} times; the inputs are like those of the last trace.")
    shapes = declared_shapes(target)
    if len(shapes) == len(inputs):
        axes = [
            f"{name} axis {axis} = {extent}"
            for (name, made, _), shape in zip(inputs, shapes, strict=True)
            for axis, extent in enumerate(made)
            if shape.rank is None or shape.as_list()[axis] is None
        ]
        if axes:
            found.append(f"Axes that the model leaves open were chosen: {', '.join(axes)}.")
    return found


def _notes(concrete: Any, plan: Body) -> tuple[str, ...]:
    notes: list[str] = []
    nodes = plan.walk()
    if concrete.function_def.attr["_XlaMustCompile"].b or any(_compiled(node.op) for node in nodes):
        notes.append(
            "Functions under jit_compile are stepped as ordinary ops; XLA rounds otherwise."
        )
    if any("Iterator" in node.type or "LookupTable" in node.type for node in nodes):
        notes.append("Iterators and tables go on where the last run left them.")
    if any(is_random(node.type) and _unseeded(node.op) for node in nodes):
        notes.append("Random ops without a seed draw other numbers in every run.")
    return tuple(notes)


def _compiled(op: Any) -> bool:
    try:
        return bool(op.get_attr("_XlaMustCompile"))
    except ValueError:
        return False


def _unseeded(op: Any) -> bool:
    try:
        return op.get_attr("seed") == 0 and op.get_attr("seed2") == 0
    except ValueError:
        return False
