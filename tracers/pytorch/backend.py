"""What the engine asks of PyTorch's values: describe, summarize, keep and cut them."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from ..engine.replacements import Verdict
from ..ir import TensorSummary
from ..protocol.refusal import Refusal
from .devices import OnDevices, can_wait, has_accelerator, numbers_of_all
from .differences import difference
from .edits import like
from .functions import TorchFunctions
from .lib import (
    Tensor,
    Unrecorded,
    exact_type,
    has_data,
    is_layered,
    is_tensor,
    is_watched,
    is_wrapped,
    torch,
)
from .statistics import Shared, Statistics, dtype_name, shape_of

np: Any = importlib.import_module("numpy")

_lazy_clone: Any = getattr(torch, "_lazy_clone", None)
_data_address: Any = getattr(torch._C, "_data_address", None)  # looks without parting storages
_SMALL = 1 << 20  # bytes: a part this small of a large storage is copied, not shared
_DENSE_LIMIT = 1 << 26  # elements of a sparse tensor that may be filled in to cut it
_FUNCTIONS = TorchFunctions()
_STRIDED = torch.strided
_SHARING = frozenset({"cpu", "cuda"})  # devices whose storages are known to be shared well
_NUMPY_LACKS = frozenset({"bfloat16"})


def snapshot(tensor: Any) -> Any:
    """A value that later writes do not change; copy-on-write where the storage allows it."""
    shares = tensor.device.type in _SHARING and not tensor.is_quantized  # those it would corrupt
    if _lazy_clone is not None and shares:
        try:
            return _lazy_clone(tensor)
        except (RuntimeError, NotImplementedError):
            pass  # memory that is shared with NumPy, another process or a file
    if tensor.is_quantized and tensor.qscheme() is torch.per_channel_affine_float_qparams:
        return torch._make_per_channel_quantized_tensor(  # which has no clone
            tensor.int_repr(),
            tensor.q_per_channel_scales(),
            tensor.q_per_channel_zero_points(),
            tensor.q_per_channel_axis(),
        )
    return tensor.clone()


def written_since(tensor: Any, saved: Any, version: int) -> bool:
    """May the tensor have been written since its snapshot `saved` was taken at `version`?

    Some kernels write without counting versions (running statistics); they part the two storages.
    """
    if not tensor.is_inference() and tensor._version != version:
        return True
    if _data_address is None or not torch._C._is_cow_tensor(tensor):
        return True
    return bool(_data_address(tensor) != _data_address(saved))


_MOVING = frozenset(
    {
        "broadcast_to", "cat", "chunk", "clone", "contiguous", "detach", "expand", "expand_as",
        "flatten", "flip", "getitem", "hardtanh", "max_pool1d", "max_pool2d", "max_pool3d",
        "movedim", "narrow", "permute", "relu", "relu6", "relu_", "repeat", "reshape", "roll",
        "select", "split", "squeeze", "stack", "swapaxes", "t", "tile", "transpose", "unbind",
        "unflatten", "unsqueeze", "view",
    }
)  # fmt: skip

_SPREADING = frozenset(
    {"add", "add_", "batch_norm", "group_norm", "instance_norm", "layer_norm", "mul", "sub"}
)  # whose every element reads an element, or all of its group, in sums and products


class TorchBackend:
    """The engine's view of torch's values."""

    no_edits = ""

    def __init__(self) -> None:
        self._statistics = Statistics()

    @property
    def name(self) -> str:
        return "PyTorch"

    @property
    def functions(self) -> TorchFunctions:
        return _FUNCTIONS

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype without touching the data."""
        if not is_tensor(value):
            return (), type(value).__name__
        tensor: Any = value
        return shape_of(tensor), dtype_name(tensor.dtype)

    def summarize(self, value: object) -> TensorSummary:
        """Statistics, accumulated wider than the value."""
        return self._statistics.summarize(value)

    def keep(self, value: object) -> object:
        """A snapshot without its autograd history."""
        if isinstance(value, np.ndarray):
            array: Any = value
            return array.copy()
        if not is_tensor(value):
            return value
        tensor: Any = value
        if is_wrapped(tensor):
            return tensor.detach()  # lives only inside vmap; nothing can be read of it
        if is_layered(tensor):
            with torch._C.DisableTorchFunction():  # its own dispatch is what it consists of
                return tensor.detach()
        with Unrecorded():
            bare = tensor.detach() if not tensor.is_inference() else tensor
            if not has_data(bare) or bare.layout is not torch.strided or bare.is_nested:
                return bare
            if _is_crumb(bare):
                return bare.clone()
            return snapshot(bare)

    @property
    def moving(self) -> frozenset[str]:
        return _MOVING

    @property
    def spreading(self) -> frozenset[str]:
        return _SPREADING

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        """`keep` and what a glance tells: that all is finite, with statistics pending."""
        if exact_type(value) is Tensor:
            tensor: Any = value
            if tensor.is_cpu and not is_wrapped(tensor):
                if is_watched():
                    with Unrecorded():
                        taken = self._take(tensor, finite)
                else:
                    taken = self._take(tensor, finite)
                if taken is not None:
                    return taken
            elif not tensor.is_cpu and self._can_wait(tensor):
                return self.keep(tensor), self._statistics.unseen(tensor)
        return self.keep(value), self.summarize(value)

    def _can_wait(self, tensor: Any) -> bool:
        """Its statistics may come later, and whether it is finite as well: it is elsewhere."""
        plain = tensor.layout is _STRIDED and not tensor.is_quantized and not tensor.is_nested
        return bool(plain and has_data(tensor) and tensor.numel() and can_wait(tensor))

    def _take(self, tensor: Any, finite: str) -> tuple[object, TensorSummary] | None:
        bare = tensor.detach() if tensor.requires_grad else tensor
        if bare.layout is not _STRIDED or bare.is_quantized or bare.is_nested or not bare.numel():
            return None
        known = self._statistics.glance(bare, finite)
        if known is None:
            return None
        part = tensor._is_view() or tensor.is_inference()  # whose views do not say so
        return bare.clone() if part and _is_crumb(bare) else snapshot(bare), known

    def elsewhere(self) -> OnDevices | None:
        """For the values of one run that are on accelerators; None where there are none."""
        return OnDevices() if has_accelerator() else None

    def summarize_all(self, values: Sequence[object]) -> list[TensorSummary]:
        """Statistics of snapshots; views of one storage read it once."""
        shared: Shared = {}
        found: dict[int, TensorSummary] = {}
        away = [n for n, value in enumerate(values) if is_tensor(value) and not value.is_cpu]
        if away := [n for n in away if self._can_wait(values[n])]:
            with Unrecorded():
                numbers = numbers_of_all([values[n] for n in away])
            for n, known in zip(away, numbers, strict=True):
                if known is not None:
                    found[n] = self._statistics.told(values[n], known)
        return [
            found[n] if n in found else self._statistics.summarize(value, shared)
            for n, value in enumerate(values)
        ]

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any:
        """A NumPy array of a basic-indexed part, cut before it is copied."""
        if not is_tensor(value):
            return _cut_plain(value, index)
        tensor: Any = value
        if is_wrapped(tensor):
            raise Refusal("no-data", "This value lives inside vmap and cannot be read alone.")
        with Unrecorded():
            if not has_data(tensor):
                raise Refusal("no-data", f"This {_kind(tensor)} tensor has a shape but no data.")
            return _to_numpy(_part(tensor.detach(), index))

    def like(self, value: object, array: Any) -> object:
        """A new tensor like a tensor, with an array's numbers."""
        return like(value, array)

    def difference(self, one: object, other: object) -> Verdict:
        """Of two kept values, bit by bit."""
        return difference(one, other)


def _is_crumb(tensor: Any) -> bool:
    """A small part of a large storage, which keeping it would hold alive."""
    size = tensor.numel() * tensor.element_size()
    return size <= _SMALL and tensor.untyped_storage().nbytes() > 8 * size


def _kind(tensor: Any) -> str:
    return "meta" if tensor.is_meta else type(tensor).__name__


def _part(tensor: Any, index: tuple[int | slice, ...]) -> Any:
    if tensor.is_nested:
        raise Refusal("no-data", "A nested tensor has no even shape to show.")
    if tensor.is_quantized and tensor.qscheme() is torch.per_channel_affine_float_qparams:
        return tensor.dequantize()[index]  # it has no slices
    if tensor.is_quantized:
        return tensor[index].dequantize()
    if tensor.layout is torch.strided:
        return tensor[index]
    if tensor.numel() > _DENSE_LIMIT:
        tensor = _narrow_sparse(tensor, index)
        if tensor.numel() > _DENSE_LIMIT:
            raise Refusal(
                "no-data",
                f"This sparse tensor has {tensor.numel():,} elements, too many to fill in.",
            )
        index = tuple(slice(None) if isinstance(pick, slice) else 0 for pick in index)
    return tensor.to_dense()[index]


def _narrow_sparse(tensor: Any, index: tuple[int | slice, ...]) -> Any:
    """The picked range of a sparse tensor, every axis kept, still sparse."""
    if tensor.layout is not torch.sparse_coo:
        tensor = tensor.to_sparse()
    for axis, pick in enumerate(index):
        if isinstance(pick, slice):
            picked = torch.arange(*pick.indices(tensor.shape[axis]))
        else:
            picked = torch.tensor([pick])
        tensor = tensor.index_select(axis, picked.to(tensor.device))
    return tensor


def _to_numpy(part: Any) -> Any:
    part = part.resolve_conj().resolve_neg()
    name = dtype_name(part.dtype)
    if name in _NUMPY_LACKS or name.startswith("float8"):
        part = part.float()
    elif name == "complex32":
        part = part.to(torch.complex64)
    part = part.cpu().contiguous()
    if torch._C._is_cow_tensor(part):  # NumPy would have the whole storage copied
        part = part.clone()
    return part.numpy()


def _cut_plain(value: object, index: tuple[int | slice, ...]) -> Any:
    if isinstance(value, (bool, int, float, complex, list, tuple, np.ndarray)):
        try:
            array = np.asarray(value)
        except ValueError as error:  # rows of unequal length
            raise Refusal("no-data", "This list has no even shape to show.") from error
        if array.dtype != object:
            return array[index]
    return np.asarray(str(value), dtype=object)
