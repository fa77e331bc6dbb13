"""A run that was read from a file, as a program that has run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..engine.backend import Backend, Verification
from ..engine.recorder import Keeper, Recorder
from ..engine.run_file import RunFile
from ..engine.watch import FrameLog
from ..ir import MapFacts, ModelFacts, Run, Value, ValueKind
from ..protocol.bulk import bulk
from ..protocol.refusal import Refusal
from .reading import ReadRun
from .values import Held, RecordedBackend


class RecordedProgram:
    """Implements the engine's Program and Recorded."""

    def __init__(self, file: RunFile, read: ReadRun) -> None:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(read.saved))
        self.read_only = (
            f"This run was recorded on {when} and is read from {file.name}: it can be looked at,"
            " but not run, rewound or edited."
        )
        self.state = read.state
        self.findings = read.findings
        self.texts = read.texts
        self.extras = read.extras
        self._file = file
        self._read = read
        self._backend = RecordedBackend(read.framework, file, self.read_only)
        notes = (*read.facts.notes, f"Recorded on {when}; read-only.")
        self._facts = replace(read.facts, notes=notes, backward=False)
        self._outside = {
            (value.kind, value.name): index
            for index, value in enumerate(read.graph.values)
            if value.op < 0
        }

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def facts(self) -> ModelFacts:
        return self._facts

    def draw_map(self, recorder: Recorder, progress: Callable[[str], None]) -> MapFacts:
        """The graph as it was at the end of the run."""
        recorder.builder.adopt(self._read.graph)
        return self._read.map

    def show(self, run: Run, log: FrameLog, keeper: Keeper) -> None:
        """Fill the run. What is kept takes no memory of its own: the file is mapped."""
        read = self._read
        run.frames[:] = read.frames
        run.add_records(read.records)
        log.become(read.log)
        with bulk():
            for ref, saved in read.values.items():
                keeper.put(ref, Held(saved, read.records[ref[0]].outputs[ref[1]]), 0)

    def value(self, value: Value) -> object | None:
        """An input, parameter, buffer or constant; None where it was not saved."""
        key: tuple[ValueKind, str] = value.kind, value.name
        found = self._read.outside.get(self._outside.get(key, -1))
        return None if found is None else Held(*found)

    def execute(self, recorder: Recorder) -> None:
        """Raises Refusal: it has run."""
        raise Refusal("read-only", self.read_only)

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Raises Refusal: there is no model to compare with."""
        raise Refusal("read-only", self.read_only)
