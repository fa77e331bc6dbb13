"""A backend of torch.compile that runs each graph through the stages of the compiler, one beside
the other, on the inputs that it has without compiling."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..ir.stages import CompiledGraph, GraphBreak, Print, Stage, Suspect
from .captured import (
    broken_by,
    calls,
    handing_out_all,
    line_of,
    module_of,
    type_of,
)
from .lib import is_tensor
from .stage_failures import why_not
from .stage_remedies import backend_of, examples, remedies_for
from .stage_trial import (
    Run,
    Trial,
    apart,
    copy_of,
    farthest,
    is_flagged,
    is_parted,
    print_of,
    tensors_of,
)


@dataclass(slots=True)
class Graph:
    """One captured graph. `runs`: by stage, those that could be compiled."""

    module: Any
    runs: dict[str, Run]
    failures: dict[str, str]
    broken: GraphBreak | None


@dataclass(slots=True)
class Call:
    """One call of a graph.

    Attributes:
        given: what it was called with.
        results: the tensors that it has handed on, and those that it has written to.
        values: of the same in the last stage, on the same inputs.
        trial: the call, to be made again.
    """

    graph: Graph
    given: list[Any]
    results: list[Any]
    values: list[Any]
    told: CompiledGraph
    trial: Trial

    def ops(self) -> list[Suspect]:
        """The ops of the graph as it was captured, with what they give here."""
        everything, nodes = handing_out_all(self.graph.module)
        values = self.trial.other(everything.forward)
        rows = zip(nodes, values, strict=False)
        return [_named(node, 0.0, True, print_of(value)) for node, value in rows]


@dataclass(slots=True)
class Stages:
    """Attributes:
    names: of the stages; the first is "eager".
    plain: every graph is run in all stages, and hands on what the first one gives; else in the
        last stage alone.
    """

    names: Sequence[str]
    plain: bool = True
    graphs: list[Graph] = field(default_factory=list[Graph])
    calls: list[Call] = field(default_factory=list[Call])

    def __call__(self, module: Any, example: list[Any], **_: Any) -> Run:
        """What torch.compile runs in the place of the graph."""
        runs: dict[str, Run] = {"eager": copy.deepcopy(module).forward}
        failures: dict[str, str] = {}
        for name in self.names[1:]:
            try:
                runs[name] = backend_of(name)(copy.deepcopy(module), example)
            except Exception as error:  # noqa: BLE001 - any part of the compiler may raise
                failures[name] = why_not(name, error)
        graph = Graph(module, runs, failures, broken_by(module))
        self.graphs.append(graph)

        def run(*given: Any) -> Any:
            if not self.plain:
                return graph.runs[self.last(graph)](*given)
            return self._through(graph, given)

        return run

    def last(self, graph: Graph) -> str:
        """The last stage that the graph can be run in."""
        return [name for name in self.names if name in graph.runs][-1]

    def _through(self, graph: Graph, given: tuple[Any, ...]) -> Any:
        trial = Trial(given)
        result, plain = trial.first(graph.runs["eager"])
        values, stages = plain, [Stage("eager", 0.0)]
        noise: float | None = None
        for name in self.names[1:]:
            if name not in graph.runs:
                stages.append(Stage(name, failure=graph.failures[name]))
                continue
            try:
                values = trial.other(graph.runs[name])
            except Exception as error:  # noqa: BLE001 - compiled code may raise anything
                del graph.runs[name]
                graph.failures[name] = why_not(name, error)
                stages.append(Stage(name, failure=graph.failures[name]))
                continue
            error = farthest(plain, values)
            if noise is None and is_flagged(error, plain):
                noise = trial.noise(graph.module, plain)
            parted = is_parted(error, noise or 0.0, plain)
            stages.append(Stage(name, error, noise or 0.0, parted))
        file, line = next(filter(None, (_placed(node) for node in calls(graph.module))), ("", 0))
        told = CompiledGraph(
            -1,
            len(calls(graph.module)),
            file,
            line,
            tuple(print_of(value) for value in plain),
            tuple(stages),
        )
        first = next((stage for stage in stages if stage.parted), None)
        if first is not None:
            told = _with_causes(told, graph, trial, first, plain)
        results = [*tensors_of(result), *(given[place] for place in trial.written)]
        shown = [value.detach().clone() for value in values]
        self.calls.append(Call(graph, [*given], results, shown, told, trial))
        return result


def _with_causes(
    told: CompiledGraph, graph: Graph, trial: Trial, stage: Stage, plain: list[Any]
) -> CompiledGraph:
    remedies = remedies_for(stage.name, graph.module, trial, plain, stage.noise)
    suspect = _suspect(graph, trial, stage, plain)
    return replace(told, suspect=suspect, remedies=remedies)


def _suspect(graph: Graph, trial: Trial, stage: Stage, plain: list[Any]) -> Suspect | None:
    """The first op that parts where every value of the graph is handed out; else the last op."""
    with contextlib.suppress(Exception):  # torch may not compile it so
        everything, nodes = handing_out_all(graph.module)
        count = len(nodes)
        one = trial.other(copy.deepcopy(everything).forward)[:count]
        compiled = backend_of(stage.name)(copy.deepcopy(everything), examples(trial))
        other = trial.other(compiled)[:count]
        noises = trial.noises(everything, [*one, *(copy_of(value) for value in plain[count:])])
        for node, mine, theirs, noise in zip(nodes, one, other, noises, strict=False):
            error = apart(mine, theirs)
            if is_parted(error, noise, [mine]):
                return _named(node, error, True, print_of(mine))
    nodes = [node for node in calls(graph.module) if is_tensor(node.meta.get("example_value"))]
    return _named(nodes[-1], stage.error or 0.0, False, ()) if nodes else None


def _named(node: Any, error: float, alone: bool, known: Print) -> Suspect:
    file, line = line_of(node)
    return Suspect(type_of(node), module_of(node), file, line, error, alone, known)


def _placed(node: Any) -> tuple[str, int] | None:
    file, line = line_of(node)
    return (file, line) if line else None
