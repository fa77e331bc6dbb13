"""One of the two runs: its records, and what its debuggee is asked."""

from __future__ import annotations

import base64
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..ir import OUTSIDE, ModelFacts, OpRecord, Phase, Ref, Run, ScopeKind, ValueKind
from ..protocol.client import Client
from ..protocol.messages import (
    COMPARE_AGAINST,
    COMPARE_APART,
    COMPARE_CONSTANTS,
    COMPARE_HAND_OUT,
    COMPARE_LOCKSTEP,
    COMPARE_NOISE,
    COMPARE_PACK,
    COMPARE_PATCH,
    COMPARE_PRINTS,
    COMPARE_TRY,
    COMPARE_VARY,
    COMPARE_WEIGHTS,
    FETCH,
)
from .prints import Prints
from .result import OpSide

Json = dict[str, Any]
# A value of this run, the file of the other's, and the order of axes in which they fit.
Anchors = dict[Ref, tuple[str, list[int]]]

_FOREVER = 1e7  # seconds: the debuggee computes
_AT_ONCE = 400  # values asked about in one request
# What they give does not depend on the elements.
_SHAPES = frozenset({"Shape", "ShapeN", "Size", "Rank", "size", "shape", "dim", "numel"})


@dataclass(frozen=True, slots=True)
class Near:
    """How far a value of the other run is from one of this run.

    Attributes:
        error: root mean square of the difference over that of the other's.
        order: of axes, in which it is meant.
        largest, mean: of the difference's size.
    """

    error: float
    order: list[int]
    largest: float
    mean: float


class Side:
    """A run that is over.

    Attributes:
        name: "A" or "B".
        live: its ops can be run once more; a recorded run's cannot.
        halt: called before each request; what it raises ends the comparison.
    """

    halt: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, name: str, client: Client, folder: str, live: bool) -> None:
        self.name, self.client, self.folder, self.live = name, client, folder, live
        self.run: Run = client.run
        facts = client.mirror.facts
        assert facts is not None
        self.facts: ModelFacts = facts
        self._files: dict[Ref, str] = {}
        self._patched = False

    @cached_property
    def rows(self) -> list[OpRecord]:
        """The forward pass, with which every run begins."""
        return list(itertools.takewhile(lambda row: row.phase is Phase.FORWARD, self.run.records))

    @cached_property
    def inputs(self) -> list[Ref]:
        """The model's inputs, in the order of its call."""
        values = self.run.graph.values
        return [(OUTSIDE, n) for n, value in enumerate(values) if value.kind is ValueKind.INPUT]

    @cached_property
    def dynamic(self) -> frozenset[Ref]:
        """Values that depend on the inputs; all values where the model has none."""
        found = set(self.inputs)
        for index, row in enumerate(self.rows):
            if self.run.graph.ops[row.op].type in _SHAPES:
                continue
            if not self.inputs or any(ref in found for ref in row.inputs):
                found.update((index, slot) for slot in range(len(row.outputs)))
        return frozenset(found)

    @cached_property
    def readers(self) -> dict[Ref, list[int]]:
        """Which records read a value."""
        found: dict[Ref, list[int]] = defaultdict(list)
        for index, row in enumerate(self.rows):
            for ref in dict.fromkeys(row.inputs):
                found[ref].append(index)
        return found

    def is_real(self, ref: Ref) -> bool:
        """A value of more than one floating-point number, or the only one of a loss."""
        return "float" in self.dtype(ref)

    def dtype(self, ref: Ref) -> str:
        """Of a value."""
        if ref[0] == OUTSIDE:
            return self.run.graph.values[ref[1]].dtype
        return self.rows[ref[0]].outputs[ref[1]].dtype

    def shape(self, ref: Ref) -> tuple[int, ...]:
        """Of a value."""
        if ref[0] == OUTSIDE:
            return self.run.graph.values[ref[1]].shape or ()
        return self.rows[ref[0]].outputs[ref[1]].shape

    def type_of(self, record: int) -> str:
        """Of a record's op."""
        return self.run.graph.ops[self.rows[record].op].type

    def drops(self, record: int) -> bool:
        """A dropout that takes elements away."""
        op = self.run.graph.ops[self.rows[record].op]
        given = dict(op.attributes)
        if "dropout" in op.type.lower():
            off = given.get("training", given.get("train")) == "False" or given.get("p") == "0.0"
            return not off
        return "Random" in op.type and "Dropout" in self.module(record)[1]

    def module(self, record: int) -> tuple[str, str]:
        """Path and type of the innermost module around a record."""
        graph = self.run.graph
        for scope in reversed(graph.scope_chain(graph.ops[self.rows[record].op].scope)):
            row = graph.scopes[scope]
            if row.kind in (ScopeKind.MODULE, ScopeKind.GROUP):
                return row.path, row.type
        return "", self.facts.name

    def line_of(self, record: int) -> tuple[object, ...]:
        """What an op has in common with itself run once more: its module, type and source line."""
        row = self.rows[record]
        op = self.run.graph.ops[row.op]
        source = row.source if row.source >= 0 else op.source
        if source < 0:
            return (row.op,)
        line = self.run.graph.sources[source]
        return self.module(record)[0], op.type, line.file, line.line

    def op(self, record: int, records: Iterable[int] = ()) -> OpSide:
        """A record's op for the report."""
        row = self.rows[record]
        op = self.run.graph.ops[row.op]
        source = row.source if row.source >= 0 else op.source
        line = self.run.graph.sources[source] if source >= 0 else None
        path, kind = self.module(record)
        attributes = [pair for pair in op.attributes if pair[0] != "name"]
        for name, elements in self.constants([record])[0]:
            text = ", ".join(f"{element:g}" for element in elements)
            attributes.append((name, text if len(elements) == 1 else f"[{text}]"))
        return OpSide(
            record,
            op.key,
            op.type,
            path,
            kind,
            line.file if line is not None else "",
            line.line if line is not None else 0,
            tuple(attributes),
            tuple(sorted(records)),
        )

    def prints(self, values: Sequence[Ref]) -> Prints:
        """Fingerprints of those that are held, in the order of the records. Patches are gone."""
        self._patched = False
        return _read(self._ask(COMPARE_PRINTS, {"values": [list(ref) for ref in values]}))

    def patch(self, anchors: Anchors, at: Sequence[Ref]) -> tuple[Prints, list[int]]:
        """Have the other run's values at some anchors, and what follows from them: fingerprints of
        these, and records that could not be run on them."""
        arguments = {"anchors": _rows(anchors), "at": [list(ref) for ref in at], **self._place()}
        body = self._ask(COMPARE_PATCH, arguments)
        self._patched = True
        return _read(body), body["stuck"]

    def try_patches(self, anchors: Anchors, arguments: Json) -> tuple[int, list[int]] | None:
        """As the request: the first that is right, and the order of its axes."""
        body = self._ask(COMPARE_TRY, {"anchors": _rows(anchors), **arguments})
        return None if body["right"] is None else (int(body["right"]), body["order"])

    def hand_out(self, values: Sequence[Ref]) -> dict[Ref, str]:
        """Files with these values; without those that are not held."""
        missing = [ref for ref in dict.fromkeys(values) if ref not in self._files]
        for some in _some(missing):
            arguments = {"values": [list(ref) for ref in some], **self._place()}
            paths = self._ask(COMPARE_HAND_OUT, arguments)["paths"]
            self._files.update(zip(some, paths, strict=True))
        return {ref: self._files[ref] for ref in values if self._files[ref]}

    def fetch(self, ref: Ref) -> str:
        """The file with a value that was let go, for which the model runs again. Raises Refusal."""
        self._ask(FETCH, {"record": ref[0], "slot": ref[1]})
        self._files.pop(ref, None)
        return self.hand_out([ref]).get(ref, "")

    def against(self, pairs: Sequence[tuple[str, Ref]], tolerance: float) -> list[Near | None]:
        """How far files of the other run are from values of this one, behind the patches, if there
        are some, in the best order of axes; None where they cannot be equal."""
        found: list[Near | None] = []
        for some in _some(pairs):
            rows = [[path, *ref] for path, ref in some]
            arguments = {"pairs": rows, "tolerance": tolerance, "patched": self._patched}
            for row in self._ask(COMPARE_AGAINST, arguments)["rows"]:
                found.append(None if row[1] is None else Near(*row))
        return found

    def apart(
        self,
        pairs: Sequence[tuple[str, Ref, list[int] | None]],
        often: Sequence[list[int]] = (),
    ) -> list[Near | None]:
        """The same, without the patches, however far they are apart, in this order of axes or the
        nearest; None where no order fits."""
        found: list[Near | None] = []
        for some in _some(pairs):
            rows = [[path, *ref, order] for path, ref, order in some]
            body = self._ask(COMPARE_APART, {"pairs": rows, "often": list(often)})
            found += [None if row is None else Near(*row) for row in body["rows"]]
        return found

    def lockstep(
        self, anchors: Anchors, wanted: Sequence[Ref] = (), judged: Sequence[Ref] | None = None
    ) -> tuple[dict[Ref, float], dict[Ref, str]]:
        """Local errors at the judged anchors, all by default, as far as they are known, and files
        with what this run makes of the wanted values."""
        body = self._ask(
            COMPARE_LOCKSTEP,
            {
                "anchors": _rows(anchors),
                "judged": None if judged is None else [list(ref) for ref in judged],
                "wanted": [list(ref) for ref in wanted],
                **self._place("local"),
            },
        )
        errors = zip(anchors if judged is None else judged, body["errors"], strict=True)
        files = zip(wanted, body["paths"], strict=True)
        return (
            {ref: error for ref, error in errors if error is not None},
            {ref: path for ref, path in files if path},
        )

    def noise(self, anchors: Anchors, values: Sequence[Ref], least: float = 0.0) -> list[float]:
        """How far rounding alone may move values, where their inputs move by `least` or more."""
        rows = [list(ref) for ref in values]
        arguments = {"anchors": _rows(anchors), "values": rows, "least": least}
        return self._ask(COMPARE_NOISE, arguments)["noise"]

    def vary(self, arguments: Json) -> Json:
        """As the request."""
        return self._ask(COMPARE_VARY, {**arguments, "patched": self._patched})

    def constants(self, records: Sequence[int]) -> list[list[tuple[str, list[float]]]]:
        """Of each record, the small constants that its op reads."""
        rows = self._ask(COMPARE_CONSTANTS, {"records": list(records)})["rows"]
        return [[(str(name), elements) for name, elements in row] for row in rows]

    def pack(self, values: Sequence[Ref]) -> tuple[str, dict[Ref, int]]:
        """One file with values, and where in it those lie that are held."""
        arguments = {"values": [list(ref) for ref in values], **self._place()}
        body = self._ask(COMPARE_PACK, arguments)
        places = zip(values, body["places"], strict=True)
        return body["path"], {ref: place for ref, place in places if place is not None}

    def weights(self, arguments: Json) -> list[list[Any] | None]:
        """As the request."""
        return self._ask(COMPARE_WEIGHTS, arguments)["rows"]

    def _place(self, more: str = "") -> Json:
        return {"folder": self.folder, "prefix": f"{self.name}{more}"}

    def _ask(self, command: str, arguments: Json) -> Json:
        self.halt()
        return self.client.request(command, arguments, _FOREVER)


def _read(body: Json) -> Prints:
    made = Prints()
    raw = base64.b64decode(body["numbers"])
    refs: list[Ref] = [(int(record), int(slot)) for record, slot in body["values"]]
    numbers: Any = np.frombuffer(raw, "<f8")
    rows = numbers.reshape(len(refs), -1) if refs else ()
    for ref, row, first in zip(refs, rows, body["classes"], strict=True):
        made.add(ref, row, refs[int(first)])
    return made


def _rows(anchors: Anchors) -> list[list[object]]:
    return [[*ref, path, order] for ref, (path, order) in anchors.items()]


def _some(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]
