"""What the engine asks of a framework whose training steps it watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .backend import Program
from .operands import Functions
from .recorder import Recorder


class TooLarge(Exception):
    """A snapshot would take more memory than it may: so many bytes."""

    def __init__(self, nbytes: int) -> None:
        super().__init__(nbytes)
        self.nbytes = nbytes


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """Of one step; None for what is not known.

    Attributes:
        norm: of its gradients, as the optimizer was given them.
    """

    step: int
    loss: float | None
    norm: float | None = None


class Kept(Protocol):
    """What a step was called with."""

    @property
    def nbytes(self) -> int: ...


class State(Protocol):
    """All that a step may change, at one moment."""

    @property
    def nbytes(self) -> int: ...

    def restore(self) -> None:
        """Put all of it back; any number of times."""
        ...


@dataclass(slots=True)
class Past:
    """The steps since a snapshot.

    Attributes:
        state: before the step `first`.
        calls: of the steps from there on.
        seen: the numbers of steps that are known.
    """

    state: Any
    first: int
    calls: list[Any]
    seen: dict[int, StepNumbers]


@dataclass(frozen=True, slots=True)
class Recording:
    """A step that can be run once more under a recorder.

    Attributes:
        run: from the state before it.
        let_go: nothing more of it goes to the recorder; called from any thread.
    """

    program: Program
    run: Callable[[Recorder], None]
    let_go: Callable[[], None]


class Trainer(Protocol):
    """A framework's training. All on the thread that trains."""

    @property
    def functions(self) -> Functions:
        """What conditions may call."""
        ...

    @property
    def rate(self) -> float | None:
        """The learning rate of the newest step; None where it is not known."""
        ...

    def ready(self, all: bool = False) -> list[StepNumbers]:
        """Numbers of steps that have run and are not told yet, in order; with `all`, those that a
        device still computes as well."""
        ...

    def forget(self) -> None:
        """What is not told yet is of no interest."""
        ...

    def close(self) -> None:
        """Nothing is looked at any more."""
        ...

    def names(self) -> list[str]:
        """Of the parameters that training changes."""
        ...

    def not_finite(self) -> str:
        """The name of a parameter that is not finite, "" where all are."""
        ...

    def state(self, since: Any = None, reuse: Any = None, room: int | None = None) -> Any:
        """A snapshot; `since` and `reuse` are older ones: everything that may have changed since
        the one is in it, and it may take over the other's memory. Raises TooLarge."""
        ...

    def moves(self, before: Any) -> list[float]:
        """How far each parameter has gone since a snapshot, over how large it was."""
        ...

    def repeat(self, step: int, call: Any) -> StepNumbers:
        """Run a step once more, without a word; raises what it raises."""
        ...

    def cause(self, past: Past) -> str:
        """A sentence on why steps did not come to the same once more."""
        ...

    def recording(self, call: Any, before: Any, title: str) -> Recording:
        """Of a step, from the state before it; `title` is what a window calls it. Raises
        Refusal."""
        ...
