"""From the name of a value to the value, and to what is known of it."""

from __future__ import annotations

from dataclasses import replace

from ..ir import OUTSIDE, Op, Ref, Run, TensorSummary, ValueKind, ValueRef
from ..ir.run import RESULT
from ..protocol.refusal import Refusal
from .backend import Program, Recorded
from .history import History
from .late import Late
from .results import Results


class Values:
    """The values of a run: kept outputs, and what comes from outside. On the model's thread.

    Attributes:
        results: what expressions gave.
    """

    def __init__(self, program: Program, run: Run, history: History, late: Late) -> None:
        self._program = program
        self._run = run
        self._history = history
        self._late = late
        self._outside: dict[int, TensorSummary] = {}
        self.results = Results(lambda: history.budget // 4)

    def ref(self, named: ValueRef) -> Ref:
        """Where the value was made. Raises Refusal where nothing is named."""
        run = self._run
        if named.record == RESULT:
            return RESULT, named.slot
        if named.record < 0:
            return self._from_graph(named.slot)
        if named.record >= len(run.records):
            raise Refusal("not-run", f"Op {named.record + 1} has not run yet.")
        record = run.records[named.record]
        slots = record.inputs if named.is_input else record.outputs
        if not 0 <= named.slot < len(slots):
            label = run.graph.op_label(record.op)
            raise Refusal("no-such-value", f"{label} has no such {_side(named)}.")
        return record.inputs[named.slot] if named.is_input else (named.record, named.slot)

    def get(self, ref: Ref) -> tuple[object, TensorSummary]:
        """A value with its statistics. Raises Refusal where it is not held."""
        record, slot = ref
        if record == RESULT:
            return self.results.get(slot)
        if record == OUTSIDE:
            value = self._program.value(self._run.graph.values[slot])
            if value is None:
                name = self._run.graph.values[slot].name or "This value"
                raise Refusal("no-data", f"{name} is not at hand in this run.")
            return value, self._summary(slot, value)
        value = self._history.get(ref)
        if value is None:
            label = self._run.graph.op_label(self._run.records[record].op)
            if isinstance(self._program, Recorded):
                raise Refusal("not-kept", f"The output of {label} was not saved with the run.")
            raise Refusal(
                "not-kept",
                f"The output of {label} was let go to stay within the memory for kept values;"
                " fetch it to see it.",
            )
        return value, self._late.need(ref)

    def peek(self, ref: Ref) -> object | None:
        """A value as it is held, without its statistics; None where it is not. On any thread,
        while the run stands still."""
        record, slot = ref
        if record == OUTSIDE:
            return self._program.value(self._run.graph.values[slot])
        return self._history.get(ref)

    def known(self, ref: Ref) -> TensorSummary | None:
        """What is known of a value without holding it; None of one from outside."""
        record, slot = ref
        if record != OUTSIDE:
            summary = self._run.records[record].outputs[slot]
            return replace(summary, kept=self._history.get(ref) is not None)
        return self._outside.get(slot)

    def inputs_of(self, op: Op) -> list[Ref]:
        """What an op that is about to run will most likely read: the newest of each input."""
        return [ref for _, ref in self.slots_of(op)]

    def slots_of(self, op: Op) -> list[tuple[int, Ref]]:
        """As `inputs_of`, each with its number among the op's inputs."""
        found: list[tuple[int, Ref]] = []
        for slot, index in enumerate(op.inputs):
            if index >= 0:
                value = self._run.graph.values[index]
                record = self._run.last_execution(value.op) if value.op >= 0 else OUTSIDE
                if value.op < 0:
                    found.append((slot, (OUTSIDE, index)))
                elif record >= 0 and value.slot < len(self._run.records[record].outputs):
                    found.append((slot, (record, value.slot)))
        return found

    def name(self, ref: Ref) -> str:
        """What to call a value: its own name, or the op that made it."""
        record, slot = ref
        graph = self._run.graph
        if record == OUTSIDE:
            return graph.values[slot].name or f"value {slot}"
        row = self._run.records[record]
        label = graph.op_label(row.op)
        return label if len(row.outputs) == 1 else f"{label} [{slot}]"

    def _from_graph(self, index: int) -> Ref:
        values = self._run.graph.values
        if not 0 <= index < len(values):
            raise Refusal("no-such-value", "The graph has no such value.")
        value = values[index]
        if value.kind is not ValueKind.OUTPUT:
            return OUTSIDE, index
        record = self._run.last_execution(value.op)
        if record < 0 or value.slot >= len(self._run.records[record].outputs):
            label = self._run.graph.op_label(value.op)
            raise Refusal("not-run", f"{label} has not run yet.")
        return record, value.slot

    def _summary(self, index: int, value: object) -> TensorSummary:
        """Of a value from outside; a parameter may be written to, so only its shape is cached."""
        known = self._outside.get(index)
        if known is None or self._run.graph.values[index].kind is ValueKind.BUFFER:
            known = self._outside[index] = self._program.backend.summarize(value)
        return known


def _side(named: ValueRef) -> str:
    return "input" if named.is_input else "output"
