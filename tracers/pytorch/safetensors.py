"""Reads .safetensors files: a JSON header with dtypes, shapes and offsets, then the bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..protocol.refusal import Refusal
from .lib import torch

_LARGEST_HEADER = 100 << 20
_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def read_safetensors(file: Path) -> dict[str, Any]:
    """The tensors by name. Raises Refusal "bad-way" where the file is damaged."""
    try:
        return _read(file)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise Refusal("bad-way", f"{file.name} is no file of weights: {error}.") from error


def _read(file: Path) -> dict[str, Any]:
    with open(file, "rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        if not 0 < size <= _LARGEST_HEADER:
            raise ValueError("its header is broken")
        header: dict[str, Any] = json.loads(stream.read(size))
        body = bytearray(stream.read())
    found: dict[str, Any] = {}
    for name, row in header.items():
        if name == "__metadata__":
            continue
        first, end = row["data_offsets"]
        dtype: Any = getattr(torch, _DTYPES[row["dtype"]])
        shape = [int(extent) for extent in row["shape"]]
        if first == end:
            found[name] = torch.empty(shape, dtype=dtype)
            continue
        count = (end - first) // dtype.itemsize
        found[name] = torch.frombuffer(body, dtype=dtype, count=count, offset=first).reshape(shape)
    return found
