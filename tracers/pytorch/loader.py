"""The way in: what this backend takes, and how it becomes a program. torch is imported late."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from ..engine.backend import Attached, Inputs, LoadOptions, Program, Progress
from ..engine.calls import Calls
from ..engine.step_options import StepOptions
from ..protocol.refusal import Refusal


class TorchLoader:
    """Implements the engine's Loader for PyTorch."""

    def claims(self, target: object) -> bool:
        """A module, scripted or exported program, tensor, or any callable while torch is loaded."""
        torch: Any = sys.modules.get("torch")
        if torch is None:
            return False
        if isinstance(target, (torch.nn.Module, torch.Tensor, torch.ScriptFunction)):
            return True
        if type(target).__name__ == "ExportedProgram":
            return True
        return callable(target) and not isinstance(target, type) and not _is_foreign(target)

    def open_artefact(self, path: str, options: LoadOptions, progress: Progress) -> object:
        """The model in a .pt2, .pt or .pth file, or in a Hugging Face folder."""
        return _part("artefacts").open_artefact(path, options, progress)

    def tensor(self, array: Any) -> object:
        """A NumPy array as a tensor of the same dtype."""
        return _part("inputs").tensor(array)

    def example_inputs(self, target: object) -> Inputs | None:
        """Inputs that the model brings along, None where it brings none."""
        return _part("inputs").example_inputs(target)

    def open(
        self, target: object, inputs: Inputs, options: LoadOptions, progress: Progress
    ) -> Program:
        """A program ready to run."""
        if not callable(target) and type(target).__name__ != "ExportedProgram":
            raise Refusal("bad-model", f"A {type(target).__name__} cannot be run as a model.")
        return _part("program").open_program(target, inputs, options, progress)

    def derive(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions
    ) -> tuple[object, Inputs]:
        """The same model for another run."""
        return _part("derived").derive(target, inputs, way, options)

    def open_compiled(
        self, target: object, inputs: Inputs, way: str, options: LoadOptions, progress: Progress
    ) -> Program:
        """Under torch.compile."""
        backend = way.partition(":")[2]
        return _part("compiled_program").open_compiled(target, inputs, backend, options)

    def attach(self, target: object, inputs: Inputs | None, name: str) -> Attached:
        """A model that this process runs by itself."""
        return _part("attached").TorchAttached(target, inputs, name)

    def count(self, calls: Calls) -> None:
        """Every module's outermost calls."""
        _part("counting").count(calls)

    def watch_steps(
        self, step: Callable[..., Any], given: list[Any], options: StepOptions
    ) -> Callable[..., Any]:
        """A training step's function, watched."""
        return _part("watched_steps").watch_steps(step, given, options)


LOADER = TorchLoader()


def _part(name: str) -> Any:
    return importlib.import_module(f"{__package__}.{name}")


def _is_foreign(target: object) -> bool:
    """Something of TensorFlow's or Keras's own."""
    homes = (kind.__module__.partition(".")[0] for kind in type(target).__mro__)
    return any(home in ("tensorflow", "keras", "tf_keras") for home in homes)
