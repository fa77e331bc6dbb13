"""What a framework's backend offers to the engine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..ir import MapFacts, ModelFacts, Ref, Run, TensorSummary, Value
from ..ir.finding import Finding
from ..protocol.messages import State
from .operands import Functions
from .recorder import Keeper, Recorder
from .watch import FrameLog

if TYPE_CHECKING:
    from .calls import Calls

Progress = Callable[[str], None]  # a named stage ("Reading weights"), shown while loading


class Backend(Protocol):
    """Knows a framework's values. Every method runs on the model's thread."""

    @property
    def name(self) -> str:
        """As users write it: "PyTorch", "TensorFlow"."""
        ...

    @property
    def functions(self) -> Functions:
        """What expressions may call."""
        ...

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype without touching the data; ((), type name) for what is no tensor."""
        ...

    def summarize(self, value: object) -> TensorSummary:
        """Statistics, accumulated wider than the value; not recorded as ops."""
        ...

    def keep(self, value: object) -> object:
        """A snapshot that later in-place writes do not change; copy-on-write where possible."""
        ...

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any:
        """A NumPy array of a basic-indexed part, cut before it is copied.

        bfloat16 and fp8 come as float32; strings as an object array of str.
        Raises Refusal "no-data" where the value has none (meta tensors, resources).
        """
        ...


@dataclass(frozen=True, slots=True)
class Verification:
    """Traced against plain runs, interleaved.

    Attributes:
        equal: every output equals bit for bit.
        max_abs_diff: over all outputs; None where nothing could be subtracted.
        plain_seconds, traced_seconds: medians of at least three warm runs.
    """

    equal: bool
    max_abs_diff: float | None
    plain_seconds: float
    traced_seconds: float
    exact: bool = False
    note: str = ""


class Program(Protocol):
    """A loaded model with its inputs, ready to run any number of times."""

    @property
    def backend(self) -> Backend: ...

    @property
    def facts(self) -> ModelFacts: ...

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """Fill the recorder's graph with what is known before a run."""
        ...

    def execute(self, recorder: Recorder) -> None:
        """Run once under the recorder, from the same start state each time.

        Raises what the model raises, and Ended when the user stops the run.
        """
        ...

    def value(self, value: Value) -> object | None:
        """The tensor behind an input, parameter, buffer or constant of the graph, by its name."""
        ...

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Run plainly and traced from the same state, and compare the outputs."""
        ...


@runtime_checkable
class Cancellable(Protocol):
    """A program that runs whole loops as one op, which a signal does not reach."""

    def cancel(self) -> None:
        """Break off what runs, so that the next event comes soon. Called from another thread."""
        ...


@runtime_checkable
class Deviating(Protocol):
    """A program whose framework rounds otherwise where it runs a model as a whole."""

    def deviation(self) -> float | None:
        """Largest absolute difference of the last run's outputs from a plain run's; None where a
        plain run would do something that can be seen, or nothing can be subtracted."""
        ...


@runtime_checkable
class Located(Protocol):
    """A program whose ops know the user's code though none of it is running."""

    def stack(self) -> list[tuple[str, str, int, int]]:
        """Of the op about to run, innermost first: function, file, line, and an id that differs
        between two visits of the line."""
        ...


@runtime_checkable
class Differentiable(Protocol):
    """A program that can run a backward pass after a forward one that has none of its own."""

    @property
    def backward_began(self) -> int:
        """The record that the pass began at, -1 where none is chosen or it has not begun."""
        ...

    def choose_backward(self, ref: Ref, seed: str) -> Callable[[], None]:
        """From an output; `seed` is "" for a scalar, "ones", or the path of a .npy file.

        Every run makes the pass once what this gives has been called, on the model's thread.
        Raises Refusal.
        """
        ...


@runtime_checkable
class Preparing(Protocol):
    """A program that can make its next run quicker while nothing else is to be done."""

    def prepare(self) -> bool:
        """Do a little of that, on the model's thread while it stands still; True where nothing is
        left to do."""
        ...


@runtime_checkable
class ReadOnly(Protocol):
    """A program whose run is there, or under way, and cannot be run anew.

    Attributes:
        read_only: why, as a sentence.
    """

    read_only: str


@runtime_checkable
class Attached(Program, Protocol):
    """What somebody else's process runs, as a program.

    Attributes:
        read_only: why it cannot be run anew, as a sentence.
    """

    read_only: str

    def recording(self, recorder: Recorder) -> AbstractContextManager[None]:
        """Inside, what this thread runs goes to the recorder."""
        ...

    def let_go(self) -> None:
        """Nothing more goes to the recorder. Called from any thread."""
        ...


@runtime_checkable
class Attaching(Protocol):
    """A loader whose framework's runs can be looked at in somebody else's process."""

    def attach(self, target: object, inputs: Inputs | None, name: str) -> Attached:
        """Nothing is run or changed yet; `inputs` are those of the only call, None of a block."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A loader whose framework's calls of models can be seen in somebody else's process."""

    def count(self, calls: Calls) -> None:
        """From now on the outermost calls of models go through these, whoever makes them."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """A run that was read from a file: it is there whole, and nothing of it can run.

    Attributes:
        read_only: why, as a sentence.
        state: where the run stood.
        findings: as they were told of it.
        texts: of the source files that it names, by path.
        extras: what the client that saved it wants to find again.
    """

    read_only: str
    state: State
    findings: tuple[Finding, ...]
    texts: dict[str, str]
    extras: dict[str, Any]

    def show(self, run: Run, log: FrameLog, keeper: Keeper) -> None:
        """Fill a run on the graph that `draw_map` drew."""
        ...


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load.

    Attributes:
        name: what the window calls the model.
        trusted: the user said that files which run code when opened may do so.
        exact: bit-equal to the framework's own run, where that costs speed.
        synthetic: the inputs were made up.
        part: which signature or function of an artefact, "" for the default one.
        custom: what the module defines that the user named for a file's own classes.
    """

    name: str = ""
    trusted: bool = False
    exact: bool = False
    synthetic: bool = False
    part: str = ""
    custom: dict[str, object] = field(default_factory=dict[str, object])


# Positional and keyword inputs of a model's call.
Inputs = tuple[tuple[object, ...], dict[str, object]]


class Loader(Protocol):
    """A backend's way in: `tracers.pytorch.loader.LOADER`, `tracers.tensorflow.loader.LOADER`.

    Every method raises Refusal with one sentence where it cannot do what is asked.
    """

    def claims(self, target: object) -> bool:
        """True for a module, layer, function or tensor of this framework, and for a callable
        that this framework can trace."""
        ...

    def open_artefact(self, path: str, options: LoadOptions, progress: Progress) -> object:
        """The model in a .pt2, .pt, .keras or .h5 file, SavedModel or Hugging Face folder."""
        ...

    def tensor(self, array: Any) -> object:
        """A NumPy array as a tensor of this framework, same dtype."""
        ...

    def example_inputs(self, target: object) -> Inputs | None:
        """Inputs made up from the model's own signature, None where it has none."""
        ...

    def open(
        self, target: object, inputs: Inputs, options: LoadOptions, progress: Progress
    ) -> Program:
        """A program ready to run."""
        ...
