"""Runs single nodes of a function graph eagerly."""

from __future__ import annotations

from typing import Any

from .lib import cancellation, context, eager, function_graphs, tf

CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
IFS = frozenset({"If", "StatelessIf"})
CASES = frozenset({"Case", "StatelessCase"})
WHILES = frozenset({"While", "StatelessWhile"})
ENTERED = CALLS | IFS | CASES | WHILES


_RANDOM = ("Random", "TruncatedNormal", "ParameterizedTruncatedNormal", "Multinomial")


def is_random(op_type: str) -> bool:
    """Its kernel holds a random state of its own, which only a new kernel starts again."""
    return op_type.startswith(_RANDOM)


_SEEN = ("EagerPyFunc", "PyFunc", "Print", "Iterator", "Queue", "Write", "LookupTable", "Save")


def is_seen(op_type: str) -> bool:
    """Running it once more shows outside, or changes what a later run reads."""
    return any(word in op_type for word in _SEEN)


def attributes(op: Any) -> tuple[Any, ...]:
    """Names and values in turns, as `quick_execute` wants them; private attributes dropped."""
    found: list[Any] = []
    for definition in op.op_def.attr:
        try:
            value = op.get_attr(definition.name)
        except ValueError:  # an attribute with a default, left out by an older producer
            continue
        found += [definition.name, _attribute(definition.type, value)]
    return tuple(found)


def _attribute(kind: str, value: Any) -> Any:
    if kind.startswith("list("):
        return [_attribute(kind[5:-1], item) for item in value]
    if kind == "type":
        return tf.as_dtype(value).as_datatype_enum
    if kind == "shape":
        return None if value.unknown_rank else [dim.size for dim in value.dim]
    if kind == "func":
        return value.name
    return value


def run(op_type: str, count: int, inputs: list[Any], attrs: tuple[Any, ...]) -> list[Any]:
    """The outputs of one op."""
    found = eager.quick_execute(op_type, count, inputs, attrs, context.context())
    return [] if found is None else list(found)


def read_variables(handles: list[Any], dtypes: list[Any]) -> list[Any]:
    """What several variables hold, in one op where TensorFlow has it; [] where it fails."""
    numbers = [dtype.as_datatype_enum for dtype in dtypes]
    attrs = ("N", len(handles), "dtypes", numbers)
    try:
        return run("_ReadVariablesOp", len(handles), handles, attrs)
    except tf.errors.OpError:
        return []


class Cancellable:
    """Runs ops that another thread may cancel.

    Attributes:
        asked: it was asked to, since the last op was begun.
    """

    def __init__(self) -> None:
        self.asked = False
        self._manager: Any = None

    def run(self, op_type: str, count: int, inputs: list[Any], attrs: tuple[Any, ...]) -> list[Any]:
        """The outputs of one op. Raises TensorFlow's CancelledError after `cancel`."""
        self.asked = False
        manager = self._manager = cancellation.CancellationManager()
        try:
            found = eager.execute_with_cancellation(
                op_type, count, inputs, attrs, context.context(), manager
            )
        finally:
            self._manager = None
        return [] if found is None else list(found)

    def cancel(self) -> None:
        """Stop the op that is running, if one is."""
        manager = self._manager
        if manager is not None:
            self.asked = True
            manager.start_cancel()


def constant(op: Any) -> Any:
    """The tensor of a Const op."""
    proto = op.get_attr("value")
    return tf.io.parse_tensor(proto.SerializeToString(), tf.as_dtype(proto.dtype))


def bodies(op: Any) -> list[tuple[str, str]]:
    """(role, function name) of the functions that an op calls: "f", "then", "cond", "0", …"""
    if op.type in CALLS:
        return [("f", op.get_attr("f").name)]
    if op.type in IFS:
        return [(role, op.get_attr(f"{role}_branch").name) for role in ("then", "else")]
    if op.type in CASES:
        branches = op.get_attr("branches")
        return [(str(index), branch.name) for index, branch in enumerate(branches)]
    if op.type in WHILES:
        return [(role, op.get_attr(role).name) for role in ("cond", "body")]
    return []


class FunctionGraphs:
    """Function bodies by name, found from the graph that calls them."""

    def __init__(self) -> None:
        self._graphs: dict[str, Any] = {}

    def get(self, caller: Any, name: str) -> Any:
        """The graph of a function that `caller` calls."""
        if name not in self._graphs:
            self._graphs[name] = self._find(caller, name)
        return self._graphs[name]

    def _find(self, caller: Any, name: str) -> Any:
        graph = caller
        function = None
        while graph is not None and function is None:
            function = graph._get_function(name)
            graph = getattr(graph, "outer_graph", None)
        found = getattr(function, "graph", None)
        if found is not None:
            return found
        if function is not None:
            definition = getattr(function, "cached_definition", None) or function.definition
        else:
            definition = context.context().get_function_def(name)
        with caller.as_default():
            return function_graphs.function_def_to_graph(definition, include_library_functions=True)
