"""Values of two runs of one model, paired by order however far apart they are."""

from __future__ import annotations

import numpy as np

from opscope.tracers.compare.pairing import pairs_by_order
from opscope.tracers.ir import OUTSIDE
from tests.unit.compare.synthetic import Program, Synthetic


def run(scale: float, norm_in_two: bool = False) -> Synthetic:
    program = Program(x=np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4))
    x = program.op("relu", lambda a: np.maximum(a, 0), (OUTSIDE, 0), module="act")
    if norm_in_two:
        x = program.op("mean", lambda a: a.mean(0, keepdims=True) + 0 * a, x, module="norm")
        x = program.op("sub", lambda a: a * 3, x, module="norm")
    else:
        x = program.op("batch_norm", lambda a: a * 2, x, module="norm")
    program.op("linear", lambda a: a * scale, x, module="out")
    return Synthetic("A", program)


def test_far_apart_values_of_the_same_ops_are_paired():
    pairs = pairs_by_order(run(1.0), run(1e6))
    assert pairs == [((n, 0), (n, 0)) for n in (OUTSIDE, 0, 1, 2)]


def test_what_leaves_a_module_is_paired_where_its_ops_are_others():
    pairs = pairs_by_order(run(1.0), run(1.0, norm_in_two=True))
    assert ((1, 0), (2, 0)) in pairs  # the norm's output, of one op and of two
    assert ((2, 0), (3, 0)) in pairs
    assert len(pairs) == 4
