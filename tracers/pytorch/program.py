"""A loaded PyTorch model with its inputs."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any, cast

from ..engine.again import CannotRepeat
from ..engine.backend import Backend, Inputs, LoadOptions, Progress, Verification
from ..engine.recorder import Recorder
from ..ir import Graph, MapFacts, ModelFacts, Ref, SourceLine, Value, ValueKind
from ..protocol.refusal import Refusal
from .again import TorchAgain
from .backend import TorchBackend, snapshot
from .calls import Calls
from .chosen import Caught, Chosen, needs_inputs
from .entry import BASE, call_target
from .exported import Exported, is_exported
from .facts import forecast, model_facts, name_inputs
from .fxsource import fx_source
from .lazy import finish_lazy_layers
from .lib import Unrecorded, torch
from .lines import Visits, line_of, user_frames
from .mapping import draw_map
from .memory import retain_freed_memory
from .modules import Names
from .nested import replace_tensors
from .partial import Partial
from .session import prepared, wait_for_device
from .state import StartState
from .ties import Ties
from .tracer import LiveTracer
from .verify import verify


class TorchProgram:
    """Runs any number of times, each from the same state."""

    def __init__(self, target: Any, inputs: Inputs, options: LoadOptions) -> None:
        self.exported = Exported(target) if is_exported(target) else None
        if self.exported is not None:
            target = self.exported.module
        self.target: Any = getattr(target, "_orig_mod", target)  # what torch.compile wraps
        target = self.target
        self.names = Names(target)
        self.options = options
        self.map_source = ""
        self.partial: Partial | None = None  # of a map that an error of the model's ended
        self.graph = Graph()  # the newest map or run's, for verification to follow
        self._backend = TorchBackend()
        self._pristine = _held(inputs)
        self._inputs: dict[str, Any] = name_inputs(target, self._pristine)
        self._state = StartState(self.names.all_modules, target)
        self._facts = model_facts(self.names, self._inputs, options)
        self._constants: dict[str, Any] = {}
        self._calls = Calls()
        self._thread = threading.get_ident()
        self._visits = Visits()
        self._lines: list[SourceLine | None] = []
        self._tracer: LiveTracer | None = None
        self._ties = Ties()
        self._live: dict[str, Any] = {}  # the inputs of the run that goes on
        self.chosen: Chosen | None = None

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """The best map that the model allows; nothing of the model is changed by drawing it."""
        progress("Drawing the map")
        with prepared(self._state):
            facts = draw_map(self, recorder)
        self.map_source = facts.source
        self.graph = recorder.builder.graph
        self._facts = replace(self._facts, recording_bytes=forecast(recorder.builder.graph))
        return facts

    def execute(self, recorder: Recorder) -> None:
        """Run once under the recorder, from the start state, which is put back afterwards."""
        self.timed(recorder)
        self.graph = recorder.builder.graph

    def timed(
        self, recorder: Recorder, look: Callable[[Any], Any] = lambda result: result
    ) -> tuple[Any, float]:
        """Run under the recorder; what the model returns, and the seconds it took.

        `look` is given what it returns before the state is put back, and gives what to return.
        """
        whole = self.partial is None or self.map_source != "dry-run"
        if self.map_source == "recorded" or not whole:  # no map that an op could be missing from
            recorder.builder.mapping = True
        chosen = self.chosen
        with prepared(self._state), chosen.grad() if chosen else contextlib.nullcontext():
            args, kwargs = self._given()
            tracer = LiveTracer(self.names, recorder, BASE)
            tracer.caught = Caught(chosen.ref) if chosen else None
            tracer.note_calls(self._calls)
            self._ties = tracer.ties
            self._constants = tracer.constants
            self._lines = tracer.lines
            self._tracer = tracer
            self._thread = threading.get_ident()
            for name, tensor in self._live.items():
                tracer.add_input(name, tensor)
            started = time.perf_counter()
            try:
                result = self.run(tracer, recorder, args, kwargs)
                if chosen is not None:
                    chosen.traced(tracer, result)
                wait_for_device()
                seconds = time.perf_counter() - started
                return look(result), seconds
            finally:
                self._visits.forget()
                self._live = {}
                self._tracer = None

    def run(self, tracer: LiveTracer, recorder: Recorder, args: Any, kwargs: Any) -> Any:
        """Call the model under a tracer; what it returns."""
        if self.exported is not None:
            return self.exported.run(tracer, recorder, args, kwargs)
        script = isinstance(self.target, torch.jit.ScriptFunction)
        with tracer.recording(), tracer.inside_script() if script else contextlib.nullcontext():
            return call_target(self.target, args, kwargs)

    def restore(self) -> None:
        """Put the start state back."""
        self._state.restore()

    def plain(self) -> Any:
        """Run as the user would; what the model returns."""
        chosen = self.chosen
        with chosen.grad() if chosen else contextlib.nullcontext():
            args, kwargs = self._given()
            result = call_target(self.target, args, kwargs)
            if chosen is not None:
                chosen.plain(result)
            return result

    def left(self) -> dict[str, Any]:
        """What a run leaves behind besides what it returns, until the state is put back: gradients,
        buffers, and the weights, where it has stepped them."""
        weights = dict(self.names.parameters())
        leaves = {**weights, **self.names.used.tensors, **self._live}
        gradients = {name: leaf.grad for name, leaf in leaves.items() if leaf.is_leaf}
        found = {f"gradient of {name}": value for name, value in gradients.items()}
        found |= {f"buffer {name}": value for name, value in self.names.buffers()}
        if self.names.used.optimizers:
            found |= {f"weight {name}": value for name, value in weights.items()}
        return found

    def choose_backward(self, ref: Ref, seed: str) -> Callable[[], None]:
        """A backward pass from an output of this run shall follow the forward pass.

        Raises Refusal. Gives what makes it so, to be called before the model runs anew.
        """
        inputs = needs_inputs(self.names)
        if not inputs and torch.is_grad_enabled() and not self._ties.is_tied(ref):
            raise Refusal(
                "no-gradient",
                "This output does not depend on anything that requires a gradient, so no backward"
                " pass can start from it.",
            )
        chosen = Chosen(ref, seed, inputs)

        def choose() -> None:
            self.chosen = chosen

        return choose

    @property
    def backward_began(self) -> int:
        """The record that the chosen backward pass began at, -1 for none."""
        return self.chosen.began if self.chosen is not None else -1

    def _given(self) -> Inputs:
        given = self.fresh_inputs()
        if self.chosen is not None:
            given = self.chosen.inputs(given)
        self._live = name_inputs(self.target, given)
        return given

    def fresh_inputs(self) -> Inputs:
        """Copies of the inputs, so that a model may write to them."""
        copies: dict[int, Any] = {}

        def copy(tensor: Any) -> Any:
            if id(tensor) not in copies:
                copies[id(tensor)] = _copied(tensor)
            return copies[id(tensor)]

        with Unrecorded():
            return replace_tensors(self._pristine, copy)

    def value(self, value: Value) -> object | None:
        """The tensor behind a value from outside, None where there is none."""
        if value.kind is ValueKind.INPUT:
            return self._inputs.get(value.name)
        if value.kind is ValueKind.CONSTANT:
            known = self.names.used.tensors.get(value.name)
            return self._constants.get(value.name, known)
        for name, tensor in (*self.names.parameters(), *self.names.buffers()):
            if name == value.name:
                return tensor
        return None

    def again(self, record: int, type_: str, inputs: Sequence[object]) -> TorchAgain:
        """A record's op, to be run once more. Raises CannotRepeat."""
        call = self._calls.get(record)
        if call is None:
            raise CannotRepeat("autograd or an optimizer has run it, and not a function of torch's")
        return TorchAgain(call, type_, inputs, self._backend)

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Plain and traced runs, interleaved, from the same state."""
        return verify(self, self._state, new_recorder, repeats)

    def fx_source(self) -> str:
        """A run as Python source of a torch.fx.GraphModule. Raises Refusal."""
        return fx_source(self, self._state)

    def stack(self) -> list[tuple[str, str, int, int]]:
        """The user's frames of the model's thread, innermost first: function, file, line, visit."""
        found = self._visits.stack(self._frame(), BASE)
        line = self._tracer.backward.line if self._tracer is not None else None
        if line is not None:  # of the forward op, whose code does not run now
            return [*self._visits.alone(line), *found]
        if found or not self._lines:
            return found
        return self._visits.alone(self._lines[-1])

    def frames(self) -> list[tuple[FrameType, SourceLine]]:
        """The user's frames of the model's thread, innermost first."""
        return [(frame, line_of(frame)) for frame in user_frames(self._frame(), BASE)]

    def ref_of(self, value: object) -> Ref | None:
        """Where a tensor that the model holds was made, None where nothing is known of it."""
        return self._tracer.ref_of(value) if self._tracer is not None else None

    def _frame(self) -> FrameType | None:
        if self._thread == threading.get_ident():
            return inspect.currentframe()
        return cast(Any, sys)._current_frames().get(self._thread)


def _held(inputs: Inputs) -> Inputs:
    """The inputs as given, safe from later writes."""
    copies: dict[int, Any] = {}

    def copy(tensor: Any) -> Any:
        if id(tensor) not in copies:
            copies[id(tensor)] = _copied(tensor)
        return copies[id(tensor)]

    with Unrecorded():
        return replace_tensors(inputs, copy)


def _copied(tensor: Any) -> Any:
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_meta:
        copied = tensor.detach().clone()
    else:
        copied = snapshot(tensor.detach())
    return copied.requires_grad_(tensor.requires_grad) if tensor.requires_grad else copied


def open_program(
    target: Any, inputs: Inputs, options: LoadOptions, progress: Progress
) -> TorchProgram:
    """A program from a target that the loader claims."""
    retain_freed_memory()
    if not is_exported(target):
        args, kwargs = _held(inputs)
        finish_lazy_layers(target, lambda: call_target(target, args, kwargs))
    return TorchProgram(target, inputs, options)
