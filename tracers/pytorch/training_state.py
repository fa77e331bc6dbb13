"""All that training steps change, copied: a snapshot between two steps.

Tensors are copied into memory of the snapshot's own, never shared with it, so that those of the
program stay where they are: CUDA graphs and views of them go on working.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from operator import is_not
from typing import Any, cast

import numpy as np

from ..engine.step_trainer import TooLarge
from .generators import RandomState, held
from .lib import Unrecorded, has_data, is_tensor, torch
from .training_parts import TrainingParts

_DEPTH = 4
_LONG = 10_000  # items: what holds more is data
_LARGE = 1 << 20  # bytes: a tensor of no module that has more is data, until it is written to


class TrainingState:
    """Parameters, buffers, gradients, optimizers, scalers, attributes, counters, random numbers.

    With `since`, an older snapshot, this one holds exactly what lay open to change since then,
    however large; without, data (large tensors of no module, long lists) is left out.

    Attributes:
        nbytes: of the copies of tensors.
        stale: data was written to since; it is kept from now on.
    """

    def __init__(
        self,
        parts: TrainingParts,
        since: TrainingState | None = None,
        reuse: TrainingState | None = None,
        room: int | None = None,
    ) -> None:
        """`reuse`: a snapshot that is not needed any more, whose memory is taken over.

        Raises TooLarge where it would take more bytes than `room`.
        """
        self._since = since
        self._written = reuse.written if reuse is not None else frozenset[int]()
        if since is not None:
            self._written = since.written
        self._tensors: dict[int, Any] = {}
        self._data: list[tuple[Any, int]] = []  # left out, with their versions
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._sets: list[tuple[set[Any], set[Any]]] = []
        self._arrays: list[tuple[Any, Any]] = []
        self._grads: list[tuple[Any, Any]] = []
        self._others: list[Callable[[], object]] = []
        self._seen: set[int] = set()
        with Unrecorded():
            self._read_parts(parts)
            self.nbytes = sum(map(_bytes, self._tensors.values()))
            if room is not None and self.nbytes > room:
                raise TooLarge(self.nbytes)
            self._copies = self._copied(reuse)
        self._random = RandomState()

    @property
    def stale(self) -> bool:
        """Data was written to since this was taken."""
        return any(tensor._version != version for tensor, version in self._data)

    @property
    def written(self) -> frozenset[int]:
        """Ids of data that is written to after all."""
        more = (id(tensor) for tensor, version in self._data if tensor._version != version)
        return self._written.union(more)

    def restore(self) -> None:
        """Put all of it back; nothing of it is used up."""
        for live, rows in self._dicts:
            if not _same_rows(live, rows):
                live.clear()
                live.update(rows)
        for items, kept in self._lists:
            if len(items) != len(kept) or any(map(is_not, items, kept)):
                items[:] = kept
        for members, some in self._sets:
            members.clear()
            members.update(some)
        for array, saved in self._arrays:
            array[...] = saved
        for set_back in self._others:
            set_back()
        with Unrecorded(), torch.no_grad():
            for tensor, grad in self._grads:
                if tensor.grad is not grad:
                    tensor.grad = grad
            for tensor, saved in zip(self._tensors.values(), self._copies, strict=True):
                # By way of `data`, so that graphs which the program still holds stay valid.
                if tensor.shape == saved.shape:
                    tensor.data.copy_(saved)
                else:
                    tensor.data = saved.to(tensor.device, copy=True)
        self._random.restore()

    def distances(self, tensors: list[Any]) -> list[float]:
        """How far each of these is now from where it was, over how large it was."""
        places = {key: place for place, key in enumerate(self._tensors)}
        found: list[float] = []
        with Unrecorded(), torch.no_grad():
            for tensor in tensors:
                old = self._copies[places[id(tensor)]].to(tensor.device, torch.float64)
                moved = float((tensor.double() - old).norm())
                found.append(moved / max(float(old.norm()), 1e-12))
        return found

    def _read_parts(self, parts: TrainingParts) -> None:
        for module in parts.modules:
            own = cast("dict[str, Any]", module.__dict__)
            for name in ("_parameters", "_buffers"):
                held_by: dict[str, Any] = own.get(name) or {}
                for tensor in held_by.values():
                    self._own(tensor)
            self._read(own, 0, False)
        for each in (*parts.optimizers, *parts.keepers):
            self._read(vars(each), 0, True)
        for each in parts.holders:
            self._read(each if isinstance(each, (dict, list, tuple)) else vars(each), 1, False)
        for tensor in parts.tensors:
            self._tensor(tensor)
        for generator in parts.generators:
            set_back = held(generator)
            if set_back is not None:
                self._others.append(set_back)
        for cell in parts.cells:
            with contextlib.suppress(ValueError):  # not bound yet
                self._others.append(partial(setattr, cell, "cell_contents", cell.cell_contents))
                self._read(cell.cell_contents, 1, False)
        for names, name in parts.names:
            if name in names:
                self._others.append(partial(names.__setitem__, name, names[name]))
            else:
                self._others.append(partial(names.pop, name, None))

    def _read(self, value: Any, depth: int, own: bool) -> None:
        if is_tensor(value):
            if own:
                self._own(value)
            else:
                self._tensor(value)
            return
        if depth > _DEPTH or id(value) in self._seen:
            return
        if isinstance(value, tuple):
            for part in cast("tuple[Any, ...]", value):
                self._read(part, depth + 1, own)
            return
        if isinstance(value, np.ndarray):
            array = cast(Any, value)
            if array.nbytes <= _LARGE and array.flags.writeable:
                self._seen.add(id(array))
                self._arrays.append((array, array.copy()))
            return
        if not isinstance(value, (dict, list, set)):
            return
        items = cast("dict[Any, Any]", value)
        if len(items) > _LONG and self._since is None:
            return
        self._seen.add(id(items))
        if isinstance(value, dict):
            self._dicts.append((items, dict(items)))
            for part in items.values():
                self._read(part, depth + 1, own)
        elif isinstance(value, list):
            rows = cast("list[Any]", value)
            self._lists.append((rows, list(rows)))
            for part in rows:
                self._read(part, depth + 1, own)
        else:
            members = cast("set[Any]", value)
            self._sets.append((members, set(members)))

    def _tensor(self, tensor: Any) -> None:
        """One that may be state, or data."""
        if not _can_copy(tensor) or id(tensor) in self._tensors:
            return
        if _bytes(tensor) <= _LARGE or tensor.requires_grad or id(tensor) in self._written:
            self._own(tensor)
        elif not tensor.is_inference():
            self._data.append((tensor, tensor._version))

    def _own(self, tensor: Any) -> None:
        if tensor is None or id(tensor) in self._tensors or not _can_copy(tensor):
            return
        self._tensors[id(tensor)] = tensor
        if tensor.is_leaf and tensor.requires_grad:
            grad = tensor.grad
            self._grads.append((tensor, grad))
            self._own(grad)

    def _copied(self, reuse: TrainingState | None) -> list[Any]:
        """Copies of the tensors, in host memory."""
        old = reuse.take() if reuse is not None else {}
        copies: list[Any] = []
        lists: dict[tuple[Any, Any], tuple[list[Any], list[Any]]] = {}
        for key, tensor in self._tensors.items():
            saved = old.pop(key, None)
            if saved is None or saved.shape != tensor.shape or saved.dtype != tensor.dtype:
                saved = torch.empty_like(tensor, device="cpu", pin_memory=tensor.is_cuda)
            copies.append(saved)
            some = lists.setdefault((tensor.device, tensor.dtype), ([], []))
            some[0].append(saved)
            some[1].append(tensor.detach())
        old.clear()
        with torch.no_grad():
            for saved, tensors in lists.values():
                torch._foreach_copy_(saved, tensors, non_blocking=True)
        return copies

    def take(self) -> dict[int, Any]:
        """Its memory, by the ids of the tensors; the snapshot is of no use any more."""
        taken = dict(zip(self._tensors, self._copies, strict=True))
        self._copies = []
        return taken


def _can_copy(tensor: Any) -> bool:
    plain = tensor.layout is torch.strided and not tensor.is_quantized
    return bool(plain and not tensor.is_nested and has_data(tensor) and not _overlaps(tensor))


def _bytes(tensor: Any) -> int:
    return int(tensor.numel() * tensor.element_size())


def _overlaps(tensor: Any) -> bool:
    """Expanded: several elements share memory."""
    return any(
        stride == 0 and extent > 1
        for stride, extent in zip(tensor.stride(), tensor.shape, strict=True)
    )


def _same_rows(live: dict[Any, Any], saved: dict[Any, Any]) -> bool:
    """The same objects under the same keys, in the same order."""
    if len(live) != len(saved) or any(map(is_not, live.values(), saved.values())):
        return False
    return not any(map(is_not, live, saved))
