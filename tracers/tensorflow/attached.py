"""A part of somebody else's program with TensorFlow, seen as it runs: nothing is run twice."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, cast

from ..engine.backend import Backend, Inputs, Progress, Verification
from ..engine.recorder import Recorder
from ..ir import MapFacts, ModelFacts, Ref, SourceLine, Value, ValueKind
from ..protocol.refusal import Refusal
from .attached_facts import attached_facts, named_inputs
from .lib import EagerTensor, tf
from .live_lines import Visits, line_of, user_frames
from .live_tracer import LiveTracer
from .live_values import LiveValues
from .values import TensorFlowBackend


class TensorFlowAttached:
    """Implements the engine's Program and Attached."""

    read_only = (
        "This run is your program's own: it goes on from here, but is not rewound, edited or run"
        " once more."
    )

    def __init__(self, target: Any, inputs: Inputs | None, name: str) -> None:
        self._target = target
        named = {} if inputs is None else named_inputs(target, inputs)
        backend = TensorFlowBackend()
        backend.no_edits = self.read_only
        self._backend: Backend = backend
        self._facts = attached_facts(target, named, name)
        self._values = LiveValues(target, named)
        self._tracer: LiveTracer | None = None
        self._thread = threading.get_ident()
        self._visits = Visits()

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """None: drawing one would trace the program's code, and that runs once."""
        recorder.builder.mapping = True
        return MapFacts("recorded", "the program's code is not run ahead of itself")

    @contextlib.contextmanager
    def recording(self, recorder: Recorder) -> Generator[None, None, None]:
        """Inside, this thread's eager ops, functions, layer calls and tapes are recorded."""
        recorder.builder.mapping = True
        self._thread = threading.get_ident()
        tracer = self._tracer = LiveTracer(self._target, self._values, recorder)
        try:
            with tracer.recording():
                yield
        finally:
            self._visits.forget()
            self._tracer = None

    def let_go(self) -> None:
        """From the next op or call on nothing is looked at."""
        tracer = self._tracer
        if tracer is not None:
            tracer.let_go()

    def execute(self, recorder: Recorder) -> None:
        """Raises Refusal: the program runs it."""
        raise Refusal("read-only", self.read_only)

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Raises Refusal: it would have to run once more."""
        raise Refusal("read-only", self.read_only)

    def value(self, value: Value) -> object | None:
        """The tensor behind a value from outside, None where there is none."""
        if value.kind is ValueKind.OUTPUT:
            return None
        return self._values.value(value.kind, value.name)

    def stack(self) -> list[tuple[str, str, int, int]]:
        """The user's frames, innermost first: function, file, line, visit. Those in which an op of
        a function was traced come first."""
        tracer = self._tracer
        found = self._visits.stack(self._frame(), None)
        node = tracer.functions.node if tracer is not None else None
        if tracer is None or node is None:
            return found
        visit = tracer.recorder.frame
        inner = [(line.function, line.file, line.line, -visit) for line in node.frames]
        return [*inner, *found]

    def frames(self) -> list[tuple[FrameType, SourceLine]]:
        """The user's frames, innermost first."""
        return [(frame, line_of(frame)) for frame in user_frames(self._frame(), None)]

    def ref_of(self, value: object) -> Ref | None:
        """Where a tensor that the program holds was made, None where nothing is known of it."""
        return self._values.find(value) if isinstance(value, EagerTensor) else None

    def apart(self) -> contextlib.AbstractContextManager[None]:
        """Inside, what this thread runs is the debugger's own, and on no tape."""
        return contextlib.nullcontext() if self._tracer is None else self._tracer.apart()

    def hindrance(self) -> str:
        """Why the run cannot be stopped at a breakpoint in the code on this thread, else ""."""
        if not tf.executing_eagerly():
            return (
                "breakpoint() is passed over while a tf.function is traced, which computes nothing;"
                " set a breakpoint on its line."
            )
        if self._tracer is None or self._thread == threading.get_ident():
            return ""
        return "breakpoint() is passed over on a thread whose ops are not looked at."

    def tensors(self, value: object, recorder: Recorder) -> list[tuple[object, Ref]]:
        """The tensors inside a value, with where each was made."""
        if self._tracer is None:
            self._values.begin(recorder)
        found: list[tuple[object, Ref]] = []
        for leaf in tf.nest.flatten(value, expand_composites=True):
            tensor = self._values.tensor(leaf)
            if tensor is not None:
                found.append((tensor, self._values.ref(tensor)))
        return found

    def _frame(self) -> FrameType | None:
        if self._thread == threading.get_ident():
            return inspect.currentframe()
        return cast(Any, sys)._current_frames().get(self._thread)
