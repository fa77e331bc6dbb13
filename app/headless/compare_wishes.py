"""What the command line says of the alignment: ops of A and B that are one, or are not."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ...tracers.compare.side import Side
from ...tracers.compare.wishes import CannotCompare, Wishes
from ...tracers.ir import Ref

Couples = frozenset[tuple[Ref, Ref]]


def wishes_of(pins: Sequence[str], forbidden: Sequence[str], most: int, a: Side, b: Side) -> Wishes:
    """From words like "block1/conv:0=block1/Conv2D:0". Raises CannotCompare."""
    return Wishes(_couples("--pin", pins, a, b), _couples("--forbid", forbidden, a, b), most)


def _couples(word: str, texts: Sequence[str], a: Side, b: Side) -> Couples:
    found: set[tuple[Ref, Ref]] = set()
    for text in texts:
        one, other = _split(word, text, a, b)
        mine, theirs = _values(a, one), _values(b, other)
        if len(mine) != len(theirs):
            raise CannotCompare(
                f"{word} {text}: A ran {one} {_times(len(mine))}, and B ran {other}"
                f" {_times(len(theirs))}, so their values do not pair up."
            )
        found.update(zip(mine, theirs, strict=True))
    return frozenset(found)


def _split(word: str, text: str, a: Side, b: Side) -> tuple[str, str]:
    """At an = between two keys; a key may have one, too."""
    places = [place for place, letter in enumerate(text) if letter == "="]
    if not places:
        raise CannotCompare(f"{word} {text}: write the key of A's op, =, and the key of B's op.")
    ways = [(text[:place], text[place + 1 :]) for place in places]
    keys = _keys(a), _keys(b)
    for one, other in ways:
        if one in keys[0] and other in keys[1]:
            return one, other
    one, other = ways[0]
    for side, key, known in ((a, one, keys[0]), (b, other, keys[1])):
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.5)
            hint = f"; is {near[0]} meant?" if near else "; --json tells the keys."
            raise CannotCompare(f"{word} {text}: {side.name} ran no op {key}{hint}")
    return one, other


def _keys(side: Side) -> dict[str, None]:
    return dict.fromkeys(side.run.graph.ops[row.op].key for row in side.rows)


def _values(side: Side, key: str) -> list[Ref]:
    """The first real value of each time that the op ran."""
    found: list[Ref] = []
    for record, row in enumerate(side.rows):
        if side.run.graph.ops[row.op].key == key:
            refs = [(record, slot) for slot in range(len(row.outputs))]
            found += [ref for ref in refs if side.is_real(ref)][:1]
    if not found:
        raise CannotCompare(f"{side.name}'s {key} gives no real numbers that could be matched.")
    return found


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
