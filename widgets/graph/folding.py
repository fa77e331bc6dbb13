"""What is drawn as one: chains of shape ops, and rows of blocks of the same structure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from .group import Group
from .model import GraphModel, fold_key, is_op, key_scope, scope_key
from .rows import checked, unchecked

FEWEST = 3  # alike blocks in a row that are worth folding
FEW = 6  # up to which they may be worth more apart


class Item(NamedTuple):
    """One thing drawn in a group.

    Attributes:
        key: of an op, a group, a fold of blocks, or an input.
        members: keys it stands for, in order; itself alone where nothing is folded.
    """

    key: int
    members: tuple[int, ...]


def shape_chains(
    model: GraphModel, group: Group, check: Callable[[], None] = unchecked
) -> list[tuple[int, ...]]:
    """Runs of shape ops in which each one's only use is the next."""
    uses: dict[int, set[int]] = {}
    sources: dict[int, set[int]] = {}
    for source, target, _ in checked(group.links, check):
        uses.setdefault(source, set()).add(target)
        sources.setdefault(target, set()).add(source)
    for value, keys in group.leaving.items():
        for key in keys:
            uses.setdefault(key, set()).add(-value - 1_000_000_000)
    for value, keys in group.entering.items():
        for key in keys:
            sources.setdefault(key, set()).add(-value - 1_000_000_000)
    items = checked(group.items, check)
    foldable = {key for key in items if is_op(key) and model.is_shape_op(key)}
    after: dict[int, int] = {}
    for key in checked(foldable, check):
        only = uses.get(key, set())
        if len(only) == 1:
            (other,) = only
            if other in foldable and len(sources.get(other, ())) == 1:
                after[key] = other
    chains: list[tuple[int, ...]] = []
    inner = set(after.values())
    for start in checked(group.items, check):
        if start in after and start not in inner:
            chain = [start]
            while chain[-1] in after:
                chain.append(after[chain[-1]])
            chains.append(tuple(chain))
    return chains


class Structures:
    """Numbers groups by what is in them; equal numbers, equal structure."""

    def __init__(self, model: GraphModel) -> None:
        self._model = model
        self._numbers: dict[tuple[object, ...], int] = {}
        self._of: dict[int, int] = {}

    def of(self, group: int) -> int:
        """The number of a group's structure."""
        found = self._of.get(group)
        if found is None:
            row, ops = self._model.row(group), self._model.graph.ops
            content: list[object] = [row.type, row.kind]
            for key in self._model.groups[group].items:
                if is_op(key):
                    content.append(ops[key].type)
                elif key < 0:
                    content.append(self.of(key_scope(key)))
            found = self._of[group] = self._numbers.setdefault(tuple(content), len(self._numbers))
        return found

    def forget(self, groups: Iterable[int]) -> None:
        """Groups that changed, and all around them, are looked at anew."""
        for group in groups:
            for around in self._model.path(group):
                self._of.pop(around, None)


def repeats(
    model: GraphModel, group: Group, structures: Structures, shown: Collection[int]
) -> list[tuple[int, ...]]:
    """Runs of neighbouring blocks alike, without those in `shown`, as scopes.

    A few that are joined to more than the one before and the one after stay: the two sides of a
    U-Net are its story.
    """
    rows: list[tuple[int, ...]] = []
    run: list[int] = []
    for key in group.items:
        scope = key_scope(key) if key < 0 else -1
        if scope < 0 or scope in shown or (run and structures.of(run[-1]) != structures.of(scope)):
            if len(run) >= FEWEST:
                rows.append(tuple(run))
            run = []
        if scope >= 0 and scope not in shown:
            run.append(scope)
    if len(run) >= FEWEST:
        rows.append(tuple(run))
    if all(len(row) > FEW for row in rows):
        return rows
    return [row for row in rows if len(row) > FEW or _is_pipe(group, row)]


def _is_pipe(group: Group, row: Sequence[int]) -> bool:
    """Whether one tensor at most comes into a row of blocks for one of them alone, or goes out."""
    keys = {scope_key(scope) for scope in row}
    into: dict[int, set[int]] = {}
    out: set[int] = set()
    for source, target, value in group.links:
        if target in keys and source not in keys:
            into.setdefault(value, set()).add(target)
        elif source in keys and target not in keys:
            out.add(value)
    for value, takers in group.entering.items():
        into.setdefault(value, set()).update(takers.keys() & keys)
    out.update(value for value, makers in group.leaving.items() if makers.keys() & keys)
    return len(out) <= 1 and sum(len(takers) == 1 for takers in into.values()) <= 1


def fold(
    group: Group,
    chains: Sequence[tuple[int, ...]],
    rows: Sequence[tuple[int, ...]],
    check: Callable[[], None] = unchecked,
) -> tuple[list[Item], Callable[[int], int]]:
    """The items left to draw, and which of them each key of the group went into."""
    stands: dict[int, Item] = {}
    for chain in chains:
        item = Item(chain[-1], chain)
        stands.update(dict.fromkeys(chain, item))
    for row in rows:
        members = tuple(scope_key(scope) for scope in row)
        stands.update(dict.fromkeys(members, Item(fold_key(row[0]), members)))
    items: dict[int, Item] = {}
    for key in checked(group.items, check):
        item = stands.get(key) or Item(key, (key,))
        items.setdefault(item.key, item)
    number = {key: at for at, key in enumerate(items)}
    at = {key: number[stands[key].key if key in stands else key] for key in group.items}
    return list(items.values()), at.__getitem__
