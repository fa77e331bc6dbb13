"""Which value of a run a tensor is that somebody else's program holds."""

from __future__ import annotations

import inspect
import weakref
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from ..engine.lib import np
from ..engine.owners import Owners
from ..engine.recorder import Recorder
from ..ir import OUTSIDE, Ref, ValueKind
from .externals import static_shape, variables_by_handle
from .lib import EagerTensor, array_of, keras, tf

_NEAR = 24  # frames in which the variable behind a handle is looked for
_SMALL = 16  # elements up to which constants of the same content are one

Name = tuple[ValueKind, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A variable with what the run calls it."""

    kind: ValueKind
    name: str
    variable: Any

    def read(self) -> Any:
        """What it holds now."""
        return self.variable.read_value()


class LiveValues:
    """Of one run.

    Attributes:
        held: by a variable's ref, where what it holds now was made.
        named: what came from outside, by kind and name; of a variable, what it held first.
    """

    def __init__(self, target: Any, inputs: dict[str, Any]) -> None:
        self.held: dict[Ref, Ref] = {}
        self.named: dict[Name, Any] = {}
        self._target = target
        self._owners = Owners()
        self._variables: dict[int, Known] = {}
        self._names: set[Name] = set()
        self._strange: dict[int, weakref.ref[Any]] = {}  # handles of what is no variable
        self._small: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs = dict(inputs)
        self._recorder: Recorder | None = None

    def begin(self, recorder: Recorder) -> None:
        """From now on this is what values are made known to."""
        self._recorder = recorder
        for name, value in self._inputs.items():
            if isinstance(value, EagerTensor):
                self._add(value, ValueKind.INPUT, name)

    def put(self, tensor: Any, ref: Ref) -> None:
        """A tensor was made by an op, or is another's value."""
        self._owners.put(tensor, ref)

    def find(self, tensor: Any) -> Ref | None:
        """Where a tensor was made, None for one that the run knows nothing of."""
        return self._owners.get(tensor)

    def ref(self, tensor: Any) -> Ref:
        """As `find`; what was never met is a value from outside from now on."""
        known = self._owners.get(tensor)
        if known is not None:
            return self.held.get(known, known)
        if tensor.dtype == tf.resource:
            variable = self.variable(tensor)
            if variable is not None:
                ref = OUTSIDE, self.outside(variable)
                return self.held.get(ref, ref)
        return self._add(tensor, *self._name_of(tensor))

    def variable(self, handle: Any, graph: Any = None) -> Known | None:
        """The variable behind a handle; `graph` may know it."""
        known = self._variables.get(id(handle))
        if known is not None:
            return known
        strange = self._strange.get(id(handle))
        if strange is not None and strange() is handle:
            return None
        around = graph or SimpleNamespace(variables=())
        found = variables_by_handle(self._target, SimpleNamespace(graph=around))
        name, variable = found.get(id(handle)) or _in_frames(handle)
        if variable is None:
            self._strange[id(handle)] = weakref.ref(handle)
            return None
        kind = ValueKind.PARAMETER if variable.trainable else ValueKind.BUFFER
        known = self._variables[id(handle)] = Known(kind, self._unique(kind, name), variable)
        return known

    def outside(self, known: Known) -> int:
        """The graph's value that stands for a variable."""
        return self.index(known.kind, known.name, known.variable)

    def index(self, kind: ValueKind, name: str, like: Any) -> int:
        """The graph's value of that name; `like` has its shape and dtype."""
        assert self._recorder is not None
        return self._recorder.builder.external(kind, name, *static_shape(like))

    def was_read(self, known: Known, tensor: Any) -> None:
        """A variable holds this; the first such value is what the run found in it."""
        ref = OUTSIDE, self.outside(known)
        if ref not in self.held:
            self.named.setdefault((known.kind, known.name), tensor)

    def tensor(self, value: Any) -> Any:
        """An array or what a variable holds as a tensor; None for what is none of these."""
        value = getattr(value, "value", value) if isinstance(value, keras.Variable) else value
        if isinstance(value, tf.Variable):
            read: Any = value.read_value()
            known = self.variable(value.handle)
            if known is not None:
                ref = OUTSIDE, self.outside(known)
                self.was_read(known, read)
                self._owners.put(read, self.held.get(ref, ref))
            return read
        if isinstance(value, np.ndarray):
            return tf.constant(value)
        return value if isinstance(value, EagerTensor) else None

    def keep_first(self, known: Known) -> None:
        """A variable is about to be assigned: what it holds is read once."""
        met = (OUTSIDE, self.outside(known)) in self.held
        if not met and (known.kind, known.name) not in self.named:
            self.named[known.kind, known.name] = known.read()

    def value(self, kind: ValueKind, name: str) -> Any:
        """What came from outside, None where nothing of that name did."""
        found = self.named.get((kind, name))
        if found is not None:
            return found
        of_name = (row for row in self._variables.values() if (row.kind, row.name) == (kind, name))
        variable = next(of_name, None)
        return None if variable is None else variable.read()

    def _add(self, tensor: Any, kind: ValueKind, name: str) -> Ref:
        self.named.setdefault((kind, name), tensor)
        ref = OUTSIDE, self.index(kind, name, tensor)
        self._owners.put(tensor, ref)
        return ref

    def _name_of(self, tensor: Any) -> Name:
        for name, value in self._inputs.items():  # of NumPy, and made a tensor on the way
            if not isinstance(value, EagerTensor) and _is_of(tensor, value):
                return ValueKind.INPUT, name
        number = tensor.dtype not in (tf.resource, tf.variant, tf.string)
        if not number or tensor._num_elements() > _SMALL:
            return ValueKind.CONSTANT, self._unique(ValueKind.CONSTANT, "constant")
        content = tensor.dtype.name, tensor._shape_tuple(), array_of(tensor).tobytes()
        if content not in self._small:
            self._small[content] = self._unique(ValueKind.CONSTANT, "constant")
        return ValueKind.CONSTANT, self._small[content]

    def _unique(self, kind: ValueKind, name: str) -> str:
        unique, number = f"{name} 1" if name == "constant" else name, 1
        while (kind, unique) in self._names:
            number += 1
            unique = f"{name} {number}"
        self._names.add((kind, unique))
        return unique


def _is_of(tensor: Any, array: Any) -> bool:
    """The tensor has the elements of a NumPy array."""
    if tensor._shape_tuple() != np.shape(array) or tensor.dtype in (tf.resource, tf.variant):
        return False
    elements = array_of(tensor)
    return bool((elements == np.asarray(array).astype(elements.dtype)).all())


def _in_frames(handle: Any) -> tuple[str, Any]:
    """The variable with this handle that one of the innermost functions works with."""
    frame = inspect.currentframe()
    for _ in range(_NEAR):
        if frame is None:
            break
        for value in frame.f_locals.values():
            if issubclass(type(value), tf.Variable) and getattr(value, "_handle", None) is handle:
                return value.name.split(":")[0].replace("/", "."), value
        frame = frame.f_back
    return "", None
