"""What is said of ops that ran on other threads than the one that is debugged."""

from __future__ import annotations

from collections.abc import Mapping

_MOST = 4
_THEM = "them, have the model call these parts"


def unseen_title(unseen: Mapping[str, int]) -> str:
    """How many, without a full stop; "" where there were none."""
    count = sum(unseen.values())
    if not count:
        return ""
    if count == 1:
        return "1 op ran on another thread and is not shown"
    threads = "another thread" if len(unseen) == 1 else f"{len(unseen):,} other threads"
    return f"{count:,} ops ran on {threads} and are not shown"


def unseen_text(unseen: Mapping[str, int]) -> str:
    """Which threads, and what to do."""
    rows = [f"{name}: {count:,}" for name, count in list(unseen.items())[:_MOST]]
    if len(unseen) > _MOST:
        rows.append(f"{len(unseen) - _MOST:,} more")
    them = "it, have the model call this part" if sum(unseen.values()) == 1 else _THEM
    return f"{', '.join(rows)}. To step through {them} on its own thread."
