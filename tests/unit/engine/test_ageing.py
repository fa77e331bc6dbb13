"""The collector of cycles while a map is drawn."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Generator

import pytest

from opscope.tracers.engine.ageing import aged


class Node:
    """Holds itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def settings() -> Generator[None, None, None]:
    """The collector's settings are the same afterwards."""
    before = gc.get_threshold(), gc.isenabled()
    yield
    assert (gc.get_threshold(), gc.isenabled()) == before
    assert gc.get_freeze_count() == 0


def test_what_there_is_stays_out_of_the_way_and_comes_back():
    kept = [[] for _ in range(100)]
    with aged():
        assert gc.get_freeze_count() > 100
        assert all(kept is not known for known in gc.get_objects())
    assert any(kept is known for known in gc.get_objects())


def test_new_garbage_is_collected_meanwhile():
    with aged(seldom=True):
        link = weakref.ref(Node())
        gc.collect()
        assert link() is None


def test_collections_are_seldom_where_that_is_asked_for():
    before = gc.get_threshold()
    with aged():
        assert gc.get_threshold() == before
    with aged(seldom=True):
        assert gc.get_threshold()[0] >= 50_000
        assert gc.get_threshold()[1:] == before[1:]


def test_a_collector_that_is_off_stays_off():
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with aged(seldom=True):
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)


def test_an_error_puts_it_all_back():
    with pytest.raises(ValueError, match="no"), aged(seldom=True):
        raise ValueError("no")


def test_what_somebody_else_has_put_aside_stays_there():
    gc.freeze()
    try:
        count = gc.get_freeze_count()
        with aged(seldom=True):
            assert gc.get_freeze_count() == count
        assert gc.get_freeze_count() == count
    finally:
        gc.unfreeze()
