"""Which local errors are more than rounding."""

from __future__ import annotations

from opscope.tracers.compare.levels import FINE, ULP, above_noise, levels_of, stand_out


def test_few_digits_widen_every_level():
    coarse = levels_of({"float32", "bfloat16"})
    assert levels_of({"float32", "float64"}) == FINE
    assert coarse.coarse
    assert not FINE.coarse
    assert coarse.flag == 2 * 2.0**-8
    assert coarse.match > coarse.flag > levels_of({"float16"}).flag


def test_what_is_flagged_is_far_above_the_others():
    local = {(n, 0): ULP for n in range(9)}
    assert stand_out(local, FINE) == []
    assert stand_out({**local, (9, 0): 13 * ULP}, FINE) == [(9, 0)]
    noisy = {(n, 0): 10 * ULP for n in range(9)}
    assert stand_out({**noisy, (9, 0): 50 * ULP}, FINE) == []
    assert stand_out({(0, 0): 800 * ULP, (1, 0): ULP}, FINE) == [(0, 0)]  # too few to be usual
    assert stand_out({}, FINE) == []


def test_what_rounding_makes_is_not_a_difference():
    assert above_noise(1e-4, 1e-6)
    assert not above_noise(1e-4, 2e-5)
