"""Which layer call made which op, recorded while a function is traced."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

from ..engine.lib import as_items, as_mapping
from .lib import FunctionCache, is_layer, is_module, keras, layer_types, op_callbacks, tf


class LayerCall:
    """One call of a layer or module, seen in one graph."""

    __slots__ = ("graph", "layer", "name", "parent", "type")

    def __init__(self, layer: Any, graph: Any, parent: LayerCall | None) -> None:
        self.layer = layer
        self.graph = graph
        self.parent = parent
        self.name = layer_name(layer, parent.layer if parent else None)
        self.type = type(layer).__name__


Chain = tuple[LayerCall, ...]


class LayerLog:
    """Layer calls around every op made under `recording`.

    Only the calls made in the op's own graph count: what was open when an inner graph (a branch,
    a loop's body) was begun is already open around the op whose inside that graph is.
    """

    def __init__(self, target: object) -> None:
        self._target = target
        self._open: list[LayerCall] = []
        self._chains: dict[tuple[int, str], Chain] = {}
        self._graphs: dict[int, Any] = {}  # holds the graphs, so that their ids stay theirs

    def knows(self, graph: Any) -> bool:
        """Ops of this graph were recorded."""
        return id(graph) in self._graphs

    def chain(self, op: Any) -> Chain:
        """Calls open around an op in its graph, outermost first, without the model's own."""
        return self._chains.get((id(op.graph), op.name), ())

    def leave_notes(self) -> None:
        """With every graph that was traced, what was noted of it, for as long as it lives."""
        for key, graph in self._graphs.items():
            chains = {name: row for (of, name), row in self._chains.items() if of == key}
            graph.opscope_layers = chains

    def find_notes(self, graph: Any) -> None:
        """What another log has left with a graph."""
        chains: dict[str, Chain] | None = getattr(graph, "opscope_layers", None)
        if chains is not None and not self.knows(graph):
            self._graphs[id(graph)] = graph
            self._chains.update({(id(graph), name): row for name, row in chains.items()})

    @contextmanager
    def recording(self) -> Generator[None, None, None]:
        """Record what is traced inside."""
        classes: set[type] = set(layer_types())
        if is_module(self._target):
            target: Any = self._target
            classes |= {type(module) for module in target.submodules if not is_layer(module)}
        calls = [(cls, "__call__") for cls in classes if "__call__" in vars(cls)]
        calls += [(cls, "apply") for cls in keras.optimizers.Optimizer.__mro__ if _applies(cls)]
        originals = [(cls, name, vars(cls)[name]) for cls, name in calls]
        for cls, name, original in originals:
            setattr(cls, name, self._watching(original))
        op_callbacks.add_op_callback(self._note)
        lookup = FunctionCache.lookup
        FunctionCache.lookup = self._fresh(lookup)
        try:
            yield
        finally:
            FunctionCache.lookup = lookup
            op_callbacks.remove_op_callback(self._note)
            for cls, name, original in originals:
                setattr(cls, name, original)

    def _watching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if tf.executing_eagerly() or self._is_target(layer):
                return original(layer, *args, **kwargs)
            graph = tf.compat.v1.get_default_graph()
            parent = self._open[-1] if self._open else LayerCall(self._target, None, None)
            self._open.append(LayerCall(layer, graph, parent))
            try:
                return original(layer, *args, **kwargs)
            finally:
                self._open.pop()

        return call

    def _fresh(self, lookup: Callable[..., Any]) -> Callable[..., Any]:
        """What was traced before the recording is traced again."""

        @functools.wraps(lookup)
        def look_up(cache: Any, *args: Any, **kwargs: Any) -> Any:
            found = lookup(cache, *args, **kwargs)
            return found if found is None or self.knows(found.graph) else None

        return look_up

    def _is_target(self, layer: Any) -> bool:
        return layer is self._target and not self._open

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
        if graph is None or op_name is None:
            return
        self._graphs[id(graph)] = graph
        chain = tuple(call for call in self._open if call.graph is graph)
        if chain:
            name = op_name.decode() if isinstance(op_name, bytes) else op_name
            self._chains[id(graph), name] = chain


def _applies(cls: type) -> bool:
    """An optimizer's class that defines how gradients are applied."""
    return "apply" in vars(cls)


def layer_name(layer: Any, parent: Any) -> str:
    """What the parent calls a layer: its attribute where it has one, else the layer's name."""
    if parent is not None and not _names_its_layers(parent):
        for name, value in _attributes(parent):
            if value is layer:
                return name
    return str(getattr(layer, "name", "") or type(layer).__name__)


def children(parent: Any) -> list[tuple[str, Any]]:
    """Layers and modules directly inside one, with the names that `layer_name` gives them."""
    if _names_its_layers(parent):
        return [(str(layer.name), layer) for layer in parent.layers]
    found: dict[int, tuple[str, Any]] = {}
    for name, value in _attributes(parent):
        if is_layer(value) or is_module(value):
            found.setdefault(id(value), (name, value))
    for layer in getattr(parent, "_layers", None) or ():
        if is_layer(layer):
            found.setdefault(id(layer), (str(layer.name), layer))
    return list(found.values())


def _attributes(parent: Any) -> Iterable[tuple[str, Any]]:
    """Public attributes, with the items of lists and dicts ("blocks.0")."""
    for name, value in list(getattr(parent, "__dict__", {}).items()):
        if name.startswith("_"):
            continue
        yield name, value
        for index, item in enumerate(as_items(value) or ()):
            yield f"{name}.{index}", item
        for key, item in (as_mapping(value) or {}).items():
            yield f"{name}.{key}", item


def _names_its_layers(parent: Any) -> bool:
    """Sequential and functional models tell their layers apart by name alone."""
    marks = ("_operations_by_depth", "_network_nodes")  # of Keras 3, of tf_keras
    return isinstance(parent, keras.Sequential) or any(hasattr(parent, mark) for mark in marks)
