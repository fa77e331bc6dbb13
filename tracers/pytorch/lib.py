"""torch as `Any`: its stubs leave strict checking with unknown types."""

from __future__ import annotations

import importlib
from typing import Any, TypeGuard

torch: Any = importlib.import_module("torch")
nn: Any = torch.nn
Tensor: Any = torch.Tensor
exact_type: Any = type  # of one argument
FakeTensor: Any = importlib.import_module("torch._subclasses.fake_tensor").FakeTensor

is_wrapped: Any = torch._C._functorch.is_functorch_wrapped_tensor
_is_traceable: Any = importlib.import_module(
    "torch.utils._python_dispatch"
).is_traceable_wrapper_subclass


def is_tensor(value: object) -> TypeGuard[Any]:
    """It is a torch tensor of any kind."""
    return isinstance(value, Tensor)


def has_data(tensor: Any) -> bool:
    """It has elements that can be read here: no meta or fake tensor, no wrapper around others."""
    kind = exact_type(tensor)
    if kind is not Tensor and (isinstance(tensor, FakeTensor) or _is_traceable(tensor)):
        return False
    return not (is_wrapped(tensor) or tensor.is_meta)


def is_layered(tensor: Any) -> bool:
    """It wraps other tensors in Python (a jagged one: values and offsets)."""
    return exact_type(tensor) is not Tensor and _is_traceable(tensor)


_function_modes: Any = torch._C._len_torch_function_stack
_dispatch_modes: Any = torch._C._len_torch_dispatch_stack


def is_watched() -> bool:
    """Some mode would see what is done with plain tensors here."""
    return bool(_function_modes() or _dispatch_modes())


class Unrecorded:
    """Inside, torch's functions are nobody's business: no mode sees them."""

    __slots__ = ("_dispatch", "_function")

    def __enter__(self) -> None:
        self._function: Any = torch._C.DisableTorchFunction()
        self._dispatch: Any = torch._C._DisableTorchDispatch()
        self._function.__enter__()
        self._dispatch.__enter__()

    def __exit__(self, *error: object) -> None:
        self._dispatch.__exit__(*error)
        self._function.__exit__(*error)
