"""What a run may change: weights, attributes, random numbers. All of it can be put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from typing import Any, cast

from .backend import snapshot, written_since
from .lib import Unrecorded, is_tensor, torch

_DEPTH = 4


class RandomState:
    """The random generators of torch, Python and NumPy, as they stood when this was made."""

    def __init__(self) -> None:
        self._torch = torch.get_rng_state()
        self._cuda: Any = torch.cuda.get_rng_state_all() if _uses_cuda() else None
        self._python = random.getstate()
        numpy: Any = sys.modules.get("numpy")
        self._numpy: Any = numpy.random.get_state() if numpy is not None else None

    def restore(self) -> None:
        """Put them back."""
        torch.set_rng_state(self._torch)
        if self._cuda is not None:
            torch.cuda.set_rng_state_all(self._cuda)
        random.setstate(self._python)
        if self._numpy is not None:
            cast(Any, sys.modules["numpy"]).random.set_state(self._numpy)


class _Cell:
    """One tensor with its content at the start; not copied until something writes to it."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor
        self._take()

    def _take(self) -> None:
        tensor = self.tensor
        self._grad = tensor.grad if tensor.is_leaf else None
        self._saved = snapshot(tensor.detach())
        self._version = -1 if tensor.is_inference() else tensor._version

    def restore(self) -> None:
        tensor = self.tensor
        if tensor.is_leaf and tensor.grad is not self._grad:
            tensor.grad = self._grad
        if not written_since(tensor, self._version):
            return
        with torch.inference_mode(tensor.is_inference()), torch.no_grad():
            if tensor.shape == self._saved.shape:
                tensor.copy_(self._saved)
            else:
                tensor.data = self._saved.clone()
        self._take()


class StartState:
    """Parameters, buffers and attributes of modules, and the random generators.

    Attributes are followed into lists, dicts and sets, not into other objects.
    """

    def __init__(self, modules: Iterable[Any]) -> None:
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._sets: list[tuple[set[Any], set[Any]]] = []
        self._cells: dict[int, _Cell] = {}
        self._known: set[int] = set()
        with Unrecorded():
            for module in modules:
                self._read(module.__dict__, 0)
        self._random = RandomState()

    def restore(self) -> None:
        """Put everything back."""
        for live, saved in self._dicts:
            if live.keys() != saved.keys() or any(live[key] is not saved[key] for key in saved):
                live.clear()
                live.update(saved)
        for rows, kept in self._lists:
            rows[:] = kept
        for members, kept in self._sets:
            members.clear()
            members.update(kept)
        with Unrecorded():
            for cell in self._cells.values():
                cell.restore()
        self._random.restore()

    def _read(self, value: Any, depth: int) -> None:
        if is_tensor(value):
            tensor: Any = value
            if id(tensor) not in self._cells and _can_hold(tensor):
                self._cells[id(tensor)] = _Cell(tensor)
            return
        if depth > _DEPTH or id(value) in self._known:
            return
        if isinstance(value, dict):
            rows = cast("dict[Any, Any]", value)
            self._known.add(id(rows))
            self._dicts.append((rows, dict(rows)))
            for part in rows.values():
                self._read(part, depth + 1)
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            self._known.add(id(items))
            self._lists.append((items, list(items)))
            for part in items:
                self._read(part, depth + 1)
        elif isinstance(value, set):
            members = cast("set[Any]", value)
            self._known.add(id(members))
            self._sets.append((members, set(members)))
        elif isinstance(value, tuple):
            for part in cast("tuple[Any, ...]", value):
                self._read(part, depth + 1)


def _can_hold(tensor: Any) -> bool:
    return tensor.layout is torch.strided and not (tensor.is_meta or tensor.is_nested)


def _uses_cuda() -> bool:
    return bool(torch.cuda.is_available() and torch.cuda.is_initialized())
