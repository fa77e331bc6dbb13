"""A part of somebody else's program as it runs: nothing is run twice, and nothing put back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from ..engine.backend import Inputs, LoadOptions, Progress, Verification
from ..engine.recorder import Recorder
from ..ir import MapFacts
from ..protocol.refusal import Refusal
from .at_work import AtWork
from .facts import model_facts, name_inputs
from .modules import Names
from .tracer import LiveTracer


class TorchAttached(AtWork):
    """Implements the engine's Program and Attached."""

    read_only = (
        "This run is your program's own: it goes on from here, but is not rewound, edited or run"
        " once more."
    )

    def __init__(self, target: Any, inputs: Inputs | None, name: str, called: Any = None) -> None:
        """`called`: takes the inputs, where that is not the target."""
        target = getattr(target, "_orig_mod", target)  # what torch.compile wraps
        names = Names(target)
        named = {} if inputs is None else name_inputs(called or target, inputs)
        facts = model_facts(names, named, LoadOptions(name=name))
        super().__init__(target, named, replace(facts, backward=False), names)
        self._backend.no_edits = self.read_only

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """None: drawing one would run the program's code, and that runs once."""
        recorder.builder.mapping = True
        return MapFacts("recorded", "the program's code is not run ahead of itself")

    @contextlib.contextmanager
    def recording(self, recorder: Recorder) -> Generator[None, None, None]:
        """Inside, ops, module calls, backward passes and optimizers of this thread are recorded."""
        recorder.builder.mapping = True
        tracer = LiveTracer(self.names, recorder, None)
        self._begin(tracer)
        for name, tensor in self._inputs.items():
            tracer.add_input(name, tensor)
        try:
            with tracer.recording():
                yield
        finally:
            self._end()

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
