"""A client on a real adapter, whose debuggee runs the fake model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.protocol.client import Client
from tests.boundary.dap_schema import Checker
from tests.fake_debuggee import interpreter


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Stands in the place of the user's interpreter."""
    return interpreter(tmp_path)


@pytest.fixture
def checker() -> Iterator[Checker]:
    """Every message of the test, checked against the schema."""
    made = Checker()
    yield made
    assert made.seen
    assert not made.faults


@pytest.fixture
def client(checker: Checker) -> Iterator[Client]:
    """Opscope's own kind of client."""
    with Client.start(heard=checker.check) as made:
        yield made


@pytest.fixture
def plain_client(checker: Checker) -> Iterator[Client]:
    """A client that knows DAP alone."""
    with Client.start(heard=checker.check, client={"opscope": False}) as made:
        yield made
