"""Puts the user's values in the place of what an op reads and gives, gradients going on through."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ..engine.edits import Edits
from ..engine.lib import np
from ..engine.operands import extents
from ..engine.recorder import Recorder, Step
from ..ir import Edit
from ..protocol.refusal import Refusal
from .lib import Tensor, Unrecorded, exact_type, has_data, is_tensor, is_wrapped, nn, torch
from .nested import replace_tensors

Arguments = tuple[Sequence[Any], Mapping[str, Any]]

_WRITTEN = (
    "The op writes its result into a tensor that there was; the edited value was copied into it,"
    " and torch may refuse a backward pass that needs what stood there."
)
_VIEW = (
    "The op's output shared its memory with an input; the edited value is a copy of its own, and"
    " what is written into it later does not reach that input."
)
_OTHER_SHAPE = "The new value has the shape {}, not {}: no gradient goes back through it."
_BACK = "The op writes into its input: it worked on the edited value, which was then copied back."


def _forward(context: Any, value: Any, box: list[Any]) -> Any:
    return box[0]  # boxed: an argument that is given back becomes a view of itself


def _backward(context: Any, gradient: Any) -> Any:
    return gradient, None


# The new value, with the old one's gradient.
_Edit: Any = type(
    "Edit",
    (torch.autograd.Function,),
    {"forward": staticmethod(_forward), "backward": staticmethod(_backward)},
)


def like(value: Any, array: Any) -> Any:
    """A new tensor with a tensor's dtype and device, and where the shape is its, with its strides.

    Raises Refusal.
    """
    if is_wrapped(value):
        raise Refusal("bad-edit", "A value inside vmap or grad cannot be replaced.")
    if value.is_nested or value.layout is not torch.strided:
        raise Refusal("bad-edit", "A sparse or nested value cannot be replaced.")
    if not (has_data(value) or value.is_meta):
        kind = exact_type(value).__name__
        raise Refusal("bad-edit", f"A {kind} has no elements of its own that could be replaced.")
    with Unrecorded(), torch.no_grad():
        bare = value if value.is_inference() else value.detach()
        if array.shape == tuple(bare.shape):
            made = torch.empty_like(bare)
        else:
            made = bare.new_empty(array.shape)
        made.copy_(torch.from_numpy(np.array(array)))
        kind = exact_type(value)
        return made if kind in (Tensor, nn.Parameter) else made.as_subclass(kind)


class OpEdits:
    """The edits of one execution of an op. Call `arguments`, run the op, then `result`, `outputs`.

    Attributes:
        read: the tensors that the op reads, the edited ones among them.
    """

    def __init__(
        self,
        edits: Edits,
        rows: list[Edit],
        record: int,
        given: list[Any],
        writes: bool,
        below: bool,
    ) -> None:
        """`writes`: by its name, the op writes into its first input; `below`: it runs below
        autograd, which has put it on the gradient's path already."""
        self.read = list(given)
        self._edits = edits
        self._rows = rows
        self._record = record
        self._below = below
        self._given = given
        self._writes = writes
        self._versions: dict[int, int] = {}  # of the edited inputs, by slot

    def arguments(self, args: Sequence[Any], named: Mapping[str, Any]) -> Arguments:
        """The op's arguments with the edited inputs in their places."""
        new = self._edits.inputs(self._rows, self._record, self._given)
        if not new:
            return args, named
        for slot, value in new.items():
            tensor = self.read[slot] = self._on_path(self._given[slot], value)
            self._versions[slot] = version_of(tensor)
            shapes = [extents(tuple(each.shape)) for each in (tensor, self._given[slot])]
            if shapes[0] != shapes[1]:
                self._edits.note(self._rows, self._record, slot, True, _OTHER_SHAPE.format(*shapes))
        places = itertools.count()
        changed = {slot: self.read[slot] for slot in new}
        return (
            tuple(_rebuilt(value, changed, places) for value in args),
            {name: _rebuilt(value, changed, places) for name, value in named.items()},
        )

    def result(self, result: Any, also: Sequence[Any]) -> Any:
        """What the op gave; what it wrote into edited inputs is copied into the real ones.

        `also`: tensors that it wrote without a mark.
        """
        back: dict[int, Any] = {}
        for slot, version in self._versions.items():
            tensor, real = self.read[slot], self._given[slot]
            quiet = version_of(tensor) == version and all(tensor is not other for other in also)
            if quiet and not self._is_uncounted(tensor):
                continue
            back[id(tensor)] = real
            if self._write(real, tensor, slot, True):
                self._edits.note(self._rows, self._record, slot, True, _BACK)
        return _swapped(result, back) if back else result

    def outputs(
        self, record: int, result: Any, outputs: list[Any], written: list[Any]
    ) -> tuple[Any, list[Any]]:
        """What the op is to give: result and outputs, with the edited ones in their places.

        `record`: what the op becomes, behind the ops inside it.
        """
        self._edits.move(self._record, record)
        self._record = record
        new = self._edits.outputs(self._rows, self._record, outputs, self.read)
        swapped: dict[int, Any] = {}
        outputs = list(outputs)
        for slot, value in new.items():
            old = outputs[slot]
            if not is_tensor(old):
                return value, [value]
            in_place = any(old is tensor for tensor in written) or self._is_uncounted(old)
            if in_place or not _holds(result, old):
                if self._write(old, self._on_path(old, value), slot, False):
                    self._edits.note(self._rows, self._record, slot, False, _WRITTEN)
                continue
            outputs[slot] = swapped[id(old)] = self._on_path(old, value)
            if any(_share_memory(old, tensor) for tensor in self.read):
                self._edits.note(self._rows, self._record, slot, False, _VIEW)
        return (_swapped(result, swapped) if swapped else result), outputs

    def _on_path(self, old: Any, new: Any) -> Any:
        return new if self._below else with_gradient(old, new)

    def _is_uncounted(self, tensor: Any) -> bool:
        """The op has written to this inference tensor, which does not count it."""
        first = self.read[0] if self._writes and self.read else None
        return tensor is first and tensor.is_inference()

    def _write(self, into: Any, value: Any, slot: int, is_input: bool) -> bool:
        try:
            with Unrecorded():
                into.copy_(value)
        except RuntimeError as error:
            reason = " ".join(str(error).split()).rstrip(".")[:200]
            text = f"The edited value cannot be written into the tensor itself: {reason}."
            self._edits.failed(self._rows, self._record, slot, is_input, text)
            return False
        return True


def edits_of(
    recorder: Recorder, step: Step, name: str, given: list[Any], below: bool
) -> OpEdits | None:
    """The edits of an op that is about to run, None for none."""
    edits = recorder.edits
    rows = edits.at(step.op, step.record) if edits is not None else None
    if edits is None or rows is None:
        return None
    writes = name.endswith("_") or name == "setitem"
    return OpEdits(edits, rows, step.record, given, writes, below)


def with_gradient(old: Any, new: Any) -> Any:
    """The new tensor; a gradient that comes to it goes on to the old one."""
    if not (torch.is_grad_enabled() and old.requires_grad and old.shape == new.shape):
        return new
    with Unrecorded():
        return _Edit.apply(old, [new])


def version_of(tensor: Any) -> int:
    """How often a tensor was written to; 0 where it does not count."""
    return 0 if tensor.is_inference() else tensor._version


def _rebuilt(value: Any, new: Mapping[int, Any], places: Any) -> Any:
    """An argument with new tensors at some places; they count as `collect` meets them."""
    if isinstance(value, Tensor):
        return new.get(next(places), value)
    if isinstance(value, (tuple, list)):
        parts = [_rebuilt(part, new, places) for part in cast("list[Any]", value)]
        if all(part is old for part, old in zip(parts, cast("list[Any]", value), strict=True)):
            return cast(Any, value)
        kind: Any = type(cast(object, value))
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if isinstance(value, dict):
        rows = cast("dict[Any, Any]", value)
        return {key: _rebuilt(part, new, places) for key, part in rows.items()}
    return value


def _swapped(result: Any, by_id: Mapping[int, Any]) -> Any:
    def swap(tensor: Any) -> Any:
        return by_id.get(id(tensor), tensor)

    return replace_tensors(result, cast(Callable[[Any], Any], swap))


def _holds(result: Any, tensor: Any) -> bool:
    found: list[bool] = []

    def look(other: Any) -> Any:
        found.append(other is tensor)
        return other

    replace_tensors(result, look)
    return any(found)


def _share_memory(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if not (has_data(one) and has_data(other)):
        return False
    if one.layout is not torch.strided or other.layout is not torch.strided:
        return False
    if one.is_nested or other.is_nested or one.device != other.device:
        return False
    place = one.untyped_storage().data_ptr()
    return place != 0 and place == other.untyped_storage().data_ptr()
