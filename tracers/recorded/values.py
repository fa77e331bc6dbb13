"""Values of a recorded run for the engine: cut from the file when they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..engine.lib import np
from ..engine.numbers import measure
from ..engine.run_file import RunFile
from ..engine.saved_values import SavedValue
from ..ir import TensorSummary
from ..protocol.refusal import Refusal
from .functions import NumPyFunctions
from .reading import guarded


@dataclass(slots=True)
class Held:
    """A value of the file, with what was known of it."""

    saved: SavedValue
    summary: TensorSummary


class RecordedBackend:
    """Implements the engine's Backend. Values are Held ones, and arrays that expressions gave."""

    def __init__(self, framework: str, file: RunFile, no_edits: str) -> None:
        self.no_edits = no_edits
        self._framework = framework
        self._file = file
        self._functions = NumPyFunctions(self._whole)

    @property
    def name(self) -> str:
        return self._framework

    @property
    def functions(self) -> NumPyFunctions:
        return self._functions

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype."""
        if isinstance(value, Held):
            return value.saved.shape, value.summary.dtype
        if isinstance(value, np.ndarray):
            array: Any = value
            return array.shape, array.dtype.name
        return (), type(value).__name__

    def summarize(self, value: object) -> TensorSummary:
        """What was saved of it; of an array, its statistics."""
        if isinstance(value, Held):
            return value.summary
        if not isinstance(value, np.ndarray):
            text = repr(value)
            return TensorSummary((), type(value).__name__, text=text[:80])
        array: Any = value
        found = measure(array)
        return TensorSummary(
            array.shape,
            array.dtype.name,
            "cpu",
            array.nbytes,
            found.minimum,
            found.maximum,
            found.mean,
            found.rms,
            found.nan,
            found.posinf,
            found.neginf,
        )

    def keep(self, value: object) -> object:
        """The value: nothing writes to it."""
        return value

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any:
        """A NumPy array of a part. Raises Refusal where there are no elements, or the file is
        damaged."""
        if isinstance(value, Held):
            saved = value.saved
            return guarded(lambda: saved.cut(self._file, index), self._file.name)
        if isinstance(value, (bool, int, float, complex, np.ndarray)):
            return np.asarray(value)[index]
        raise Refusal("no-data", f"A {type(value).__name__} has no elements to show.")

    def _whole(self, value: object) -> Any:
        """For expressions: all of it, as an array."""
        if isinstance(value, Held):
            return self.cut(value, (slice(None),) * len(value.saved.shape))
        return value
