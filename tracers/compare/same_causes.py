"""Causes that only two runs of one model can have: a dtype's range, and the mode."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from ..ir import Ref
from .causes import Region
from .result import Cause, Certainty
from .side import Side

_RANGE = {"float16": 65504.0, "bfloat16": 3.3895e38, "float32": 3.4028e38}
_MASKED = 1e8  # in size, as the debuggees take it
_ALSO_MASKED = 1e4  # what a mask is in float16, which ends at 65504
_NORMS = ("batchnorm", "batch_norm", "batchnormalization", "synchronizedbatchnorm")
_TRAINING = ("training", "mode", "use_input_stats", "left out", "dropout", "is_training")


def mode_type(side: Side, record: int) -> str:
    """ "BatchNorm" or "dropout" where the op is one, or a part of one; else ""."""
    return _mode_word(side.type_of(record)) or _mode_word(side.module(record)[1])


def is_mode_type(name: str) -> bool:
    """It is the type of an op or module that acts by mode."""
    return bool(_mode_word(name))


def _mode_word(name: str) -> str:
    small = name.lower()
    if any(norm in small for norm in _NORMS):
        return "BatchNorm"
    return "dropout" if "dropout" in small else ""


def by_mode(a: Side, b: Side, mine: Region, theirs: Region, found: Cause) -> Cause:
    """The cause where one run trains: what acts by mode is named so."""
    record = next((n for n in theirs.records if mode_type(b, n)), None)
    kind = mode_type(b, record) if record is not None else ""
    if not kind:
        return found
    proved = found.certainty is Certainty.PROVED and found.kind in _TRAINING
    if kind == "dropout":
        sentence = (
            f"{b.name} is in training mode, where dropout takes elements away at random and"
            " enlarges the others."
        )
    else:
        sentence = (
            f"{b.name} is in training mode, where BatchNorm uses the mean and variance of this"
            f" batch; {a.name} uses those it has stored."
        )
    if proved:
        return replace(found, kind="mode", sentence=f"{sentence} {found.sentence}")
    return Cause(Certainty.HINTED, "mode", sentence)


def by_range(a: Side, b: Side, one: Ref, other: Ref) -> Cause | None:
    """B's dtype ends before A's values do, and they come about there."""
    if one[0] < 0 or other[0] < 0 or reads_beyond(a, b, one, other):
        return None
    mine = a.rows[one[0]].outputs[one[1]]
    theirs = b.rows[other[0]].outputs[other[1]]
    end = _RANGE.get(theirs.dtype)
    largest = _reaches(a, one)
    if end is None or mine.dtype == theirs.dtype or not end < largest < _MASKED:
        return None
    return Cause(
        Certainty.PROVED,
        "range",
        f"{a.name}'s values reach {largest:.3g} there, and {theirs.dtype} ends at {end:.5g}: they"
        f" become infinite in {b.name}.",
    )


def reads_beyond(a: Side, b: Side, one: Ref, other: Ref) -> bool:
    """What A's op reads is beyond B's dtype already, so that B cannot be given it."""
    end = _RANGE.get(b.dtype(other), math.inf)
    read = a.rows[one[0]].inputs if one[0] >= 0 else ()
    return any(end < _reaches(a, ref) < _MASKED for ref in read)


def _reaches(side: Side, ref: Ref) -> float:
    """The largest finite element in size."""
    if ref[0] < 0 or ref[1] < 0:
        return 0.0
    row = side.rows[ref[0]].outputs[ref[1]]
    ends = [abs(bound) for bound in (row.minimum, row.maximum) if bound is not None]
    return max((end for end in ends if math.isfinite(end)), default=0.0)


def masked_alike(mine: str, theirs: str, tolerance: float) -> bool:
    """Two files are equal but for how a mask is written: the lowest number of one dtype may be far
    from that of the other."""
    one: Any = np.load(mine, mmap_mode="r", allow_pickle=False)
    other: Any = np.load(theirs, mmap_mode="r", allow_pickle=False)
    if one.shape != other.shape or one.dtype.kind != "f" or other.dtype.kind != "f":
        return False
    first: Any = one.astype(np.float64)
    second: Any = other.astype(np.float64)
    masked: Any = (np.abs(first) >= _MASKED) & (first < 0) & (second <= -_ALSO_MASKED)
    if not masked.any():
        return False
    left: Any = ~masked
    if not (np.isfinite(first[left]).all() and np.isfinite(second[left]).all()):
        return False
    return _rms(first[left] - second[left]) <= tolerance * _rms(first[left])


def _rms(values: Any) -> float:
    return math.sqrt(float((values * values).mean())) if values.size else 0.0
