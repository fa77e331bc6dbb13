"""What a headless run came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...tracers.ir import MapFacts, ModelFacts, Run
from ...tracers.ir.finding import Finding as Told


@dataclass(frozen=True, slots=True)
class Verified:
    """Traced runs against plain ones.

    Attributes:
        max_abs_diff: over all outputs; None where nothing could be subtracted.
        plain_seconds, traced_seconds: medians.
        exact: both sides ran under the exact settings.
    """

    equal: bool
    max_abs_diff: float | None
    plain_seconds: float
    traced_seconds: float
    exact: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Traced over plain time."""
        return self.traced_seconds / self.plain_seconds if self.plain_seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the debugger noticed.

    Attributes:
        kind: "non-finite", "nan", "outside", "watch", "failed" or "threads".
        record: index of the record it was seen at, -1 for none.
        message: one sentence, and how far it spread.
        told: all that the debuggee says of it; None where it says nothing.
    """

    kind: str
    record: int
    message: str
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of a finished run that the report speaks of.

    Attributes:
        seconds: the model's own time, stops not counted.
        kept_bytes: of the values held at the end.
        error: the message where the model raised, else "".
        deviation: largest difference of the outputs from a plain run's, None where not known.
        edited: it is a run with edits.
        notes: on how the edits were done.
        unwritten: why the run could not be written as source, "" where it was or need not be.
    """

    spec: str
    run: Run
    map: MapFacts
    facts: ModelFacts
    seconds: float
    kept_bytes: int
    error: str = ""
    verified: Verified | None = None
    deviation: float | None = None
    findings: list[Finding] = field(default_factory=list["Finding"])
    unwritten: str = ""
    edited: bool = False
    notes: list[str] = field(default_factory=list[str])
