"""What torch's functions are called in the graph, and which of them are no ops at all."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

# Properties that compute, or stand for a value of their own; every other one is only read.
PROPERTIES = frozenset({"T", "mT", "H", "mH", "real", "imag", "data"})
_HIDDEN_NAMES = (
    "_base _cdata _is_view _version _backward_hooks _grad_fn __array_wrap__ __dlpack_device__"
    " __format__ __hash__ __len__ __reduce_ex__ __repr__ __setstate__ __str__ __dir__ autocast"
    " backward can_cast const_data_ptr data_ptr dense_dim device dim dim_order element_size finfo"
    " get_device has_names is_coalesced is_complex is_conj is_contiguous is_distributed"
    " is_floating_point is_inference is_neg is_pinned is_same_size is_set_to is_shared is_signed"
    " is_storage is_tensor module_load ndimension nelement numel promote_types"
    " q_per_channel_axis q_scale q_zero_point qscheme record_stream register_hook"
    " register_post_accumulate_grad_hook requires_grad_ result_type retain_grad share_memory_ size"
    " sparse_dim storage storage_offset storage_type stride untyped_storage"
    " _autocast_to_full_precision _autocast_to_reduced_precision sym_float sym_int sym_ite sym_max"
    " sym_min sym_not sym_sum _sym_sqrt _coalesced_ _nnz _dimI _dimV"
    " _clear_non_serializable_cached_data _is_all_true broadcast_shapes manual_seed grad"
    " _record_function_enter_new"
)
_HIDDEN = frozenset(_HIDDEN_NAMES.split())
_OPERATORS = {
    "idiv": "div_",
    "iadd": "add_",
    "imul": "mul_",
    "isub": "sub_",
    "imod": "remainder_",
    "ifloordiv": "floor_divide_",
    "iand": "bitwise_and_",
    "ior": "bitwise_or_",
    "ixor": "bitwise_xor_",
    "ilshift": "bitwise_left_shift_",
    "irshift": "bitwise_right_shift_",
    "itruediv": "div_",
    "ipow": "pow_",
    "radd": "add",
    "rsub": "sub",
    "rmul": "mul",
    "rdiv": "div",
    "rtruediv": "div",
    "truediv": "div",
    "rpow": "pow",
    "floordiv": "floor_divide",
    "rfloordiv": "floor_divide",
    "mod": "remainder",
    "rmod": "remainder",
    "rmatmul": "matmul",
    "and": "bitwise_and",
    "rand": "bitwise_and",
    "or": "bitwise_or",
    "ror": "bitwise_or",
    "xor": "bitwise_xor",
    "rxor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rlshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
    "rrshift": "bitwise_right_shift",
    "invert": "bitwise_not",
    "reversed": "flip",
    "iter": "unbind",
    "deepcopy": "clone",
}
_GET, _SET = "__get__", "__set__"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a function is treated.

    Attributes:
        name: the op's type, "" for what is no op.
        iterates: the result is an iterator over tensors.
        running: place of the running statistics that a norm writes without a mark, 0 for none.
    """

    name: str
    iterates: bool = False
    running: int = 0


_kinds: dict[Any, Kind] = {}


def kind_of(function: Any) -> Kind:
    """How to treat a function that torch hands to a mode."""
    kind = _kinds.get(function)
    if kind is None:
        kind = _kinds[function] = _kind(function)
    return kind


def _kind(function: Any) -> Kind:
    raw = str(getattr(function, "__name__", "") or type(function).__name__)
    if raw in (_GET, _SET):
        field = property_name(function)
        if field not in PROPERTIES:
            return Kind("")
        return Kind(field if raw == _GET else f"set_{field}")
    schema = getattr(function, "_schema", None)
    if schema is not None:
        space, _, raw = str(schema.name).partition("::")
        if space in ("prim", "profiler"):
            return Kind("")
    if raw in _HIDDEN or _is_setting(raw, function):
        return Kind("")
    name = op_name(raw)
    running = 0
    if raw in ("batch_norm", "instance_norm"):  # torch's own takes them after the weights
        running = 1 if inspect.isfunction(function) else 3
    return Kind(name, raw == "__iter__", running)


def op_name(raw: str) -> str:
    """A function's name as an op type ("__rsub__" → "sub", "add.Tensor" → "add")."""
    name = raw.partition(".")[0]
    if name.startswith("__") and name.endswith("__"):
        return _OPERATORS.get(name[2:-2], name[2:-2])
    return name


def _is_setting(raw: str, function: Any) -> bool:
    """torch._C's own switches (`_set_grad_enabled`), which take and give no tensor."""
    home = getattr(getattr(function, "__self__", None), "__name__", "")
    return raw.startswith("_") and not raw.startswith("__") and home == "torch._C"


def property_name(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    name = getattr(owner, "__name__", "")
    if not name:
        name = getattr(getattr(owner, "fget", None), "__name__", "")
    return str(name)
