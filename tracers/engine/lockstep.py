"""Runs the ops of a run once more, one by one, on values of another run.

Wherever the two runs have a value in common, an anchor, the other's is what is read from there on.
So what differs at an anchor has come about since the anchors before it: the error is local.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..ir import OUTSIDE, Ref, Run
from ..protocol.refusal import Refusal
from .again import Again, CannotRepeat, Repeating
from .axis_orders import AxisOrder, arranged, distance
from .backend import Program
from .lib import Array, np
from .tensor_lists import Listed, list_outputs
from .values import Values


@dataclass(frozen=True, slots=True)
class Anchor:
    """A value of the other run, in a .npy file, and how its elements stand in one of this run."""

    path: str
    order: AxisOrder

    def read(self, shape: tuple[int, ...]) -> Array:
        """As this run has it. Raises Refusal."""
        return arranged(read_array(self.path), shape, self.order)


def read_array(path: str) -> Array:
    """An array that was handed out. Raises Refusal."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise Refusal("no-data", f"{path} cannot be read: {error}") from error


class Lockstep:
    """On the model's thread, while the run stands still.

    `errors` holds, for every anchor that was computed anew, how far it was from the other run's
    value; `own` what this run made of the wanted values.
    """

    def __init__(
        self,
        run: Run,
        values: Values,
        program: Program,
        anchors: Mapping[Ref, Anchor],
        patched: Mapping[Ref, Array] | None = None,
    ) -> None:
        """`patched` are values that the run has in the place of its own."""
        self._run, self._values, self._program = run, values, program
        self._anchors = anchors
        self._patched: Mapping[Ref, Array] = {} if patched is None else patched
        self.errors: dict[Ref, float] = {}
        self.own: dict[Ref, Array] = {}

    def walk(self, wanted: Collection[Ref] = (), judged: Collection[Ref] | None = None) -> None:
        """Through the records that `judged` anchors, by default all, and `wanted` values are
        computed by; these are left in `own`."""
        judged = self._anchors.keys() if judged is None else judged
        needed = self._needed([*wanted, *judged])
        rows = self._run.records
        last: dict[Ref, int] = {}
        for index in needed:
            last.update(dict.fromkeys(rows[index].inputs, index))
        fed: dict[Ref, Array] = {}
        for index in needed:
            row = rows[index]
            for ref in row.inputs:
                if ref not in fed and ref in self._anchors:
                    fed[ref] = self.other(ref)
            if any(ref in fed for ref in row.inputs):
                for slot, array in enumerate(self.items_too(index, fed)):
                    ref = index, slot
                    listed = isinstance(array, Listed)
                    if ref in self._anchors and ref in judged and not listed:
                        self.errors[ref] = distance(self.other(ref), array)
                    if ref in wanted and not listed:
                        self.own[ref] = array
                    if ref in last and ref not in self._anchors:
                        fed[ref] = array
            for ref in row.inputs:
                if last.get(ref) == index:
                    fed.pop(ref, None)

    def _needed(self, targets: Iterable[Ref]) -> list[int]:
        """Records between the anchors and some values, in order."""
        found = {ref[0] for ref in targets if ref[0] >= 0}
        waiting = list(found)
        while waiting:
            for ref in self._run.records[waiting.pop()].inputs:
                if ref[0] >= 0 and ref not in self._anchors and ref[0] not in found:
                    found.add(ref[0])
                    waiting.append(ref[0])
        return sorted(found)

    @property
    def anchors(self) -> list[Ref]:
        """In the order in which they were given."""
        return list(self._anchors)

    def read_by(self, ref: Ref) -> Sequence[Ref]:
        """What a value was computed from."""
        return self._run.records[ref[0]].inputs if ref[0] >= 0 else ()

    def anchored(self, ref: Ref) -> bool:
        """The other run has this value, too."""
        return ref in self._anchors

    def noise(self, ref: Ref, least: float = 0.0) -> float:
        """How far the value moves where everything that it is computed from moves by one unit in
        the last place (`least`, where that is more), up or down at random: what rounding alone can
        make of it."""
        segment = self.segment(ref)
        sources = {each for index in segment for each in self._run.records[index].inputs}
        sources = {each for each in sources if each[0] not in segment and each[1] >= 0}
        still = {each: self._source(each) for each in sources}
        dice = np.random.default_rng(0)
        moved: dict[Ref, Array] = {}
        for each, array in still.items():
            if array is not None and array.dtype.kind == "f" and array.size > 1:
                unit = max(np.finfo(array.dtype).eps, least) * dice.choice((-1.0, 1.0), array.shape)
                moved[each] = (array * (1 + unit)).astype(array.dtype)
        known = {each: array for each, array in still.items() if array is not None}
        plain = self._last(segment, known, ref)
        other = self._last(segment, {**known, **moved}, ref)
        return distance(plain, other) if plain is not None and other is not None else 0.0

    def segment(self, ref: Ref) -> set[int]:
        """The records between the anchors and a value."""
        found: set[int] = set()
        waiting = [ref]
        while waiting:
            each = waiting.pop()
            if each[0] < 0 or each[0] in found or (each != ref and each in self._anchors):
                continue
            found.add(each[0])
            waiting += self._run.records[each[0]].inputs
        return found

    def again(self, record: int) -> Again:
        """A record's op. Raises CannotRepeat."""
        program, row = self._program, self._run.records[record]
        if not isinstance(program, Repeating):
            raise CannotRepeat("the model is not at hand")
        inputs = [self._values.peek(ref) if ref[1] >= 0 else None for ref in row.inputs]
        if any(
            value is None and ref[1] >= 0 for value, ref in zip(inputs, row.inputs, strict=True)
        ):
            raise CannotRepeat("not all of its inputs are at hand")
        return program.again(record, self._run.graph.ops[row.op].type, inputs)

    def outputs(self, record: int, fed: Mapping[Ref, Array]) -> list[Array]:
        """Of a record on these values, and its own where there are none; [] where it cannot be."""
        row = self._run.records[record]
        try:
            given = [fed[ref] if ref in fed else self._held(ref) for ref in row.inputs]
            return self.again(record).run(given, False)
        except CannotRepeat:
            return []

    def array(self, ref: Ref) -> Array | None:
        """A value of this run, None where it is not held or has no elements."""
        if ref in self._patched:
            return self._patched[ref]
        value = self._values.peek(ref) if ref[1] >= 0 else None
        if value is None:
            return None
        try:
            found: Any = self._program.backend.cut(value, ())
        except Refusal:
            return None
        return found if found.dtype.kind in "fiub" else None

    def items_too(self, record: int, fed: Mapping[Ref, Array]) -> list[Any]:
        """As `outputs`; a list of tensors is given as `Listed`."""
        row = self._run.records[record]
        listed = list_outputs(
            self._run.graph.ops[row.op].type,
            [fed.get(ref) for ref in row.inputs],
            lambda place: self._elements(row.inputs[place], fed),
            lambda: self.array((record, 0)),
        )
        return self.outputs(record, fed) if listed is None else listed

    def _elements(self, ref: Ref, fed: Mapping[Ref, Array]) -> Array | None:
        found = fed[ref] if ref in fed else self.array(ref)
        return None if isinstance(found, Listed) else found

    def _held(self, ref: Ref) -> object:
        return self._patched[ref] if ref in self._patched else self._values.peek(ref)

    def other(self, ref: Ref) -> Array:
        """What the other run has at an anchor."""
        return self._anchors[ref].read(self.shape(ref))

    def shape(self, ref: Ref) -> tuple[int, ...]:
        """Of a value of this run."""
        if ref[0] == OUTSIDE:
            return self._run.graph.values[ref[1]].shape or ()
        return self._run.records[ref[0]].outputs[ref[1]].shape

    def _source(self, ref: Ref) -> Array | None:
        return self.other(ref) if ref in self._anchors else self.array(ref)

    def _last(self, segment: Iterable[int], known: Mapping[Ref, Array], ref: Ref) -> Array | None:
        fed = dict(known)
        for index in sorted(segment):
            for slot, array in enumerate(self.outputs(index, fed)):
                fed.setdefault((index, slot), array)
        return fed.get(ref)
