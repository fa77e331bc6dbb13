"""Ops that give on what they read: padded, cut, or kept in a list."""

from __future__ import annotations

_FAMILIES = {
    "pad": "Pad PadV2 pad constant_pad_nd",
    "cut": "StridedSlice Slice Split SplitV Unpack getitem select slice narrow split chunk unbind"
    " split_with_sizes unsafe_split unsafe_chunk",
    "list": "TensorListGetItem TensorListSetItem TensorListStack TensorListFromTensor"
    " TensorListReserve TensorArrayReadV3 TensorArrayWriteV3 TensorArrayGatherV3"
    " TensorArrayScatterV3",
}  # fmt: skip
_FAMILY = {name: kind for kind, names in _FAMILIES.items() for name in names.split()}


def family(type_: str) -> str:
    """Which kind of those an op is, "" for all others."""
    return _FAMILY.get(type_.removeprefix("aten."), "")
