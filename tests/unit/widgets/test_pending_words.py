"""How statistics read that are still to come."""

from __future__ import annotations

from opscope.tracers.ir import TensorSummary
from opscope.widgets.run.wording import range_text
from opscope.widgets.tensor.stats import statistics

PENDING = TensorSummary((2, 3), "float32", "cpu", 24, pending=True)


def test_a_range_that_is_to_come():
    assert range_text(PENDING) == "…"
    assert range_text(TensorSummary((2,), "float32", minimum=-1.5, maximum=2.0)) == "−1.5 to 2"


def test_cells_that_are_to_come_beside_what_is_known():
    cells = {cell.name: cell.text for cell in statistics(PENDING, None, None, 6)}
    assert cells == {
        "min": "…",
        "max": "…",
        "mean": "…",
        "std": "…",
        "zeros": "…",
        "NaN, Inf": "0",
    }
