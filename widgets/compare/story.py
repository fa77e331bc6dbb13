"""What the comparison of two runs shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...tracers.compare.result import Comparison
from ...tracers.ir import ModelFacts, Run


@dataclass(frozen=True, slots=True)
class Half:
    """One side.

    Attributes:
        name: "A" or "B".
        run: the whole of it; it runs no more.
        spec: what the user named it by.
    """

    name: str
    run: Run
    facts: ModelFacts
    spec: str


@dataclass(frozen=True, slots=True)
class Story:
    """Two runs and what comparing them came to.

    Attributes:
        tolerance: the error (of `Pair.error`) from which on a pair counts as over tolerance.
    """

    a: Half
    b: Half
    found: Comparison
    tolerance: float


@dataclass(frozen=True, slots=True)
class Both:
    """The elements of one pair, in the layout that A has.

    Attributes:
        pair: index in `Comparison.pairs`.
        a, b: of one shape; may be memory-mapped files, so only pieces are ever read.
        facts: (name, text) of the whole difference: max, mean, median, cosine, over tol.
    """

    pair: int
    a: npt.NDArray[np.generic]
    b: npt.NDArray[np.generic]
    facts: tuple[tuple[str, str], ...] = ()
