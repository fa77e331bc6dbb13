"""What the layered layout takes, gives, and works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Point = tuple[float, float]
STRETCH = 100  # things done between two checks
FEW = 10  # rows, which may be long, gone through between two
PIECE = 5000  # things freed at once


class Cancelled(Exception):
    """The layout is no longer wanted."""


def unchecked() -> None:
    """The check of a layout that nobody interrupts; others raise Cancelled."""


def checked(things: Iterable[T], check: Callable[[], None], stretch: int = STRETCH) -> Iterator[T]:
    """The same things, with a look up every so often."""
    for at, thing in enumerate(things):
        if not at % stretch:
            check()
        yield thing


def let_go(things: list[T], check: Callable[[], None]) -> None:
    """Empty a list piece by piece: nothing else can run while what is no longer used is freed."""
    while things:
        check()
        del things[-PIECE:]


class Box(NamedTuple):
    """Size of a box about its middle line, where free ports are.

    Attributes:
        left, right: reach to either side of the middle line, beside it included.
        slim: how much either side gives up in a crowded row.
        body_left, body_right: reach of the box itself, without what stands beside it.
    """

    left: float
    right: float
    height: float
    slim: float = 0.0
    body_left: float = -1.0
    body_right: float = -1.0


class Link(NamedTuple):
    """A tensor on its way from one box to another.

    Attributes:
        tensor: links of one source with the same tensor share one wire.
        out_at, in_at: ports, measured from the box's middle line; None where the layout may choose.
    """

    source: int
    target: int
    tensor: int
    out_at: float | None = None
    in_at: float | None = None


class Margins(NamedTuple):
    """Space kept above the first row and below the last where ports lead outside."""

    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class Layered:
    """Where everything went; the left-most and top-most point is (0, 0).

    Attributes:
        x: middle line of each box.
        y: top of each box.
        slimmed: which boxes gave up their `slim` on both sides.
        routes: a polyline for each link, from source to target.
    """

    x: list[float]
    y: list[float]
    slimmed: list[bool]
    routes: list[list[Point]]
    width: float
    height: float


@dataclass(slots=True)
class Rows:
    """The layout's working state. Nodes from `boxes` on are waypoints of long links.

    Attributes:
        row: row of each node.
        rows: nodes of each row, from left to right.
        down, up: neighbours one row below and above.
        ways: nodes of each link from row to row, the upper box first; none from a box to itself.
        straight: (out_at, in_at) of the wire between two neighbours, 0 where free.
    """

    boxes: int
    row: list[int]
    rows: list[list[int]]
    down: list[list[int]]
    up: list[list[int]]
    left: list[float]
    right: list[float]
    height: list[float]
    ways: list[tuple[int, ...]]
    straight: dict[tuple[int, int], tuple[float, float]]
