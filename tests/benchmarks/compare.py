"""Where bugs that are put into one of two writings of a model are found, and how long it takes.

Five models in PyTorch and in Keras (`tests/compared`), with sizes, weights and inputs by seed.
Cases without a bug must be equal. Those with one, of every kind, at a place and in a writing drawn
at random, must name the right module and the right op on both sides, and prove a cause or hint at
one. Of two bugs both must be among the divergences, with the right modules.

The seconds are those of a comparison of two long models with one bug, once both have run: of 2,404
ops of PyTorch and 6,007 of TensorFlow, and of half as many.
"""

from __future__ import annotations

import sys

from .rows import Row

CLEAN, SINGLE, DOUBLE = 40, 90, 40
GOALS = {"module": 97.0, "op": 95.0, "cause": 85.0, "both of two bugs": 90.0}


def compare() -> list[Row]:
    """All of them; what was missed is told on the standard error."""
    from tests.compared.cases import clean, double, single
    from tests.compared.long import timed
    from tests.compared.pair import Pair
    from tests.compared.table import Table

    table = Table()
    with Pair() as pair:
        for case in [*clean(CLEAN), *single(SINGLE), *double(DOUBLE)]:
            with pair.compared(case) as made:
                table.add(made)
        half, whole = timed(pair, 0.5), timed(pair, 1.0)
    print(f"ops of half and whole: {half[1:]} and {whole[1:]}", file=sys.stderr)
    for line in [*table.lines(), *table.missed]:
        print(line, file=sys.stderr)
    return [
        Row("compare.module_top1", table.share("module"), "%", GOALS["module"]),
        Row("compare.op_top1", table.share("op"), "%", GOALS["op"]),
        Row("compare.cause", table.share("cause"), "%", GOALS["cause"]),
        Row("compare.two_bugs", table.share("both of two bugs"), "%", GOALS["both of two bugs"]),
        Row("compare.false_findings", table.count("false findings"), "runs", 0),
        Row("compare.seconds_4k_ops", half[0], "s"),
        Row("compare.seconds_8k_ops", whole[0], "s", 3),
    ]
