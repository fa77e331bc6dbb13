"""Which op's gradient an op computes, noted while GradientTape differentiates."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from .lib import op_callbacks, tf

_backprop: Any = importlib.import_module("tensorflow.python.eager.backprop")
_runtime: Any = importlib.import_module("tensorflow.python.pywrap_tfe")


class TapeLog:
    """Under `recording`, notes every op that a tape makes in the graph of the op it differentiates.

    A tape asks one registered function for the gradient of each op, and walks the ops in
    `imperative_grad`, where it also adds up gradients: both are wrapped.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._forward: list[Any] = []
        self._backward: dict[tuple[int, str], str] = {}
        self._gradients: dict[tuple[int, str], Any] = {}
        self._graphs: dict[int, Any] = {}  # holds the graphs, so that their ids stay theirs

    def is_backward(self, op: Any) -> bool:
        """A tape made the op."""
        return (id(op.graph), op.name) in self._backward

    def forward(self, op: Any) -> str:
        """Name of the op, in the same graph, whose gradient this one computes; "" for none."""
        return self._backward.get((id(op.graph), op.name), "")

    def gradient_of(self, tensor: Any) -> str:
        """Name of the tensor, in the same graph, whose whole gradient this one is; "" for none."""
        graph = tensor.graph
        source = self._gradients.get((id(graph), tensor.name))
        if source is None:
            return ""
        if getattr(source, "graph", None) is graph:
            return source.name
        for outer, inner in graph.captures:  # a variable's handle
            if outer is source:
                return inner.name
        return ""

    def leave_notes(self) -> None:
        """With every graph that was traced, what was noted of it, for as long as it lives."""
        for key, graph in self._graphs.items():
            backward = {name: row for (of, name), row in self._backward.items() if of == key}
            gradients = {name: row for (of, name), row in self._gradients.items() if of == key}
            graph.opscope_tapes = backward, gradients

    def find_notes(self, graph: Any) -> None:
        """What another log has left with a graph."""
        notes: Any = getattr(graph, "opscope_tapes", None)
        if notes is None or id(graph) in self._graphs:
            return
        key, (backward, gradients) = id(graph), notes
        self._graphs[key] = graph
        self._backward.update({(key, name): row for name, row in backward.items()})
        self._gradients.update({(key, name): row for name, row in gradients.items()})

    @contextmanager
    def recording(self) -> Generator[None, None, None]:
        """Record what is traced inside."""
        gradient = _backprop._gradient_function
        walk = _backprop.imperative_grad.imperative_grad
        _runtime.TFE_Py_RegisterGradientFunction(self._watching(gradient))
        _backprop.imperative_grad.imperative_grad = self._walking(walk)
        op_callbacks.add_op_callback(self._note)
        try:
            yield
        finally:
            op_callbacks.remove_op_callback(self._note)
            _backprop.imperative_grad.imperative_grad = walk
            _runtime.TFE_Py_RegisterGradientFunction(gradient)

    def _watching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def gradient(
            op_type: str,
            attrs: Any,
            count: int,
            inputs: Any,
            outputs: Any,
            upstream: Any,
            skipped: Any,
            scope: str | None,
        ) -> Any:
            forward = _differentiated(op_type, inputs, outputs, scope or "")
            self._forward.append(forward)
            if forward is not None:
                self._pair(upstream, forward.outputs)
            try:
                return original(op_type, attrs, count, inputs, outputs, upstream, skipped, scope)
            finally:
                self._forward.pop()

        return gradient

    def _walking(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def walk(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                gradients = original(*args, **kwargs)
            finally:
                self._depth -= 1
            self._pair(gradients, args[2] if len(args) > 2 else kwargs.get("sources"))
            return gradients

        return walk

    def _pair(self, gradients: Any, sources: Any) -> None:
        """What a tape hands to the op that made a tensor is the sum of all its gradients."""
        for gradient, source in zip(gradients or (), sources or (), strict=False):
            if hasattr(gradient, "op") and hasattr(gradient, "graph"):
                self._graphs[id(gradient.graph)] = gradient.graph
                self._gradients.setdefault((id(gradient.graph), gradient.name), source)

    def _note(
        self,
        op_type: str,
        inputs: Any,
        attrs: Any,
        outputs: Any,
        op_name: str | None = None,
        graph: Any = None,
    ) -> None:
        """TensorFlow's op callback; None leaves the op's outputs as they are."""
        if not self._depth or graph is None or op_name is None:
            return
        self._graphs[id(graph)] = graph
        name = op_name.decode() if isinstance(op_name, bytes) else op_name
        forward = self._forward[-1] if self._forward else None
        tied = forward.name if forward is not None and forward.graph is graph else ""
        self._backward[id(graph), name] = tied


def _differentiated(op_type: str, inputs: Any, outputs: Any, scope: str) -> Any:
    """The op of a graph whose gradient is asked for, None where it is not found.

    A tape lets go of outputs and inputs that a gradient does not need. Then the op is looked for
    among those of its type that read the inputs that are left, or stand in its name scope.
    """
    made = next((tensor for tensor in outputs or () if hasattr(tensor, "op")), None)
    if made is not None:
        return made.op
    read = [tensor for tensor in inputs or () if hasattr(tensor, "op")]
    if not read:
        ops = tf.compat.v1.get_default_graph().get_operations()
        near = [op for op in ops if op.type == op_type and _stands_in(op, scope)]
        return near[-1] if near and scope else None
    readers = [op for op in read[0].consumers() if op.type == op_type]
    names = {tensor.name for tensor in read}
    readers = [op for op in readers if names <= {tensor.name for tensor in op.inputs}]
    found = [op for op in readers if _stands_in(op, scope)] or readers
    return found[0] if found else None


def _stands_in(op: Any, scope: str) -> bool:
    return op.name == scope or op.name.startswith(f"{scope}/")
