"""What compiling made of a model: its graphs, and where each stage of the compiler parts."""

from __future__ import annotations

from dataclasses import dataclass, field

Print = tuple[float, ...]  # a fingerprint of a value, in the engine's order


@dataclass(frozen=True, slots=True)
class Stage:
    """A graph as one stage of the compiler runs it, on the same inputs as the first stage.

    Attributes:
        name: "eager", "aot_eager", "inductor", "XLA" or a backend of the user's.
        error: root mean square of the difference from the first stage over that of its values, of
            the output that is farthest off; None where it could not be run.
        noise: what rounding may make of it.
        parted: it is farther off than that.
        failure: why it could not be run, as a sentence; "" where it was.
    """

    name: str
    error: float | None = None
    noise: float = 0.0
    parted: bool = False
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """The op of a graph that the difference begins with.

    Attributes:
        alone: the graph parts there too where every value of it is handed out; else only where ops
            are fused.
        print: of the value that it has without compiling, () where that is not known.
    """

    type: str
    module: str = ""
    file: str = ""
    line: int = 0
    error: float = 0.0
    alone: bool = True
    print: Print = ()


@dataclass(frozen=True, slots=True)
class CompiledGraph:
    """One call of a compiled graph.

    Attributes:
        record: of the run.
        ops: in the graph as it was captured.
        prints: of the values that its outputs have without compiling.
        stages: the first one is the graph as it was captured, run op by op.
        remedies: (kind, sentence) of what was changed in the compiler so that it gave the values of
            the first stage.
    """

    record: int
    ops: int
    file: str = ""
    line: int = 0
    prints: tuple[Print, ...] = ()
    stages: tuple[Stage, ...] = ()
    suspect: Suspect | None = None
    remedies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GraphBreak:
    """Where the compiler gave the model's code back to Python."""

    reason: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Compilation:
    """Attributes:
    names: of the stages.
    outputs: how far the model's outputs are from those without compiling, where every graph
        reads what the compiled ones before it gave; None where that could not be told.
    notes: what the reader must know, as sentences.
    """

    names: tuple[str, ...]
    graphs: tuple[CompiledGraph, ...] = ()
    breaks: tuple[GraphBreak, ...] = ()
    outputs: float | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def unreached(self) -> str:
        """Why the last stage could be run for no graph, as a sentence; "" where it could."""
        last = [graph.stages[-1] for graph in self.graphs if graph.stages]
        failed = bool(last) and all(stage.failure for stage in last)
        return last[0].failure if failed else ""
