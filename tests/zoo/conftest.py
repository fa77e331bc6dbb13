"""The published models need packages that `make zoo` installs: only `-m zoo` collects them."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.name != "test_published_models.py":
        return None
    return True if config.getoption("markexpr") != "zoo" else None
