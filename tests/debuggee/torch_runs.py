"""Maps and runs a model as the debuggee does, for the tests of the PyTorch backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from opscope.tracers.engine.backend import LoadOptions, Verification
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Gatekeeper, Recorder
from opscope.tracers.ir import Graph, MapFacts, OpRecord, Place, Presence, Run, SourceLine
from opscope.tracers.pytorch.loader import LOADER
from opscope.tracers.pytorch.program import TorchProgram


class Watching:
    """A gate that never stops, and calls `seen` before each op."""

    def __init__(self, seen: Callable[[Place], None]) -> None:
        self._seen = seen

    def at_scope(self, place: Place, leaf: bool) -> None:
        """Never stops."""

    def at_op(self, place: Place, can_enter: bool) -> bool:
        self._seen(place)
        return False

    def left(self, frame: int) -> None:
        """Nothing to do."""


@dataclass
class Traced:
    """A model with its map and one run of it."""

    program: TorchProgram
    facts: MapFacts
    graph: Graph
    run: Run
    history: History

    @property
    def types(self) -> list[str]:
        return [self.graph.ops[record.op].type for record in self.run.records]

    @property
    def keys(self) -> list[str]:
        return [self.graph.ops[record.op].key for record in self.run.records]

    def presences(self) -> set[Presence]:
        return {op.presence for op in self.graph.ops}

    def records(self, type_: str) -> list[tuple[int, OpRecord]]:
        """(index, record) of every execution of a type of op."""
        rows = enumerate(self.run.records)
        return [(index, row) for index, row in rows if self.graph.ops[row.op].type == type_]

    def line(self, record: OpRecord) -> SourceLine:
        return self.graph.sources[record.source]

    def value(self, record: int, slot: int = 0) -> Any:
        return self.history.get((record, slot))

    def verify(self) -> Verification:
        def recorder() -> Recorder:
            return Recorder(self.program.backend, GraphBuilder(), keeper=History(1 << 30))

        return self.program.verify(recorder, 3)


def open_model(target: Any, *args: Any, **kwargs: Any) -> TorchProgram:
    program = LOADER.open(target, (args, kwargs), LoadOptions(name="model"), lambda _: None)
    assert isinstance(program, TorchProgram)
    return program


def trace(
    target: Any,
    *args: Any,
    gate: Gatekeeper | None = None,
    mapped: bool = True,
    **kwargs: Any,
) -> Traced:
    """Map and run; the error of a model that raises comes through."""
    program = open_model(target, *args, **kwargs)
    builder = GraphBuilder()
    facts = MapFacts("recorded")
    if mapped:
        facts = program.draw_map(Recorder(program.backend, builder), lambda _: None)
    builder.mapping = False
    history = History(1 << 30)
    recorder = Recorder(program.backend, builder, gate, history)
    traced = Traced(program, facts, builder.graph, recorder.run, history)
    program.execute(recorder)
    recorder.finish()
    return traced


def line_of(file: str, words: str) -> int:
    """The number of the only line of a file that has these words."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if words in line]
    assert len(found) == 1, (words, found)
    return found[0]


def same_bits(left: torch.Tensor, right: torch.Tensor) -> bool:
    one, other = left.contiguous().view(-1), right.contiguous().view(-1)
    return one.dtype == other.dtype and torch.equal(one.view(torch.uint8), other.view(torch.uint8))
