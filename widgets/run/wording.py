"""Shapes, times and places as the panes write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from ...tracers.ir import OpRecord, Run, Selection, SourceLine, TensorSummary
from ..tensor import formatting
from ..tensor.formatting import MINUS, number


def shape_text(shape: Sequence[int] | None) -> str:
    """A shape in one word: "12×64×64", "scalar", "?×768" where an extent is unknown."""
    return "" if shape is None else formatting.shape_text(tuple(shape))


def shapes_text(shapes: Sequence[Sequence[int] | None]) -> str:
    """The shapes of an op's outputs: "3 × 64×768" where there are several."""
    if not shapes:
        return ""
    first = shape_text(shapes[0])
    if len(shapes) == 1:
        return first
    if all(shape == shapes[0] for shape in shapes):
        return f"{len(shapes)} × {first}"
    return f"{first} + {len(shapes) - 1}"


def seconds_text(seconds: float) -> str:
    """A duration in the unit that suits it ("18.4 ms")."""
    if seconds >= 60:
        return f"{int(seconds // 60)} min {seconds % 60:.0f} s"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.3g} µs"


def count_text(count: int, noun: str = "op", ending: str = "s") -> str:
    """A counted noun ("1 op", "210 ops")."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"


def short_path(file: str) -> str:
    """The last two parts of a path ("models/gpt2.py")."""
    return "/".join(PurePath(file).parts[-2:])


def line_text(line: SourceLine) -> str:
    """A line of code as the panes name it ("models/gpt2.py : 61")."""
    return f"{short_path(line.file)} : {line.line}"


def bad_text(summary: TensorSummary, counted: bool = False) -> str:
    """The worst of what is not finite in a value: "NaN", "−Inf × 613"; "" where all is finite."""
    for text, count in (
        ("NaN", summary.nan),
        (f"{MINUS}Inf", summary.neginf),
        ("+Inf", summary.posinf),
    ):
        if count:
            return f"{text} × {count}" if counted else text
    return ""


def bad_token(text: str) -> str:
    """The colour token for a text of `bad_text`."""
    return "nan" if text.startswith("NaN") else "inf"


def worst(record: OpRecord) -> TensorSummary | None:
    """The output that `bad_text` should speak of: one with NaN first, then one with Inf."""
    found: TensorSummary | None = None
    for output in record.outputs:
        if output.nan:
            return output
        if found is None and not output.finite:
            found = output
    return found


def range_text(summary: TensorSummary) -> str:
    """Smallest and largest finite element ("−2.1 to 94.1"), "" where there is none, "…" where that
    is still to come."""
    if summary.pending:
        return "…"
    if summary.minimum is None or summary.maximum is None:
        return ""
    return f"{number(summary.minimum)} to {number(summary.maximum)}"


def place_label(run: Run) -> str:
    """What stands next at the place looked at: an op's name, or the scope about to be entered."""
    place = run.place
    if place.op >= 0:
        return run.graph.ops[place.op].type
    return run.graph.scopes[place.scope].name


def is_step_result(run: Run, selection: Selection) -> bool:
    """The selection is the op just completed at the place: it came with a step, not by hand."""
    before = run.place.record - 1
    if selection.op < 0 or not 0 <= before < len(run.records):
        return False
    same_op = run.records[before].op == selection.op
    return same_op and selection.record in (-1, before)
