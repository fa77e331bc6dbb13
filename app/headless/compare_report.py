"""What `opscope compare` says of two runs, as lines and as JSON."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ...tracers.compare.result import Comparison, Divergence, OpSide, Tally, WeightPair
from ...tracers.compare.side import Side
from ...tracers.protocol.json_ir import to_json
from .compare_opening import Opened
from .compare_stages import stage_lines
from .report import counted

_MODE = {True: "training mode", False: "evaluation mode", None: ""}
_WIDEST = 44
_MOST_ALIKE = 8
_MOST_WEIGHTS = 8  # suspicious ones that are told


def head(one: Opened, other: Opened) -> list[str]:
    """What is compared, and in which state; said before anything is."""
    lines: list[str] = []
    for each in (one, other):
        lines.append(f"{each.side.name}  {each.spec}: {', '.join(_facts(each.side))}")
    lines += [f"inputs: {sentence}" for each in (one, other) for sentence in each.told]
    mine, theirs = one.side.facts, other.side.facts
    if {mine.training, theirs.training} == {True, False}:
        lines.append(f"note: {'A' if mine.training else 'B'} alone is in training mode")
    if mine.dtype and theirs.dtype and mine.dtype != theirs.dtype:
        lines.append(f"note: A computes in {mine.dtype}, B in {theirs.dtype}")
    return lines


def _facts(side: Side) -> list[str]:
    facts = side.facts
    parts = [
        facts.name,
        f"{facts.framework} {facts.version}",
        facts.dtype,
        _MODE[facts.training],
        counted(facts.parameters, "parameter") if facts.parameters else "",
        counted(len(side.rows), "op"),
        "recorded" if not side.live else "",
    ]
    dropped = dropouts(side)
    if dropped:
        parts.append(f"dropout on in {counted(dropped, 'op')}")
    return [part for part in parts if part]


def dropouts(side: Side) -> int:
    """How many dropouts take elements away."""
    return sum(side.drops(record) for record in range(len(side.rows)))


def report(found: Comparison) -> list[str]:
    """The comparison for reading."""
    lines = [_shared(found), *_behind(found)]
    for name, tally in (("A", found.tally_a), ("B", found.tally_b)):
        lines.append(f"{name}: {_tallied(tally)}")
    lines += [f"note: {note}" for note in found.notes]
    lines += stage_lines(found.compilation)
    lines += weight_lines(found.weights)
    if found.divergence is None:
        return [*lines, "equal: nothing differs that rounding does not explain"]
    for number, divergence in enumerate(found.divergences):
        lines += ["", *_difference(divergence, number, len(found.divergences))]
    return lines


def _shared(found: Comparison) -> str:
    before = [pair for pair in found.pairs if not pair.after]
    text = f"{counted(len(before), 'value')} in common"
    if found.largest is not None:
        text += f", up to {found.largest:.1e} apart"
    local = [pair.local for pair in before if pair.local is not None]
    if local:
        text += f"; each op on the same inputs up to {max(local):.1e}"
    return text


def _behind(found: Comparison) -> list[str]:
    """What is in common where B is given A's values."""
    behind = [pair for pair in found.pairs if pair.after]
    if not behind:
        return []
    largest = max(pair.error for pair in behind)
    return [
        f"{counted(len(behind), 'value')} more in common once B is given A's values where they"
        f" part; as the runs are, up to {largest:.1e} apart"
    ]


def weight_lines(weights: Sequence[WeightPair]) -> list[str]:
    """How the weights pair up, and those that are suspicious."""
    if not weights:
        return []
    paired = [row for row in weights if row.a and row.b]
    lines = [f"weights: {counted(len(paired), 'pair')}, {_alone(weights)}"]
    odd = [row for row in weights if row.hint]
    for row in odd[:_MOST_WEIGHTS]:
        names = f"A's {row.a} is B's {row.b}" if row.a and row.b else _only(row)
        lines.append(f"weight: {names}. {row.hint}")
    if len(odd) > _MOST_WEIGHTS:
        lines.append(f"weight: {len(odd) - _MOST_WEIGHTS} more, see --json")
    return lines


def _alone(weights: Sequence[WeightPair]) -> str:
    mine, theirs = sum(not row.b for row in weights), sum(not row.a for row in weights)
    return f"{mine} in A alone, {theirs} in B alone"


def _only(row: WeightPair) -> str:
    return f"A's {row.a}" if row.a else f"B's {row.b}"


def _tallied(tally: Tally) -> str:
    return (
        f"{counted(tally.matched, 'op')} matched, {tally.merged} merged with others,"
        f" {tally.unmatched} without a counterpart"
    )


def _difference(found: Divergence, number: int, count: int) -> list[str]:
    a, b = found.a, found.b
    rows = [
        ("", "A", "B", False),
        ("op", a.type, b.type, False),
        ("module", _module(a), _module(b), False),
        ("line", _line(a), _line(b), False),
        ("key", a.key, b.key, False),
        *((name, _short(one), _short(other), off) for name, one, other, off in _shown(found)),
    ]
    first = max(len(row[0]) for row in rows)
    second = max(len(row[1]) for row in rows)
    how = ""
    if found.error is not None:
        where = "on the same inputs " if found.local else ""
        how = f" ({where}{found.error:.1e} apart)"
    begins = "diverged: the first difference is"
    if number:
        begins = f"divergence {number + 1} of {count}:"
    lines = [f"{begins} {_place(a)} against {_place(b)}{how}"]
    for name, one, other, off in rows:
        mark = "≠" if off else " "
        lines.append(f"{mark} {name:<{first}}  {one:<{second}}  {other}".rstrip())
    cause = found.cause
    lines.append(f"cause, {cause.certainty.value}: {cause.sentence}")
    return lines


def _shown(found: Divergence) -> list[tuple[str, str, str, bool]]:
    """All arguments that differ, and of the others as many as are read."""
    same = [row for row in found.attributes if not row[3]][:_MOST_ALIKE]
    return [row for row in found.attributes if row[3] or row in same]


def _place(op: OpSide) -> str:
    return f"{op.type} in {op.module}" if op.module else op.type


def _module(op: OpSide) -> str:
    return f"{op.module or 'the model itself'} ({op.module_type})"


def _line(op: OpSide) -> str:
    return f"{os.path.basename(op.file)}:{op.line}" if op.line else "unknown"


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def as_json(one: Opened, other: Opened, found: Comparison) -> dict[str, Any]:
    """The whole of it."""
    sides = {
        each.side.name.lower(): {
            "spec": each.spec,
            "model": each.side.facts.name,
            "framework": each.side.facts.framework.lower(),
            "version": each.side.facts.version,
            "dtype": each.side.facts.dtype,
            "training": each.side.facts.training,
            "dropout": dropouts(each.side),
            "ops": len(each.side.rows),
            "recorded": not each.side.live,
            "inputs": [[value.name, list(value.shape)] for value in each.inputs],
        }
        for each in (one, other)
    }
    told = to_json(found)
    first = told["divergences"][0] if told["divergences"] else None
    return {"equal": found.equal, **sides, **told, "divergence": first}
