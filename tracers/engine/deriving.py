"""Makes of a model what another run of it is held against: another dtype, mode or other weights."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from ..protocol.refusal import Refusal
from .backend import Inputs, LoadOptions, Program, Progress
from .lib import np

_COMPILED = ("compile", "jit")
_DTYPES = ("bfloat16", "float16", "float64")


@runtime_checkable
class Deriving(Protocol):
    """A loader that knows how. Every method raises Refusal "bad-way" with one sentence."""

    def derive(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions
    ) -> tuple[object, Inputs]:
        """The model and its inputs, changed as `way` says ("bfloat16", "train", "weights:FILE");
        they may be changed in place."""
        ...

    def open_compiled(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions, progress: Progress
    ) -> Program:
        """A program that runs it as compiled graphs ("compile:inductor", "jit")."""
        ...


def open_derived(
    loader: object,
    target: object,
    inputs: Inputs,
    ways: list[str],
    options: LoadOptions,
    progress: Progress,
) -> Program | None:
    """As the ways say, one after another; None where there is none. Raises Refusal."""
    if not ways:
        return None
    if not isinstance(loader, Deriving):
        raise Refusal("bad-way", f"Nothing can be derived from {options.name}: it cannot be run.")
    for way in ways:
        word = way.partition(":")[0]
        if word in _COMPILED:
            return loader.open_compiled(target, inputs, way, options, progress)
        target, inputs = loader.derive(target, inputs, way, options)
    opened: Any = loader
    program = opened.open(target, inputs, options, progress)
    dtype = next((way for way in ways if way in _DTYPES), "")
    if dtype and program.facts.dtype != dtype:  # its weights are cast as they are used
        program.facts = replace(program.facts, dtype=dtype)
    return program


def seed_before_import() -> None:
    """Both runs of a model shall have the same weights: Python's and NumPy's dice begin alike.

    PyTorch's do so by themselves."""
    random.seed(0)
    np.random.seed(0)


def seed_before_building() -> None:
    """The same for TensorFlow's, once the user's code has imported it."""
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is not None and hasattr(tensorflow, "random"):
        tensorflow.random.set_seed(0)
