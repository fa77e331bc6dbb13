"""What a run may change: weights, attributes, random numbers. All of it can be put back."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterable
from functools import partial
from operator import is_not
from types import FunctionType, ModuleType
from typing import Any, cast

from .backend import snapshot, written_since
from .generators import RandomState, SetBack, held
from .lib import Unrecorded, is_tensor, nn, torch

_DEPTH = 4
_HOLDERS: Any = (torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler)


class _Cell:
    """One tensor with its content at the start; not copied until something writes to it."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor
        self._take()

    def _take(self) -> None:
        tensor = self.tensor
        self._grad: Any = tensor.grad if tensor.is_leaf else None
        grad = self._grad
        self._slope = grad.detach().clone() if grad is not None and _can_hold(grad) else None
        self._saved = snapshot(tensor.detach())
        self._version = -1 if tensor.is_inference() else tensor._version

    def restore(self) -> None:
        tensor = self.tensor
        if tensor.is_leaf and tensor.grad is not self._grad:
            tensor.grad = self._grad
        if self._slope is not None and not torch.equal(self._grad, self._slope):
            with torch.no_grad():
                self._grad.copy_(self._slope)
        if not written_since(tensor, self._saved, self._version):
            return
        with torch.inference_mode(tensor.is_inference()), torch.no_grad():
            if tensor.shape == self._saved.shape:
                tensor.copy_(self._saved)
            else:
                tensor.data = self._saved.clone()
        self._take()


class _Contents:
    """Tensors, lists, dicts, sets, optimizers and generators, as they were when they were read."""

    def __init__(self) -> None:
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._sets: list[tuple[set[Any], set[Any]]] = []
        self._cells: dict[int, _Cell] = {}
        self._others: list[SetBack] = []
        self._known: set[int] = set()

    def restore(self) -> None:
        """Put all of it back."""
        for live, saved in self._dicts:
            if not _same_rows(live, saved):
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
        for set_back in self._others:
            set_back()

    def read_callable(self, target: object) -> None:
        """Remember what a callable that is no module uses."""
        owner = getattr(target, "__self__", target)
        if isinstance(owner, (nn.Module, ModuleType, type)):
            return
        for name in ("func", "__wrapped__"):  # of a partial function, of a decorated one
            if callable(inner := getattr(owner, name, None)):
                self.read_callable(inner)
        if not isinstance(owner, FunctionType):
            self.read(getattr(owner, "__dict__", None), 0)
            return
        for cell in owner.__closure__ or ():
            with contextlib.suppress(ValueError):  # not bound yet
                self._others.append(partial(setattr, cell, "cell_contents", cell.cell_contents))
        with contextlib.suppress(ValueError):
            used = inspect.getclosurevars(owner)
            for value in (*used.nonlocals.values(), *used.globals.values()):
                self.read(value, 1)

    def read(self, value: Any, depth: int) -> None:
        """Remember a value and what is in it; `depth` is how deep it lies itself."""
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
                self.read(part, depth + 1)
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            self._known.add(id(items))
            self._lists.append((items, list(items)))
            for part in items:
                self.read(part, depth + 1)
        elif isinstance(value, set):
            members = cast("set[Any]", value)
            self._known.add(id(members))
            self._sets.append((members, set(members)))
        elif isinstance(value, tuple):
            for part in cast("tuple[Any, ...]", value):
                self.read(part, depth + 1)
        elif (set_back := held(value)) is not None:
            self._known.add(id(value))
            self._others.append(set_back)
        elif isinstance(value, _HOLDERS):
            self.read(vars(value), depth)


class StartState:
    """Parameters, buffers and attributes of modules, and the random generators.

    Attributes are followed into lists, dicts and sets; of other objects into optimizers, their
    schedulers, and generators of random numbers. With `target`, a callable that is no module, what
    it uses is set back as well: variables around a function, attributes of an object.
    """

    def __init__(self, modules: Iterable[Any], target: object = None) -> None:
        self._model, self._around = _Contents(), _Contents()
        with Unrecorded():
            for module in modules:
                self._model.read(module.__dict__, 0)
                if isinstance(module, torch.jit.ScriptModule):  # it holds them elsewhere
                    own = (*module.parameters(recurse=False), *module.buffers(recurse=False))
                    self._model.read(own, 0)
            if not isinstance(target, nn.Module):
                self._around.read_callable(target)
        self._random = RandomState()

    def restore(self, over: bool = False) -> None:
        """Put everything back; where a run is `over`, what its callable has noted stays."""
        if not over:
            self._around.restore()
        self._model.restore()
        self._random.restore()


def _same_rows(live: dict[Any, Any], saved: dict[Any, Any]) -> bool:
    """The same objects under the same keys, in the same order."""
    if len(live) != len(saved) or any(map(is_not, live.values(), saved.values())):
        return False
    return not any(map(is_not, live, saved))


def _can_hold(tensor: Any) -> bool:
    return tensor.layout is torch.strided and not (tensor.is_meta or tensor.is_nested)
