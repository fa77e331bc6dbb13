"""Draws the map: the graph that is known before anything has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.builder import GraphBuilder
from ..engine.recorder import Recorder
from ..ir import Graph, MapFacts
from .dryrun import fake_world
from .entry import BASE, call_target
from .facts import name_inputs
from .nested import replace_tensors
from .tracer import LiveTracer

if TYPE_CHECKING:
    from .program import TorchProgram


def draw_map(program: TorchProgram, recorder: Recorder) -> MapFacts:
    """Fill the recorder's graph from the best source that works."""
    reasons: list[str] = []
    graph = _dry_run(program, recorder, reasons)
    source = "dry-run"
    if graph is None:
        return MapFacts("recorded", " ".join(reasons))
    recorder.builder.adopt(graph)
    return MapFacts(source, " ".join(reasons), len(graph.ops), len(graph.scopes) - 1)


def _dry_run(program: TorchProgram, recorder: Recorder, reasons: list[str]) -> Graph | None:
    scratch = Recorder(recorder.backend, GraphBuilder(), statistics=False)
    try:
        with fake_world(program.names) as fake:
            args, kwargs = replace_tensors(program.fresh_inputs(), fake)
            tracer = LiveTracer(program.names, scratch, BASE)
            for name, tensor in name_inputs(program.target, (args, kwargs)).items():
                tracer.add_input(name, tensor)
            with tracer.recording():
                call_target(program.target, args, kwargs)
    except Exception as error:  # noqa: BLE001 - the model may raise anything; the reason is told
        reasons.append(str(error))
        return None
    return scratch.builder.graph
