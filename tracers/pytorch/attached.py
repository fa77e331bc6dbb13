"""A part of somebody else's program as it runs: nothing is run twice, and nothing put back."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any, cast

from ..engine.backend import Backend, Inputs, LoadOptions, Progress, Verification
from ..engine.recorder import Recorder
from ..ir import MapFacts, ModelFacts, Ref, SourceLine, Value, ValueKind
from ..protocol.refusal import Refusal
from .backend import TorchBackend
from .facts import model_facts, name_inputs
from .lines import Visits, line_of, user_frames
from .modules import Names
from .tracer import LiveTracer


class TorchAttached:
    """Implements the engine's Program and Attached."""

    read_only = (
        "This run is your program's own: it goes on from here, but is not rewound, edited or run"
        " once more."
    )

    def __init__(self, target: Any, inputs: Inputs | None, name: str) -> None:
        target = getattr(target, "_orig_mod", target)  # what torch.compile wraps
        self._names = Names(target)
        self._inputs = {} if inputs is None else name_inputs(target, inputs)
        self._backend = TorchBackend()
        self._backend.no_edits = self.read_only
        self._facts = model_facts(self._names, self._inputs, LoadOptions(name=name))
        self._tracer: LiveTracer | None = None
        self._constants: dict[str, Any] = {}
        self._thread = threading.get_ident()
        self._visits = Visits()

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """None: drawing one would run the program's code, and that runs once."""
        recorder.builder.mapping = True
        return MapFacts("recorded", "the program's code is not run ahead of itself")

    @contextlib.contextmanager
    def recording(self, recorder: Recorder) -> Generator[None, None, None]:
        """Inside, ops, module calls, backward passes and optimizers of this thread are recorded."""
        recorder.builder.mapping = True
        tracer = self._tracer = LiveTracer(self._names, recorder, None)
        self._constants = tracer.constants
        self._thread = threading.get_ident()
        for name, tensor in self._inputs.items():
            tracer.add_input(name, tensor)
        try:
            with tracer.recording():
                yield
        finally:
            self._visits.forget()
            self._tracer = None

    def let_go(self) -> None:
        """From the next op on nothing is looked at."""
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
        if value.kind is ValueKind.INPUT:
            return self._inputs.get(value.name)
        if value.kind is ValueKind.CONSTANT:
            known = self._names.used.tensors.get(value.name)
            return self._constants.get(value.name, known)
        for name, tensor in (*self._names.parameters(), *self._names.buffers()):
            if name == value.name:
                return tensor
        return None

    def stack(self) -> list[tuple[str, str, int, int]]:
        """The user's frames, innermost first: function, file, line, visit."""
        line = self._tracer.backward.line if self._tracer is not None else None
        found = self._visits.stack(self._frame(), None)
        return [*self._visits.alone(line), *found] if line is not None else found

    def frames(self) -> list[tuple[FrameType, SourceLine]]:
        """The user's frames, innermost first."""
        return [(frame, line_of(frame)) for frame in user_frames(self._frame(), None)]

    def ref_of(self, value: object) -> Ref | None:
        """Where a tensor that the program holds was made, None where nothing is known of it."""
        return self._tracer.ref_of(value) if self._tracer is not None else None

    def _frame(self) -> FrameType | None:
        if self._thread == threading.get_ident():
            return inspect.currentframe()
        return cast(Any, sys)._current_frames().get(self._thread)
