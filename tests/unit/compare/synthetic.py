"""Runs of a few ops on NumPy arrays, compared without a debuggee."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from opscope.tracers.compare.prints import Prints
from opscope.tracers.compare.side import Near, Side
from opscope.tracers.engine.apart import apart, nearest_order
from opscope.tracers.engine.axis_orders import AxisOrder, arranged, best_order, decode_order
from opscope.tracers.engine.fingerprints import fingerprint, same_elements
from opscope.tracers.ir import (
    OUTSIDE,
    Category,
    Graph,
    ModelFacts,
    Op,
    OpRecord,
    Phase,
    Ref,
    Run,
    Scope,
    ScopeKind,
    TensorSummary,
    Value,
    ValueKind,
)

Array = Any


class Program:
    """Ops in order; each is named by its place and gives one value."""

    def __init__(self, **inputs: Array) -> None:
        self.arrays: dict[Ref, Array] = {}
        self.graph = Graph()
        self.records: list[OpRecord] = []
        self._scopes = {"": 0}
        for name, array in inputs.items():
            self.arrays[OUTSIDE, len(self.graph.values)] = array
            value = Value(ValueKind.INPUT, -1, 0, name, array.shape, str(array.dtype))
            self.graph.values.append(value)

    def op(self, type_: str, function: Callable[..., Array], *inputs: Ref, module: str = "") -> Ref:
        """Append an executed op; its value."""
        array = function(*(self.arrays[ref] for ref in inputs))
        record = len(self.records)
        self.graph.ops.append(
            Op(f"{module}/{type_}:{record}", type_, self._scope(module), Category.OTHER, "", (),
               (), (), -1)
        )  # fmt: skip
        summary = TensorSummary(array.shape, str(array.dtype))
        self.records.append(OpRecord(record, 0, Phase.FORWARD, 0.0, inputs, (summary,)))
        self.arrays[record, 0] = array
        return record, 0

    def _scope(self, module: str) -> int:
        if module not in self._scopes:
            self._scopes[module] = len(self.graph.scopes)
            self.graph.scopes.append(
                Scope(f"/{module}", 0, module, module, "Module", ScopeKind.MODULE)
            )
        return self._scopes[module]


class Synthetic(Side):
    """A side whose debuggee is the arrays themselves; "files" are names of values."""

    files: ClassVar[dict[str, Array]] = {}  # of both sides

    def __init__(self, name: str, program: Program) -> None:
        self.name, self.live = name, False
        self.run = Run(graph=program.graph)
        self.run.add_records(program.records)
        self.facts = ModelFacts("Net", "NumPy", "2", dtype="float32")
        self._arrays = program.arrays

    def prints(self, values: Sequence[Ref]) -> Prints:
        made = Prints()
        for ref in values:
            array, first = self._arrays[ref], ref
            for source in self.rows[ref[0]].inputs if ref[0] >= 0 else ():
                if source in made.rows and same_elements(array, self._arrays[source]):
                    first = made.classes[source]
            made.add(ref, fingerprint(array), first)
        return made

    def hand_out(self, values: Sequence[Ref]) -> dict[Ref, str]:
        found = {ref: f"{self.name}{ref}" for ref in values}
        self.files.update({path: self._arrays[ref] for ref, path in found.items()})
        return found

    def against(self, pairs: Sequence[tuple[str, Ref]], tolerance: float) -> list[Near | None]:
        found: list[Near | None] = []
        for path, ref in pairs:
            error, order = best_order(self.files[path], self._arrays[ref], tolerance)
            near = order is not None and error <= tolerance
            found.append(self._near(path, ref, order) if near and order is not None else None)
        return found

    def apart(
        self,
        pairs: Sequence[tuple[str, Ref, list[int] | None]],
        often: Sequence[list[int]] = (),
    ) -> list[Near | None]:
        found: list[Near | None] = []
        for path, ref, given in pairs:
            order = nearest_order(self.files[path], self._arrays[ref])
            order = order if given is None else decode_order(given)
            found.append(None if order is None else self._near(path, ref, order))
        return found

    def _near(self, path: str, ref: Ref, order: AxisOrder) -> Near:
        mine = self._arrays[ref]
        far = apart(arranged(self.files[path], mine.shape, order), mine)
        return Near(far.error, order.encode(), far.largest, far.mean)
