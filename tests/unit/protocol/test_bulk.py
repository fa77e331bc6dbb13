from __future__ import annotations

import gc

import pytest

from opscope.tracers.protocol.bulk import bulk


@pytest.fixture(autouse=True)
def collector():
    """At work before and after, whatever a test leaves."""
    gc.enable()
    yield
    gc.enable()


def test_the_collector_rests_inside_however_deep_and_wakes_after_it():
    with bulk():
        with bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_wakes_it():
    with pytest.raises(KeyError), bulk():
        raise KeyError
    assert gc.isenabled()


def test_a_program_that_put_it_to_rest_finds_it_at_rest():
    gc.disable()
    with bulk():
        assert not gc.isenabled()
    assert not gc.isenabled()
