"""A map from torch.fx's nodes alone, for models that cannot run without computing."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from typing import Any

from ..engine.builder import GraphBuilder
from ..engine.recorder import Recorder
from ..ir import Graph, ScopeKind, SourceLine, ValueKind
from .details import details_of, schemas_of
from .fxmap import FxGraph
from .lib import is_tensor, torch
from .modules import Names, type_of
from .names import PROPERTIES, kind_of, op_name
from .steps import Enter, Leave, Node

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMED: Mapping[str, str] = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "LeakyReLU": "leaky_relu",
    "PReLU": "prelu",
    "SiLU": "silu",
    "MultiheadAttention": "multi_head_attention_forward",
}
_UNKNOWN: Any = torch.empty((), device="meta")  # stands for a tensor among the arguments
_ANY_RANK = ("BatchNorm", "InstanceNorm", "LazyBatchNorm", "Dropout")


class NodeMap:
    """Writes one op for each node; extents and dtypes stay unknown."""

    def __init__(self, traced: FxGraph, names: Names, inputs: dict[str, Any]) -> None:
        self._traced = traced
        self._names = names
        self._inputs = iter(inputs)  # names, in the order of the placeholders
        self._values: dict[Any, int] = {}
        self._counts: dict[tuple[int, str], int] = {}
        self._builder = GraphBuilder()

    def draw(self, recorder: Recorder) -> Graph:
        """The graph. `recorder` lends its backend alone."""
        scratch = Recorder(recorder.backend, self._builder, statistics=False)
        for step in self._traced.steps:
            if isinstance(step, Enter):
                scratch.enter(
                    step.path, ScopeKind.MODULE, step.type, leaf=step.leaf, source=step.line
                )
            elif isinstance(step, Leave):
                scratch.leave()
            else:
                self._draw_node(scratch, step)
        return self._builder.graph

    def _draw_node(self, scratch: Recorder, step: Node) -> None:
        node = step.node
        if node.op == "placeholder":
            name = next(self._inputs)
            self._values[node] = self._builder.external(ValueKind.INPUT, name, None, "")
        elif node.op == "get_attr":
            self._draw_tensor(node)
        elif node.op == "call_module":
            module = self._traced.fetch(node.target)
            kind = type_of(module)
            scratch.enter(node.target, ScopeKind.MODULE, kind, leaf=True, source=step.line)
            if kind != "Identity":
                self._draw_op(scratch.scope, _op_of(kind), node, step.line)
            else:
                self._pass_on(node)
            scratch.leave()
        elif node.op == "call_method":
            method = getattr(torch.Tensor, node.target, None)
            name = kind_of(method).name if method is not None else node.target
            self._draw_op(scratch.scope, name, node, step.line)
        elif node.op == "call_function":
            if _is_pick(node):
                self._pass_on(node)  # one of the outputs of the op before it
            else:
                self._draw_op(scratch.scope, _name_of(node), node, step.line)

    def _draw_tensor(self, node: Any) -> None:
        tensor = self._traced.fetch(node.target)
        if is_tensor(tensor):
            named = self._names.tensors.get(id(tensor))
            kind, name = (ValueKind.CONSTANT, node.target) if named is None else named[:2]
            shape = tuple(tensor.shape)
            self._values[node] = self._builder.external(kind, name, shape, "")

    def _draw_op(self, scope: int, name: str, node: Any, line: SourceLine | None) -> None:
        read = [self._values[used] for used in node.all_input_nodes if used in self._values]
        if not name or (name == "getitem" and not read):
            return  # a property, or Python's own numbers
        count = self._counts[scope, name] = self._counts.get((scope, name), -1) + 1
        told = node.args[:1] if node.target is getattr else node.args
        args = torch.fx.node.map_arg(told, _unknown)
        kwargs = torch.fx.node.map_arg(node.kwargs, _unknown)
        note, attributes = details_of(name, node.target, args, kwargs)
        op = self._builder.op(
            scope,
            name,
            f"{name}:{count}",
            note=note,
            attributes=attributes,
            inputs=tuple(read),
            source=self._builder.source(line),
        )
        self._builder.outputs(op, [(None, "")])
        self._values[node] = self._builder.graph.ops[op].outputs[0]

    def _pass_on(self, node: Any) -> None:
        for used in node.all_input_nodes:
            if used in self._values:
                self._values[node] = self._values[used]


def _unknown(node: Any) -> Any:
    return _UNKNOWN


def _is_pick(node: Any) -> bool:
    """It takes one of the several outputs that an op has."""
    if node.target is not operator.getitem or not isinstance(node.args[0], torch.fx.Node):
        return False
    made = node.args[0]
    if made.op not in ("call_function", "call_method"):
        return False
    name = made.target if made.op == "call_method" else _name_of(made)
    return any(len(schema.returns) > 1 for schema in schemas_of(name))


def _name_of(node: Any) -> str:
    function = node.target
    if function is getattr:
        return node.args[1] if node.args[1] in PROPERTIES else ""
    if getattr(function, "__module__", "") == "_operator":
        raw = function.__name__.strip("_")
        return op_name(f"__{raw}__")
    return kind_of(function).name


def _op_of(kind: str) -> str:
    """The op that a module of torch.nn carries out (Conv2d → conv2d, BatchNorm2d → batch_norm)."""
    if kind in _NAMED:
        return _NAMED[kind]
    if kind.startswith(_ANY_RANK):
        kind = kind.rstrip("123d").removeprefix("Lazy")
    return _WORDS.sub("_", kind).lower()
