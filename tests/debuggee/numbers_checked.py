"""Runs a model and looks for what is wrong with its numbers, as the debuggee does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.explain import explain
from opscope.tracers.engine.history import History
from opscope.tracers.engine.judge import Judge
from opscope.tracers.engine.late import Late
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.slow_talk import SlowTalk
from opscope.tracers.engine.values import Values
from opscope.tracers.engine.watched import Watched
from opscope.tracers.ir import OpRecord, Run
from opscope.tracers.ir.finding import Finding


@dataclass
class Checked:
    """A run with what was found."""

    run: Run
    watched: Watched
    findings: list[Finding]

    def op(self, finding: Finding) -> str:
        """The type of the op that a finding is at."""
        return self.run.graph.ops[self.record(finding).op].type

    def record(self, finding: Finding) -> OpRecord:
        return self.run.records[finding.record]

    def watch(self, text: str) -> list[Finding]:
        """What a watch finds; nothing must be wrong with it."""
        found, problem = self.watched.ask(text)
        assert problem == ""
        return found


def check(loader: Any, target: Any, *args: Any, budget: int = 1 << 30) -> Checked:
    """Every pass of a loop is gone through where the framework has loops of its own."""
    program = loader.open(target, (args, {}), LoadOptions(name="model"), lambda _: None)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder, statistics=False), lambda _: None)
    builder.mapping = False
    history = History(budget)
    recorder = Recorder(program.backend, builder, keeper=history)
    recorder.deep = program.backend.name == "TensorFlow"
    program.execute(recorder)
    recorder.finish()
    run, backend = recorder.run, program.backend
    values = Values(program, run, history, Late(backend, run, history))
    judge = Judge(run, backend.functions, SlowTalk(lambda *_: None))
    with backend.functions.quiet():
        found = explain(run, values, backend)
    return Checked(run, Watched(run, values, backend, judge), found)
