"""Runs a model and asks why a value of it is as it is, as the debuggee does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import Late
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.values import Values
from opscope.tracers.engine.why import why
from opscope.tracers.engine.why_look import Look
from opscope.tracers.ir import Run
from opscope.tracers.ir.reason import Question, Reason, ReasonStep


@dataclass
class Ran:
    """A run that can be asked."""

    run: Run
    look: Look

    def ask(
        self,
        type_: str = "",
        index: tuple[int, ...] | None = None,
        question: Question | None = None,
        nth: int = -1,
        slot: int = 0,
    ) -> Reason:
        """Of one of an op type's executions, the last by default; of any op without a type."""
        found = [n for n, row in enumerate(self.run.records) if type_ in ("", self.type_of(row.op))]
        with self.look.backend.functions.quiet():
            return why(self.look, (found[nth], slot), index, question)

    def type_of(self, op: int) -> str:
        """An op's type."""
        return self.run.graph.ops[op].type

    def name(self, step: ReasonStep) -> str:
        """The op's type, or the name of a value from outside."""
        if step.record < 0:
            return self.run.graph.values[step.slot].name
        return self.type_of(self.run.records[step.record].op)

    def chain(self, reason: Reason) -> list[str]:
        """What the steps of a reason are called."""
        return [self.name(step) for step in reason.steps]


def ran(loader: Any, target: Any, *args: Any, budget: int = 1 << 30) -> Ran:
    """One run with all its values kept, as far as the budget allows."""
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
    return Ran(run, Look(run, values, backend))
