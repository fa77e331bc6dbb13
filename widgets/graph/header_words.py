"""How an open group's header is written around the wires that come in through it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from .inks import Face, Words

Part = tuple[str, Face, QColor]


def header_runs(
    parts: list[Part], gaps: Sequence[tuple[float, float]], words: Words
) -> list[tuple[int, list[Part]]]:
    """Which of a header's words stand in which gap: as few pieces as there is room for.

    The name always comes first, cut where it must be; the type gives way before the count does.
    """

    def wide(run: Sequence[Part]) -> float:
        dot = 8 + words.width("·", Face.NOTE)
        return sum(words.width(text, face) + 8 for text, face, _ in run) - 8 + dot

    def rest_at(run: list[Part]) -> int:
        fits = (at for at in range(1, len(gaps)) if gaps[at][1] - gaps[at][0] >= wide(run))
        return next(fits, -1)

    room = gaps[0][1] - gaps[0][0]
    name, last = parts[:1], parts[-1:]
    if wide(parts) <= room or len(parts) == 1:
        return [(0, parts)]
    splits = [(parts[:cut], parts[cut:]) for cut in range(len(parts) - 1, 0, -1)]
    splits.append((name, last))
    for first, second in splits:
        at = rest_at(second)
        if at > 0 and (wide(first) <= room or first == name):
            return [(0, first), (at, second)]
    if wide([*name, *last]) <= room:
        return [(0, [*name, *last])]
    return [(0, name)]
