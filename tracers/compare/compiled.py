"""Compares a run with one of the same model as compiled graphs, at the borders of these.

Each graph has been run, in every stage of the compiler, on the values that the model has without
compiling; these are the first run's own, which is how the borders are found in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ir import OUTSIDE, Ref
from ..ir.stages import Compilation, CompiledGraph, Print, Stage, Suspect
from ..protocol.json_ir import from_json
from ..protocol.messages import COMPARE_APART, COMPARE_CAPTURED, COMPARE_STAGES
from .comparing import CannotCompare
from .result import Cause, Certainty, Comparison, Divergence, OpSide, Pair, Tally
from .side import Side
from .wishes import Wishes

_EXACT = 1e-9
_NEAR = {True: 2e-2, False: 1e-4}  # of fingerprints, where few digits are computed with, and else
_ROUNDED = 2e-6  # that far off, a fingerprint is what rounding makes of another
_COARSE = ("bfloat16", "float16")
_FOREVER = 1e7
CAPTURE = "capture"
_BY_CAPTURE = (
    "Run op by op, the graph that torch.compile has captured does not give the values of the model"
    " itself: the stage that parts is the capture. Code that asks whether it is being compiled, or"
    " that depends on what changes between two calls, does so."
)
_BY_OPTIMIZER = (
    "Run as a whole, the function gives other values than its ops one by one, before XLA has any"
    " part in it: TensorFlow's graph optimizer computes it otherwise. --exact turns that off."
)


@dataclass(slots=True)
class _Known:
    """A's values by their fingerprints."""

    rows: dict[Ref, Any]
    shapes: dict[Ref, tuple[int, ...]]
    by_size: dict[float, list[Ref]] = field(default_factory=lambda: defaultdict(list))

    def find(self, wanted: Print, shape: tuple[int, ...] | None) -> tuple[Ref, float] | None:
        """The value that is nearest, of those in the same shape the first; and how near it is."""
        best: tuple[float, bool, Ref] | None = None
        for ref in self.by_size.get(wanted[0], ()):
            off = _off(self.rows[ref], wanted)
            row = (0.0 if off < _EXACT else off, self.shapes[ref] != shape, ref)
            if best is None or row < best:
                best = row
        return None if best is None else (best[2], best[0])


def compare_compiled(a: Side, b: Side, told: Callable[[str], None], wishes: Wishes) -> Comparison:
    """Raises CannotCompare, and what the debuggees refuse."""
    told("Reading what was compiled")
    made = from_json(Compilation, b.client.request(COMPARE_STAGES, {}, _FOREVER))
    compiled = len(made.names) == 1 or any(map(_beyond_first, made.graphs))
    if made.graphs and not compiled:
        raise CannotCompare(" ".join(made.notes) or "No stage of the compiler could be run.")
    told("Finding the borders of the graphs")
    known = _known(a)
    if not known.rows:
        raise CannotCompare("The model computes nothing from its inputs that could be compared.")
    near = _NEAR[any(dtype in _COARSE for dtype in _dtypes(a))]
    borders: list[tuple[Ref, Ref]] = list(zip(a.inputs, b.inputs, strict=False))
    divergences: list[Divergence] = []
    lost = _lost(a)
    captured_otherwise = False
    whole = len(a.rows) == len(a.run.records)  # else graphs may be of what follows
    for number, graph in enumerate(made.graphs):
        off = 0.0
        for slot, wanted in enumerate(graph.prints):
            if not wanted or not wanted[0] or wanted[2] == 0.0:
                continue
            found = known.find(wanted, b.shape((graph.record, slot)))
            real = b.is_real((graph.record, slot))
            if found is None or found[1] > near:
                off = max(off, 2 * near) if real else off
                continue
            off = max(off, found[1])
            borders.append((found[0], (graph.record, slot)))
        by_capture = off > (near if near > 1e-2 else _ROUNDED) and not captured_otherwise
        if by_capture and whole and not lost and (made.names[0] == "eager" or off > near):
            captured_otherwise = True
            divergences.append(_captured(a, b, known, made, graph, number))
        parted = next((stage for stage in graph.stages if stage.parted), None)
        if parted is not None:
            divergences.append(_parted(a, b, known, made, graph, number, parted))
    told("Holding the borders against each other")
    pairs = _pairs(a, b, borders)
    graphs = {graph.record for graph in made.graphs}
    matched = {other[0] for _, other in borders}
    return Comparison(
        pairs,
        _tally_a(a, {one for one, _ in borders}),
        Tally(len(graphs & matched), len(b.rows) - len(graphs), len(graphs - matched)),
        (),
        tuple(divergences[: wishes.most]),
        max((pair.error for pair in pairs), default=None),
        tuple(_notes(made, divergences, wishes, lost, whole)),
        compilation=made,
    )


def _beyond_first(graph: CompiledGraph) -> bool:
    """A stage of the compiler could be run."""
    return any(stage.error is not None for stage in graph.stages[1:])


def _known(side: Side) -> _Known:
    refs = list(side.inputs)
    refs += [
        (record, slot)
        for record, row in enumerate(side.rows)
        for slot, summary in enumerate(row.outputs)
        if summary.kept and ("float" in summary.dtype or "int" in summary.dtype)
    ]
    rows = side.prints(refs).rows
    found = _Known(rows, {ref: side.shape(ref) for ref in rows})
    for ref, row in rows.items():
        found.by_size[float(row[0])].append(ref)
    return found


def _off(one: Any, other: Print) -> float:
    """How far two fingerprints of as many elements are apart."""
    mine, theirs = np.asarray(one, np.float64), np.asarray(other, np.float64)
    scale = max(abs(mine[2]), abs(theirs[2]), 1e-30)
    masks = abs(mine[1] - theirs[1])
    return float(masks + abs(mine[2] - theirs[2]) / scale + np.abs(mine[3:] - theirs[3:]).max())


def _parted(
    a: Side,
    b: Side,
    known: _Known,
    made: Compilation,
    graph: CompiledGraph,
    number: int,
    stage: Stage,
) -> Divergence:
    suspect = graph.suspect
    near = _ROUNDED if made.names[0] == "eager" else _NEAR[False]
    one = a.op(_record_of(a, known, suspect, graph, near))
    if suspect is not None and suspect.type and not suspect.line:
        suspect = replace(suspect, module=one.module, file=one.file, line=one.line)
    other = _in_graph(b, graph, number, suspect)
    before = [each for each in graph.stages if each.error is not None]
    before = before[: before.index(stage)]
    error = stage.error or 0.0
    first = made.names[0]
    names = [each.name for each in before if each.name != first]
    sentence = (
        f"On the same inputs {stage.name} is {error:.1e} off, where rounding explains"
        f" {stage.noise:.1e}: {stage.name} is the stage that parts."
    )
    if names:
        sentence += f" {' and '.join(names)} before it gave the values of {first}."
    if suspect is not None and suspect.type and not suspect.alone:
        sentence += (
            " Where every value of the graph is handed out it does not part, so it does where ops"
            " are fused."
        )
    for _, remedy in graph.remedies:
        sentence += f" {remedy}"
    kind = graph.remedies[0][0] if graph.remedies else stage.name
    if kind == stage.name and suspect is not None and "random" in suspect.type.lower():
        kind = "random"
        sentence += f" {stage.name} draws random numbers of its own."
    rows = tuple((each.name, "", _told(each, first), each.parted) for each in graph.stages[1:])
    shown = suspect.error if suspect is not None and suspect.alone else error
    return Divergence(one, other, rows, Cause(Certainty.PROVED, kind, sentence), shown, True)


def _captured(
    a: Side, b: Side, known: _Known, made: Compilation, graph: CompiledGraph, number: int
) -> Divergence:
    """The graph itself is another computation than the code."""
    body = b.client.request(COMPARE_CAPTURED, {"record": graph.record}, _FOREVER)
    ops = [from_json(Suspect, row) for row in body["ops"]]
    first, last = None, -1
    for op in ops:
        found = known.find(op.print, None) if op.print and op.print[0] else None
        if found is not None and found[1] <= _ROUNDED:
            last = max(last, found[0][0])
        elif op.print and first is None:
            first = op
            break
    record = min(last + 1, len(a.rows) - 1) if ops else len(a.rows) - 1
    sentence = _BY_CAPTURE if made.names[0] == "eager" else _BY_OPTIMIZER
    cause = Cause(Certainty.PROVED, CAPTURE, sentence)
    return Divergence(a.op(record), _in_graph(b, graph, number, first), (), cause, None, True)


def _record_of(
    a: Side, known: _Known, suspect: Suspect | None, graph: CompiledGraph, near: float
) -> int:
    """A's op that computes what a suspect does; else what a border of the graph is made by."""
    if suspect is not None and suspect.print:
        found = known.find(suspect.print, None)
        if found is not None and found[1] <= near:
            same = [n for n in range(len(a.rows)) if _stands_like(a, n, suspect)]
            return found[0][0] if not same or found[0][0] in same else same[0]
    if suspect is not None:
        for like in (_stands_like, _is_like):
            same = [record for record in range(len(a.rows)) if like(a, record, suspect)]
            if len(same) == 1:
                return same[0]
    for wanted in graph.prints:
        found = known.find(wanted, None) if wanted and wanted[0] else None
        if found is not None:
            return found[0][0]
    return len(a.rows) - 1


def _stands_like(a: Side, record: int, suspect: Suspect) -> bool:
    line = a.line_of(record)[-2:]
    return line == (suspect.file, suspect.line) and a.type_of(record) == suspect.type


def _is_like(a: Side, record: int, suspect: Suspect) -> bool:
    return a.type_of(record) == suspect.type


def _in_graph(b: Side, graph: CompiledGraph, number: int, suspect: Suspect | None) -> OpSide:
    op = b.op(graph.record)
    if suspect is None or not suspect.type:
        return replace(op, type=f"graph {number}")
    return replace(
        op,
        type=f"{suspect.type} in graph {number}",
        module=suspect.module,
        module_type="compiled",
        file=suspect.file,
        line=suspect.line,
    )


def _told(stage: Stage, first: str) -> str:
    if stage.error is None:
        return "could not be run"
    return f"as {first}, bit for bit" if stage.error == 0 else f"{stage.error:.1e} from {first}"


def _pairs(a: Side, b: Side, borders: Sequence[tuple[Ref, Ref]]) -> tuple[Pair, ...]:
    files = a.hand_out([one for one, _ in borders])
    held = [pair for pair in dict.fromkeys(borders) if pair[0] in files]
    asked = [[files[one], *other, None] for one, other in held]
    b.halt()
    rows = b.client.request(COMPARE_APART, {"pairs": asked}, _FOREVER)["rows"]
    found: list[Pair] = []
    for (one, other), row in zip(held, rows, strict=True):
        if row is not None:
            error, _, largest, mean = row
            local = error if other[0] != OUTSIDE else None
            found.append(Pair(one, other, error, local, (), largest, mean))
    return tuple(sorted(found, key=lambda pair: pair.a))


def _tally_a(a: Side, borders: set[Ref]) -> Tally:
    matched = {record for record, _ in borders if record != OUTSIDE}
    return Tally(len(matched), len(a.rows) - len(matched), 0)


def _dtypes(side: Side) -> set[str]:
    return {each.dtype for row in side.rows for each in row.outputs}


def _lost(side: Side) -> int:
    """Values that are not there any more."""
    return sum(not each.kept for row in side.rows for each in row.outputs if "float" in each.dtype)


def _notes(
    made: Compilation, divergences: list[Divergence], wishes: Wishes, lost: int, whole: bool
) -> list[str]:
    """What such a comparison cannot see."""
    count = len(made.graphs)
    found = [*made.notes]
    found.append(
        f"Compared at the borders of {count} compiled graph{'' if count == 1 else 's'}, each run on"
        " the values that the model has without compiling; values that stand inside of a fused"
        " kernel alone are not there to be compared."
    )
    found.append(
        "The forward pass is compared, for the shapes of this call: gradients, dynamic shapes and"
        " what is compiled anew for others are not."
        if made.names[0] == "eager"
        else "The outputs are compared, for the shapes of this call."
    )
    if made.outputs is not None and not any(row.cause.kind == CAPTURE for row in divergences):
        found.append(f"As a whole, the compiled model's outputs are {made.outputs:.1e} from A's.")
    if len(divergences) > wishes.most:
        found.append(f"{len(divergences) - wishes.most} more graphs part.")
    if not whole:
        found.append(
            "What follows the forward pass, like an optimizer's step, is compared from stage to"
            " stage alone, and not with A's run."
        )
    if lost:
        found.append(
            f"{lost} values of A were let go to stay within the memory for kept values, so whether"
            " the graphs were captured as the code says was not looked at."
        )
    return found
