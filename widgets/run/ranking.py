"""How well words fit a text: the lower the cost, the better."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=64)
def letters(word: str) -> re.Pattern[str]:
    """The word's letters in their order, with anything between them."""
    return re.compile(".*?".join(map(re.escape, word)))


def cost(words: Sequence[str], haystack: str, head: int) -> float | None:
    """How badly lower-case words fit a text whose first `head` letters weigh most; None: not.

    A word costs least at the start of the text, then at the start of a word in it, then anywhere,
    and most where only its letters come in order.
    """
    total = len(haystack) * 0.02 if words else 0.0
    for word in words:
        at = haystack.find(word)
        if at >= 0:
            starts = at == 0 or not haystack[at - 1].isalnum()
            if not starts:  # a later place may be a better one
                later = re.search(rf"(?<![^\W_]){re.escape(word)}", haystack)
                if later is not None:
                    at, starts = later.start(), True
            total += (0 if at == 0 else 2 if starts else 8) + (6 if at >= head else 0)
            end = at + len(word)
            if end < len(haystack) and haystack[end].isalnum():
                total += 1
            continue
        found = letters(word).search(haystack)
        if found is None:
            return None
        total += (
            20 + (found.end() - found.start() - len(word)) + (10 if found.start() >= head else 0)
        )
    return total
