"""A slice as Python code that makes it again."""

from __future__ import annotations

import numpy as np

from .pieces import Array

MOST = 20_000


def numpy_code(values: Array, remark: str) -> str:
    """ "np.array([[…]], dtype=np.float32)  # remark"; every digit that matters is kept."""
    if values.dtype.kind == "O":
        return f"# {remark}\n{values.tolist()!r}"
    with np.printoptions(threshold=MOST + 1, linewidth=96, nanstr="np.nan", infstr="np.inf"):
        body = np.array2string(values, separator=", ", floatmode="unique")
    name = str(values.dtype)
    dtype = "bool" if name == "bool" else f"np.{name}"
    return f"# {remark}\nnp.array({body}, dtype={dtype})"
