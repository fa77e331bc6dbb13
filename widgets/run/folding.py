"""Folds equal blocks that stand side by side, all run or none run, into one row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .outline import Item, Outline, is_repeatable

_LEAST_BLOCKS = 3  # fewer equal neighbours are shown as they are
_LEAST_FOLD = 2


class Progress(str, Enum):
    """How far a block has run."""

    TODO = "todo"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks in one row."""

    progress: Progress
    scopes: tuple[int, ...]

    @property
    def anchor(self) -> int:
        """The block by which the fold stays itself as the run goes on: those that have run grow
        at their end, those still to run shrink at their start."""
        return self.scopes[0 if self.progress is Progress.DONE else -1]


@dataclass(frozen=True, slots=True)
class Group:
    """Equal neighbours among the rows of a scope: rows[start:stop]."""

    start: int
    stop: int


def groups(outline: Outline, rows: list[Item]) -> list[Group]:
    """Where equal blocks stand side by side."""
    found: list[Group] = []
    graph = outline.graph
    start = 0
    while start < len(rows):
        stop = start + 1
        if is_repeatable(graph, rows[start]):
            kind = graph.scopes[~rows[start]].type
            while (
                stop < len(rows)
                and is_repeatable(graph, rows[stop])
                and graph.scopes[~rows[stop]].type == kind
            ):
                stop += 1
            if stop - start >= _LEAST_BLOCKS:
                found.append(Group(start, stop))
        start = stop
    return found


def progress(outline: Outline, scope: int, open_scopes: set[int]) -> Progress:
    """How far a block has run; one that was left counts as done, whatever it skipped."""
    if scope in open_scopes:
        return Progress.OPEN
    return Progress.DONE if outline.ran[scope] else Progress.TODO


def states(
    outline: Outline, rows: list[Item], found: list[Group], open_scopes: set[int]
) -> tuple[Progress, ...]:
    """How far each block of each group has run: folds change when this does."""
    return tuple(
        progress(outline, ~rows[index], open_scopes)
        for group in found
        for index in range(group.start, group.stop)
    )


def fold(
    rows: list[Item], found: list[Group], progresses: tuple[Progress, ...]
) -> list[Item | Fold]:
    """The rows with their folds."""
    out: list[Item | Fold] = []
    at = 0
    taken = 0
    for group in found:
        out.extend(rows[at : group.start])
        blocks = rows[group.start : group.stop]
        marks = progresses[taken : taken + len(blocks)]
        taken += len(blocks)
        start = 0
        while start < len(blocks):
            stop = start + 1
            while stop < len(blocks) and marks[stop] is marks[start]:
                stop += 1
            if marks[start] is not Progress.OPEN and stop - start >= _LEAST_FOLD:
                scopes = tuple(~item for item in blocks[start:stop])
                out.append(Fold(marks[start], scopes))
            else:
                out.extend(blocks[start:stop])
            start = stop
        at = group.stop
    out.extend(rows[at:])
    return out
