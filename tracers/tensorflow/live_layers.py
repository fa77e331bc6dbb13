"""Calls of layers in somebody else's program, while it is traced and where it runs op by op."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ir import ScopeKind
from .layers import LayerLog, layer_name
from .lib import EagerTensor, keras, tf

if TYPE_CHECKING:
    from .live_tracer import LiveTracer


class LiveLayers(LayerLog):
    """Of one thread. What was traced before is not traced again: that would run the program's code
    once more, so that such a graph shows its name scopes."""

    def __init__(self, target: Any, tracer: LiveTracer) -> None:
        super().__init__(target)
        self._whole = target
        self._tracer = tracer
        self._running: list[Any] = [target]  # layers that run op by op, outermost first

    def _watching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        traced = super()._watching(original)

        @functools.wraps(original)
        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != self._tracer.thread:
                return original(layer, *args, **kwargs)
            if not tf.executing_eagerly():
                return traced(layer, *args, **kwargs)
            if layer is self._whole or not self._tracer.takes() or _symbolic(args, kwargs):
                return original(layer, *args, **kwargs)
            name = layer_name(layer, self._running[-1])
            kind = type(layer).__name__
            given = (*args, *kwargs.values())
            with self._tracer.scope(name, ScopeKind.MODULE, kind, given):
                self._running.append(layer)
                try:
                    return original(layer, *args, **kwargs)
                finally:
                    self._running.pop()

        return call

    def _fresh(self, lookup: Callable[..., Any]) -> Callable[..., Any]:
        return lookup


def _symbolic(args: Any, kwargs: Any) -> bool:
    """A layer is put into a functional model, and computes nothing."""
    leaves: list[Any] = tf.nest.flatten((args, kwargs))
    return any(
        isinstance(leaf, keras.KerasTensor) for leaf in leaves if not isinstance(leaf, EagerTensor)
    )
