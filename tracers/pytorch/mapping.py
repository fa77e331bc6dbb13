"""Draws the map: the graph that is known before anything has run."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..engine.ageing import aged
from ..engine.builder import GraphBuilder
from ..engine.recorder import Recorder
from ..ir import Graph, MapFacts
from .dryrun import fake_world
from .entry import BASE
from .facts import name_inputs
from .fxmap import FxGraph, FxRefused
from .fxnodes import NodeMap
from .lib import torch
from .lines import is_library_code, is_user_code
from .nested import replace_tensors, unique_tensors
from .partial import filled_in, partial_of
from .steps import run_steps
from .tracer import LiveTracer

if TYPE_CHECKING:
    from .program import TorchProgram

_CHECKED = 2_500  # ops: a larger map is not drawn a second time to check it


def draw_map(program: TorchProgram, recorder: Recorder) -> MapFacts:
    """Fill the recorder's graph from the best source that works, and say why not a better one."""
    reasons: list[str] = []
    if program.exported is not None:
        attempts = [("export", _dry_run)]
    elif isinstance(program.target, (torch.jit.ScriptModule, torch.jit.ScriptFunction)):
        reasons.append("torch.fx cannot read TorchScript.")
        attempts = [("dry-run", _dry_run)]
    elif program.names.used.optimizers or not unique_tensors(program.fresh_inputs()):
        steps = "optimizers" if program.names.used.optimizers else "calls without tensors"
        reasons.append(f"torch.fx cannot draw it: it does not follow {steps}.")
        attempts = [("dry-run", _dry_run)]
    else:
        attempts = [("torch.fx", _by_fx), ("dry-run", _dry_run)]
    for source, attempt in attempts:
        try:
            with aged(seldom=True):
                graph, note = attempt(program)
        except Exception as error:  # noqa: BLE001 - the model may raise anything; the reason is told
            reasons.append(_reason(source, error))
            continue
        return _adopted(program, recorder, source, [*reasons, note] if note else reasons, graph)
    if program.partial is not None:
        why = [*reasons[:-1], "It ends where the model fails."]
        return _adopted(program, recorder, "dry-run", why, program.partial.graph)
    return MapFacts("recorded", " ".join(reasons))


def _adopted(
    program: TorchProgram, recorder: Recorder, source: str, reasons: list[str], graph: Graph
) -> MapFacts:
    failure = program.partial.failure if program.partial is not None else None
    if failure is not None and program.partial is not None and graph is not program.partial.graph:
        failure = filled_in(graph, program.partial)
    recorder.builder.adopt(graph)
    reason = " ".join(reasons)
    return MapFacts(source, reason, len(graph.ops), len(graph.scopes) - 1, failure)


class TookAnotherPath(Exception):
    """torch.fx followed another branch than the model does."""


def _by_fx(program: TorchProgram) -> tuple[Graph, str]:
    traced = FxGraph(program.target, program.fresh_inputs(), program.names)
    traced.trace()
    program.restore()
    try:
        graph = _fake(
            program,
            lambda tracer, scratch, args, kwargs: run_steps(
                traced.steps, tracer, scratch, unique_tensors((args, kwargs)), traced.fetch
            ),
        )
    except Exception as error:  # noqa: BLE001 - raised again where a dry run does better
        return _nodes_alone(program, traced, error)
    program.restore()
    if len(graph.ops) <= _CHECKED:
        checked, _ = _dry_run(program)
        if [op.key for op in checked.ops] != [op.key for op in graph.ops]:
            raise TookAnotherPath("it follows another path than the model itself")
    return graph, ""


def _nodes_alone(program: TorchProgram, traced: FxGraph, error: Exception) -> tuple[Graph, str]:
    """What torch.fx saw, without shapes, where the model cannot run without computing.

    Raises `error` where it can: then a dry run makes the better map.
    """
    program.restore()
    try:
        _dry_run(program)
    except Exception as reason:  # noqa: BLE001 - an op without a fake twin, or the model's own error
        inputs = name_inputs(program.target, program.fresh_inputs())
        scratch = Recorder(program.backend, GraphBuilder(), statistics=False)
        graph = NodeMap(traced, program.names, inputs).draw(scratch)
        if program.partial is not None:
            return graph, f"Its shapes are known up to where the model fails{_place(reason)}."
        return graph, f"Its shapes are unknown. {_reason('dry-run', reason)}"
    raise error


def _dry_run(program: TorchProgram) -> tuple[Graph, str]:
    return _fake(program, program.run), ""


def _fake(program: TorchProgram, run: Callable[[LiveTracer, Recorder, Any, Any], object]) -> Graph:
    """The graph that a run over fake tensors records; unknown extents are allowed if need be."""
    try:
        return _fake_once(program, run, False)
    except Exception as error:
        if "Dynamic" not in type(error).__name__ and "DataDependent" not in type(error).__name__:
            raise
        program.restore()
        return _fake_once(program, run, True)


def _fake_once(
    program: TorchProgram,
    run: Callable[[LiveTracer, Recorder, Any, Any], object],
    open_extents: bool,
) -> Graph:
    scratch = Recorder(program.backend, GraphBuilder(), statistics=False)
    with fake_world(program.names, open_extents) as fake:
        args, kwargs = replace_tensors(program.fresh_inputs(), fake)
        tracer = LiveTracer(program.names, scratch, BASE)
        for name, tensor in name_inputs(program.target, (args, kwargs)).items():
            tracer.add_input(name, tensor)
        program.partial = None
        try:
            run(tracer, scratch, args, kwargs)
        except Exception as error:
            program.partial = partial_of(scratch, error)
            raise
    return scratch.builder.graph


_GAVE_UP = {
    "torch.fx": "torch.fx cannot draw it",
    "dry-run": "A run without computing stopped",
    "export": "The exported program cannot be drawn",
}


def _reason(source: str, error: Exception) -> str:
    """One sentence: who gave up, at which line of the user's, and its own message."""
    name = type(error).__name__
    words = " ".join(str(error).split("\n")[0].split()).partition(". ")[0].rstrip(".")
    if "DataDependent" in name or "DynamicOutputShape" in name:
        words = "what comes next depends on the data"
    if len(words) > 200:
        words = words[:199] + "…"
    if not isinstance(error, (FxRefused, TookAnotherPath)) and name not in ("TraceError",):
        words = words if "depends on the data" in words else f"{name}: {words}".rstrip(": ")
    return f"{_GAVE_UP[source]}{_place(error)}: {words}."


def _place(error: Exception) -> str:
    """ " at file:line" of the user's, or of an installed package's; "" where there is neither."""
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    users = [row for row in frames if is_user_code(row[0])]
    library = [row for row in frames if is_library_code(row[0])]
    for code, line in (users or library)[-1:]:
        return f" at {os.path.basename(code.co_filename)}:{line}"
    return ""
