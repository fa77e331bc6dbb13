"""The values of a pair: cut out of arrays, shown in one layout, read by one cursor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from opscope.tracers.compare.result import Cause, Certainty
from opscope.widgets.compare.attributes import MOST, Attributes, CauseView
from opscope.widgets.compare.facts import Fact
from opscope.widgets.compare.pair_head import moved_text
from opscope.widgets.compare.pair_values import PairValues
from opscope.widgets.compare.planes import planes_of
from opscope.widgets.compare.source_lines import SourceLines, Spot
from opscope.widgets.compare.story import Both
from opscope.widgets.tensor.axes import Slice, default_slice
from opscope.widgets.tensor.colours import Palette

NAMES = ("batch", "channel", "row", "column")


def move_to(widget: QWidget, point: QPointF) -> None:
    """The pointer moves over a widget."""
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        point,
        QPointF(widget.mapToGlobal(point)),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def both(shape: tuple[int, ...], off: float = 0.5, pair: int = 3) -> Both:
    count = int(np.prod(shape))
    a: npt.NDArray[np.float32] = np.arange(count, dtype=np.float32).reshape(shape) - count / 2
    return Both(pair, a, a + np.float32(off), (("max", f"{off}"), ("cosine", "1")))


@pytest.fixture
def values(qtbot: QtBot) -> PairValues:
    made = PairValues()
    qtbot.addWidget(made)
    made.resize(452, 700)
    made.show()
    made.await_values(NAMES, [])
    return made


def test_a_piece_is_cut_with_steps_and_differences_are_of_its_elements() -> None:
    pair = both((1, 4, 600, 500), 0.25)
    shown = default_slice(pair.a.shape, NAMES)
    planes = planes_of(pair, shown.at_index(1, 2), NAMES, (196, 196))
    assert (planes.rows, planes.columns) == (150, 167)
    assert (planes.a.y.step, planes.a.x.step) == (4, 3)
    assert planes.a.values[5, 7] == pair.a[0, 2, 20, 21]
    assert planes.b.values[5, 7] == pair.b[0, 2, 20, 21]
    assert (planes.off.values == 0.25).all()
    assert planes.norm.high > 200_000
    assert planes.off_norm.low == 0.0


def test_axes_may_lie_the_other_way_round() -> None:
    pair = both((5, 7))
    planes = planes_of(pair, Slice(((0, 5, 1), (0, 7, 1)), y=1, x=0), ("a", "b"), (50, 50))
    assert (planes.rows, planes.columns) == (7, 5)
    assert planes.a.values[6, 2] == pair.a[2, 6]
    assert (planes.a.y.name, planes.a.x.name) == ("b", "a")


def test_of_a_file_only_the_piece_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.npy"
    np.save(file, np.zeros((8, 64, 64), np.float32))
    mapped = np.load(file, mmap_mode="r")
    pair = Both(0, mapped, np.load(file, mmap_mode="r").transpose(0, 2, 1))
    planes = planes_of(pair, default_slice(mapped.shape), ("a", "b", "c"), (196, 196))
    for plane in (planes.a, planes.b):
        assert not isinstance(plane.values, np.memmap)
        assert plane.values.nbytes == 64 * 64 * 4


def test_what_is_no_number_leaves_the_colours_of_the_difference_alone() -> None:
    pair = both((6, 6))
    pair.b[2, 3] = np.nan
    planes = planes_of(pair, default_slice((6, 6)), ("a", "b"), (50, 50))
    assert planes.off_norm.palette is Palette.MAGMA
    assert planes.off_norm.high == pytest.approx(0.5)
    assert np.isnan(planes.off.values[2, 3])


def test_whole_numbers_differ_without_running_over() -> None:
    a = np.array([[0, 250]], np.uint8)
    planes = planes_of(
        Both(0, a, a[:, ::-1]), Slice(((0, 1, 1), (0, 2, 1)), 0, 1), ("a", "b"), (9, 9)
    )
    assert planes.off.values.tolist() == [[250.0, 250.0]]


def test_a_plane_is_shown_as_three_pictures_with_one_scale(values: PairValues) -> None:
    values.show_values(both((1, 4, 28, 28)), [Fact("max", "0.5", True)])
    stage = values.stage
    assert stage.way == "maps"
    a, b, off = stage.maps
    assert a.norm == b.norm
    assert off.norm != a.norm
    assert [slicer.edit.text() for slicer in values.slicers.slicers] == [
        "0",
        "0 of 4",
        "0:28",
        "0:28",
    ]
    assert a.grid.wide == 7
    assert stage.facts.rows == [Fact("max", "0.5", True)]


def test_the_stage_is_as_high_as_its_pictures_whatever_they_were(values: PairValues) -> None:
    stage = values.stage
    values.show_values(both((1, 4, 25, 25)), [])
    before = stage.height()
    stage.set_room(443)
    assert stage.maps[0].picture_height() == 175
    assert stage.height() < before
    lowest = stage.maps[2].y() + stage.maps[2].picture_height()
    assert stage.height() == lowest + 12
    assert stage.maps[1].geometry().right() < 443


def test_one_cursor_reads_all_three(values: PairValues, qtbot: QtBot) -> None:
    pair = both((1, 4, 28, 28))
    values.show_values(pair, [])
    a, b, off = values.stage.maps
    spot = a.grid.cell(12, 17).center().toPoint()
    qtbot.mouseClick(a, Qt.MouseButton.LeftButton, pos=spot)
    assert a.cell == b.cell == off.cell == (12, 17)
    names = [(fact.name, fact.text) for fact in values.stage.facts.rows]
    assert [name for name, _ in names] == ["A [12, 17]", "B [12, 17]", "|A − B| [12, 17]"]
    assert names[2][1] == "0.5"
    move_to(b, b.grid.cell(3, 4).center())
    assert a.cell == (3, 4)
    b.pointed.emit(None)
    assert a.cell == (12, 17)
    qtbot.keyClick(off, Qt.Key.Key_Right)
    assert a.cell == (12, 18)
    assert "row 12 · column 18" in b.accessibleDescription()
    qtbot.keyClick(off, Qt.Key.Key_Escape)
    assert a.cell is None
    assert values.stage.facts.rows == []


def test_zoom_and_slicers_move_all_three(values: PairValues, qtbot: QtBot) -> None:
    pair = both((1, 4, 28, 28))
    values.show_values(pair, [])
    a, b, off = values.stage.maps
    a.marked.emit((14, 14))
    qtbot.keyClick(a, Qt.Key.Key_Plus)
    assert values.shown.picks[2:] == ((7, 21, 1), (7, 21, 1))
    for one in (a, b, off):
        assert one.plane is not None
        assert one.plane.values.shape == (14, 14)
    values.slicers.slicers[1].step(2)
    assert values.shown.picks[1] == 2
    assert b.plane is not None
    assert b.plane.values[0, 0] == pair.b[0, 2, 7, 7]
    a.zoomed.emit([])
    assert values.shown.picks[2:] == ((0, 28, 1), (0, 28, 1))


def test_the_next_pair_of_the_same_shape_is_seen_in_the_same_place(values: PairValues) -> None:
    values.show_values(both((1, 4, 28, 28)), [])
    values.slicers.slicers[1].step(3)
    values.await_values(NAMES, [])
    assert values.stage.way == "maps"  # as it was, until the elements come
    values.show_values(both((1, 4, 28, 28), 0.75, 4), [])
    assert values.shown.picks[1] == 3
    values.show_values(both((1, 2, 14, 14), 0.75, 5), [])
    assert values.shown.picks == (0, 1, (0, 14, 1), (0, 14, 1))


def test_one_axis_is_shown_as_lines(values: PairValues, qtbot: QtBot) -> None:
    values.await_values(("axis 0", "axis 1"), [])
    values.show_values(both((1, 10)), [])
    stage = values.stage
    assert stage.way == "lines"
    assert stage.lines.planes is not None
    assert stage.lines.planes.columns == 10
    stage.lines.setFocus()
    qtbot.keyClick(stage.lines, Qt.Key.Key_Right)
    qtbot.keyClick(stage.lines, Qt.Key.Key_Right)
    assert [fact.name for fact in stage.facts.rows] == ["A [1]", "B [1]", "|A − B| [1]"]
    assert stage.lines.grab().toImage().pixelColor(200, 60).isValid()


def test_a_single_number_is_written(values: PairValues) -> None:
    values.await_values((), [])
    values.show_values(Both(1, np.array(1.5), np.array(1.25)), [Fact("max", "0.25")])
    assert values.stage.way == "number"
    assert [(fact.name, fact.text) for fact in values.stage.facts.rows] == [
        ("max", "0.25"),
        ("A", "1.5"),
        ("B", "1.25"),
        ("|A − B|", "0.25"),
    ]


def test_what_cannot_be_shown_is_told(values: PairValues, qtbot: QtBot) -> None:
    words = np.array(["a", "b"], dtype=object)
    values.show_values(Both(1, words, words), [])
    assert values.stage.way == "notice"
    assert values.stage.notice.sentence.text == "These values are no numbers of one shape."
    assert values.slicers.isHidden()
    values.await_values(NAMES, [])
    qtbot.waitUntil(lambda: values.stage.notice.sentence.text == "Reading both values…")
    values.show_values(both((1, 4, 28, 28)), [])
    assert values.stage.way == "maps"
    empty = np.zeros((0, 4), np.float32)
    values.show_values(Both(2, empty, empty), [])
    assert values.stage.notice.sentence.text == "These values have no elements."


def test_how_b_was_laid_is_told() -> None:
    assert moved_text((0, 3, 1, 2), (1, 8, 4, 4), (1, 4, 4, 8)) == "B moved to NCHW"
    assert moved_text((0, 2, 3, 1), (1, 4, 4, 8), (1, 8, 4, 4)) == "B moved to NHWC"
    assert moved_text((1, 0), (2, 3), (3, 2)) == "B transposed"
    assert moved_text((1, 0, 2), (2, 3, 4), (3, 2, 4)) == "B's axes 1 0 2"
    assert moved_text((), (2, 12), (2, 3, 4)) == "B reshaped"
    assert moved_text((0, 1), (2, 3), (2, 3)) == ""


def test_attributes_that_differ_come_first_and_are_counted(qtbot: QtBot) -> None:
    view = Attributes()
    qtbot.addWidget(view)
    rows = (("stride", "2", "2", False), ("padding", "(1, 1)", "SAME", True))
    view.show_rows(rows, "")
    assert [row[0] for row in view.rows] == ["padding", "stride"]
    assert view.told == "1 differs"
    assert "padding: A (1, 1), B SAME, differs" in view.accessibleName()
    many = tuple((f"name {at}", str(at), "", at % 2 == 0) for at in range(30))
    view.show_rows(many, "")
    assert view.told == f"{len(view.rows)} differ"
    assert len(view.rows) == MOST
    view.show_rows((), "")
    assert view.isHidden()


def test_a_cause_says_how_certain_it_is(qtbot: QtBot) -> None:
    view = CauseView()
    qtbot.addWidget(view)
    view.resize(440, 10)
    long = "B pads otherwise. " * 12
    view.show_cause(Cause(Certainty.HINTED, "padding", long))
    assert view.words == ("hinted", long)
    assert view.height() > 80
    view.show_cause(Cause())
    assert view.words == ("unknown", "No cause was found.")
    assert view.accessibleName() == "Cause, unknown: No cause was found."
    view.show_cause(None)
    assert view.isHidden()


def test_lines_of_source_are_asked_for_once(qtbot: QtBot) -> None:
    view = SourceLines()
    qtbot.addWidget(view)
    spots = {"A": Spot("/m/a.py", 2), "B": Spot("/m/b.py", 9)}
    assert view.show_spots(spots) == [("A", "/m/a.py"), ("B", "/m/b.py")]
    assert view.line("A") == ""
    view.show_text("A", "/m/a.py", "import torch\n    x = conv(x, 3)\n")
    view.show_text("B", "/m/b.py", "x\n")
    assert (view.place("A"), view.line("A")) == ("a.py : 2", "x = conv(x, 3)")
    assert view.line("B") == ""
    assert view.show_spots(spots) == []
    assert "a.py : 2: x = conv(x, 3)" in view.accessibleName()
    image = view.grab().toImage()
    seen = {image.pixel(x, 32 + 31 + y) for x in range(41, 120) for y in range(-4, 5)}
    assert len(seen) > 3  # words in more than one colour
