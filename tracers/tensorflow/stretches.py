"""Runs of ops that are executed at once while nobody stops in them, as one function of TensorFlow.

That gives the values of its ops and not their times. So a stretch runs op by op at first, and goes
at once only when its function has given the very bits that its ops gave one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.recorder import Recorder
from ..ir import OUTSIDE, Ref
from .compiled import Compiled
from .edits import difference
from .kernels import is_random, is_seen
from .plan import Body, Node, Role

LEAST, MOST = 8, 128  # ops of a stretch
BOUND = 256 << 20  # bytes of a stretch's outputs, which are all there at the same time
SHARE = 4  # nor are they more than this part of what the run may keep
OFTEN = 32  # passes in which the ops cost more than the function's making
LONG = 0.001  # seconds that an op takes on average where running at once gains nothing

Values = list[Any]


class Stretch:
    """Ops of a body that follow each other and have no effect but their outputs.

    Attributes:
        variables: the reads of variables between the ops, which may as well come first.
        reads: slots that are filled by then.
        seconds: for each op, how long it took when it last ran alone.
        turns: how often they ran one by one.
    """

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.ops = tuple(node for node in nodes if node.role is Role.OP)
        self.variables = tuple(node for node in nodes if node.role is Role.READ)
        made = {slot for node in self.ops for slot in node.outputs}
        given = (slot for node in self.ops for slot in node.inputs)
        self.reads = tuple(dict.fromkeys(slot for slot in given if slot not in made))
        self.seconds: tuple[float, ...] = ()
        self.turns = 0
        self._compiled: Compiled | None = None
        self._given_up = False

    @property
    def wanting(self) -> bool:
        """It cannot run at once, and may one day."""
        return self._compiled is None and not self._given_up

    def run(self, inputs: Values) -> Values | None:
        """The outputs of all ops in order; None where they are to run one by one."""
        if self._compiled is None:
            return None
        try:
            return self._compiled(inputs)
        except Exception:  # noqa: BLE001 - the op that raises will say so when it runs alone
            self._give_up()
            return None

    def make(self, inputs: Values, outputs: Values) -> None:
        """Have it run at once from now on, if that gives for the inputs what its ops gave."""
        try:
            compiled = Compiled(self.ops, self.reads)
            found = compiled(inputs)
        except Exception:  # noqa: BLE001 - what cannot run at once goes on one by one
            self._give_up()
            return
        if all(map(_alike, found, outputs)):
            self._compiled = compiled
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._compiled = None
        self._given_up = True


class Ahead:
    """What a stretch has given, to be taken op by op."""

    def __init__(self, stretch: Stretch, outputs: Values) -> None:
        """Empties `outputs`, so that nothing but the run holds what was taken."""
        outputs.reverse()
        self._outputs = outputs
        self._seconds = iter(stretch.seconds)

    def take(self, node: Node) -> tuple[Values, float]:
        """The outputs of the next op, and how long it took when it last ran alone."""
        outputs = self._outputs
        return [outputs.pop() for _ in node.outputs], next(self._seconds)


class Trial:
    """A stretch that is about to run op by op, with where what it reads and gives is kept."""

    def __init__(self, stretch: Stretch, values: Values, refs: list[Ref], recorder: Recorder):
        self.stretch = stretch
        self._recorder = recorder
        self._first = len(recorder.run.records)
        self._refs = [refs[slot] for slot in stretch.reads]
        self._outside = {  # which are kept anyway
            slot: values[slot] for slot in stretch.reads if refs[slot][0] == OUTSIDE
        }
        self._keeper = recorder.keeper

    def end(self) -> bool:
        """It has run. True where its values may be what the ops make of what they read."""
        recorder, stretch = self._recorder, self.stretch
        rows = recorder.run.records[self._first : self._first + len(stretch.ops)]
        stretch.seconds = tuple(row.duration for row in rows)
        stretch.turns += 1
        return recorder.edits is None or recorder.edits.idle

    def hold(self) -> None:
        """Hold the stretch's function against what its ops gave, if all of that is still there."""
        stretch, keeper = self.stretch, self._keeper
        if keeper is None or not stretch.wanting:
            return
        inputs = [
            self._outside[slot] if ref[0] == OUTSIDE else keeper.get(ref)
            for slot, ref in zip(stretch.reads, self._refs, strict=True)
        ]
        outputs = [
            keeper.get((record, slot))
            for record, node in enumerate(stretch.ops, self._first)
            for slot in range(len(node.outputs))
        ]
        if all(value is not None for value in (*inputs, *outputs)):
            stretch.make(inputs, outputs)


# A stretch, or a node that stands by itself.
Part = Stretch | Node


class Stretches:
    """Those of one program. They live as long as it does."""

    def __init__(self, possible: bool) -> None:
        """`possible`: else there are none."""
        self._possible = possible
        self._parts: dict[tuple[int, int], list[Part]] = {}
        self._trials: dict[Stretch, Trial] = {}  # the newest of each

    def begin(self) -> None:
        """The program runs anew: what is kept of the last run may change."""
        self._trials.clear()

    def parts(self, body: Body, recorder: Recorder) -> Sequence[Part]:
        """The nodes of a body in their order."""
        if not self._possible:
            return body.nodes
        room = recorder.room
        bound = BOUND if room is None else min(BOUND, room // SHARE)
        key = (id(body), bound)
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = _cut(body.nodes, bound)
        return found

    def ran(self, trial: Trial) -> None:
        """A stretch has run op by op."""
        stretch = trial.stretch
        if not trial.end() or not stretch.wanting or sum(stretch.seconds) > LONG * len(stretch.ops):
            return
        if stretch.turns % OFTEN == 0:
            trial.hold()
        else:
            self._trials[stretch] = trial

    def prepare(self) -> bool:
        """Have one that has run op by op run at once from now on, while the run stands still.
        True where none is left."""
        if self._trials:
            self._trials.popitem()[1].hold()
        return not self._trials


def _cut(nodes: Sequence[Node], bound: int) -> list[Part]:
    """The nodes, with stretches in the place of those that make one."""
    found: list[Part] = []
    some: list[Node] = []
    ops = nbytes = 0
    for node in nodes:
        size = 0 if node.role is Role.READ else _bytes_of(node)
        if size is None or ops == MOST or nbytes + size > bound:
            found += [Stretch(some)] if ops >= LEAST else some
            some, ops, nbytes = [], 0, 0
        if size is None or size > bound:
            found.append(node)
            continue
        some.append(node)
        ops += node.role is Role.OP
        nbytes += size
    return found + ([Stretch(some)] if ops >= LEAST else some)


def _bytes_of(node: Node) -> int | None:
    """Of its outputs; None where it cannot be part of a stretch."""
    if node.role is not Role.OP or node.writes or is_random(node.type) or is_seen(node.type):
        return None
    definition = node.op.op_def
    if definition.is_stateful or any("func" in row.type for row in definition.attr):
        return None
    if any(_item_size(tensor.dtype) is None for tensor in node.op.inputs):
        return None
    total = 0
    for tensor in node.op.outputs:
        size, count = _item_size(tensor.dtype), tensor.shape.num_elements()
        if size is None or count is None:
            return None
        total += size * count
    return total


def _item_size(dtype: Any) -> int | None:
    """Bytes of an element; None of what is no number, or refers to a variable."""
    number = dtype.is_bool or dtype.is_integer or dtype.is_floating or dtype.is_complex
    return dtype.size if number and not dtype._is_ref_dtype else None


def _alike(one: Any, other: Any) -> bool:
    """Bit for bit, and on the same device."""
    return one.backing_device == other.backing_device and difference(one, other)[0]
