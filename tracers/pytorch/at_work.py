"""What is known of a model while it runs: the user's frames, and the tensors behind names."""

from __future__ import annotations

import inspect
import sys
import threading
from contextlib import AbstractContextManager
from types import CodeType, FrameType
from typing import Any, cast

from ..engine.backend import Backend
from ..engine.lib import np
from ..engine.recorder import Recorder
from ..ir import OUTSIDE, ModelFacts, Ref, SourceLine, Value, ValueKind
from .backend import TorchBackend
from .lib import is_tensor, torch
from .lines import Visits, line_of, user_frames
from .modules import Names
from .nested import leaves
from .tracer import LiveTracer


class AtWork:
    """A model of a program; its run, if one is under way, has a tracer.

    Attributes:
        names: of its modules and tensors.
    """

    def __init__(
        self, target: Any, inputs: dict[str, Any], facts: ModelFacts, names: Names
    ) -> None:
        """`inputs`: by name, as they are shown."""
        self.target: Any = target
        self.names = names
        self._facts = facts
        self._inputs = inputs
        self._backend = TorchBackend()
        self._constants: dict[str, Any] = {}
        self._base: CodeType | None = None  # where the model was called from
        self._thread = threading.get_ident()
        self._visits = Visits()
        self._lines: list[SourceLine | None] = []
        self._tracer: LiveTracer | None = None

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    def value(self, value: Value) -> object | None:
        """The tensor behind a value from outside, None where there is none."""
        if value.kind is ValueKind.INPUT:
            return self._inputs.get(value.name)
        if value.kind is ValueKind.CONSTANT:
            known = self.names.used.tensors.get(value.name)
            return self._constants.get(value.name, known)
        return self.names.tensor(value.name)

    def stack(self) -> list[tuple[str, str, int, int]]:
        """The user's frames of the model's thread, innermost first: function, file, line, visit."""
        found = self._visits.stack(self._frame(), self._base)
        line = self._tracer.backward.line if self._tracer is not None else None
        if line is not None:  # of the forward op, whose code does not run now
            return [*self._visits.alone(line), *found]
        if found or not self._lines:
            return found
        return self._visits.alone(self._lines[-1])

    def frames(self) -> list[tuple[FrameType, SourceLine]]:
        """The user's frames of the model's thread, innermost first."""
        return [(frame, line_of(frame)) for frame in user_frames(self._frame(), self._base)]

    def ref_of(self, value: object) -> Ref | None:
        """Where a tensor that the model holds was made, None where nothing is known of it."""
        return self._tracer.ref_of(value) if self._tracer is not None else None

    def apart(self) -> AbstractContextManager[None]:
        """Inside, what this thread runs is the debugger's own: no mode sees it."""
        return self._backend.functions.quiet()

    def hindrance(self) -> str:
        """Why the run cannot be stopped at a breakpoint in the code on this thread, else ""."""
        if self._tracer is None or self._thread == threading.get_ident():
            return ""
        return "breakpoint() is passed over on a thread whose ops are not looked at."

    def tensors(self, value: object, recorder: Recorder) -> list[tuple[object, Ref]]:
        """The tensors inside a value, with where each was made."""
        inside = (leaf for _, leaf in leaves(value))
        made = (torch.as_tensor(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in inside)
        found = [leaf for leaf in made if is_tensor(leaf)]
        if self._tracer is not None:
            return [(tensor, self._tracer.ref(tensor)) for tensor in found]
        rows: list[tuple[object, Ref]] = []
        for number, tensor in enumerate(found, 1):
            name = "value" if len(found) == 1 else f"value {number}"
            self._constants[name] = tensor
            described = self._backend.describe(tensor)
            rows.append(
                (tensor, (OUTSIDE, recorder.builder.external(ValueKind.CONSTANT, name, *described)))
            )
        return rows

    def _begin(self, tracer: LiveTracer) -> None:
        """A run is under way on this thread."""
        self._tracer = tracer
        self._constants = tracer.constants
        self._lines = tracer.lines
        self._thread = threading.get_ident()

    def _end(self) -> None:
        """It is over."""
        self._visits.forget()
        self._tracer = None

    def _frame(self) -> FrameType | None:
        if self._thread == threading.get_ident():
            return inspect.currentframe()
        return cast(Any, sys)._current_frames().get(self._thread)
