"""Which of several processes that run the same program is looked at."""

from __future__ import annotations

import os

RANK = "OPSCOPE_RANK"  # the rank that is looked at, where it is not 0
_OWN = ("RANK", "LOCAL_RANK")  # as torchrun and others set them


def is_looked_at() -> bool:
    """This process is the only one, or has the rank that is looked at."""
    own = next((os.environ[name] for name in _OWN if os.environ.get(name)), None)
    wanted = os.environ.get(RANK) or "0"
    return own is None or own.strip() == wanted.strip()
