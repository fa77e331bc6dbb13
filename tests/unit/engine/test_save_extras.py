"""What a file of a recorded run was saved with is told only where a client can read it."""

from __future__ import annotations

from typing import Any

from opscope.tracers.engine.handlers_save import harmless


def nested(depth: int) -> dict[str, Any]:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return {"notes": value}


def test_what_clients_put_in_is_told() -> None:
    assert harmless({})
    assert harmless({"notes": [{"where": "/a", "text": "x" * 10_000}] * 100})


def test_what_is_deep_or_huge_is_not() -> None:
    assert harmless(nested(20))
    assert not harmless(nested(100_000))
    assert not harmless({"notes": ["x" * (1 << 20)] * 17})
    assert not harmless({"notes": [0] * 2_000_000})
    assert not harmless({"x" * (17 << 20): 1})
