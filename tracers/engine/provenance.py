"""Tells of one element which elements of its op's inputs it came from, and how much each gave.

Ways in this order: rules that know the op's index map, each held against the element that the run
has (an answer that does not lead to it is none); the framework's gradient; finite differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..ir import OUTSIDE, Phase, Ref, Run, TensorSummary
from ..ir.finding import Index
from ..ir.provenance import Feed, Provenance, Way, strongest
from ..protocol.refusal import Refusal
from .again import CannotRepeat, Repeating
from .backend import Backend, Program
from .element import Element, Given
from .sources import Asked, Found, Read, strongest_first
from .sources_local import local
from .sources_moves import moved
from .sources_plain import added, chosen, dropped
from .sources_whole import by_gradient, by_perturbation
from .sources_windows import convolved, pooled
from .values import Values

MOST = 64  # elements of one input that are told
MOST_STEPS = 64

_RULES: tuple[Callable[[Asked], Found | None], ...] = (
    moved,
    convolved,
    pooled,
    chosen,
    added,
    local,
    dropped,
    by_gradient,
    by_perturbation,
)
_ORDER = (Way.EXACT, Way.GRADIENT, Way.PERTURBATION, Way.NONE)


class Sources:
    """Of one run, while it stands still. Reads values as they are held, so that it may work beside
    the model's thread."""

    def __init__(
        self, run: Run, values: Values, program: Program, check: Callable[[], None] | None = None
    ) -> None:
        self._run = run
        self._values = values
        self._program = program
        self._backend: Backend = program.backend
        self._check = check or (lambda: None)

    def of(self, ref: Ref, index: Index, most: int = MOST) -> Provenance:
        """Where an element of a value came from. Raises Refusal where there is no such element."""
        record, slot = ref
        shape, value = self._element(ref, index)
        if record == OUTSIDE:
            return Provenance(ref, index, value, outside=True)
        if len(index) != len(shape):
            raise Refusal("bad-index", f"The value has {len(shape)} axes, not {len(index)}.")
        row = self._run.records[record]
        given = [self._given(each) for each in row.inputs]
        lost = [
            each
            for each, one in zip(row.inputs, given, strict=True)
            if one.value is None and each[0] >= 0
        ]
        if lost:
            names = ", ".join(dict.fromkeys(self._values.name(each) for each in lost))
            problem = (
                f"{names} was let go to stay within the memory for kept values; fetch it to see"
                " where this element came from."
            )
            return Provenance(ref, index, value, problem=problem, missing=tuple(lost))
        op = self._run.graph.ops[row.op]
        element = Element(self._backend, op, row, slot, None, given, False)
        element.index, element.result = index, value
        asked = Asked(element, value, None, check=self._check)
        self._find_call(asked, record, [one.value for one in given])
        found = self._find(asked)
        if found is None:
            return Provenance(ref, index, value, problem=self._problem(asked, record))
        feeds = tuple(self._feed(asked, row.inputs, read, most) for read in found.reads)
        way = max((feed.way for feed in feeds), key=_ORDER.index, default=Way.EXACT)
        return Provenance(ref, index, value, way, found.how, feeds)

    def follow(self, ref: Ref, index: Index, steps: int, most: int = MOST) -> list[Provenance]:
        """From an element to the one that gave it most, and on from there, as far as that goes."""
        found = [self.of(ref, index, most)]
        while len(found) < min(steps, MOST_STEPS):
            self._check()
            then = strongest(found[-1])
            if then is None:
                break
            found.append(self.of(*then, most))
        return found

    def _find(self, asked: Asked) -> Found | None:
        for rule in _RULES:
            asked.check()
            found = rule(asked)
            if found is not None:
                return found
        return None

    def _find_call(self, asked: Asked, record: int, inputs: Sequence[object]) -> None:
        program, row = self._program, self._run.records[record]
        if not isinstance(program, Repeating):
            asked.stuck = f"{self._backend.name} runs the model as a whole"
            return
        if any(value is None for value in inputs):
            asked.stuck = "not all of its inputs are at hand"
            return
        try:
            asked.again = program.again(record, self._run.graph.ops[row.op].type, inputs)
        except CannotRepeat as error:
            asked.stuck = str(error)

    def _feed(self, asked: Asked, refs: Sequence[Ref], read: Read, most: int) -> Feed:
        sources, count, rest, magnitude = strongest_first(asked, read, most)
        given = asked.inputs[read.at]
        summary = given.summary
        assert summary is not None
        role = next((name for name, at in asked.places.items() if at == read.at), "")
        way = read.way
        if read.derivative is None and way is not Way.EXACT:
            way, sources = Way.NONE, ()
        return Feed(
            read.at,
            refs[read.at],
            given.name,
            summary.shape,
            summary.dtype,
            way,
            role,
            sources,
            count if way is not Way.NONE else -1,
            rest,
            magnitude,
            read.note,
        )

    def _problem(self, asked: Asked, record: int) -> str:
        row = self._run.records[record]
        label = self._run.graph.op_label(row.op)
        if not row.inputs:
            return f"{label} reads no value: what it gives begins here."
        if asked.stuck and row.phase is Phase.BACKWARD:
            return f"{label} cannot be run once more by itself: {asked.stuck}."
        why = asked.stuck or next(iter(reversed(asked.problems)), "")
        reason = f": {why}" if why else ", by no rule, no gradient and no small change"
        return f"What this element of {label} came from cannot be told{reason}."

    def _given(self, ref: Ref) -> Given:
        if ref[0] < 0 and ref[1] < 0:
            return Given("", None, None)
        value = self._values.peek(ref)
        name = self._values.name(ref)
        known = self._values.known(ref)
        if value is not None and (known is None or ref[0] == OUTSIDE):
            shape, dtype = self._backend.describe(value)
            known = TensorSummary(shape or (), dtype)
        return Given(name, None if known is None else replace(known, kept=True), value)

    def _element(self, ref: Ref, index: Index) -> tuple[tuple[int, ...], float | None]:
        """The shape of its value, and the element as a number. Raises Refusal."""
        record, slot = ref
        value = self._values.peek(ref)
        if value is not None:
            shape, _ = self._backend.describe(value)
        elif record == OUTSIDE:
            shape = self._run.graph.values[slot].shape
        else:
            shape = self._run.records[record].outputs[slot].shape
        shape = shape or ()
        fits = len(shape) == len(index)
        if not fits or any(not 0 <= n < extent for n, extent in zip(index, shape, strict=True)):
            where = ", ".join(map(str, index))
            extents = "×".join(map(str, shape)) or "no axes"
            raise Refusal("bad-index", f"The value ({extents}) has no element [{where}].")
        if value is None:
            return shape, None
        try:
            part = self._backend.cut(value, index)
        except Refusal:
            return shape, None
        if part.dtype.kind not in "fiub" or part.size != 1:
            return shape, None
        return shape, float(part.reshape(()))
