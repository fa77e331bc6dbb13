from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from opscope.tracers.ir import Form, TensorPiece, TensorRequest, TensorSummary, ValueRef
from opscope.widgets.tensor.axes import (
    Slice,
    adapted,
    axis_names,
    default_slice,
    parse_pick,
    strip_axis,
)
from opscope.widgets.tensor.colours import (
    Look,
    Norm,
    Palette,
    Range,
    Scale,
    choose_norm,
    paint_values,
    table,
)
from opscope.widgets.tensor.curve import columns
from opscope.widgets.tensor.desk import Desk
from opscope.widgets.tensor.formatting import count, number, percent, shape_text, size_text, tick
from opscope.widgets.tensor.images import tiling
from opscope.widgets.tensor.numpy_code import numpy_code
from opscope.widgets.tensor.pieces import AxisSpan, array_of, plane_request
from opscope.widgets.tensor.raster import fit
from opscope.widgets.tensor.saving import blocks, item_bytes
from opscope.widgets.tensor.scales import bar_beside, scale_marks
from opscope.widgets.tensor.stats import Bins, statistics
from opscope.widgets.tensor.table import MOST_ROWS, PAGE, Side, TableView, TensorTable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1174, "0.1174"),
        (-8.12749, "−8.127"),
        (0.0, "0"),
        (1234567.0, "1.235e6"),
        (-0.00001234, "−1.234e-5".replace("-", "−")),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "−Inf"),
        (-12, "−12"),
        (True, "true"),
        (1 - 2j, "1 − 2i"),
        (None, "–"),
        ("cat", "cat"),
    ],
)
def test_number(value, text):
    assert number(value) == text


def test_words_for_shapes_sizes_and_shares():
    assert shape_text((1, 12, 64, 64)) == "1×12×64×64"
    assert shape_text((2, -1)) == "2×?"
    assert shape_text(()) == "scalar"
    assert size_text(196_608) == "192 KiB"
    assert size_text(40) == "40 B"
    assert percent(613, 16384) == "3.7 %"
    assert percent(1, 1_000_000) == "< 0.1 %"
    assert percent(999_999, 1_000_000) == "> 99.9 %"
    assert count(16384) == "16\u202f384"
    assert [tick(v, 0.45) for v in (0, 0.05, 0.2, 0.45)] == ["0", "0.05", "0.20", "0.45"]


@pytest.mark.parametrize(
    ("text", "pick"),
    [
        ("3", 3),
        ("-1", 9),
        ("8:", (8, 10, 1)),
        (":", (0, 10, 1)),
        ("2:8:3", (2, 8, 3)),
        ("10", None),
        ("5:5", None),
        ("a", None),
        ("::0", None),
        ("1:2:3:4", None),
        ("", None),
    ],
)
def test_parse_pick(text, pick):
    assert parse_pick(text, 10) == pick


def test_default_slice_takes_axes_that_have_elements_to_spread():
    assert (default_slice((12, 1, 64)).y, default_slice((12, 1, 64)).x) == (0, 2)
    assert (default_slice((1, 10)).y, default_slice((1, 10)).x) == (-1, 1)
    assert default_slice((1, 1)) == Slice((0, 0), -1, -1)
    assert (default_slice((2, 32, 32, 3)).y, default_slice((2, 32, 32, 3)).x) == (1, 2)


def test_slice_moves():
    shown = default_slice((2, 3, 4, 5))
    assert shown.at_index(3, 2).x == 2
    assert shown.at_index(3, 2).y == -1
    assert shown.spread(1, "x", 3).picks == (0, (0, 3, 1), (0, 4, 1), 0)
    assert shown.spread(1, "x", 3).x == 1
    assert (shown.spread(2, "x", 4).y, shown.spread(2, "x", 4).x) == (3, 2)
    ranged = shown.at_range(0, (0, 2, 1))
    assert (ranged.y, ranged.x) == (0, 3)
    assert ranged.picks[2] == 0


def test_picks_are_adapted_to_another_shape():
    old = default_slice((1, 12, 64, 64)).at_index(1, 9)
    assert adapted(old, (1, 12, 64, 64), (1, 12, 64, 64), ()) is old
    assert adapted(old, (1, 12, 64, 64), (1, 4, 32, 32), ()).picks == (
        0,
        3,
        (0, 32, 1),
        (0, 32, 1),
    )
    assert adapted(old, (1, 12, 64, 64), (5, 6), ()) == default_slice((5, 6))


def test_axis_names():
    assert axis_names("conv2d", (), 4) == ("batch", "channel", "row", "column")
    assert axis_names("Conv2D", (("data_format", "NHWC"),), 4)[-1] == "channel"
    assert axis_names("Conv2D", (("data_format", "NCHW"),), 4)[1] == "channel"
    assert axis_names("MaxPool", (), 4)[-1] == "channel"
    assert axis_names("matmul", (), 4)[0] == "axis 0"
    names = axis_names("conv2d", (), 4)
    assert strip_axis((2, 8, 5, 5), default_slice((2, 8, 5, 5), names), names) == 1


def test_colours_by_kind_of_data():
    random = np.random.default_rng(0)
    signed = choose_norm(random.normal(size=(50, 50)))
    assert signed.palette is Palette.DIVERGING
    assert signed.low == -signed.high
    rare = choose_norm(random.exponential(size=(50, 50)) ** 4)
    assert rare.palette is Palette.MAGMA
    assert rare.root
    assert rare.low == 0
    flags = choose_norm(np.array([[0, 1]], np.uint8))
    assert (flags.low, flags.high, flags.root) == (0, 1, False)
    bad = choose_norm(np.array([[1.0, np.nan, 3.0]]))
    assert bad.palette is Palette.GREY
    assert (bad.low, bad.high) == (1, 3)
    lost = choose_norm(np.full((2, 2), np.nan))
    assert lost.palette is Palette.GREY
    same = choose_norm(np.full((2, 2), 7.0))
    assert same.low < same.high


def test_the_user_chooses_colours():
    data = np.linspace(1, 100, 400).reshape(20, 20)
    norm = choose_norm(data, Look(Palette.GREY, Range.PERCENTILE, Scale.ROOT))
    assert norm.palette is Palette.GREY
    assert norm.root
    assert norm.low == pytest.approx(1.99)
    whole = choose_norm(data, Look(range=Range.SYMMETRIC))
    assert (whole.low, whole.high) == (-100, 100)


def test_paint_values_marks_what_is_not_finite():
    data = np.array([[0.0, 1.0, np.nan, np.inf, -np.inf]], np.float32)
    painted = paint_values(data, Norm(Palette.GREY, 0, 1), 0xFFFF0000, 0xFF0000FF)
    assert painted.tolist()[0][2:] == [0xFFFF0000, 0xFF0000FF, 0xFF0000FF]
    assert painted[0, 0] == table(Palette.GREY)[0]
    assert painted[0, 1] == table(Palette.GREY)[255]


def test_magma_begins_and_ends_as_it_should():
    colours = table(Palette.MAGMA)
    assert colours[0] == 0xFF000004
    assert colours[255] == 0xFFFCFDBF


def test_cells_are_whole_pixels():
    square = fit(64, 64, 40, 11, 336, 320)
    assert (square.wide, square.high) == (5, 5)
    assert square.hit(40, 11) == (0, 0)
    assert square.hit(39.9, 11) is None
    stripe = fit(2, 300, 40, 11, 336, 320)
    assert stripe.wide == 1
    assert stripe.high > 1


def test_scale_marks():
    names = [text for _, text in scale_marks(AxisSpan(2, "q", 0, 64, 1, 64), 5, 26)]
    assert names == ["0", "16", "32", "48", "63"]
    names = [text for _, text in scale_marks(AxisSpan(0, "", 0, 1000, 3, 334), 1, 44, ends=False)]
    assert names == ["0", "200", "400", "600", "800"]
    assert scale_marks(AxisSpan(0, "", 0, 1, 1, 1), 40, 26) == [(0, "0")]


def test_tiles_are_as_large_as_they_can_be():
    twelve = tiling(12, 64, 64, 424, 310)
    assert twelve.per_page >= 12
    assert twelve.wide >= 64
    assert tiling(4096, 7, 7, 424, 310).per_page <= 96
    assert tiling(1, 224, 224, 424, 310).columns == 1


def test_dense_curves_keep_their_extremes():
    across = np.repeat(np.arange(10.0), 5)
    down = np.tile([3.0, 9.0, 1.0, 4.0, 4.0], 10)
    lines = columns(across, down)
    assert len(lines) == 10
    assert all(line.y1() == 1 and line.y2() == 9 for line in lines)


def test_bins_tell_mean_and_spread():
    data = np.random.default_rng(0).normal(3, 2, 50_000)
    counts, edges = np.histogram(data, 88)
    bins = Bins(counts, edges[0], edges[-1])
    mean, std = bins.moments()
    assert mean == pytest.approx(3, abs=0.1)
    assert std == pytest.approx(2, abs=0.1)
    assert bins.merged(22).total == 50_000
    assert bins.merged(22).counts.size == 22


def test_statistics_of_whole_numbers():
    summary = TensorSummary((4,), "int64", minimum=-3.0, maximum=50_256.0, mean=2.0, rms=3.0)
    cells = {cell.name: cell.text for cell in statistics(summary, 1, None, 4)}
    assert cells["min"] == "−3"
    assert cells["max"] == "50\u202f256"
    assert cells["zeros"] == "25 %"


def test_numpy_code_of_every_kind():
    for data in (
        np.array([[1, 2], [3, 4]], np.int16),
        np.array([True, False]),
        np.array([1 + 2j], np.complex64),
        np.array(2.5, np.float16),
        np.linspace(0, 1, 3000, dtype=np.float32),
    ):
        made = eval(numpy_code(data, "x").partition("\n")[2], {"np": np})
        assert np.array_equal(made, data)
        assert made.dtype == data.dtype


@pytest.mark.parametrize("shape", [(), (7,), (3, 5, 7), (2, 1, 9), (0, 4), (1, 1)])
@pytest.mark.parametrize("limit", [1, 16, 100, 10_000])
def test_blocks_cover_a_value_once(shape, limit):
    seen = np.zeros(shape, int)
    for picks in blocks(shape, 4, limit):
        part = tuple(p if isinstance(p, int) else slice(*p) for p in picks)
        assert seen[part].size * 4 <= max(limit, 4)
        seen[part] += 1
    assert (seen == 1).all()


def test_item_bytes_is_never_too_few():
    sizes = {"float32": 4, "int64": 8, "bfloat16": 4, "complex128": 16, "bool": 1, "odd": 8}
    assert {name: item_bytes(name) for name in sizes} == sizes


def test_plane_request_orders_axes_as_they_are_shown():
    shown = Slice((0, (0, 5, 1), (0, 6, 1)), 2, 1)
    request = plane_request(ValueRef(3), shown, (10, 20))
    assert request.axes == (2, 1)
    assert request.limit == (10, 20)


def test_array_of_strings():
    request = TensorRequest(ValueRef(0))
    piece = TensorPiece(
        request, TensorSummary((2, 1), "string"), (2, 1), (1, 1), b'["a","b"]', "json"
    )
    assert array_of(piece).tolist() == [["a"], ["b"]]


def fill(model: TensorTable, value=lambda row, column: float(row)):
    """Answer the pages that a table asks for."""
    asked = []

    def serve(row: int, column: int) -> None:
        asked.append((row, column))
        sides = model.sides
        rows = min(PAGE[0], sides[0].length - row * PAGE[0])
        columns_ = min(PAGE[1], sides[1].length - column * PAGE[1])
        index = np.arange(rows)[:, None] + row * PAGE[0]
        model.put_page((row, column), np.broadcast_to(index, (rows, columns_)).astype(float))

    model.page_wanted.connect(serve)
    return asked


def test_a_table_of_a_thousand_million_elements(qtbot, qtmodeltester):
    view = TableView()
    qtbot.addWidget(view)
    view.resize(452, 349)
    asked = fill(view.model)
    view.model.show_slice(Side("axis 0", 0, 1, 1_000_000_000, 0), Side())
    view.show()
    view.grab()
    assert len(asked) <= 2
    assert view.model.rowCount() == MOST_ROWS
    view._target.setText("999999999")
    qtbot.keyClick(view._target, Qt.Key.Key_Return)
    view.grab()
    last = view.model.rowCount() - 1
    assert view.model.headerData(last, Qt.Orientation.Vertical) == "999999999"
    view.model.data(view.model.index(last, 0))
    assert view.model.data(view.model.index(last, 0)) == "1e9"
    assert len(asked) < 8


def test_a_table_is_a_sound_model(qtmodeltester):
    model = TensorTable()
    fill(model)
    model.show_slice(Side("r", 10, 2, 300, 0), Side("c", 0, 1, 40, 1))
    qtmodeltester.check(model)
    assert model.headerData(1, Qt.Orientation.Vertical) == "12"
    model.data(model.index(0, 33))
    assert model.data(model.index(5, 33)) == "5"


def test_pages_that_were_scrolled_past_are_not_asked_for():
    model = TensorTable()
    asked = []
    model.page_wanted.connect(lambda row, column: asked.append(row))
    model.show_slice(Side("r", 0, 1, 100_000, 0), Side())
    for row in range(0, 100_000, PAGE[0]):
        model.data(model.index(row, 0))
    assert len(asked) == 2
    model.put_page((asked[0], 0), np.zeros((PAGE[0], 1)))
    assert asked[-1] == 99_999 // PAGE[0]


def ask(desk, kind, index, got, refused=None):
    request = TensorRequest(ValueRef(0), Form.PLANE, (index,))
    desk.ask(kind, request, lambda piece: got.append(piece.request.picks[0]), refused or got.append)
    return request


def piece(request):
    return TensorPiece(request, TensorSummary((), "float32"))


def test_desk_keeps_the_newest_of_a_kind(qapp):
    desk, sent, got = Desk(), [], []
    desk.wanted.connect(sent.append)
    requests = [ask(desk, "plane", index, got) for index in range(4)]
    assert sent == requests[:1]
    desk.answer(piece(requests[0]))
    assert sent == [requests[0], requests[3]]
    assert got == []
    desk.answer(piece(requests[3]))
    assert got == [3]


def test_desk_sends_one_message_for_two_kinds_that_want_the_same(qapp):
    desk, sent, got = Desk(), [], []
    desk.wanted.connect(sent.append)
    request = ask(desk, "plane", 1, got)
    ask(desk, "thumbs", 1, got)
    assert sent == [request]
    desk.answer(piece(request))
    assert got == [1, 1]


def test_desk_drops_and_refuses(qapp):
    desk, got = Desk(), []
    request = ask(desk, "plane", 1, got)
    desk.drop()
    desk.answer(piece(request))
    assert got == []
    request = ask(desk, "plane", 2, got)
    desk.refuse(request, "no")
    assert got == ["no"]
    assert not desk.busy


def test_desk_asks_again_for_what_was_dropped_on_its_way(qapp):
    desk, sent, got = Desk(), [], []
    desk.wanted.connect(sent.append)
    request = ask(desk, "plane", 1, got)
    desk.drop()
    ask(desk, "plane", 1, got)
    desk.answer(piece(request))
    assert got == [1]
    assert sent == [request]


def test_desk_holds_while_the_model_runs(qapp):
    desk, sent, got = Desk(), [], []
    desk.wanted.connect(sent.append)
    desk.hold(True)
    ask(desk, "plane", 1, got)
    newest = ask(desk, "plane", 2, got)
    assert sent == []
    desk.hold(False)
    assert sent == [newest]


def test_desk_refuses_all_that_is_wanted_once_nobody_answers(qapp):
    desk, got = Desk(), []
    ask(desk, "plane", 1, got)
    ask(desk, "plane", 2, got)
    ask(desk, "table", 3, got)
    desk.hold(True)
    ask(desk, "summary", 4, got)
    desk.fail("gone")
    assert got == ["gone"] * 4
    assert not desk.busy
    desk.hold(False)
    ask(desk, "plane", 5, got)
    assert got[4:] == ["gone"], "later, too"
    desk.reset()
    ask(desk, "plane", 6, got)
    assert desk.busy, "another debuggee may answer"


def test_a_colour_bar_is_as_high_as_its_picture():
    wide = fit(64, 288, 40, 11, 336, 400).area
    bar = bar_beside(wide)
    assert (bar.top(), bar.height()) == (wide.top(), wide.height())
    assert bar.left() > wide.right()
    stripe = fit(2, 300, 40, 11, 336, 400).area
    assert bar_beside(stripe).height() == 44, "its numbers need room"
