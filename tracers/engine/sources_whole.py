"""Where no rule knows the op: the framework's gradient of the element, or finite differences."""

from __future__ import annotations

import math
from typing import Any

from ..ir.provenance import Way
from .again import CannotRepeat, Slope
from .element import number_text
from .lib import np
from .sources import Asked, Found, Read, contributions

MOST_TRIED = 16  # elements that are changed, two runs each
_STEP, _STEP_NARROW = 1e-5, 5e-3  # cube roots of the rounding of float64 and float32, about
_MOST = 1 << 24  # elements of an input that is changed


def by_gradient(asked: Asked) -> Found | None:
    """The op run once more on its inputs, and the gradient of the element by each."""
    again = asked.again
    by = [at for at in range(len(asked.inputs)) if asked.is_float(at)]
    if again is None or not by or "float" not in asked.element.summary.dtype:
        return None
    inputs = [given.value for given in asked.inputs]
    asked.check()
    try:
        slope = again.slope(inputs, asked.element.slot, asked.index, False, by)
    except CannotRepeat as error:
        asked.problems.append(str(error))
        return None
    if not _is_same(asked, slope):
        return None
    reads = [
        Read(at, (), slope.by[at], Way.GRADIENT)
        if slope.by[at] is not None
        else _changed(asked, inputs, at)
        for at in by
    ]
    if all(read.derivative is None for read in reads):
        return None
    how = "By gradient: the op was run once more, and its gradient of this element taken."
    return Found(tuple(reads), how, slope.value)


def by_perturbation(asked: Asked) -> Found | None:
    """The largest elements changed a little, one by one, and the op run each time."""
    if asked.again is None:
        return None
    inputs = [given.value for given in asked.inputs]
    by = [at for at in range(len(asked.inputs)) if asked.is_float(at)]
    by = by or [at for at in range(len(asked.inputs)) if asked.dtype_of(at)]
    reads = [_changed(asked, inputs, at) for at in by]
    if all(read.derivative is None for read in reads):
        return None
    return Found(tuple(reads), PERTURBED)


PERTURBED = (
    "By perturbation: the largest elements were changed a little, one by one, and the op run each"
    " time."
)


def differences(
    asked: Asked, inputs: list[Any], at: int, index: tuple[int, ...], places: list[int]
) -> Any:
    """Derivatives by some elements of an input, flat; NaN where the op does not run. Booleans are
    turned, whole numbers moved by 1. Raises CannotRepeat where the op gives another element."""
    again, slot = asked.again, asked.element.slot
    assert again is not None
    base = np.asarray(inputs[at])
    whole = base.dtype.kind != "f"
    wide = True
    try:
        start = float(again.run(inputs, True)[slot][index])
    except CannotRepeat:
        wide = False
        start = float(again.run(inputs, False)[slot][index])
    if not asked.agrees(start, abs(start)):
        raise CannotRepeat(_other(asked, start))
    found: list[float] = []
    for place in places:
        asked.check()
        flat = base.astype(np.float64) if wide and not whole else base.copy()
        flat = flat.reshape(-1)
        middle = flat[place]
        step: Any = 1
        if not whole:
            step = (_STEP if wide else _STEP_NARROW) * max(abs(float(middle)), 1.0)
        ends: list[tuple[float, float]] = []
        for side in (step, -step):
            flat[place] = not middle if base.dtype.kind == "b" else middle + side
            changed = list(inputs)
            changed[at] = flat.reshape(base.shape)
            try:
                value = float(again.run(changed, wide)[slot][index])
            except (CannotRepeat, OverflowError):
                continue
            ends.append((float(flat[place]), value))
            if base.dtype.kind == "b":
                break
        if len(ends) == 1:
            ends.append((float(middle), start))
        distance = ends[0][0] - ends[1][0] if ends else 0.0
        found.append((ends[0][1] - ends[1][1]) / distance if distance else math.nan)
    return np.array(found, np.float64)


def _changed(asked: Asked, inputs: list[Any], at: int) -> Read:
    """Of an input without a gradient: its largest elements, by finite differences."""
    values = asked.element.cut(asked.inputs[at].value, ())
    nothing = Read(at, (), None, Way.NONE, "Nothing is known of amounts.")
    if values is None or not 0 < values.size <= _MOST or values.dtype.kind == "c":
        return nothing
    keys = np.where(np.isfinite(values), np.abs(values), -1.0)
    some = keys.size - min(MOST_TRIED, keys.size)
    places = [int(place) for place in np.argpartition(keys, some)[some:]] if some else None
    places = list(range(keys.size)) if places is None else sorted(places)
    tried = list(inputs)
    tried[at] = asked.array(at)
    try:
        slopes = differences(asked, tried, at, asked.index, places)
    except CannotRepeat as error:
        asked.problems.append(str(error))
        return nothing
    derivative = np.zeros(values.size)
    derivative[places] = np.where(np.isnan(slopes), 0.0, slopes)
    note = "" if len(places) == values.size else (
        f"Its {len(places)} largest elements were tried, of {values.size:,}."
    )  # fmt: skip
    return Read(at, (), derivative, Way.PERTURBATION, note)


def _is_same(asked: Asked, slope: Slope) -> bool:
    magnitude = 0.0
    for at, derivative in enumerate(slope.by):
        if derivative is None:
            continue
        values = asked.element.cut(asked.inputs[at].value, ())
        if values is not None:
            gave = np.abs(contributions(values, derivative.reshape(-1)))
            magnitude = max(magnitude, float(np.where(np.isfinite(gave), gave, 0.0).sum()))
    if asked.agrees(slope.value, magnitude):
        return True
    asked.problems.append(_other(asked, slope.value))
    return False


def _other(asked: Asked, value: float) -> str:
    return (
        f"run once more on its inputs it gives {number_text(value)} there, and not"
        f" {number_text(asked.value)}: it was edited, draws random numbers, or works otherwise"
        " inside the model"
    )
