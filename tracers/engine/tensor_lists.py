"""TensorFlow's lists of tensors, which loops read from and write to, as far as their items are
known: a list itself has no elements that could be handed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .lib import Array, np


@dataclass(frozen=True, slots=True)
class Listed:
    """A list's items, those that are known, by their index."""

    items: Mapping[int, Array]


def list_outputs(
    type_: str,
    given: Sequence[object],
    plain: Callable[[int], Array | None],
    own: Callable[[], Array | None],
) -> list[object] | None:
    """What an op on a list gives; None for any other op, [] where too little is known.

    `given` are its inputs as far as they are not the run's own, `plain` reads an input's elements,
    and `own` what the run itself gave: items that were not changed are there.
    """
    if not type_.startswith("TensorList") or not given:
        return None
    if type_ == "TensorListFromTensor":
        array = plain(0)
        return [] if array is None else [Listed({n: array[n] for n in range(len(array))})]
    known: Mapping[int, Array] = given[0].items if isinstance(given[0], Listed) else {}
    if type_ == "TensorListStack":
        stacked = own()
        if stacked is None or not known:
            return []
        rows = [known[n] if n in known else stacked[n] for n in range(len(stacked))]
        return [np.stack(rows)] if rows else []
    index = plain(1) if len(given) > 1 else None
    if index is None or index.size != 1:
        return []
    place = int(index.reshape(()))
    if type_ == "TensorListGetItem":
        item = known[place] if place in known else own()
        return [] if item is None else [item]
    item = plain(2) if type_ == "TensorListSetItem" and len(given) > 2 else None
    return [] if item is None else [Listed({**known, place: item})]
