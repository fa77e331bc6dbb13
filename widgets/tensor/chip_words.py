"""What the chips below the inspector's head say of the value."""

from __future__ import annotations

import math

from ...tracers.ir import Difference, Ref, Run, TensorSummary, ValueKind
from .formatting import MINUS, count, number, shape_text, size_text
from .subject import Subject

Chip = tuple[str, str]  # its text, and the token of its colour


def chips_of(
    run: Run | None, subject: Subject, known: TensorSummary | None, synthetic: bool, kept: set[Ref]
) -> tuple[Chip, ...]:
    """`known`: what came of the value; `synthetic`: inputs were made up; `kept`: what stays."""
    choice = subject.choice
    if subject.failed and subject.sentence:
        return (("failed", "breakpoint"),)
    if choice is None:
        return ()
    summary = known or choice.summary
    if summary is None:
        chips = [(choice.dtype, "")] if choice.dtype else []
        chips.append((shape_text(choice.shape), ""))
    else:
        chips = [(summary.dtype, "")]
        if not summary.text or summary.shape:
            chips.append((shape_text(summary.shape), ""))
        if summary.nbytes:
            chips.append((size_text(summary.nbytes), ""))
        if not summary.text or summary.minimum is not None:
            chips.append((summary.device, ""))
            chips.extend(health_chips(summary.nan, summary.posinf, summary.neginf))
            if summary.finite and math.prod(summary.shape) and summary.device != "meta":
                chips.append(("finite", "ok"))
    if synthetic and choice.kind is ValueKind.INPUT:
        chips.append(("synthetic", "warn"))
    if run is not None and choice.group == "Outputs" and subject.record >= 0:
        chips.extend(change_chips(run, subject.record))
    if run is not None and choice.ref.made_by(run) in kept:
        chips.append(("kept in memory", "accent"))
    return tuple(chips)


def change_chips(run: Run, record: int) -> list[tuple[str, str]]:
    """What the user's edits did to an executed op, as a chip."""
    for change in run.changes:
        if change.record == record:
            if change.how is Difference.CHANGED and change.largest is not None:
                return [(f"changed by {number(change.largest)}", "warn")]
            return [("new" if change.how is Difference.ADDED else change.how.value, "warn")]
    return []


def health_chips(nan: int, posinf: int, neginf: int) -> list[tuple[str, str]]:
    """ "3 NaN", "−Inf 613": words and numbers, never a colour alone."""
    found: list[tuple[str, str]] = []
    if nan:
        found.append((f"{count(nan)} NaN", "nan"))
    if posinf and neginf:
        found.append((f"±Inf {count(posinf + neginf)}", "inf"))
    elif posinf:
        found.append((f"+Inf {count(posinf)}", "inf"))
    elif neginf:
        found.append((f"{MINUS}Inf {count(neginf)}", "inf"))
    return found
