"""A call of a graph that can be made again in other ways, and how far apart what comes of it is."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.axis_orders import FAR, distance
from ..engine.fingerprints import fingerprint
from ..engine.lib import Array
from ..ir.stages import Print
from .backend import TorchBackend
from .captured import in_float64, widened
from .lib import is_tensor, torch
from .nested import collect

Run = Callable[..., Any]

_UNITS = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float64": 2.2e-16}
_SINGLE = 1.2e-7  # of float32
_FLAGS = {True: 4, False: 12}  # units, of dtypes with few digits, and of others
_NOISE = 8
_BACKEND = TorchBackend()


class Trial:
    """A call of a graph: nothing stays of an attempt to make it again.

    Attributes:
        before: what it was called with, before it ran.
        written: which of these it has written to.
    """

    def __init__(self, given: tuple[Any, ...]) -> None:
        self._given = given
        self.before = [_held(value) for value in given]
        self._versions = [value._version if is_tensor(value) else 0 for value in given]
        self._dice = torch.get_rng_state()
        self._after: Any = None
        self.written: list[int] = []

    def first(self, run: Run) -> tuple[Any, list[Any]]:
        """On the tensors themselves: what it gives, and the tensors of that and of what it has
        written to."""
        result = run(*self._given)
        self._after = torch.get_rng_state()
        self.written = [
            place
            for place in range(len(self._given))
            if self._is_changed(place, self._versions[place])
        ]
        return result, [*tensors_of(result), *(copy_of(self._given[n]) for n in self.written)]

    @property
    def draws(self) -> bool:
        """It uses random numbers up."""
        return not torch.equal(self._dice, self._after)

    def other(self, run: Run, change: Callable[[Any], Any] = lambda value: value) -> list[Any]:
        """On copies of what the first attempt has written to; the tensors as `first` gives them."""
        given = [
            copy_of(self.before[place]) if place in self.written else value
            for place, value in enumerate(self._given)
        ]
        given = [change(value) for value in given]
        versions = [value._version if is_tensor(value) else 0 for value in self._given]
        torch.set_rng_state(self._dice)
        try:
            result = run(*given)
            return [*tensors_of(result), *(copy_of(given[n]) for n in self.written)]
        finally:
            torch.set_rng_state(self._after)
            self._put_back(versions)

    def noise(self, module: Any, plain: list[Any]) -> float:
        """How far rounding alone takes the graph's values: from those in float64, and from those on
        inputs that are one unit in the last place off."""
        return max(self.noises(module, plain), default=0.0)

    def noises(self, module: Any, plain: list[Any]) -> list[float]:
        """The same for each value."""
        found = [0.0] * len(plain)
        attempts: list[tuple[Any, Callable[[Any], Any]]] = [(module, _moved)]
        if not self.draws:  # in another dtype, others would be drawn
            attempts.append((None, widened))
        for made, change in attempts:
            with contextlib.suppress(Exception):  # a dtype that the code insists on
                run = in_float64(module) if made is None else copy.deepcopy(made)
                with torch.no_grad():
                    values = self.other(run.forward, change)
                for place, (one, other) in enumerate(zip(plain, values, strict=True)):
                    found[place] = max(found[place], apart(one, other))
        return found

    def _put_back(self, versions: list[int]) -> None:
        """What an attempt has written to though the first one did not."""
        for place, value in enumerate(self._given):
            if place not in self.written and self._is_changed(place, versions[place]):
                with torch.no_grad():
                    value.copy_(self.before[place])

    def _is_changed(self, place: int, version: int) -> bool:
        """Some kernels write running statistics without counting versions."""
        value, before = self._given[place], self.before[place]
        if not is_tensor(value) or value is before:
            return is_tensor(value) and value._version != version
        return value._version != version or not torch.equal(value, before)


def farthest(plain: Sequence[Any], values: Sequence[Any]) -> float:
    """The error of the output that is farthest off."""
    if len(plain) != len(values):
        return FAR
    return max((apart(one, other) for one, other in zip(plain, values, strict=True)), default=0.0)


def apart(one: Any, other: Any) -> float:
    """Root mean square of the difference over that of the first."""
    if one.shape != other.shape:
        return FAR
    return distance(array_of(one), array_of(other))


def is_parted(error: float, noise: float, values: Sequence[Any]) -> bool:
    """Farther off than rounding explains."""
    return is_flagged(error, values) and error > _NOISE * noise


def is_flagged(error: float, values: Sequence[Any]) -> bool:
    """Far enough that its noise is to be looked at."""
    unit = unit_of(values)
    return error > _FLAGS[unit > _SINGLE] * unit


def unit_of(values: Sequence[Any]) -> float:
    """Of the coarsest dtype."""
    names = {str(value.dtype).removeprefix("torch.") for value in values}
    return max((_UNITS.get(name, _SINGLE) for name in names), default=_SINGLE)


def print_of(value: Any) -> Print:
    """Its fingerprint; () where it has no numbers."""
    array = array_of(value)
    if array.dtype.kind not in "fiu":
        return ()
    return tuple(float(number) for number in fingerprint(array))


def array_of(value: Any) -> Array:
    """On the processor, bfloat16 as float32."""
    return _BACKEND.cut(value.detach(), ())


def tensors_of(result: Any) -> list[Any]:
    """What a graph gives, in order."""
    found: list[Any] = []
    collect((result,), found)
    return found


def _held(value: Any) -> Any:
    """A copy; of a leaf that gradients are wanted of, the tensor itself: graphs do not write it."""
    if not is_tensor(value) or (value.requires_grad and value.is_leaf):
        return value
    return copy_of(value)


def copy_of(value: Any) -> Any:
    """A tensor of its own; anything else as it is."""
    if not is_tensor(value):
        return value
    return value.detach().clone().requires_grad_(value.requires_grad)


def _moved(value: Any) -> Any:
    """One unit in the last place up or down, at random, the same every time."""
    if not is_tensor(value) or not value.is_floating_point() or value.numel() < 2:
        return value
    dice = torch.Generator().manual_seed(0)
    signs = torch.randint(0, 2, value.shape, generator=dice).to(value.device) * 2 - 1
    unit = torch.finfo(value.dtype).eps
    return (value.detach() * (1 + unit * signs.to(value.dtype))).to(value.dtype)
