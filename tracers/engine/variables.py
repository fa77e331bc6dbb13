"""What a stopped run shows as DAP variables: values by their summary, tensors by their elements."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

import numpy as np

from ..ir import OUTSIDE, OpRecord, Place, Ref, TensorSummary, ValueKind
from ..protocol.refusal import Refusal
from .bytes_of import memory_reference
from .live import Live
from .loaded import Loaded
from .locals import Locals, Owning
from .pieces import element_text
from .references import Children, Row
from .spots import Spot, edited

_MEASURED = 1 << 20  # elements up to which a local tensor's range is shown


@dataclass(frozen=True, slots=True)
class Group:
    """A DAP scope of a frame: a name, a hint, and what is in it."""

    name: str
    hint: str
    children: Children


class Shown:
    """Rows for one place of a run."""

    def __init__(self, live: Live, loaded: Loaded) -> None:
        self._live = live
        self._loaded = loaded

    def op_groups(self, place: Place) -> list[Group]:
        """Of the frame of the op that is about to run (in the past: that ran next)."""
        run = self._loaded.run
        row = run.graph.ops[place.op]
        past = run.records[place.record] if place.record < len(run.records) else None
        slots = self._loaded.values.slots_of(row)
        inputs = slots if past is None else list(enumerate(past.inputs))
        data = [item for item in inputs if not self._is_weight(item[1])]
        weights = [item for item in inputs if self._is_weight(item[1])]
        read = tuple(ref for _, ref in inputs)

        def given(items: list[tuple[int, Ref]]) -> Children:
            spots = [self._spot(place.op, place.record, slot, ref, read) for slot, ref in items]
            return self._values([ref for _, ref in items], spots=spots)

        groups = [Group("Inputs", "arguments", given(data))]
        if past is not None:
            groups.append(self._outputs("Outputs", place.record, past))
        else:
            groups += self.last_outputs(place)
        if weights:
            groups.append(Group("Parameters", "locals", given(weights)))
        groups.append(Group("Attributes", "locals", _texts(list(row.attributes))))
        return groups

    def last_outputs(self, place: Place) -> list[Group]:
        """What the op gave behind which a place is; nothing before the first."""
        index = place.record - 1
        if index < 0:
            return []
        row = self._loaded.run.records[index]
        return [self._outputs("Outputs of the last op", index, row)]

    def scope_groups(self, scope: int) -> list[Group]:
        """Of the frame of a module call."""
        graph = self._loaded.run.graph
        row = graph.scopes[scope]
        prefix = f"{row.path}." if row.path else ""
        own: list[Ref] = [
            (OUTSIDE, index)
            for index, value in enumerate(graph.values)
            if value.kind in (ValueKind.PARAMETER, ValueKind.BUFFER)
            and value.name.startswith(prefix)
            and "." not in value.name[len(prefix) :]
        ]
        about = [("type", row.type), ("path", row.path), ("call", str(row.call))]
        groups = [Group("Parameters", "locals", self._values(own))]
        return [*groups, Group("Attributes", "locals", _texts(about))]

    def locals_group(self, frame: FrameType | None) -> Group:
        """Of a Python frame; None: of one that is looked back at, where Python keeps none."""
        if frame is None:
            note = "known only where the run stands now"
            return Group("Locals", "locals", _texts([("(not here)", note)]))
        return Group("Locals", "locals", Locals(self, self._live.references.put).of(frame))

    def is_tensor(self, value: object) -> bool:
        """It is a tensor of the model's framework."""
        return self._loaded.program.backend.functions.is_tensor(value)

    def tensor_row(self, value: Any) -> Row:
        """A tensor that a variable holds; with its place in the run where it is a recorded one."""
        program = self._loaded.program
        shape, dtype = program.backend.describe(value)
        summary = TensorSummary(shape or (), dtype)
        if shape is not None and 0 < math.prod(shape) <= _MEASURED:
            summary = program.backend.summarize(value)
        row: Row = {"value": summary_text(summary), "type": dtype}
        ref = program.ref_of(value) if isinstance(program, Owning) else None
        if ref is not None:
            row["memoryReference"] = memory_reference(ref)
            row["opscope"] = {"record": ref[0], "slot": ref[1]}
        return {**row, **self._elements(value, summary)}

    def result_row(self, value: object, summary: TensorSummary) -> Row:
        """What lets a value that no variable holds be opened."""
        return self._elements(value, summary)

    def _spot(
        self,
        op: int,
        record: int,
        slot: int,
        ref: Ref,
        read: tuple[Ref, ...],
        is_input: bool = True,
    ) -> Spot:
        """A value of the execution of an op that is a record, or becomes one."""
        run = self._loaded.run
        turn = bisect_left(run.executions(op), record)
        label = f"{'input' if is_input else 'output'} of {run.graph.op_label(op)}"
        return Spot(ref, run.graph.ops[op].key, turn, slot, is_input, read, label)

    def _outputs(self, name: str, index: int, record: OpRecord) -> Group:
        refs: list[Ref] = [(index, slot) for slot in range(len(record.outputs))]
        names = [f"out {slot}" for _, slot in refs]
        spots = [
            self._spot(record.op, index, slot, ref, record.inputs, is_input=False)
            for slot, ref in enumerate(refs)
        ]
        return Group(name, "returnValue", self._values(refs, names, spots))

    def _is_weight(self, ref: Ref) -> bool:
        values = self._loaded.run.graph.values
        weights = (ValueKind.PARAMETER, ValueKind.BUFFER)
        return ref[0] == OUTSIDE and values[ref[1]].kind in weights

    def _values(
        self, refs: list[Ref], names: list[str] | None = None, spots: Sequence[Spot] = ()
    ) -> Children:
        called = names or [self._loaded.values.name(ref) for ref in refs]
        known = dict(zip(called, spots, strict=False))

        def rows(start: int, stop: int) -> list[Row]:
            picked = zip(called[start:stop], refs[start:stop], strict=True)
            return [self._value(name, ref, known.get(name)) for name, ref in picked]

        return Children(len(refs), rows, known.get)

    def read(self, spot: Spot) -> tuple[object, TensorSummary]:
        """What stands at a spot, as the edits make it. Raises Refusal."""
        values, backend = self._loaded.values, self._loaded.program.backend
        value, summary = values.get(spot.ref)
        edits = [edit for edit in self._loaded.run.edits if spot.is_of(edit) and edit.enabled]
        if not edits or not spot.is_input:  # what was given is kept as it was edited
            return value, summary
        made = edited(spot, edits, value, self.given(spot), backend)
        return made, backend.summarize(backend.keep(made))

    def given(self, spot: Spot) -> list[object]:
        """What the op of a spot reads. Raises Refusal where some of it is not held."""
        return [self._loaded.values.get(ref)[0] for ref in spot.inputs]

    def _value(self, name: str, ref: Ref, spot: Spot | None) -> Row:
        try:
            value, summary = self._loaded.values.get(ref) if spot is None else self.read(spot)
        except Refusal as error:
            known = self._loaded.values.known(ref)
            text = str(error) if known is None else f"{summary_text(known)} (no longer held)"
            return {"name": name, "value": text, "variablesReference": 0}
        row: Row = {"name": name, "value": summary_text(summary), "type": summary.dtype}
        if summary.nbytes:
            row["memoryReference"] = memory_reference(ref)
        return {**row, **self._elements(value, summary, spot=spot)}

    def _elements(
        self,
        value: object,
        summary: TensorSummary,
        at: tuple[int, ...] = (),
        spot: Spot | None = None,
    ) -> Row:
        """The part of a row that lets it be opened along its next axis."""
        if len(at) >= len(summary.shape):
            return {"variablesReference": 0}
        count = summary.shape[len(at)]
        rows = partial(self._element_rows, value, summary, at, spot)
        inside = Children(count, rows, partial(_inside, spot))
        return {
            "variablesReference": self._live.references.put(inside),
            "indexedVariables": count,
        }

    def _element_rows(
        self,
        value: object,
        summary: TensorSummary,
        at: tuple[int, ...],
        spot: Spot | None,
        start: int,
        stop: int,
    ) -> list[Row]:
        rest = summary.shape[len(at) + 1 :]
        if rest:
            shape = "×".join(str(extent) for extent in rest)
            return [
                {
                    "name": f"[{index}]",
                    "value": f"{summary.dtype}[{shape}]",
                    **self._elements(value, summary, (*at, index), _inside(spot, f"[{index}]")),
                }
                for index in range(start, stop)
            ]
        cut: Any = np.asarray(
            self._loaded.program.backend.cut(value, (*at, slice(start, stop)))
        ).tolist()
        return [
            {"name": f"[{start + n}]", "value": element_text(item), "variablesReference": 0}
            for n, item in enumerate(cut)
        ]


def _inside(spot: Spot | None, name: str) -> Spot | None:
    """The part of a value that the row "[n]" shows."""
    number = name[1:-1]
    if spot is None or name != f"[{number}]" or not number.isdigit():
        return None
    return spot.inside(int(number))


def summary_text(summary: TensorSummary) -> str:
    """One line on a value."""
    if summary.text:
        return summary.text
    shape = "×".join(str(extent) for extent in summary.shape)
    words = [f"{summary.dtype}[{shape}]"]
    if summary.minimum is not None and summary.maximum is not None:
        words.append(f"{summary.minimum:.6g} … {summary.maximum:.6g}")
    counts = (("NaN", summary.nan), ("+Inf", summary.posinf), ("−Inf", summary.neginf))
    words += [f"{count} {name}" for name, count in counts if count]
    return " ".join(words)


def _texts(pairs: list[tuple[str, str]]) -> Children:
    def rows(start: int, stop: int) -> list[Row]:
        return [
            {"name": name, "value": text, "variablesReference": 0}
            for name, text in pairs[start:stop]
        ]

    return Children(len(pairs), rows)
