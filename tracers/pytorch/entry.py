"""The one place that the user's model is called from: its stacks are read up to here."""

from __future__ import annotations

from typing import Any


def call_target(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call the model."""
    return target(*args, **kwargs)


BASE = call_target.__code__
