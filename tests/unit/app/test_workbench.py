"""How the panes share the window."""

from __future__ import annotations

import pytest

from opscope.app.workbench import Workbench

CHROME = 30 + 46  # menu and toolbar


@pytest.fixture
def bench(qtbot):
    made = Workbench()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def sizes(bench: Workbench, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, right, inspector's height, and what sticks out at the right."""
    bench.resize(width, height - CHROME)
    beyond = bench.right.mapTo(bench, bench.right.rect().topRight()).x() - (width - 1)
    return bench.left.width(), bench.right.width(), bench.inspector.height(), beyond


def test_the_columns_are_as_designed(bench):
    assert sizes(bench, 1600, 1000) == (304, 452, 641, 0)
    assert sizes(bench, 1280, 800)[:2] == (248, 372)
    assert sizes(bench, 1280, 800)[2] == pytest.approx(516, abs=2)


def test_all_panes_fit_the_smallest_window(bench):
    left, right, _, beyond = sizes(bench, 960, 640)
    assert left >= 248
    assert right >= 372
    assert beyond <= 0, "nothing is cut"
    assert bench.source.height() >= 120


def test_moved_columns_stay_and_are_remembered(bench, qtbot):
    sizes(bench, 1600, 1000)
    assert bench.sizes == {}, "nobody has chosen any"
    with qtbot.waitSignal(bench.arranged):
        bench.columns.moveSplitter(400, 1)
    assert bench.left.width() == 400
    assert sizes(bench, 1700, 1000)[0] > 304
    kept = bench.sizes
    assert kept["columns"][0] > 304
    bench.restore_sizes({"columns": [320, 900, 480], "right": [500, 400]})
    assert bench.sizes["right"] != kept["right"]
