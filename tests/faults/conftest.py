"""A client on a real adapter, whose debuggee runs the fake model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.protocol.client import Client
from tests.fake_debuggee import interpreter


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Stands in the place of the user's interpreter."""
    return interpreter(tmp_path)


@pytest.fixture
def client() -> Iterator[Client]:
    """Opscope's own kind of client."""
    with Client.start() as made:
        yield made
