"""A model under torch.compile as a program: its ops are calls of compiled graphs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..engine.again import CannotRepeat
from ..engine.backend import Inputs, LoadOptions, Verification
from ..engine.muted import Muted
from ..engine.recorder import Recorder
from ..ir import OUTSIDE, MapFacts, Ref, SourceLine, ValueKind
from ..ir.stages import Compilation, CompiledGraph, GraphBreak, Stage, Suspect
from ..protocol.refusal import Refusal
from .captured import reason_text
from .compiled_stages import Stages
from .entry import call_target
from .exported import is_exported
from .lib import is_tensor, torch
from .memory import retain_freed_memory
from .nested import unique_tensors
from .program import TorchProgram
from .session import wait_for_device
from .stage_trial import farthest

_STAGES = {
    "eager": ("eager",),
    "aot_eager": ("eager", "aot_eager"),
    "inductor": ("eager", "aot_eager", "inductor"),
}
GRAPH, PYTHON = "compiled graph", "Python between graphs"
_NO_PASS = "Under torch.compile the forward pass alone is run."


class CompiledProgram(TorchProgram):
    """Runs the model as a whole under torch.compile, and then tells graph by graph.

    Every graph is run in each stage of the compiler on the inputs that the model has without it,
    so that what one graph does wrong is not seen again in the next.
    """

    def __init__(
        self, target: Any, inputs: Inputs, options: LoadOptions, names: tuple[str, ...]
    ) -> None:
        super().__init__(target, inputs, options)
        self._facts = replace(self._facts, backward=False)
        self._stage_names = names
        self._stages = Stages(names)
        self._compilation: Compilation | None = None
        self._run_on: dict[str, Any] = {}

    def draw_map(self, recorder: Recorder, progress: Callable[[str], None]) -> MapFacts:
        """The inputs alone: graphs are known once the model has been compiled."""
        for name, tensor in self._inputs.items():
            self._external(recorder, ValueKind.INPUT, name, tensor)
        self.map_source = "recorded"
        return MapFacts("recorded", "torch.compile captures its graphs as the model runs.")

    def execute(self, recorder: Recorder) -> None:
        """Compile, run, and tell. Raises what the model raises."""
        recorder.builder.mapping = True
        self._compile()
        self._tell(recorder)

    def compiled(self) -> Compilation:
        """In the last run. Raises Refusal where there is none."""
        if self._compilation is None:
            raise Refusal("not-run", "The model has not been compiled yet.")
        return self._compilation

    def captured(self, record: int) -> list[Suspect]:
        """The ops of the graph that a record is a call of, with what they give without compiling.
        Raises Refusal."""
        calls = [row.record for row in self.compiled().graphs]
        if record not in calls:
            raise Refusal("no-such-value", "This record is no compiled graph.")
        with self.apart():
            return self._stages.calls[calls.index(record)].ops()

    def again(self, record: int, type_: str, inputs: Sequence[object]) -> Any:
        """A compiled graph is run as the compiler's stages are held against each other."""
        raise CannotRepeat("it is a compiled graph")

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """There is nothing to verify: it is the compiler's own run."""
        raise Refusal("not-here", "A model under torch.compile is compared, not verified.")

    def choose_backward(self, ref: Ref, seed: str) -> Callable[[], None]:
        """No backward pass."""
        raise Refusal("no-gradient", _NO_PASS)

    def fx_source(self) -> str:
        """No source."""
        raise Refusal("not-here", "A run under torch.compile cannot be written as source.")

    def _compile(self) -> None:
        """All stages on plain inputs, then the last one as the user would run it."""
        dynamo: Any = importlib.import_module("torch._dynamo")
        counters: Any = importlib.import_module("torch._dynamo.utils").counters
        muted = Muted()
        with _caches_off():
            dynamo.reset()
            counters.clear()
            self._stages = Stages(self._stage_names)
            compiled = torch.compile(self.target, backend=self._stages, dynamic=False)
            try:
                plain = self._once(compiled)
                self._run_on, self._stages.plain = dict(self._live), False
                muted.begin()  # what the model prints was told in the first pass
                whole = self._once(compiled)
            except Exception as error:
                raise _in_words(error) from error
            finally:
                muted.end()
                dynamo.reset()
        error = farthest(plain, whole) if len(plain) == len(whole) else None
        breaks = [graph.broken for graph in self._stages.graphs if graph.broken is not None]
        known = {each.reason for each in breaks}
        more = [reason_text(str(reason)) for reason in counters["graph_break"]]
        breaks += [GraphBreak(reason) for reason in dict.fromkeys(more) if reason not in known]
        self._compilation = Compilation(
            self._stage_names, (), tuple(breaks), error, tuple(self._notes())
        )

    def _once(self, compiled: Any) -> list[Any]:
        """From the start state; copies of the tensors that come of it."""
        self._state.restore()
        try:
            args, kwargs = self._given()
            result = call_target(compiled, args, kwargs)
            wait_for_device()
            return [tensor.detach().clone() for tensor in unique_tensors(result)]
        finally:
            self._state.restore(over=True)

    def _notes(self) -> Generator[str]:
        graphs = self._stages.graphs
        failures = {sentence for graph in graphs for sentence in graph.failures.values()}
        yield from sorted(failures)
        if not graphs:
            yield "torch.compile has captured no graph: all of the model runs as it is written."

    def _tell(self, recorder: Recorder) -> None:
        """Graph by graph; what Python computes between them is one op each time."""
        made: dict[int, Ref] = {}
        for name, tensor in self._run_on.items():
            made[id(tensor)] = self._external(recorder, ValueKind.INPUT, name, tensor)
        told: list[CompiledGraph] = []
        last = tuple(made.values())
        for number, call in enumerate(self._stages.calls):
            tensors = [each for each in call.given if is_tensor(each)]
            strange = [each for each in tensors if not self._find(recorder, made, each)]
            if strange:
                step = recorder.before(PYTHON, last, ident=f"python:{number}")
                record = recorder.after(step, [each.detach() for each in strange])
                made |= {id(each): (record, slot) for slot, each in enumerate(strange)}
            row = call.told
            step = recorder.before(
                GRAPH,
                [made[id(each)] for each in tensors],
                ident=f"graph:{number}",
                note=f"{row.ops} ops",
                attributes=_attributes(row, self._stages.last(call.graph)),
                source=SourceLine(row.file, row.line, "forward") if row.line else None,
            )
            record = recorder.after(step, call.values)
            made |= {id(each): (record, slot) for slot, each in enumerate(call.results)}
            last = tuple((record, slot) for slot in range(len(call.values))) or last
            told.append(replace(row, record=record))
        assert self._compilation is not None
        self._compilation = replace(self._compilation, graphs=tuple(told))

    def _find(self, recorder: Recorder, made: dict[int, Ref], tensor: Any) -> bool:
        """It is known where a tensor comes from."""
        if id(tensor) in made:
            return True
        known = self.names.tensors.get(id(tensor))
        if known is not None:
            made[id(tensor)] = self._external(recorder, *known)
        return known is not None

    def _external(self, recorder: Recorder, kind: ValueKind, name: str, tensor: Any) -> Ref:
        described = self.backend.describe(tensor)
        return OUTSIDE, recorder.builder.external(kind, name, *described)


def _attributes(row: CompiledGraph, last: str) -> tuple[tuple[str, str], ...]:
    stages = [(stage.name, _told(stage)) for stage in row.stages[1:]]
    return (("backend", last), ("ops", str(row.ops)), *stages)


def _told(stage: Stage) -> str:
    if stage.error is None:
        return "could not be run"
    return "bit for bit" if stage.error == 0 else f"{stage.error:.1e} from eager"


def _in_words(error: Exception) -> Exception:
    """torch.compile's own errors in a line; the model's as they are."""
    exceptions: Any = importlib.import_module("torch._dynamo.exc")
    if not isinstance(error, exceptions.TorchDynamoException):
        return error
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return RuntimeError(f"torch.compile gave up: {words or type(error).__name__}")


@contextmanager
def _caches_off() -> Generator[None]:
    """What was compiled before is not looked for, and no processes are started to compile."""
    config: Any = importlib.import_module("torch._inductor.config")
    with warnings.catch_warnings(), config.patch(force_disable_caches=True, compile_threads=1):
        warnings.filterwarnings("ignore", message="dynamo_pgo force disabled")
        yield


def open_compiled(
    target: Any, inputs: Inputs, backend: str, options: LoadOptions
) -> CompiledProgram:
    """`backend`: "" for inductor. Raises Refusal "bad-way"."""
    name = backend or "inductor"
    if is_exported(target) or isinstance(
        target, (torch.jit.ScriptModule, torch.jit.ScriptFunction)
    ):
        raise Refusal(
            "bad-way",
            f"{options.name} is not Python code any more, so torch.compile does not capture it;"
            " name the model that it was made from.",
        )
    if name not in _STAGES and name not in _backends():
        known = ", ".join((*_STAGES, *(each for each in _backends() if each not in _STAGES)))
        raise Refusal("bad-way", f"torch.compile knows no backend {name} here; it knows {known}.")
    retain_freed_memory()
    return CompiledProgram(target, inputs, options, _STAGES.get(name, ("eager", name)))


def _backends() -> list[str]:
    dynamo: Any = importlib.import_module("torch._dynamo")
    return [str(name) for name in dynamo.list_backends(exclude_tags=("debug", "experimental"))]
