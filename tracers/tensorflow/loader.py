"""The way in: what this backend can open, and how it becomes a program."""

from __future__ import annotations

import sys
import types
from functools import partial
from typing import Any

from ..engine.backend import Attached, Inputs, LoadOptions, Program, Progress
from ..engine.calls import Calls
from ..engine.step_options import StepOptions

_FUNCTIONS = (types.FunctionType, types.MethodType, partial)


class TensorFlowLoader:
    """Imports TensorFlow only where it is needed."""

    def claims(self, target: object) -> bool:
        """A layer, module, function or tensor of TensorFlow, or a plain function beside it."""
        tf: Any = sys.modules.get("tensorflow")
        if tf is None or not hasattr(tf, "Module"):
            return False
        if isinstance(target, (tf.Module, tf.Tensor, tf.Variable)) or is_function(target):
            return True
        if is_keras(target):
            return True
        if isinstance(target, _FUNCTIONS):
            return True
        return hasattr(target, "signatures") and hasattr(target, "graph_debug_info")

    def open_artefact(self, path: str, options: LoadOptions, progress: Progress) -> object:
        """A .keras, .h5, .pb or .tflite file, or a SavedModel folder."""
        from .artefacts import open_artefact

        return open_artefact(path, options, progress)

    def tensor(self, array: Any) -> object:
        """A NumPy array as a tensor."""
        from .lib import tf

        return tf.constant(array)

    def example_inputs(self, target: object) -> Inputs | None:
        """Made up from the model's inputs or signature."""
        from .signatures import example_inputs

        return example_inputs(target)

    def open(
        self, target: object, inputs: Inputs, options: LoadOptions, progress: Progress
    ) -> Program:
        """Trace the target on the inputs, and plan the trace."""
        from .lite import LiteModel
        from .lite_program import LiteProgram
        from .opening import open_program

        if isinstance(target, LiteModel):
            return LiteProgram(target, inputs, options)
        return open_program(target, inputs, options, progress)

    def derive(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions
    ) -> tuple[object, Inputs]:
        """The same model for another run."""
        from .derived import derive

        return derive(target, inputs, way, options)

    def open_compiled(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions, progress: Progress
    ) -> Program:
        """Under jit_compile."""
        from .jitted import open_jitted

        return open_jitted(target, inputs, options, progress)

    def attach(self, target: object, inputs: Inputs | None, name: str) -> Attached:
        """What somebody else's process runs, as a program."""
        from .attached import TensorFlowAttached

        return TensorFlowAttached(target, inputs, name)

    def count(self, calls: Calls) -> None:
        """Outermost calls of functions, and of Keras layers."""
        from .counting import count

        count(calls)

    def watch_fit(self, options: StepOptions) -> object:
        """A callback for Keras's fit."""
        from .watched_fit import watch_fit

        return watch_fit(options)


def is_function(target: object) -> bool:
    """A tf.function or one of its concrete functions."""
    return hasattr(target, "get_concrete_function") or (
        hasattr(target, "captured_inputs") and hasattr(target, "graph")
    )


def is_keras(target: object) -> bool:
    """A Keras layer or model that computes with TensorFlow."""
    keras: Any = sys.modules.get("keras")
    if keras is None or not hasattr(keras, "layers"):
        return False
    return isinstance(target, keras.layers.Layer) and keras.backend.backend() == "tensorflow"


LOADER = TensorFlowLoader()
