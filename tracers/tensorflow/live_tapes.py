"""Backward passes of tapes in somebody else's program, while traced and where they run op by op."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ir import Phase, ScopeKind
from .lib import EagerTensor, tf
from .tapes import TapeLog

if TYPE_CHECKING:
    from .live_tracer import LiveTracer


class LiveTapes(TapeLog):
    """Of one thread.

    Attributes:
        record: the one whose gradient is being computed, -1 where it is not known.
    """

    def __init__(self, tracer: LiveTracer) -> None:
        super().__init__()
        self.record = -1
        self._tracer = tracer

    def _watching(self, original: Callable[..., Any]) -> Callable[..., Any]:
        traced = super()._watching(original)

        def gradient(
            op_type: str, attrs: Any, count: int, inputs: Any, outputs: Any, *rest: Any
        ) -> Any:
            given = (op_type, attrs, count, inputs, outputs, *rest)
            if threading.get_ident() != self._tracer.thread:
                return original(*given)
            if not tf.executing_eagerly():
                return traced(*given)
            before, self.record = self.record, self._made(outputs)
            try:
                return original(*given)
            finally:
                self.record = before

        return gradient

    def _walking(self, original: Callable[..., Any]) -> Callable[..., Any]:
        traced = super()._walking(original)

        def walk(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != self._tracer.thread:
                return original(*args, **kwargs)
            if not tf.executing_eagerly():
                return traced(*args, **kwargs)
            if not self._tracer.takes():
                return original(*args, **kwargs)
            with (
                self._tracer.in_phase(Phase.BACKWARD),
                self._tracer.scope("backward", ScopeKind.BACKWARD, "", ()),
            ):
                return original(*args, **kwargs)

        return walk

    def _made(self, outputs: Any) -> int:
        """The record of the op that gave these; a tape lets go of what no gradient needs."""
        tensors = (value for value in outputs or () if isinstance(value, EagerTensor))
        found = (self._tracer.values.find(tensor) for tensor in tensors)
        return next((max(ref[0], -1) for ref in found if ref is not None), -1)
