"""What training steps are called with, kept so that they can be called so once more."""

from __future__ import annotations

import copy
import weakref
from dataclasses import dataclass
from typing import Any

from .backend import TorchBackend, written_since
from .generators import RandomState
from .lib import Unrecorded, exact_type, is_tensor, nn
from .nested import leaves, replace_tensors
from .training_parts import TrainingParts

_backend = TorchBackend()


class Around:
    """What a program changes between two steps: learning rates and the like, random numbers."""

    def __init__(self, parts: TrainingParts) -> None:
        self._groups: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._tensors: list[tuple[Any, Any]] = []
        for optimizer in parts.optimizers:
            for group in optimizer.param_groups:
                rows = {name: value for name, value in group.items() if name != "params"}
                self._groups.append((group, rows))
                tensors = [value for value in rows.values() if is_tensor(value)]
                self._tensors += [(value, value.detach().clone()) for value in tensors]
        self._random = RandomState()

    def restore(self) -> None:
        """Put it back."""
        for group, rows in self._groups:
            group.update(rows)
        for tensor, saved in self._tensors:
            tensor.data.copy_(saved)
        self._random.restore()


@dataclass(frozen=True, slots=True)
class Call:
    """Of one step.

    Attributes:
        nbytes: that keeping it takes.
        tensors: how many were among what it was called with.
        around: what else it found.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    nbytes: int
    tensors: int
    around: Around

    def again(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """To call the step with: what it writes to these, the next call does not see."""
        with Unrecorded():
            return _replaced(self.args, _fresh), _replaced(self.kwargs, _fresh)


class Batches:
    """Keeps calls; a tensor that the call before had, unwritten since, is kept once."""

    def __init__(self, parts: TrainingParts) -> None:
        self._parts = parts
        self._last: dict[int, tuple[weakref.ref[Any], Any, int]] = {}
        self._next: dict[int, tuple[weakref.ref[Any], Any, int]] = {}
        self._nbytes = self._count = 0

    def keep(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Snapshots of all tensors, and the objects themselves of everything else."""
        self._nbytes = self._count = 0
        self._next = {}
        with Unrecorded():
            kept = Call(
                _replaced(args, self._kept),
                _replaced(kwargs, self._kept),
                self._nbytes,
                self._count,
                Around(self._parts),
            )
        self._last = self._next
        return kept

    def _kept(self, tensor: Any) -> Any:
        self._count += 1
        known = self._last.get(id(tensor))
        if known is not None and known[0]() is tensor and not written_since(tensor, *known[1:]):
            self._next[id(tensor)] = known
            return known[1]
        saved: Any = _backend.keep(tensor)
        if tensor.requires_grad:
            saved.requires_grad_()
        self._nbytes += saved.numel() * saved.element_size()
        if exact_type(tensor) is exact_type(saved) and not tensor.is_inference():
            self._next[id(tensor)] = (weakref.ref(tensor), saved, tensor._version)
        return saved


def _fresh(tensor: Any) -> Any:
    made: Any = _backend.keep(tensor)
    return made.requires_grad_() if tensor.requires_grad else made


def _replaced(value: Any, new: Any) -> Any:
    """With new tensors in containers, and in objects that stand for a batch."""
    if exact_type(value) is tuple:
        return tuple(_replaced(item, new) for item in value)
    if exact_type(value) is dict:
        return {key: _replaced(item, new) for key, item in value.items()}
    if _is_batch(value):
        made = copy.copy(value)
        made.__dict__.update(replace_tensors(vars(value), new))
        return made
    return replace_tensors(value, new)


def _is_batch(value: Any) -> bool:
    """An object with tensors in it that moves between devices as one, and is no model."""
    if isinstance(value, (nn.Module, type)) or is_tensor(value) or not hasattr(value, "to"):
        return False
    if not hasattr(value, "__dict__"):
        return False
    return any(is_tensor(leaf) for _, leaf in leaves(vars(value), "", objects=False))
