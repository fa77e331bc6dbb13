"""Views of a graph that the user comes back to: nine of a model, by number."""

from __future__ import annotations

from dataclasses import dataclass

SLOTS = range(1, 10)
MOST = 2000  # scopes kept of what was open
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where the camera stood, told by what does not change with the layout or the process.

    Attributes:
        slot: its number, one of SLOTS.
        title: what stood in the middle, for the menu.
        anchor: key of the op or scope that the middle is measured from, "" for the graph's corner.
        across, down: from the anchor's corner to the middle of the view, in layout units.
        zoom: of the camera.
        open: keys of the scopes that are open; EVERYTHING alone for all.
        apart: keys of the blocks that are not folded with those like them.
        fold: chains of shape ops are shown as one.
    """

    slot: int
    title: str
    anchor: str
    across: float
    down: float
    zoom: float
    open: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    fold: bool = True
