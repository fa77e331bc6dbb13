"""Random number generators of torch, Python and NumPy: their state, and how it is set back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any, cast

from .lib import torch

SetBack = Callable[[], None]


class RandomState:
    """The generators that a program shares, as they stood when this was made."""

    def __init__(self) -> None:
        self._torch = torch.get_rng_state()
        self._devices = [(module, module.get_rng_state_all()) for module in _devices_in_use()]
        self._python = random.getstate()
        numpy: Any = sys.modules.get("numpy")
        self._numpy: Any = numpy.random.get_state() if numpy is not None else None

    def restore(self) -> None:
        """Put them back."""
        torch.set_rng_state(self._torch)
        for module, states in self._devices:
            module.set_rng_state_all(states)
        random.setstate(self._python)
        if self._numpy is not None:
            cast(Any, sys.modules["numpy"]).random.set_state(self._numpy)


def held(value: object) -> SetBack | None:
    """What sets a generator back to where it stands now; None where the value is none."""
    made: Any = value
    if isinstance(value, torch.Generator):
        state = made.get_state()
        return lambda: made.set_state(state)
    if isinstance(value, random.Random) and not isinstance(value, random.SystemRandom):
        python = value.getstate()
        return lambda: made.setstate(python)
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(value, numpy.random.Generator):
        bits, numbers = made.bit_generator, made.bit_generator.state
        return lambda: setattr(bits, "state", numbers)
    if isinstance(value, numpy.random.RandomState):
        old = made.get_state(legacy=False)
        return lambda: made.set_state(old)
    return None


def _devices_in_use() -> list[Any]:
    """torch's modules of devices that have generators and have been used."""
    found: list[Any] = []
    for name in ("cuda", "xpu", "mps"):
        module: Any = getattr(torch, name, None)
        if module is None or not module.is_available():
            continue
        if not hasattr(module, "get_rng_state_all"):
            module = _Single(module)
        elif not module.is_initialized():
            continue
        found.append(module)
    return found


class _Single:
    """A kind of device of which there is one."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def get_rng_state_all(self) -> Any:
        return self._module.get_rng_state()

    def set_rng_state_all(self, state: Any) -> None:
        self._module.set_rng_state(state)
