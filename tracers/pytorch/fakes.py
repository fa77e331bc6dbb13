"""torch's fake tensors with a quicker memory of what ops give for arguments of the same kind.

torch remembers that as well, but takes longer to look it up than most ops take to compute. What
is not plain (constants, unknown extents, data that decides) is left to torch.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .lib import FakeTensor, Tensor, exact_type, nn, torch

_fake: Any = importlib.import_module("torch._subclasses.fake_tensor")
_utils: Any = importlib.import_module("torch._library.utils")

_inside_kernel: Any = _fake.in_kernel_invocation_manager
_no_data: Any = torch._C._set_throw_on_mutable_data_ptr
_keys: Any = torch._C._dispatch_keys
_strided: Any = torch.strided
_device_of: Any = torch.ops.prim.device.default

_SCALARS = frozenset(
    {int, float, bool, complex, str, type(None)}
    | {torch.dtype, torch.device, torch.layout, torch.memory_format}
)
_TAGS = ("data_dependent_output", "dynamic_output_shape", "inplace_view")
_BY_STORAGE = ("strided", "set_", "resize", "lift")  # what they give depends on more than a shape


@dataclass(frozen=True, slots=True)
class _Made:
    """How an output is made anew.

    Attributes:
        base: place among the tensors given of the one whose memory it shows, -1 for none.
        attributes: that a fake tensor has in Python.
    """

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: Any
    base: int
    attributes: dict[str, Any]

    def make(self, mode: Any, given: Sequence[Any]) -> Any:
        """Another output like the one that was remembered."""
        with torch._C.DisableTorchFunction():
            if self.base < 0:
                bare = torch.empty_strided(self.shape, self.stride, dtype=self.dtype, device="meta")
            else:
                with _inside_kernel(mode):
                    base = given[self.base]
                    bare = torch.as_strided(base, self.shape, self.stride, self.offset)
            return _fake_of(bare, self.attributes)


# An output: how it is made, or the place of the argument that is given back.
_Output = _Made | int


def _dispatch(
    mode: Any,
    function: Any,
    types: Any,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    if function is _device_of:
        return args[0].device
    key: list[Any] = [
        function,
        torch.get_default_dtype(),
        torch._C._get_default_device(),
        torch.is_inference_mode_enabled(),
    ]
    given: list[Any] = []
    plain = mode.shape_env is None and _is_plain(function) and _describe(mode, args, key, given)
    if plain and kwargs:
        key.append(tuple(kwargs))
        plain = _describe(mode, kwargs.values(), key, given)
    place = tuple(key) if plain else ()
    known = mode.known.get(place)
    if known is not None:
        whole, outputs = known
        made = [
            given[output] if exact_type(output) is int else output.make(mode, given)
            for output in outputs
        ]
        return made[0] if whole is None else whole(made)
    # Torch's own memory compares arguments, and packed weights cannot be compared.
    mode.cache_enabled = mode.torch_remembers and (plain or mode.shape_env is not None)
    with torch._C.DisableTorchFunction():  # what torch does to find out is no op of the model
        result = mode.slow(mode, function, types, args, kwargs or {})
    if plain and (known := _remembered(mode, result, given)) is not None:
        mode.known[place] = known
    return result


# Made at run time: torch is `Any` here, and a class cannot be checked against such a base.
_Mode: Any = type(
    "QuickFakeTensorMode",
    (_fake.FakeTensorMode,),
    {
        "__torch_dispatch__": _dispatch,
        "_should_skip_dynamo": classmethod(lambda kind: False),  # else each call is wrapped in two
        "slow": staticmethod(_fake.FakeTensorMode.__torch_dispatch__),
    },
)


class Fakes:
    """Makes fake tensors, each once for a tensor. Entered through `mode`.

    Attributes:
        mode: inside, ops of fake tensors compute nothing.
    """

    def __init__(self, shape_env: Any = None) -> None:
        """`shape_env`: torch's, for extents that are not known."""
        self.mode: Any = _Mode(allow_non_fake_inputs=True, shape_env=shape_env, static_shapes=True)
        self.mode.torch_remembers = self.mode.cache_enabled
        self.mode.known = {}
        self._made: dict[int, Any] = {}
        self._held: list[Any] = []  # so that ids stay unique
        self._storages: dict[int, Any] = {}
        self._plain_keys: dict[Any, int] = {}

    def __call__(self, tensor: Any) -> Any:
        """The fake of a tensor."""
        made = self._made.get(id(tensor))
        if made is None:
            self._held.append(tensor)
            made = self._fake(tensor) if self._is_whole(tensor) else self.mode.from_tensor(tensor)
            self._made[id(tensor)] = made
        return made

    def forget(self) -> None:
        """Let go of all that was remembered."""
        self.mode.known.clear()

    def _is_whole(self, tensor: Any) -> bool:
        """It is plain, and shows the whole of its memory in order: it has no relations."""
        if self.mode.shape_env is not None or exact_type(tensor) not in (Tensor, nn.Parameter):
            return False
        device = tensor.device
        keys = self._plain_keys.get(device)
        if keys is None:
            keys = -1 if device.type == "meta" else _keys(torch.empty(0, device=device)).raw_repr()
            self._plain_keys[device] = keys
        return bool(
            _keys(tensor).raw_repr() == keys
            and tensor.is_leaf
            and tensor.grad is None
            and not tensor._is_view()
            and tensor.is_contiguous()
            and tensor.storage_offset() == 0
            and tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
            and getattr(tensor, "grad_dtype", tensor.dtype) == tensor.dtype
        )

    def _fake(self, tensor: Any) -> Any:
        storage = tensor.untyped_storage()._cdata
        bare = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
        if storage in self._storages:
            bare.set_(self._storages[storage], 0, tensor.shape, tensor.stride())
            bare = bare.data  # whose version has not counted that
        else:
            self._storages[storage] = bare.untyped_storage()
        fake = FakeTensor(self.mode, bare, tensor.device)
        if isinstance(tensor, nn.Parameter):
            fake._is_param = True
        fake.requires_grad = tensor.requires_grad
        self.mode.fake_tensor_converter.set_tensor_memo(tensor, fake)
        return fake


_plain: dict[Any, bool] = {}


def _is_plain(function: Any) -> bool:
    """What torch's own op gives follows from what its arguments are, whatever their data."""
    known = _plain.get(function)
    if known is None:
        known = _plain[function] = isinstance(function, torch._ops.OpOverload) and (
            bool(_utils.is_builtin(function))
            and not any(getattr(torch.Tag, tag) in function.tags for tag in _TAGS)
            and not any(word in str(function) for word in _BY_STORAGE)
        )
    return known


def _describe(mode: Any, values: Iterable[Any], key: list[Any], given: list[Any]) -> bool:
    """Write down what arguments are, and collect the tensors; False where one is not plain."""
    for value in values:
        kind = exact_type(value)
        if kind is FakeTensor:
            if (
                value.fake_mode is not mode
                or value.constant is not None
                or value.layout is not _strided
                or value._has_symbolic_sizes_strides
            ):
                return False
            given.append(value)
            key += _facts(value)
        elif kind in _SCALARS:  # 1, 1.0 and True are equal, and give different dtypes
            key.append(kind)
            key.append(value)
        elif kind is list or kind is tuple:
            key.append(kind)
            key.append(len(value))
            if not _describe(mode, value, key, given):
                return False
        else:
            return False
    return True


def _facts(fake: Any) -> tuple[Any, ...]:
    return (
        fake.shape,
        fake.stride(),
        fake.storage_offset(),
        fake.dtype,
        fake.fake_device,
        _keys(fake).raw_repr(),  # conjugate, negative, inference and the like
        fake.requires_grad,
    )


def _fake_of(bare: Any, attributes: dict[str, Any]) -> Any:
    fake = Tensor._make_subclass(
        FakeTensor,
        bare,
        False,
        dispatch_device=True,
        device_for_backend_keys=attributes["_fake_device"],
    )
    _no_data(fake)
    fake.__dict__.update(attributes)
    return fake


def _remembered(mode: Any, result: Any, given: list[Any]) -> tuple[Any, list[_Output]] | None:
    """How a result is made again; None where that cannot be."""
    kind = exact_type(result)
    whole = None if kind is FakeTensor else kind
    if whole not in (None, tuple, list):
        return None
    outputs: list[_Output] = []
    for output in [result] if whole is None else cast("list[Any]", result):
        place = next((n for n, tensor in enumerate(given) if tensor is output), -1)
        if place >= 0:
            outputs.append(place)
            continue
        made = _how(mode, output, given)
        if made is None:
            return None
        outputs.append(made)
    return whole, outputs


def _how(mode: Any, output: Any, given: list[Any]) -> _Made | None:
    """How an output is made; tried out before it is relied on."""
    if exact_type(output) is not FakeTensor or output.layout is not _strided:
        return None
    if output.fake_mode is not mode or output.constant is not None:
        return None
    if output._has_symbolic_sizes_strides or "_fake_device" not in output.__dict__:
        return None
    memory = output.untyped_storage()._cdata
    bases = [n for n, tensor in enumerate(given) if tensor.untyped_storage()._cdata == memory]
    if len(bases) > 1:
        return None
    made = _Made(
        tuple(output.shape),
        output.stride(),
        output.storage_offset(),
        output.dtype,
        bases[0] if bases else -1,
        dict(output.__dict__),
    )
    again = made.make(mode, given)
    alike = _facts(again) == _facts(output) and again.__dict__.keys() == output.__dict__.keys()
    sizes = [tensor.untyped_storage().nbytes() for tensor in (again, output)]
    return made if alike and sizes[0] == sizes[1] else None
