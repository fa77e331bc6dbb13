"""Blocks that layers' names tell of ("block1a_dwconv", "block1a_bn", …), and nothing else does.

Works on names and on what feeds what alone. Layers are put into an order in which each comes after
all that it takes from, and in which those of one block stand together where they can. A block is a
stretch of that order, so that no path leaves one and comes back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

MANY = 25  # layers beside each other up to which no names are looked at
BLOCK = 4  # layers from which on a block is told apart within a larger one
FEWEST = 3  # layers in a block
MANY_BLOCKS = 8  # blocks up to which they are not put together
MOST = 0.5  # share of all layers in one block
GAP = 3  # layers without such a name that a block may have in a row
OFTEN = 3  # blocks of one prefix from which on it tells something else than a place

_PIECE = re.compile(r"[^_/]+")
_INDEXED = re.compile(r"([A-Za-z]+\d+)([A-Za-z]?)")
_DIMENSIONS = re.compile(r"[A-Za-z]+[1-3][dD]")


class Block(NamedTuple):
    """Layers of one prefix.

    Attributes:
        title: the prefix, or the longer one that all of its layers have.
        call: 1 for the first block of this title, 2 for the next, …
        parts: positions of its layers, and blocks in it, in order.
    """

    title: str
    call: int
    parts: tuple[int | Block, ...]

    def layers(self) -> tuple[int, ...]:
        """Positions of all layers in it."""
        found: list[int] = []
        for part in self.parts:
            found += part.layers() if isinstance(part, Block) else (part,)
        return tuple(found)


class Stretch(NamedTuple):
    """Layers in a row; with a prefix, a block."""

    layers: tuple[int, ...]
    prefix: str


def prefixes(name: str) -> tuple[str, ...]:
    """What a layer's name says of where it stands, from the whole to the part.

    A prefix ends with a number ("conv2", "block_1") or the letter after one ("block1a"). A number
    that follows another one tells layers of a block apart. A name without any has its first word.
    """
    ends: list[int] = []
    pieces = list(_PIECE.finditer(name))
    word = False
    for piece in pieces:
        text = piece.group()
        if text.isdigit():
            if word:
                ends.append(piece.end())
            word = False
            continue
        word = text.isalpha() or _DIMENSIONS.fullmatch(text) is not None
        indexed = None if word else _INDEXED.fullmatch(text)
        if indexed is not None:
            ends.append(piece.start() + len(indexed[1]))
            if indexed[2]:
                ends.append(piece.end())
    if not ends and len(pieces) > 1 and pieces[0].group().isalpha():
        ends.append(pieces[0].end())
    return tuple(name[:end] for end in ends if _says_more(name[end:]))


def _says_more(rest: str) -> bool:
    """What follows a prefix is nothing, or has a word in it."""
    return not rest or any(letter.isalpha() for letter in rest)


def blocks(names: Sequence[str], sources: Callable[[], Sequence[Sequence[int]]]) -> list[Block]:
    """The blocks among layers; `names` has "" for what is no layer.

    `sources` tells for each position the positions that it takes from; it is asked only where
    names have prefixes in common.
    """
    known, counts = _shared(names)
    if not any(known):
        return []
    chosen = [_chosen(found, counts) for found in known]
    around = [_around(found, prefix) for found, prefix in zip(known, chosen, strict=True)]
    feeds = sources()
    order, sound = _order(feeds, chosen, around)
    found = [
        Stretch(tuple(order[start:end]), prefix)
        for start, end, prefix in _stretches(_bridged(order, chosen, names))
    ]
    often = Counter(stretch.prefix for stretch in found if len(stretch.layers) >= FEWEST)
    parts: list[Stretch] = []
    for stretch in found:
        is_block = len(stretch.layers) >= FEWEST and often[stretch.prefix] <= OFTEN
        if stretch.prefix and is_block and (sound or convex(stretch.layers, feeds)):
            parts.append(stretch)
        else:
            parts += [Stretch((at,), "") for at in stretch.layers]
    outer = _outer_prefixes(parts, chosen, around, known)
    made: list[Block] = []
    for start, end, prefix in _stretches(outer):
        run = parts[start:end]
        inner = tuple(_block(part, names) if part.prefix else part.layers[0] for part in run)
        whole = Stretch(tuple(at for part in run for at in part.layers), prefix)
        several = sum(isinstance(part, Block) for part in inner) > 1
        if prefix and several and (sound or convex(whole.layers, feeds)):
            made.append(_block(whole, names)._replace(parts=inner))
        else:
            made += [part for part in inner if isinstance(part, Block)]
    return _numbered(made)


def tell(names: Sequence[str]) -> bool:
    """Whether layers' names have so much in common that blocks may be among them."""
    return any(_shared(names)[0])


def _shared(names: Sequence[str]) -> tuple[list[tuple[str, ...]], Counter[str]]:
    """Of each name the prefixes that a block may have, and how often each prefix is there."""
    layers = sum(map(bool, names))
    if layers <= MANY:
        return [()] * len(names), Counter()
    levels = [prefixes(name) for name in names]
    counts = Counter(prefix for found in levels for prefix in found)
    low, high = FEWEST, MOST * layers
    return [tuple(p for p in found if low <= counts[p] <= high) for found in levels], counts


def _chosen(found: Sequence[str], counts: Counter[str]) -> str:
    """The prefix of a layer's block: the longest with enough layers, "" for none."""
    large = [prefix for prefix in found if counts[prefix] >= BLOCK]
    return (large or list(found) or [""])[-1]


def _around(found: Sequence[str], prefix: str) -> str:
    """The prefix around a layer's block, "" for none."""
    at = found.index(prefix) if prefix else 0
    return found[at - 1] if at else ""


def _order(
    sources: Sequence[Sequence[int]], chosen: Sequence[str], around: Sequence[str]
) -> tuple[list[int], bool]:
    """Positions, each after its sources, going on with the same block first; whether they all are
    (where layers feed each other both ways, they cannot be)."""
    count = len(sources)
    waiting = [0] * count
    after: list[list[int]] = [[] for _ in range(count)]
    for position, found in enumerate(sources):
        for source in {*found} - {position}:
            after[source].append(position)
            waiting[position] += 1
    ready: list[int] = []
    beside: dict[str, list[int]] = {}
    done = [False] * count

    def free(position: int) -> None:
        heappush(ready, position)
        for prefix in {chosen[position], around[position] or chosen[position]}:
            heappush(beside.setdefault(prefix, []), position)

    def take(heap: list[int]) -> int:
        while heap:
            position = heappop(heap)
            if not done[position]:
                return position
        return -1

    for position in range(count):
        if not waiting[position]:
            free(position)
    order: list[int] = []
    sound, rest, going = True, 0, ("", "")
    while len(order) < count:
        position = -1
        for prefix in (going[0], "", going[1]) if going[0] else ():
            if position < 0:
                position = take(beside.get(prefix, []))
        if position < 0:
            position = take(ready)
        if position < 0:
            sound = False
            while done[rest]:
                rest += 1
            position = rest
        done[position] = True
        order.append(position)
        if chosen[position]:
            going = chosen[position], around[position]
        for other in after[position]:
            waiting[other] -= 1
            if not waiting[other] and not done[other]:
                free(other)
    return order, sound


def _stretches(labels: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Where equal labels stand in a row; each "" stands for itself."""
    start = 0
    for end in range(1, len(labels) + 1):
        if end < len(labels) and labels[start] and labels[end] == labels[start]:
            continue
        yield start, end, labels[start]
        start = end


def _bridged(order: Sequence[int], chosen: Sequence[str], names: Sequence[str]) -> list[str]:
    """A few layers whose names tell nothing belong to the block that goes on after them."""
    made = [chosen[at] for at in order]
    last = -1
    for at, label in enumerate([chosen[at] for at in order]):
        if not label and names[order[at]]:
            continue
        if label and last >= 0 and made[last] == label and at - last <= GAP + 1:
            made[last:at] = [label] * (at - last)
        last = at
    return made


def _outer_prefixes(
    parts: Sequence[Stretch],
    chosen: Sequence[str],
    around: Sequence[str],
    known: Sequence[Sequence[str]],
) -> list[str]:
    """The prefix around each block, and that of layers beside them; "" where blocks are few."""
    if sum(bool(part.prefix) for part in parts) <= MANY_BLOCKS:
        return [""] * len(parts)
    of_block = {prefix: wider for prefix, wider in zip(chosen, around, strict=True) if prefix}
    found = [of_block.get(part.prefix, "") for part in parts]
    wider = set(found) - {""}
    for at, part in enumerate(parts):
        if not part.prefix:
            found[at] = next((p for p in reversed(known[part.layers[0]]) if p in wider), "")
    return found


def _block(stretch: Stretch, names: Sequence[str]) -> Block:
    """The layers of a stretch as a block."""
    own = [names[at] for at in stretch.layers if names[at].startswith(stretch.prefix)]
    return Block(_title(stretch.prefix, own), 1, tuple(sorted(stretch.layers)))


def convex(run: Sequence[int], sources: Sequence[Sequence[int]]) -> bool:
    """No path leaves some positions and comes back to them."""
    inside = set(run)
    after: dict[int, list[int]] = {}
    for position, found in enumerate(sources):
        for source in found:
            after.setdefault(source, []).append(position)
    stack = [out for at in run for out in after.get(at, ()) if out not in inside]
    seen = set(stack)
    while stack:
        for other in after.get(stack.pop(), ()):
            if other in inside:
                return False
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return True


def _title(prefix: str, names: Sequence[str]) -> str:
    """The prefix, or more where all of the names go on alike for whole words."""
    whole = ""
    for piece in _PIECE.finditer(names[0]):
        start = names[0][: piece.end()]
        if not all(
            name[: len(start)] == start and name[len(start) :][:1] in "_/" for name in names
        ):
            break
        whole = start
    return whole if len(whole) > len(prefix) else prefix


def _numbered(found: Sequence[Block]) -> list[Block]:
    """Blocks of one title told apart."""
    seen: Counter[str] = Counter()

    def number(block: Block) -> Block:
        seen[block.title] += 1
        call = seen[block.title]
        parts = tuple(number(part) if isinstance(part, Block) else part for part in block.parts)
        return Block(block.title, call, parts)

    return [number(block) for block in found]
