"""What a variable that a client shows stands for in the run, so that it can be set: an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..ir import Edit, EditKind, Ref
from ..ir.edit_terms import edit_problem, element_text, number_of
from ..ir.expression import BadExpression
from ..protocol.refusal import Refusal
from .backend import Backend
from .replacements import CODE, replacement


@dataclass(frozen=True, slots=True)
class Spot:
    """A value that one execution of an op reads or gives, or a part of it.

    Attributes:
        ref: the value as the run holds it.
        inputs: what the op reads.
        at: along its first axes, the element or row that is meant; () for all of it.
        rest: as in Edit.
    """

    ref: Ref
    where: str
    turn: int
    slot: int
    is_input: bool
    inputs: tuple[Ref, ...]
    label: str
    at: tuple[int, ...] = ()

    def is_of(self, edit: Edit) -> bool:
        """The edit changes the same value."""
        mine = (self.where, self.turn, self.slot, self.is_input)
        return mine == (edit.where, edit.turn, edit.slot, edit.is_input)

    def inside(self, index: int) -> Spot:
        """The part of it at an index of its next axis."""
        return replace(self, at=(*self.at, index))


def edit_of(spot: Spot, text: str, number: int) -> Edit:
    """What has `text` stand at a spot: a number, or of a whole value an expression over x and
    inputs. `number` is the edit's own. Raises Refusal."""
    kind, text = _kind(text), text.strip()
    if spot.at:
        if kind is not EditKind.CONSTANT:
            raise Refusal(CODE, "An element is set to a number; an expression sets a whole value.")
        kind, text = EditKind.ELEMENT, element_text(spot.at, text)
    edit = Edit(
        number, spot.where, kind, text, spot.turn, spot.slot, spot.is_input, True, spot.label
    )
    if problem := edit_problem(edit):
        raise Refusal(CODE, problem)
    return edit


def with_edit(spot: Spot, edit: Edit, others: Sequence[Edit]) -> list[Edit]:
    """All edits with a new one; a constant stands in the place of what the value was before."""
    if edit.kind is EditKind.CONSTANT:
        others = [other for other in others if not spot.is_of(other)]
    return [*others, edit]


def edited(
    spot: Spot, edits: Sequence[Edit], value: object, inputs: Sequence[object], backend: Backend
) -> object:
    """A value as the edits of its spot make it. Raises Refusal where one cannot be made."""
    for edit in edits:
        if edit.enabled and spot.is_of(edit):
            value = replacement(edit, value, inputs, backend)
    return value


def _kind(text: str) -> EditKind:
    try:
        number_of(text)
    except BadExpression:
        return EditKind.EXPRESSION
    return EditKind.CONSTANT
