"""A device "dummy" made of the host's memory, which counts what is fetched from it.

Registering it cannot be undone, so only a process of its own may import this.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._pytree import tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "dummy"

_setup_privateuseone_for_python_backend(NAME)

fetched: list[int] = []  # bytes of each copy to the host
waited: list[str] = []  # ops that handed a number to Python
_memory: dict[int, torch.Tensor] = {}  # by storage, what it holds
_alive: list[torch.UntypedStorage] = []  # so that their ids stay unique


def _made(raw: torch.Tensor) -> torch.Tensor:
    """A tensor on the device with this content."""
    tensor: torch.Tensor = torch._C._acc.create_empty_tensor(raw.shape, raw.dtype)
    storage = tensor.untyped_storage()
    _alive.append(storage)
    _memory[storage._cdata] = raw.clone(memory_format=torch.contiguous_format)
    return tensor


def _raw(tensor: Any) -> Any:
    """The host's memory behind a tensor of the device."""
    if not isinstance(tensor, torch.Tensor) or tensor.device.type != NAME:
        return tensor
    flat = _memory[tensor.untyped_storage()._cdata].view(-1)
    return flat.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())


def _fall_back(op: Any, *args: Any, **kwargs: Any) -> Any:
    named = tree_map(_raw, kwargs)
    if named.get("device") is not None:
        named["device"] = "cpu"
    name = op._schema.name
    result = op(*tree_map(_raw, args), **named)
    if name == "aten::_local_scalar_dense":
        waited.append(name)
    return tree_map(lambda out: _made(out) if isinstance(out, torch.Tensor) else out, result)


def _copy_from(source: Any, target: Any, non_blocking: bool = False) -> Any:
    if target.device.type == "cpu":
        fetched.append(source.numel() * source.element_size())
    _raw(target).copy_(_raw(source))
    return target


def _empty(size: Any, *, dtype: Any = None, **_: Any) -> torch.Tensor:
    return _made(torch.empty(size, dtype=dtype))


def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, **_: Any) -> torch.Tensor:
    return _made(torch.empty(size, dtype=dtype))


def _as_strided(tensor: Any, size: Any, stride: Any, offset: Any = None) -> torch.Tensor:
    flat = _memory[tensor.untyped_storage()._cdata].view(-1)
    return _made(flat.as_strided(size, stride, offset or 0))


_all = torch.library.Library("_", "IMPL")
_all.fallback(_fall_back, "PrivateUse1")
_aten = torch.library.Library("aten", "IMPL")
for _name, _function in (
    ("_copy_from", _copy_from),
    ("empty.memory_format", _empty),
    ("empty_strided", _empty_strided),
    ("as_strided", _as_strided),
):
    _aten.impl(_name, _function, "PrivateUse1")
