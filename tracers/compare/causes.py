"""Why two ops give different values: what reproduces the difference is proved, else hinted at."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..ir import OUTSIDE, Ref, ValueKind
from .result import Cause, Certainty
from .side import Anchors, Side

_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_MOST_VARIED = 8
_MOST_NUMBERS = 24


@dataclass(frozen=True, slots=True)
class Region:
    """What one side computes from the values in common to the one that differs.

    Attributes:
        records: in order.
        first: the op that the difference begins with.
        wanted: values whose elements the other side is to give, or to tell something by.
        same: of a value the other run's that are the same, the one that was made first ahead.
    """

    side: Side
    records: tuple[int, ...]
    first: int
    wanted: tuple[Ref, ...]
    anchors: Anchors
    files: dict[Ref, str]
    same: Callable[[Ref], Sequence[Ref]] = lambda ref: ()

    @property
    def varied(self) -> list[int]:
        """What may be done otherwise: these records, and those that prepare their weights."""
        beside: list[int] = []
        waiting = [ref for record in reversed(self.records) for ref in self._static(record)]
        while waiting and len(beside) < _MOST_VARIED:
            record, _ = waiting.pop()
            if record not in beside:
                beside.append(record)
                waiting += self._static(record)
        ahead = [self.first, *(record for record in self.records if record != self.first)]
        return [*ahead[:_MOST_VARIED], *sorted(beside)]

    def _static(self, record: int) -> list[Ref]:
        """What a record reads of what does not depend on the inputs."""
        inputs = self.side.rows[record].inputs
        return [ref for ref in inputs if ref[0] >= 0 and ref not in self.side.dynamic]

    @property
    def whole(self) -> list[int]:
        """All that is computed anew where one of them is varied."""
        return sorted({*self.records, *self.varied})


@dataclass(frozen=True, slots=True)
class Found:
    """A cause, and the ops that it speaks of where those are known better by now.

    Attributes:
        at: the values of A and B that are one where the cause is proved.
    """

    cause: Cause
    a: int | None = None
    b: int | None = None
    at: tuple[Ref, Ref] | None = None


def find_cause(a: Region, b: Region, proof: float) -> Found:
    """By variations of the one side's ops, then of the other's, then by what values and arguments
    look like."""
    hints: list[tuple[str, str]] = []
    for mine, other in ((a, b), (b, a)):
        body = _varied(mine, other, proof)
        if body["hits"]:
            return _proved(mine, other, body["hits"][0], mine is a, proof)
        if not hints:
            hints += [(str(kind), str(sentence)) for kind, sentence in body["patterns"]]
    return Found(_hinted(a, b, hints))


def _varied(mine: Region, other: Region, proof: float, kind: str = "") -> dict[str, Any]:
    """What variations of a side's ops give, of one kind where it is told."""
    return mine.side.vary(
        {
            "anchors": [[*ref, path, order] for ref, (path, order) in mine.anchors.items()],
            "records": mine.varied,
            "region": mine.whole,
            "targets": list(other.files.values()),
            "outputs": [] if kind else [list(ref) for ref in mine.wanted[:1]],
            "numbers": numbers_of(other),
            "arguments": _arguments(mine, other),
            "tolerance": proof,
            "names": [mine.side.name, other.side.name],
            "kind": kind,
        }
    )


def _proved(mine: Region, other: Region, hit: list[Any], is_first: bool, proof: float) -> Found:
    record, kind, says, error = int(hit[0]), str(hit[1]), str(hit[2]), float(hit[5])
    side, theirs = mine.side, other.side
    place = side.run.graph.op_label(side.rows[record].op)
    near = "bit for bit" if error == 0 else f"to {error:.1e}"
    sentence = f"{side.name}'s {place}, done with {says}, gives {theirs.name}'s values ({near})."
    if kind == "left out":
        sentence = (
            f"{says[0].upper()}{says[1:]}, {side.name} gives {theirs.name}'s values ({near}):"
            f" {theirs.name} leaves {place} out."
        )
    cause = Cause(Certainty.PROVED, kind, sentence)
    adds = _plain_type(side.type_of(record)) in ("add", "biasadd")
    there = _lacking(mine, other, record, adds and (kind == "left out" or says == "no bias"))
    if there is None and kind != "left out":
        there = _where_number(other, _first_number(says))
        if there is None and other.side.live and len(other.records) > 1:
            back = _varied(other, mine, proof, kind)["hits"]
            there = int(back[0][0]) if back else None
    own, given = (int(hit[3][0]), int(hit[3][1])), list(other.files)[int(hit[4])]
    at = (own, given) if is_first else (given, own)
    if says.endswith("in its place"):
        at = None  # of several ops: it is not known which of them gives the value
    if is_first:
        return Found(cause, a=record, b=there, at=at)
    return Found(cause, a=there, b=record, at=at)


def _lacking(mine: Region, other: Region, record: int, left_out: bool) -> int | None:
    """The op that stands for one that does something on this side alone: one of its type that
    changes nothing there, or what should have added a bias; None where there is none."""
    side, theirs = mine.side, other.side
    read = [ref for ref in side.rows[record].inputs if ref in side.dynamic]
    for ref in read:
        for made, _ in mine.same(ref)[1:]:
            if _plain_type(theirs.type_of(made)) == _plain_type(side.type_of(record)):
                return made
    if left_out and len(read) == 1 and _is_weighted(side, record):
        for made, _ in mine.same(read[0])[:1]:
            if made >= 0 and _is_weighted(theirs, made):
                return made
    return None


def _plain_type(type_: str) -> str:
    """Add and AddV2 are one."""
    return _VERSION.sub("", type_.lower())


def _is_weighted(side: Side, record: int) -> bool:
    """It reads a parameter, or what was made of one."""
    values = side.run.graph.values
    waiting = list(side.rows[record].inputs)
    while waiting:
        ref = waiting.pop()
        if ref[0] == OUTSIDE and ref[1] >= 0 and values[ref[1]].kind in _WEIGHT_KINDS:
            return True
        if ref[0] >= 0 and ref not in side.dynamic:
            waiting += side.rows[ref[0]].inputs
    return False


def _hinted(a: Region, b: Region, hints: list[tuple[str, str]]) -> Cause:
    for name, one, other in differing(a, b):
        sentence = f"Their {name} differs: {one} in {a.side.name}, {other} in {b.side.name}."
        return Cause(Certainty.HINTED, name, sentence)
    for region in (a, b):
        here = region.side.module(region.first)
        for record in region.whole:
            if region.side.drops(record) and region.side.module(record) == here:
                place = region.side.run.graph.op_label(region.side.rows[record].op)
                sentence = f"{region.side.name} runs {place}: it is in training mode there."
                return Cause(Certainty.HINTED, "dropout", sentence)
    kinds = {region.side.dtype(ref) for region in (a, b) for ref in region.wanted}
    if len(kinds) > 1:
        sentence = f"They compute in different dtypes: {' and '.join(sorted(kinds))}."
        return Cause(Certainty.HINTED, "dtype", sentence)
    ways = [
        {_GELUS.get(region.side.type_of(each), "") for each in region.whole} for region in (a, b)
    ]
    if {"erf"} <= ways[0] ^ ways[1] and {"tanh"} <= ways[0] ^ ways[1]:
        by_erf = a if "erf" in ways[0] else b
        by_tanh = b if by_erf is a else a
        sentence = f"{by_erf.side.name} computes GELU by erf, {by_tanh.side.name} by tanh."
        return Cause(Certainty.HINTED, "gelu", sentence)
    sizes = _other_sizes(a, b)
    if sizes:
        return Cause(Certainty.HINTED, "size", sizes)
    weights = _other_weights(a, b)
    if weights:
        return Cause(Certainty.HINTED, "weight", weights)
    if hints:
        kind, sentence = hints[0]
        certainty = Certainty.HINTED if kind else Certainty.UNKNOWN
        return Cause(certainty, kind, f"{sentence[0].upper()}{sentence[1:]}.")
    return Cause(sentence="No variation of either op gives the other's values.")


def _other_sizes(a: Region, b: Region) -> str:
    """The first ops give values of other sizes; as a sentence."""
    found: list[tuple[int, ...]] = []
    texts: list[str] = []
    for region in (a, b):
        shape = region.side.shape((region.first, 0))
        found.append(shape)
        label = region.side.run.graph.op_label(region.side.rows[region.first].op)
        texts.append(
            f"{region.side.name}'s {label} gives {'×'.join(map(str, shape)) or 'a number'}"
        )
    if math.prod(found[0]) == math.prod(found[1]) or len(found[0]) != len(found[1]):
        return ""
    if a.side.type_of(a.first) != b.side.type_of(b.first) and len(found[0]) < 3:
        return ""
    return f"{texts[0]}, {texts[1]}: another stride, padding or size."


def _other_weights(a: Region, b: Region) -> str:
    """A weight of one side that no weight of the other's is equal to, where they have as many
    elements; as a sentence."""
    mine, theirs = _weights(a), _weights(b)
    files = a.side.hand_out(mine)
    alike = [
        (one, other)
        for one in mine
        for other in theirs
        if one in files and math.prod(a.side.shape(one)) == math.prod(b.side.shape(other))
    ]
    alike.sort(key=lambda pair: -len(a.side.shape(pair[0])))  # two biases may be one elsewhere
    answers = b.side.against([(files[one], other) for one, other in alike], _SAME_WEIGHT)
    equal = [pair for pair, answer in zip(alike, answers, strict=True) if answer is not None]
    done_a, done_b = {one for one, _ in equal}, {other for _, other in equal}
    for one, other in alike:
        if one not in done_a and other not in done_b:
            names = (
                region.side.run.graph.values[ref[1]].name for region, ref in ((a, one), (b, other))
            )
            first, second = names
            return (
                f"The weights differ: {a.side.name}'s {first} is not {b.side.name}'s {second},"
                " in no order of axes."
            )
    return ""


def _weights(region: Region) -> list[Ref]:
    """Parameters and buffers that a region reads."""
    values = region.side.run.graph.values
    read = (ref for record in region.whole for ref in region.side.rows[record].inputs)
    return [
        ref
        for ref in dict.fromkeys(read)
        if ref[0] == OUTSIDE and ref[1] >= 0 and values[ref[1]].kind in _WEIGHT_KINDS
    ]


_SAME_WEIGHT = 1e-6
_VERSION = re.compile(r"v\d+$")
_WEIGHT_KINDS = (ValueKind.PARAMETER, ValueKind.BUFFER)
_GELUS = {"Erf": "erf", "Erfc": "erf", "erf": "erf", "Tanh": "tanh", "tanh": "tanh"}


def differing(a: Region, b: Region) -> list[tuple[str, str, str]]:
    """Arguments of the two first ops, of one type, that have another text."""
    if a.side.type_of(a.first) != b.side.type_of(b.first):
        return []
    mine = dict(a.side.op(a.first).attributes)
    theirs = dict(b.side.op(b.first).attributes)
    return [
        (name, text, theirs[name])
        for name, text in mine.items()
        if name in theirs and not same_text(text, theirs[name])
    ]


def same_text(one: str, other: str) -> bool:
    """Two arguments' texts mean the same: (2, 2) and [2, 2], 1e-05 and 0.00001."""
    if one == other:
        return True
    numbers = [float(text) for text in _NUMBER.findall(one)]
    theirs = [float(text) for text in _NUMBER.findall(other)]
    words = _NUMBER.sub("", one).translate(_BRACKETS), _NUMBER.sub("", other).translate(_BRACKETS)
    return bool(numbers) and words[0] == words[1] and numbers == theirs


_BRACKETS = str.maketrans("[]", "()")


def numbers_of(region: Region) -> list[float]:
    """Numbers that ops of a region were given, the nearest to its first op first."""
    found: list[float] = []
    for record, constants in zip(region.varied, region.side.constants(region.varied), strict=True):
        op = region.side.run.graph.ops[region.side.rows[record].op]
        for name, text in op.attributes:
            if name != "name" and "," not in text:
                found += [float(number) for number in _NUMBER.findall(text)]
        for _, elements in constants:
            found += elements if len(elements) == 1 else []
    usable = (number for number in found if math.isfinite(number))
    return list(dict.fromkeys(usable))[:_MOST_NUMBERS]


def _arguments(mine: Region, other: Region) -> dict[str, dict[str, str]]:
    """For each op of one side the arguments of the other's op of that type."""
    if mine.side.facts.framework != other.side.facts.framework:
        return {}
    known: dict[str, dict[str, str]] = {}
    for record in other.varied:
        op = other.side.run.graph.ops[other.side.rows[record].op]
        known.setdefault(op.type, {name: text for name, text in op.attributes if name != "name"})
    return {
        str(record): known[mine.side.type_of(record)]
        for record in mine.varied
        if mine.side.type_of(record) in known
    }


def _first_number(says: str) -> float | None:
    found = _NUMBER.search(says.partition("=")[2] or says.partition("constant")[2])
    return float(found.group()) if found is not None else None


def _where_number(region: Region, number: float | None) -> int | None:
    """The op of a region that was given this number."""
    if number is None:
        return None
    records: Sequence[int] = region.varied
    for record, constants in zip(records, region.side.constants(records), strict=True):
        given = [element for _, elements in constants if len(elements) == 1 for element in elements]
        op = region.side.run.graph.ops[region.side.rows[record].op]
        texts = [text for name, text in op.attributes if name != "name" and "," not in text]
        given += [float(each) for text in texts for each in _NUMBER.findall(text)]
        if any(math.isclose(each, number, rel_tol=1e-4) for each in given):
            return record
    return None
