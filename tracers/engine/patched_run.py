"""Runs what follows some values of a run once more, with another run's in their place.

So what comes after a place where two runs part can be compared again: a patch is right where
values of the other run return behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ir import Ref, Run
from .apart import nearest_order, usual_order
from .axis_orders import AxisOrder, arranged, best_order
from .fingerprints import LENGTH, fingerprint
from .lib import Array, np
from .lockstep import Lockstep, read_array
from .tensor_lists import Listed

_SAME = 1e-9  # two values with fingerprints as near as this are one


@dataclass(frozen=True, slots=True)
class Try:
    """A patch that may be right.

    Attributes:
        path: the other run's value.
        since: the first of the known values that comes after it.
        needed: how many of them must return.
    """

    path: str
    ref: Ref
    since: int
    needed: int


def run_on(
    run: Run, walker: Lockstep, start: Mapping[Ref, Array], most: int | None = None
) -> tuple[dict[Ref, Array], list[int]]:
    """What follows from some values, up to the next anchors: the values, in order, and the records
    that could not be run. `most` records are run."""
    moved = dict(start)
    fresh: dict[Ref, Array] = {}
    stuck: list[int] = []
    first = min((record for record, _ in start), default=0)
    for index in range(max(first + 1, 0), len(run.records)):
        row = run.records[index]
        if not any(ref in moved for ref in row.inputs):
            continue
        if most is not None and most <= 0:
            break
        most = most - 1 if most is not None else None
        fed = {ref: moved[ref] for ref in row.inputs if ref in moved}
        for ref in row.inputs:
            if ref not in moved and walker.anchored(ref):
                fed[ref] = walker.other(ref)
        outputs = walker.items_too(index, fed)
        if not outputs:
            stuck.append(index)
        for slot, array in enumerate(outputs[: len(row.outputs)]):
            if isinstance(array, Listed):
                moved[index, slot] = array
            elif not walker.anchored((index, slot)) and array.dtype.kind in "fiub":
                fresh[index, slot] = moved[index, slot] = array
    return fresh, stuck


class Trial:
    """Looks for the patch that lets values of the other run return.

    `known`: files with values of the other run that are not in this one, in its order; several
    with one number are one value in other shapes.
    """

    def __init__(
        self,
        run: Run,
        walker: Lockstep,
        known: Sequence[tuple[int, str]],
        tolerance: float,
        often: Sequence[AxisOrder],
    ) -> None:
        self._run, self._walker, self._tolerance, self._often = run, walker, tolerance, often
        self._known = [(number, read_array(path)) for number, path in known]
        prints = [fingerprint(array) for _, array in self._known]
        self._prints = np.array(prints).reshape(len(prints), LENGTH)

    def first_right(self, tries: Sequence[Try], window: int) -> tuple[int, AxisOrder] | None:
        """The first that is right, and the order of axes that is."""
        for number, each in enumerate(tries):
            array = read_array(each.path)
            for order in self._ways(array, each.ref):
                value = arranged(array, self._walker.shape(each.ref), order)
                if self._returns(each, value, window):
                    return number, order
        return None

    def _ways(self, array: Array, ref: Ref) -> list[AxisOrder]:
        own = self._walker.array(ref)
        if own is None or own.size != array.size:
            return []
        ways = (usual_order(array, own, self._often), nearest_order(array, own, self._often))
        return [way for way in dict.fromkeys(ways) if way is not None]

    def _returns(self, each: Try, value: Array, window: int) -> bool:
        if each.needed == 0:
            return True
        mine = fingerprint(value)
        found: set[int] = set()
        fresh, _ = run_on(self._run, self._walker, {each.ref: value}, window)
        for array in fresh.values():
            if array.dtype.kind != "f" or array.size < 2:
                continue
            theirs = fingerprint(array)
            if np.allclose(mine, theirs, _SAME, _SAME):
                continue  # the patch itself, given on
            for place in self._like(theirs):
                number, known = self._known[place]
                if number < each.since or number in found:
                    continue
                error, order = best_order(known, array, self._tolerance, self._often)
                if order is not None and error <= self._tolerance:
                    found.add(number)
                    break
            if len(found) >= each.needed:
                return True
        return False

    def _like(self, print_: Array) -> list[int]:
        """Places of known values that may be equal to one with this fingerprint."""
        loose = max(2e-4, 3 * self._tolerance)
        known = self._prints
        same = (known[:, :2] == print_[:2]).all(1)
        near = np.abs(known[:, 2] - print_[2]) <= loose * np.maximum(known[:, 2], print_[2])
        alike = np.abs(known[:, 3:] - print_[3:]).max(1) <= max(5 * loose, 1e-3)
        return [int(place) for place in np.flatnonzero(same & near & alike)]
