"""Which axes of a failed op do not fit, and where they parted."""

from __future__ import annotations

from ..ir import Run


def sentences(run: Run, record: int) -> tuple[str, ...]:
    """Nothing yet."""
    return ()
