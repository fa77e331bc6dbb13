"""Pairs the weights of two runs by what they hold, their shapes and their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..ir import OUTSIDE, Ref, ValueKind
from .layouts import back
from .prints import Prints
from .result import WeightPair
from .side import Side
from .weight_hints import Equal, in_other_layout, said

_KINDS = (ValueKind.PARAMETER, ValueKind.BUFFER)
_PARTS = re.compile(r"[a-z]+|\d+")
# Words of the frameworks for the same.
_WORDS = {
    "kernel": "weight",
    "gamma": "weight",
    "embeddings": "weight",
    "beta": "bias",
    "moving": "running",
    "variance": "var",
    "recurrent": "hh",
}
_IGNORED = frozenset({"cell", "ih", "l"})
_COARSE = {"bfloat16": 2.0**-8, "float16": 2.0**-11}
_SAME = 1e-6
_MOST_LIKE = 6  # weights of B that one of A's is held against
_ALIKE = 0.3  # likeness of names from which two other weights may be meant to be one


@dataclass(frozen=True, slots=True)
class _Weight:
    ref: Ref
    name: str
    shape: tuple[int, ...]
    words: frozenset[str]
    place: float  # among the run's, from 0 to 1

    @property
    def leaf(self) -> str:
        return self.name.rpartition(".")[2]


def pair_weights(a: Side, b: Side) -> tuple[WeightPair, ...]:
    """Parameters and buffers of real numbers: those that are one in A's order, then what B has
    alone."""
    mine, theirs = _weights(a), _weights(b)
    if not mine or not theirs:
        return ()
    dtypes = {side.dtype(one.ref) for side, some in ((a, mine), (b, theirs)) for one in some}
    tolerance = max(_SAME, *(2 * _COARSE.get(dtype, 0.0) for dtype in dtypes))
    return _Pairing(a, b, mine, theirs, tolerance).all()


def _weights(side: Side) -> list[_Weight]:
    values = side.run.graph.values
    found = [
        (index, value)
        for index, value in enumerate(values)
        if value.kind in _KINDS and "float" in value.dtype
    ]
    return [
        _Weight(
            (OUTSIDE, index),
            value.name,
            value.shape or (),
            _words(value.name),
            place / max(1, len(found) - 1),
        )
        for place, (index, value) in enumerate(found)
    ]


def _words(name: str) -> frozenset[str]:
    words: list[str] = _PARTS.findall(name.lower())
    return frozenset(_WORDS.get(word) or word for word in words) - _IGNORED


def _score(one: _Weight, other: _Weight) -> float:
    """How well names and places speak for a pair."""
    both, all_ = len(one.words & other.words), len(one.words | other.words)
    return both / max(1, all_) + 0.2 * (1 - abs(one.place - other.place))


class _Pairing:
    def __init__(
        self, a: Side, b: Side, mine: list[_Weight], theirs: list[_Weight], tolerance: float
    ) -> None:
        self._a, self._b, self._tolerance = a, b, tolerance
        self._mine, self._theirs = mine, theirs
        self._path, self._places = a.pack([one.ref for one in mine])
        self._prints_a = a.prints([one.ref for one in mine])
        self._prints_b = b.prints([one.ref for one in theirs])
        self._rows: dict[Ref, WeightPair] = {}
        self._equal: list[Equal] = []
        self._free_a = {one.ref: one for one in mine}
        self._free_b = {one.ref: one for one in theirs}

    def all(self) -> tuple[WeightPair, ...]:
        self._take_equal()
        self._take_joined()
        self._take_alike()
        across = self._a.facts.framework != self._b.facts.framework
        hints = in_other_layout(self._equal, across)
        rows: list[WeightPair] = []
        for one in self._mine:
            row = self._rows.get(one.ref)
            if row is not None:
                rows.append(_hinted(row, hints.get((row.a, row.b), "")))
            elif one.ref in self._free_a:
                hint = f"{self._b.name} has no weight like it."
                rows.append(WeightPair(one.name, "", one.shape, hint=hint))
        for other in self._free_b.values():
            hint = f"{self._a.name} has no weight like it."
            rows.append(WeightPair("", other.name, (), other.shape, hint=hint))
        return tuple(rows)

    def _take_equal(self) -> None:
        """Those with the same elements; of several the one with the likest name."""
        wanted = list(self._may_be_equal())
        answers = self._ask(([one], [other]) for one, other in wanted)
        fits: list[tuple[float, int, int, Equal, float]] = []
        for number, ((one, other), row) in enumerate(zip(wanted, answers, strict=True)):
            if row is None or row[0] != "equal":
                continue
            layout = back(row[3], one.shape, other.shape)
            equal = Equal(one.name, other.name, one.shape, other.shape, layout.order)
            fits.append((-_score(one, other), number, number, equal, float(row[2])))
        for _, _, number, equal, error in sorted(fits, key=lambda fit: fit[:2]):
            one, other = wanted[number]
            if one.ref in self._free_a and other.ref in self._free_b:
                self._equal.append(equal)
                row = WeightPair(one.name, other.name, one.shape, other.shape, equal.order, error)
                self._take([one], [other], row)

    def _may_be_equal(self) -> Iterator[tuple[_Weight, _Weight]]:
        index: dict[tuple[float, float], list[_Weight]] = defaultdict(list)
        for other in self._theirs:
            if other.ref in self._prints_b.rows:
                index[_key(self._prints_b, other)].append(other)
        for one in self._mine:
            if one.ref not in self._prints_a.rows or one.ref not in self._places:
                continue
            row = self._prints_a.rows[one.ref]
            near = [
                other
                for other in index.get(_key(self._prints_a, one), ())
                if _near(row, self._prints_b.rows[other.ref], 50 * self._tolerance)
            ]
            if len(near) > _MOST_LIKE:
                near.sort(key=lambda other: -_score(one, other))
            for other in near[:_MOST_LIKE]:
                yield one, other

    def _take_joined(self) -> None:
        """Two biases of one framework's recurrent layers are one of the other's: their sum, or
        one above the other."""
        wanted: list[tuple[list[_Weight], list[_Weight], str]] = []
        for couple in _couples(self._free_a.values()):
            for other in self._free_b.values():
                how = _joins(couple, other)
                if how:
                    wanted.append((couple, [other], how))
        for couple in _couples(self._free_b.values()):
            for one in self._free_a.values():
                how = _joins(couple, one)
                if how:
                    wanted.append(([one], couple, how))
        answers = self._ask(wanted)
        for (ones, others, _), row in zip(wanted, answers, strict=True):
            free = all(one.ref in self._free_a for one in ones)
            if row is None or row[0] == "other" or not free:
                continue
            if all(other.ref in self._free_b for other in others):
                hint = self._said(row, ones[0])
                names = [" + ".join(each.name for each in some) for some in (ones, others)]
                shapes = ones[0].shape, others[0].shape
                pair = WeightPair(names[0], names[1], *shapes, (), row[2], hint)
                self._take(ones, others, pair)

    def _take_alike(self) -> None:
        """What is left, by shape and name; what they have to do with each other is a hint."""
        ranked = sorted(
            (
                (-_score(one, other), one, other)
                for one in self._free_a.values()
                for other in self._free_b.values()
                if _bare(one.shape) == _bare(other.shape) and _score(one, other) >= _ALIKE
            ),
            key=lambda row: row[0],
        )
        done_a: set[Ref] = set()
        done_b: set[Ref] = set()
        chosen: list[tuple[list[_Weight], list[_Weight]]] = []
        for _, one, other in ranked:
            if one.ref not in done_a and other.ref not in done_b:
                done_a.add(one.ref)
                done_b.add(other.ref)
                chosen.append(([one], [other]))
        for ([one], [other]), row in zip(chosen, self._ask(chosen), strict=True):
            layout = None if row is None or row[3] is None else back(row[3], one.shape, other.shape)
            pair = WeightPair(
                one.name,
                other.name,
                one.shape,
                other.shape,
                () if layout is None else layout.order,
                None if row is None else row[2],
                "" if row is None else self._said(row, one),
            )
            self._take([one], [other], pair)

    def _said(self, row: Sequence[Any], one: _Weight) -> str:
        gru = self._a.facts.framework != self._b.facts.framework and len(row[1]) == 3
        return said(str(row[0]), row[1], expected=gru)

    def _ask(self, couples: Iterable[tuple[Any, ...]]) -> list[list[Any] | None]:
        pairs: list[list[Any]] = []
        for ones, others, *how in couples:
            held = all(one.ref in self._places for one in ones)
            given = [[self._places[one.ref], list(one.shape)] for one in ones] if held else []
            pairs.append([given, [list(other.ref) for other in others], how[0] if how else "sum"])
        if not pairs:
            return []
        return self._b.weights({"path": self._path, "pairs": pairs, "tolerance": self._tolerance})

    def _take(self, ones: list[_Weight], others: list[_Weight], row: WeightPair) -> None:
        self._rows[ones[0].ref] = row
        for one in ones:
            del self._free_a[one.ref]
        for other in others:
            del self._free_b[other.ref]


def _hinted(row: WeightPair, hint: str) -> WeightPair:
    if row.hint or not hint:
        return row
    return WeightPair(row.a, row.b, row.shape_a, row.shape_b, row.order, row.error, hint)


def _key(prints: Prints, weight: _Weight) -> tuple[float, float]:
    row = prints.rows[weight.ref]
    return float(row[0]), float(row[1])


def _near(one: Any, other: Any, tolerance: float) -> bool:
    if abs(one[2] - other[2]) > tolerance * max(one[2], other[2]):
        return False
    return bool(abs(one[3:] - other[3:]).max() <= max(tolerance, 1e-4))


def _couples(weights: Iterable[_Weight]) -> list[list[_Weight]]:
    """Biases of the input and of the state."""
    known = {one.name: one for one in weights}
    found: list[list[_Weight]] = []
    for name, one in known.items():
        other = known.get(name.replace("bias_ih", "bias_hh"))
        if "bias_ih" in name and other is not None and other.shape == one.shape:
            found.append([one, other])
    return found


def _joins(couple: list[_Weight], other: _Weight) -> str:
    if _bare(other.shape) == _bare(couple[0].shape):
        return "sum"
    return "stack" if other.shape == (2, *couple[0].shape) else ""


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(extent for extent in shape if extent != 1))
