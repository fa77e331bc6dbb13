"""What a user wants of a comparison, and how it is ended early."""

from __future__ import annotations

import pytest

from opscope.tracers.compare.comparing import Cancelled, Wishes, compare
from tests.unit.compare.synthetic import Synthetic
from tests.unit.compare.test_matching import first_kind, second_kind


def test_wishes_change_sides_with_the_runs():
    wishes = Wishes(frozenset({((1, 0), (2, 1))}), frozenset({((3, 0), (4, 0))}), 2)
    turned = wishes.exchanged()
    assert turned.pinned == {((2, 1), (1, 0))}
    assert turned.forbidden == {((4, 0), (3, 0))}
    assert turned.exchanged() == wishes


def test_a_comparison_that_is_cancelled_does_nothing_more():
    a, b = Synthetic("A", first_kind()), Synthetic("B", second_kind())
    stages: list[str] = []
    with pytest.raises(Cancelled):
        compare(a, b, stages.append, cancelled=lambda: True)
    assert stages == []
    assert compare(a, b, stages.append).equal
    assert stages
