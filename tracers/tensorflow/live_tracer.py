"""Reports what somebody else's program runs with TensorFlow, on one of its threads."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

from ..engine.recorder import Recorder
from ..ir import OUTSIDE, Phase, ScopeKind
from .eager_ops import detail, is_plumbing, may_assign
from .interception import Run, eager_ops, function_calls
from .lib import EagerTensor, tf
from .live_functions import LiveFunctions
from .live_layers import LiveLayers
from .live_lines import error_line, library_call, user_line
from .live_tapes import LiveTapes
from .live_values import Known, LiveValues

_tapes: Any = importlib.import_module("tensorflow.python.eager.record")


class LiveTracer:
    """Sees eager ops before they run, and has functions run op by op.

    What is called inside an op (a Python function that a graph calls) is a part of that op.
    """

    def __init__(self, target: Any, values: LiveValues, recorder: Recorder) -> None:
        self.recorder = recorder
        self.values = values
        self.thread = threading.get_ident()
        self.layers = LiveLayers(target, self)
        self.tapes = LiveTapes(self)
        self.functions = LiveFunctions(self)
        self._released = False
        self._inside = False  # an op, or the debugger itself

    @contextlib.contextmanager
    def recording(self) -> Generator[None, None, None]:
        """Inside, what this thread runs goes to the recorder."""
        self.values.begin(self.recorder)
        with (
            self.layers.recording(),
            self.tapes.recording(),
            function_calls(self.takes, self._call),
            eager_ops(self.takes, self._op),
        ):
            try:
                yield
            except Exception as error:
                with self.apart():
                    self.recorder.raised(error, error_line(error))
                raise
            finally:
                self.layers.leave_notes()
                self.tapes.leave_notes()

    def let_go(self) -> None:
        """Pass everything on from now on. A function that is under way is run op by op to its end,
        since it cannot be gone on with otherwise. Called from any thread."""
        self._released = True

    def takes(self) -> bool:
        """What runs now is to be recorded."""
        return not (self._released or self._inside or threading.get_ident() != self.thread)

    @contextlib.contextmanager
    def apart(self) -> Generator[None, None, None]:
        """Inside, nothing that this thread does is the program's: it is not recorded, and on no
        tape."""
        before, self._inside = self._inside, True
        try:
            with _tapes.stop_recording():
                yield
        finally:
            self._inside = before

    @contextlib.contextmanager
    def scope(self, path: str, kind: ScopeKind, type_: str, given: Any) -> Generator[None]:
        """Inside, ops are those of a layer, or of a pass of a tape."""
        recorder = self.recorder
        outer = recorder.builder.graph.scopes[recorder.scope].path
        with self.apart():
            whole = f"{outer}.{path}" if outer else path
            tensors = [value for value in given if isinstance(value, EagerTensor)]
            recorder.enter(whole, kind, type_, source=user_line(), given=tensors)
        frame = recorder.frame
        try:
            yield
        except Exception as error:
            with self.apart():
                recorder.raised(error, error_line(error))
            raise
        finally:
            with self.apart():
                self.leave_to(frame)
                recorder.leave()

    def leave_to(self, frame: int) -> None:
        """Leave the scopes inside a frame, which an error has left open."""
        while self.recorder.frame != frame:
            self.recorder.leave()

    @contextlib.contextmanager
    def in_phase(self, phase: Phase) -> Generator[None, None, None]:
        """Inside, ops are of this pass."""
        before, self.recorder.phase = self.recorder.phase, phase
        try:
            yield
        finally:
            self.recorder.phase = before

    def _call(self, function: Any, inputs: Sequence[Any], run: Run) -> Any:
        with self.apart():
            return self.functions.call(function, list(inputs), run) or None

    def _op(self, op_type: str, inputs: Sequence[Any], attrs: Sequence[Any], run: Run) -> Any:
        if is_plumbing(op_type):
            return self._run(run)
        known = self._variables(inputs)
        if op_type == "ReadVariableOp" and known:
            return self._read(known[0], run)
        if op_type == "Identity" and library_call() != "identity":
            found = self._run(run)
            with self.apart():
                self.values.put(found[0], self.values.ref(inputs[0]))
            return found
        return self._step(op_type, inputs, attrs, run, known if may_assign(op_type) else [])

    def _read(self, known: Known, run: Run) -> Any:
        """A variable's value is no op's."""
        found = self._run(run)
        with self.apart():
            self.values.was_read(known, found[0])
            ref = OUTSIDE, self.values.outside(known)
            self.values.put(found[0], self.values.held.get(ref, ref))
        return found

    def _step(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attrs: Sequence[Any],
        run: Run,
        written: list[Known],
    ) -> Any:
        recorder, values = self.recorder, self.values
        with self.apart():
            given = [value for value in inputs if isinstance(value, EagerTensor)]
            for known in written:
                values.keep_first(known)
            step = recorder.before(
                op_type,
                [values.ref(value) for value in given],
                source=user_line(),
                detail=_detail(op_type, inputs, attrs),
                given=given,
                forward=self.tapes.record,
            )
        try:
            outputs = self._run(run)
        except Exception as error:
            with self.apart():
                recorder.failed(step, error)
            raise
        with self.apart():
            made = list(outputs or ())
            record = recorder.after(step, [*made, *(known.read() for known in written)])
            for slot, tensor in enumerate(made):
                values.put(tensor, (record, slot))
            for slot, known in enumerate(written, len(made)):
                values.held[OUTSIDE, values.outside(known)] = record, slot
        return outputs

    def _run(self, run: Run) -> Any:
        """Python code that an op calls is not looked at."""
        self._inside = True
        try:
            return run()
        finally:
            self._inside = False

    def _variables(self, inputs: Sequence[Any]) -> list[Known]:
        handles = [
            value
            for value in inputs
            if isinstance(value, EagerTensor) and value.dtype == tf.resource
        ]
        found = [self.values.variable(handle) for handle in handles]
        return [known for known in found if known is not None]


def _detail(
    op_type: str, inputs: Sequence[Any], attrs: Sequence[Any]
) -> Callable[[], tuple[str, tuple[tuple[str, str], ...]]]:
    return lambda: detail(op_type, inputs, attrs)
