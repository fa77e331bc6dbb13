"""The way in: a file becomes a program that has run already."""

from __future__ import annotations

from typing import Any

from ..engine.backend import Inputs, LoadOptions, Program, Progress
from ..engine.run_file import RunFile
from ..protocol.refusal import Refusal
from .program import RecordedProgram
from .reading import read_run


class RecordedLoader:
    """Implements the engine's Loader for recorded runs."""

    def claims(self, target: object) -> bool:
        """What this loader has opened."""
        return isinstance(target, RunFile)

    def open_artefact(self, path: str, options: LoadOptions, progress: Progress) -> object:
        """The file."""
        return RunFile(path)

    def tensor(self, array: Any) -> object:
        """The array."""
        return array

    def example_inputs(self, target: object) -> Inputs | None:
        """None are needed."""
        return (), {}

    def open(
        self, target: object, inputs: Inputs, options: LoadOptions, progress: Progress
    ) -> Program:
        """The run of the file. Raises Refusal where it is damaged."""
        if not isinstance(target, RunFile) or inputs[0] or inputs[1]:
            raise Refusal("bad-input", "A recorded run takes no inputs: it has run already.")
        progress("Reading the run")
        return RecordedProgram(target, read_run(target))


LOADER = RecordedLoader()
