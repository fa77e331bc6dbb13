"""Graphs of TensorFlow 1: frozen .pb files, and SavedModels whose variables are references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..engine.backend import LoadOptions, Progress
from ..protocol.refusal import Refusal
from .lib import deprecation, protobuf_messages, tf
from .reaching import check_graph

_INPUTS = frozenset({"Placeholder", "PlaceholderV2"})
_NO_RESULT = frozenset({"NoOp", "Const", "Assert", "Print", "PrintV2", *_INPUTS})
REFERENCES = frozenset({"Variable", "VariableV2", "TemporaryVariable", "AutoReloadVariable"})


def open_frozen(path: str, options: LoadOptions, progress: Progress) -> object:
    """The concrete function from a frozen graph's placeholders to what nothing in it reads, or to
    the output named after a colon.

    Raises Refusal "bad-artefact", or "bad-spec" where an output is named that is not there.
    """
    name = Path(path).name
    progress("Reading the graph")
    definition = tf.compat.v1.GraphDef()
    try:
        definition.ParseFromString(Path(path).read_bytes())
    except (OSError, protobuf_messages.DecodeError) as error:
        raise Refusal("bad-artefact", f"{name} is damaged, or is no frozen graph.") from error
    if not definition.node:
        raise Refusal("bad-artefact", f"{name} holds no graph of TensorFlow.")
    if not options.trusted:
        check_graph(definition, name)
    left = next((node for node in definition.node if node.op in REFERENCES), None)
    if left is not None:
        raise Refusal(
            "bad-artefact",
            f"{name} is not frozen: its variable {left.name} has no value; export it as a"
            " SavedModel, or freeze it with its checkpoint.",
        )
    return as_function(definition, name, options.part)


def as_function(definition: Any, name: str, part: str = "", outputs: tuple[str, ...] = ()) -> Any:
    """The concrete function of a GraphDef.

    `outputs` are names of tensors; without them, `part` names one, and without that the outputs
    are what no other op reads.
    """
    try:
        whole = tf.compat.v1.wrap_function(
            lambda: tf.compat.v1.import_graph_def(definition, name=""), []
        )
    except (ValueError, KeyError, TypeError) as error:
        words = str(error).splitlines()[0].rstrip(".")
        raise Refusal("bad-artefact", f"{name} cannot be read as a graph: {words}.") from error
    graph = whole.graph
    found = list(outputs) or _results(graph, name, part)
    feeds = [op.outputs[0] for op in graph.get_operations() if op.type in _INPUTS]
    function = whole.prune(feeds, [graph.as_graph_element(item) for item in found])
    function._arg_keywords = [tensor.op.name for tensor in feeds]
    function._num_positional_args = len(feeds)
    function.opscope_feeds = feeds
    return function


def freeze_saved_model(path: str, part: str, progress: Progress) -> Any:
    """The function of a SavedModel of TensorFlow 1, its variables made constants."""
    v1 = tf.compat.v1
    progress("Freezing the variables")
    with deprecation.silence(), tf.Graph().as_default(), v1.Session() as session:
        loaded = v1.saved_model.load(session, ["serve"], path)
        signature = _signature(loaded, part, Path(path).name)
        outputs = tuple(info.name for info in signature.outputs.values())
        definition = v1.graph_util.convert_variables_to_constants(
            session, session.graph_def, [output.partition(":")[0] for output in outputs]
        )
    return as_function(definition, Path(path).name, outputs=outputs)


def _signature(loaded: Any, part: str, name: str) -> Any:
    known = {key: row for key, row in loaded.signature_def.items() if row.outputs}
    if part in known:
        return known[part]
    if not part and "serving_default" in known:
        return known["serving_default"]
    if not part and len(known) == 1:
        return next(iter(known.values()))
    wanted = f"no signature {part}" if part else "several signatures"
    raise Refusal(
        "bad-spec", f"{name} has {wanted}; name one after a colon: {', '.join(sorted(known))}."
    )


def _results(graph: Any, name: str, part: str) -> list[str]:
    ops = graph.get_operations()
    if part:
        if part not in {op.name for op in ops}:
            raise Refusal("bad-spec", f"{name} has no op {part}.")
        return [f"{part}:0"]
    read = {tensor.name for op in ops for tensor in op.inputs}
    ends = [op for op in ops if op.type not in _NO_RESULT and op.outputs and not _moves(op)]
    ends = [op for op in ends if not any(tensor.name in read for tensor in op.outputs)]
    if not ends:
        raise Refusal("bad-artefact", f"{name} has no output: every result is read by another op.")
    return [
        tensor.name for op in ends for tensor in op.outputs[: 1 if op.type == "Merge" else None]
    ]


def _moves(op: Any) -> bool:
    """It only steers: a side of a condition that nothing reads, a loop's counter that leaves."""
    if op.type == "Exit":
        return True
    while op.type == "Identity":
        op = op.inputs[0].op
    return op.type in ("Switch", "LoopCond")
