"""The columns of a run's numbers, and what a column of pixels shows of them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from opscope.tracers.ir import (
    OUTSIDE,
    Category,
    Graph,
    Op,
    OpRecord,
    Phase,
    Run,
    TensorSummary,
    Value,
    ValueKind,
)
from opscope.widgets.health.bins import FINE, INF, LARGE, NAN, Scale, gather, scale_of
from opscope.widgets.health.rows import HealthRows
from opscope.widgets.health.sheet import HEADER, write_sheet
from opscope.widgets.health.table import HealthTable
from opscope.widgets.health.words import COLUMNS, cell, row_words, share_text


def summary(low: float | None, high: float | None, **more: object) -> TensorSummary:
    known = {} if low is None or high is None else {"mean": (low + high) / 2, "rms": abs(high)}
    return TensorSummary((2, 2), "float32", minimum=low, maximum=high, **{**known, **more})


def made(*outputs: TensorSummary, count: int = 0) -> Run:
    """A chain of ops, each with one output."""
    graph = Graph()
    graph.values.append(Value(ValueKind.INPUT, -1, 0, "x", (2, 2), "float32"))
    rows: list[OpRecord] = []
    some = outputs * (count // max(len(outputs), 1)) if count else outputs
    for index, output in enumerate(some):
        graph.values.append(Value(ValueKind.OUTPUT, index, 0, "", output.shape, output.dtype))
        read = (OUTSIDE, 0) if index == 0 else (index - 1, 0)
        name = ("relu", "add")[index % 2]
        key = f"/{name}:{index}"
        op = Op(key, name, 0, Category.POINTWISE, "", (), (index,), (index + 1,), -1)
        graph.ops.append(op)
        rows.append(OpRecord(index, 0, Phase.FORWARD, 1e-5, (read,), (output,)))
    run = Run(graph=graph)
    run.add_records(rows)
    return run


def followed(run: Run) -> HealthRows:
    rows = HealthRows(run)
    assert rows.follow()
    return rows


def test_an_output_has_a_row_with_its_numbers():
    rows = followed(made(summary(-1.0, 2.0), summary(0.0, 65504.0, nan=3)))
    assert len(rows) == 2
    assert cell(rows, 0, "Min") == "−1"
    assert cell(rows, 1, "float16") == "100 %"
    assert cell(rows, 1, "NaN") == "3"
    assert cell(rows, 0, "Zeros") == ""
    assert rows.marked().tolist() == [False, True]
    assert "relu" in row_words(rows, 0)


def test_a_dtype_change_is_marked():
    half = TensorSummary((2,), "float16", minimum=0.0, maximum=1.0)
    rows = followed(made(summary(0.0, 1.0), half, half))
    assert [cell(rows, n, "Dtype change") for n in range(3)] == ["", "float32 → float16", ""]


def test_a_gradient_stands_beside_its_value():
    run = made(summary(0.0, 1.0), summary(0.0, 1.0))
    gradient = TensorSummary((2, 2), "float32", minimum=3.0, maximum=3.0, mean=3.0, rms=3.0)
    run.graph.ops.append(run.graph.ops[0])
    back = OpRecord(0, 0, Phase.BACKWARD, 1e-5, (), (gradient,), forward=1, gradient_of=((1, 0),))
    run.add_records([back])
    rows = followed(run)
    assert rows.numbers("gradient").tolist()[1:] == [6.0, 6.0]
    assert math.isnan(rows.numbers("gradient")[0])
    assert rows.positions().tolist() == [0.25, 0.75, 0.75]
    run.forget_from(2, 1)
    rows.rewind()
    assert len(rows) == 2
    assert math.isnan(rows.numbers("gradient")[1])


def test_statistics_that_come_late_are_taken_in():
    run = made(TensorSummary((2, 2), "float32", pending=True))
    rows = followed(run)
    assert cell(rows, 0, "Max") == "…"
    row = run.records[0]
    run.update_records(
        {0: OpRecord(row.op, 0, row.phase, row.duration, row.inputs, (summary(-1.0, 5.0),))}
    )
    rows.renew([0])
    assert cell(rows, 0, "Max") == "5"


def test_zeros_are_a_share():
    rows = followed(made(summary(0.0, 1.0)))
    rows.put_zeros(0, 3)
    assert cell(rows, 0, "Zeros") == "75 %"
    rows.put_zeros(0, None)
    assert cell(rows, 0, "Zeros") == ""
    assert [share_text(share) for share in (0.0, 0.0001, 0.9999, 1.0, 20.0)] == [
        "0 %",
        "< 0.1 %",
        "> 99.9 %",
        "100 %",
        "20×",
    ]


def test_a_column_of_pixels_shows_the_worst():
    plain = [summary(-1.0, 1.0)] * 40
    plain[7] = summary(-2.0, 1.0, nan=1)
    plain[25] = summary(0.0, 50000.0)
    plain[26] = summary(0.0, 1.0, posinf=1)
    rows = followed(made(*plain))
    bins = gather(rows, ~rows.backward, rows.positions(), 4)
    assert bins.places.tolist() == [0, 1, 2, 3]
    assert bins.counts.tolist() == [10, 10, 10, 10]
    assert bins.marks.tolist() == [NAN, FINE, INF, FINE]
    assert bins.telling.tolist()[0] == 7
    assert bins.telling.tolist()[2] == 26
    assert bins.minimum.tolist() == [-2.0, -1.0, -1.0, -1.0]
    assert bins.maximum[2] == 50000.0
    alone = gather(rows, ~rows.backward, rows.positions(), 40)
    assert alone.marks[25] == LARGE


def test_the_scale_is_symmetric_and_leaves_masks_out():
    usual = [summary(-1.0, 2.0)] * 30
    rows = followed(made(*usual, summary(-1e9, 0.0)))
    bins = gather(rows, ~rows.backward, rows.positions(), 31)
    scale = scale_of(bins, backward=False)
    assert scale is not None
    assert -1e6 < scale.low < -1.0
    assert scale.share(np.array([scale.low, -1e9, scale.high])).tolist() == [0.0, 0.0, 1.0]
    even = Scale(-10.0, 10.0, 0.1).share(np.array([-10.0, -1.0, 0.0, 1.0, 10.0]))
    assert even[2] == 0.5
    assert even[1] + even[3] == pytest.approx(1.0)
    assert scale_of(gather(HealthRows(Run()), np.zeros(0, bool), np.zeros(0), 3), False) is None


def test_the_table_sorts_what_is_unknown_last(qtmodeltester):
    rows = followed(made(summary(0.0, 5.0), summary(None, None), summary(0.0, 9.0)))
    table = HealthTable()
    qtmodeltester.check(table)
    table.show_rows(rows)
    place = COLUMNS.index("Max")
    table.sort(place)
    assert table.shown() == [0, 2, 1]
    table.sort(place, Qt.SortOrder.DescendingOrder)
    assert table.shown() == [2, 0, 1]
    table.show_chosen(np.array([True, True, False]))
    assert table.shown() == [0, 1]
    assert table.place_of(2) == -1


def test_the_table_grows_with_the_run():
    run = made(summary(0.0, 5.0))
    rows = followed(run)
    table = HealthTable()
    table.show_rows(rows)
    run.add_records([run.records[0]])
    rows.follow()
    table.refresh()
    assert table.rowCount() == 2
    assert table.index(1, COLUMNS.index("Op")).data() == "relu"


def test_a_sheet_holds_every_row(tmp_path: Path):
    rows = followed(made(summary(0.1, 5.0), summary(None, None)))
    rows.put_zeros(0, 1)
    path = tmp_path / "numbers.csv"
    write_sheet(rows, path)
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == HEADER
    assert found[0]["min"] == "0.1"
    assert found[0]["zeros"] == "0.25"
    assert found[0]["shape"] == "2×2"
    assert found[1]["max"] == ""
    assert list(tmp_path.iterdir()) == [path]


def test_a_sheet_that_is_given_up_leaves_the_old_one(tmp_path: Path):
    path = tmp_path / "numbers.csv"
    path.write_text("old")

    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sheet(followed(made(summary(0.0, 1.0))), path, None, check)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_fifty_thousand_rows_are_gathered_by_pixel():
    rows = followed(made(summary(-1.0, 2.0), summary(0.0, 3.0), count=50_000))
    assert len(rows) == 50_000
    bins = gather(rows, ~rows.backward, rows.positions(), 300)
    assert int(bins.counts.sum()) == 50_000
    assert len(bins.places) == 300
