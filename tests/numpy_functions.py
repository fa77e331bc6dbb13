"""NumPy as a framework for expressions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def _over(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(value: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return np.asarray(function(value, axis=dim, keepdims=keepdim))

    return run


class NumpyFunctions:
    """Values are NumPy arrays."""

    table: Mapping[str, Callable[..., Any]] = {
        "abs": np.abs,
        "all": _over(np.all),
        "any": _over(np.any),
        "isnan": np.isnan,
        "max": _over(np.max),
        "min": _over(np.min),
        "sum": _over(np.sum),
    }

    def quiet(self) -> contextlib.AbstractContextManager[object]:
        return np.errstate(all="ignore")

    def is_tensor(self, value: object) -> bool:
        return type(value) is np.ndarray

    def take(self, value: Any) -> Any:
        return value

    def shape(self, value: Any) -> tuple[int, ...]:
        return value.shape

    def dtype(self, value: Any) -> str:
        return value.dtype.name

    def device(self, value: Any) -> str:
        return "cpu"

    def item(self, value: Any) -> Any:
        return value.item()

    def index(self, value: Any, key: Any) -> Any:
        return np.asarray(value[key])
