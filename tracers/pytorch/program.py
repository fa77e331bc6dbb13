"""A loaded PyTorch model with its inputs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..engine.again import CannotRepeat
from ..engine.backend import Inputs, LoadOptions, Progress, Verification
from ..engine.recorder import Recorder
from ..ir import Graph, MapFacts, Ref
from ..protocol.refusal import Refusal
from .again import TorchAgain
from .at_work import AtWork
from .backend import snapshot
from .calls import Calls
from .chosen import Caught, Chosen, needs_inputs
from .entry import BASE, call_target
from .exported import Exported, is_exported
from .facts import forecast, model_facts, name_inputs
from .fxsource import fx_source
from .lazy import finish_lazy_layers
from .lib import Unrecorded, torch
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


class TorchProgram(AtWork):
    """Runs any number of times, each from the same state."""

    def __init__(self, target: Any, inputs: Inputs, options: LoadOptions) -> None:
        self.exported = Exported(target) if is_exported(target) else None
        if self.exported is not None:
            target = self.exported.module
        target = getattr(target, "_orig_mod", target)  # what torch.compile wraps
        names, self._pristine = Names(target), _held(inputs)
        named = name_inputs(target, self._pristine)
        super().__init__(target, named, model_facts(names, named, options), names)
        self.options = options
        self.map_source = ""
        self.partial: Partial | None = None  # of a map that an error of the model's ended
        self.graph = Graph()  # the newest map or run's, for verification to follow
        self.chosen: Chosen | None = None
        self._base = BASE
        self._state = StartState(self.names.all_modules, target)
        self._calls = Calls()
        self._ties = Ties()
        self._live: dict[str, Any] = {}  # the inputs of the run that goes on

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
            self._begin(tracer)
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
                self._end()
                self._live = {}

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
