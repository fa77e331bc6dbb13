"""What an expression gave, as something that the inspector can show."""

from __future__ import annotations

from ...tracers.ir import ValueRef
from ...tracers.ir.run import RESULT
from .subject import Choice, Subject


def result_subject(expression: str, slot: int, shape: tuple[int, ...], dtype: str) -> Subject:
    """`slot`: the number that the debuggee keeps it by."""
    choice = Choice("result", ValueRef(RESULT, slot), None, shape, dtype, "Results")
    return Subject(expression, place="result", choices=(choice,))
