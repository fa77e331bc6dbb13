"""One group of the graph's tree: what stands in it, and which tensors pass between and through."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Group:
    """One scope that is shown as a group.

    Attributes:
        parent: the group around it, -1 for the root.
        depth: 0 for the root.
        items: keys of what stands directly in it, in order of execution.
        links: (from key, to key, value) among its items, in the order they were met.
        entering: for each value that comes from outside, the items that take it.
        leaving: for each value that goes outside, the items it comes from.
    """

    scope: int
    parent: int
    depth: int
    items: list[int] = field(default_factory=list[int])
    links: dict[tuple[int, int, int], None] = field(
        default_factory=dict[tuple[int, int, int], None]
    )
    entering: dict[int, dict[int, None]] = field(default_factory=dict[int, dict[int, None]])
    leaving: dict[int, dict[int, None]] = field(default_factory=dict[int, dict[int, None]])
