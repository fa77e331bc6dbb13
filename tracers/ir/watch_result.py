"""What is known of a watchpoint in one run."""

from __future__ import annotations

from dataclasses import dataclass, field

from .watchpoint import WatchHit


@dataclass(slots=True)
class WatchResult:
    """What has come of one watchpoint.

    Attributes:
        times: how many hits there are; `hits` may be fewer, the first of them.
        missed: how many ops could not be asked about, since a value was let go.
        left: how many that ran before it was set are still to be asked about.
        problem: why it could not be asked of some, "" for no reason but that.
    """

    hits: list[WatchHit] = field(default_factory=list[WatchHit])
    times: int = 0
    missed: int = 0
    left: int = 0
    problem: str = ""
