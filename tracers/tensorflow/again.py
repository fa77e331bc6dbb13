"""Runs one op of a run once more: on other tensors, and for the derivatives of one element."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from ..engine.again import CannotRepeat, Slope
from ..engine.lib import np
from ..protocol.refusal import Refusal
from . import kernels
from .lib import EagerTensor, context, eager, tf
from .plan import Node
from .values import TensorFlowBackend

T = TypeVar("T")

# Ops that read a variable by its handle, and what they are on the variable's value.
_OF_VALUES = {"ReadVariableOp": "Identity", "ResourceGather": "GatherV2"}


class TensorFlowAgain:
    """One executed op."""

    def __init__(
        self, node: Node, type_: str, inputs: Sequence[Any], backend: TensorFlowBackend
    ) -> None:
        """Raises CannotRepeat."""
        op = node.op
        if node.type != type_ or len(op.inputs) != len(inputs):
            raise CannotRepeat("it was called otherwise when it ran last")
        if kernels.is_random(type_):
            raise CannotRepeat("it draws random numbers, so that it gives something else each time")
        if kernels.is_seen(type_):
            raise CannotRepeat("running it shows outside, or changes what it reads")
        by_handle = any(tensor.dtype == tf.resource for tensor in op.inputs)
        if by_handle and type_ not in _OF_VALUES:
            raise CannotRepeat("it works on a variable by its handle")
        self._node, self._backend = node, backend
        self._inputs = list(inputs)
        self._attrs: tuple[Any, ...] = node.attrs
        self._type = _OF_VALUES.get(type_, type_)
        self._count = len(op.outputs)
        self._definition = op.op_def
        self.given: Mapping[str, object] = _given(op)
        self.places: Mapping[str, int] = _places(op)

    def run(self, inputs: Sequence[object], wide: bool) -> list[Any]:
        """The outputs as NumPy arrays."""

        def work() -> list[Any]:
            outputs = self._outputs(self._tensors(inputs, wide))
            return [self._backend.cut(value, ()) for value in outputs]

        return _guarded(work)

    def varied(self, given: Mapping[str, object]) -> TensorFlowAgain:
        """The same op with other attributes. Raises CannotRepeat."""
        attrs = list(self._attrs)
        names = attrs[::2]
        for name, value in given.items():
            if name not in names:
                raise CannotRepeat(f"it has no attribute {name}")
            attrs[names.index(name) * 2 + 1] = value
        made = copy.copy(self)
        made._attrs = tuple(attrs)
        made.given = {**self.given, **given}
        return made

    def slope(
        self,
        inputs: Sequence[object],
        slot: int,
        index: tuple[int, ...],
        wide: bool,
        by: Collection[int],
    ) -> Slope:
        """Derivatives of one element by some inputs."""
        return _guarded(lambda: self._slope(inputs, slot, index, wide, by))

    def _slope(
        self,
        inputs: Sequence[object],
        slot: int,
        index: tuple[int, ...],
        wide: bool,
        by: Collection[int],
    ) -> Slope:
        tensors = self._tensors(inputs, wide)
        places = [place for place in by if tensors[place].dtype.is_floating]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for place in places:
                tensors[place] = tf.identity(tensors[place])  # one that is read twice
                tape.watch(tensors[place])
            outputs = self._outputs(tensors, recorded=True)
            if slot >= len(outputs):
                raise CannotRepeat("what it writes to a variable has no derivative here")
            if outputs[slot].dtype.is_complex:
                raise CannotRepeat("its output is complex")
            element = outputs[slot][index]
        value = float(np.asarray(tf.cast(element, tf.float64)))
        gradients: Sequence[Any] = [None] * len(places)
        if element.dtype.is_floating and places:
            gradients = tape.gradient(element, [tensors[place] for place in places])
        known = dict(zip(places, gradients, strict=True))
        return Slope(value, tuple(_wide_array(known.get(n)) for n in range(len(tensors))))

    def _tensors(self, inputs: Sequence[object], wide: bool) -> list[Any]:
        found: list[Any] = []
        for given, known in zip(inputs, self._inputs, strict=True):
            tensor: Any = given
            if not isinstance(given, EagerTensor):
                tensor = tf.constant(given)
                if not (wide and tensor.dtype.is_floating) and isinstance(known, EagerTensor):
                    tensor = tf.cast(tensor, known.dtype)
            if wide and tensor.dtype.is_floating:
                tensor = tf.cast(tensor, tf.float64)
            found.append(tensor)
        return found

    def _outputs(self, tensors: list[Any], recorded: bool = False) -> list[Any]:
        if self._node.type == "ReadVariableOp":
            return [tf.identity(tensors[0])]
        if self._node.type == "ResourceGather":
            return [tf.gather(*tensors, batch_dims=self.given.get("batch_dims", 0))]
        attrs = self._attributes(tensors)
        outputs = kernels.run(self._type, self._count, tensors, attrs)
        if recorded:
            eager.record_gradient(self._type, tensors, attrs, outputs)
        return outputs

    def _attributes(self, tensors: list[Any]) -> tuple[Any, ...]:
        """The op's own, with the types that these tensors have."""
        attrs = list(self._attrs)
        at = 0
        for argument in self._definition.input_arg:
            many = _many(self._node.op, argument)
            types = [tensor.dtype.as_datatype_enum for tensor in tensors[at : at + many]]
            at += many
            name = argument.type_attr or argument.type_list_attr
            if name and name in attrs[::2] and types:
                attrs[attrs.index(name) + 1] = types if argument.type_list_attr else types[0]
        return tuple(attrs)


def _given(op: Any) -> dict[str, object]:
    found: dict[str, object] = {}
    for definition in op.op_def.attr:
        try:
            value = op.get_attr(definition.name)
        except ValueError:
            continue
        found[definition.name] = value.decode() if isinstance(value, bytes) else value
    return found


def _places(op: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    at = 0
    for argument in op.op_def.input_arg:
        found[argument.name] = at
        at += _many(op, argument)
    return found


def _many(op: Any, argument: Any) -> int:
    """How many inputs an argument takes."""
    if argument.number_attr:
        return int(op.get_attr(argument.number_attr))
    if argument.type_list_attr:
        return len(op.get_attr(argument.type_list_attr))
    return 1


def _guarded(work: Callable[[], T]) -> T:
    """Eager, outside of any graph under construction. Raises CannotRepeat."""
    try:
        with context.eager_mode():
            return work()
    except (CannotRepeat, Refusal) as error:
        raise CannotRepeat(str(error)) from error
    except Exception as error:
        text = str(getattr(error, "message", "") or error)
        reason = " ".join(text.split()).partition(" [Op:")[0].rstrip(".")[:160]
        raise CannotRepeat(reason or type(error).__name__) from error


def _wide_array(gradient: Any) -> Any:
    if gradient is None:
        return None
    return np.asarray(tf.cast(tf.convert_to_tensor(gradient), tf.float64))
