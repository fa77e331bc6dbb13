"""What a run has where it was given another run's values."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import count

from ..ir import Ref
from ..protocol.refusal import Refusal
from .lib import Array, np


@dataclass(slots=True)
class Patched:
    """Values that a run has where it is patched, held in memory up to a budget, else in files."""

    arrays: dict[Ref, Array] = field(default_factory=dict[Ref, Array])
    held: int = 0
    _numbers: count[int] = field(default_factory=count)

    def keep(self, ref: Ref, array: Array, budget: int, folder: str) -> None:
        """Raises Refusal where a file cannot be written."""
        if self.held + array.nbytes <= budget:
            self.held += array.nbytes
            self.arrays[ref] = array
            return
        path = os.path.join(folder, f"patched{next(self._numbers)}.npy")
        try:
            np.save(path, array, allow_pickle=False)
        except OSError as error:
            raise Refusal("not-written", f"{path} could not be written: {error}.") from error
        self.arrays[ref] = np.load(path, mmap_mode="r", allow_pickle=False)

    def clear(self) -> None:
        """The run is as it was."""
        self.arrays.clear()
        self.held = 0
