"""The rows of what an element came from, where the way goes on, and what is marked."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from opscope.app.origin_desk import marks_of
from opscope.tracers.ir import OUTSIDE
from opscope.tracers.ir.provenance import Feed, Provenance, Source, Way, strongest
from opscope.tracers.protocol.framing import plain
from opscope.tracers.protocol.json_ir import from_json, to_json
from opscope.widgets.tensor.origin_rows import OriginModel, heading_words, row_words, rows_of

ONE = Source((0, 1), 2.0, -3.0, -1.5)
TWO = Source((0, 0), 4.0, 1.0, 0.25)


def feed(*sources: Source, slot: int = 0, record: int = 5, **more: object) -> Feed:
    named = {"way": Way.EXACT, "count": len(sources), **more}
    return Feed(slot, (record, 0), "relu", (1, 8), "float32", **named)  # pyright: ignore


def found(*feeds: Feed) -> Provenance:
    return Provenance((9, 0), (0, 3), 1.5, Way.EXACT, "how", feeds)


def with_elements(*sources: Source, **more: object) -> Feed:
    return feed(*sources, elements=sources, **more)


def test_rows_are_a_heading_elements_and_the_rest(qtmodeltester: ModelTester) -> None:
    model = OriginModel()
    qtmodeltester.check(model)
    one = with_elements(ONE, TWO, count=8, rest=0.5, note="A word.")
    model.show_found(found(one))
    words = [str(model.index(n).data()) for n in range(model.rowCount())]
    assert words == [
        "relu, 1×8 float32 · 8 elements · exact",
        "relu [0, 1]: value 2, derivative −1.5, contributes −3",
        "relu [0, 0]: value 4, derivative 0.25, contributes 1",
        "6 more elements give 0.5 together",
        "A word.",
    ]
    assert (model.most, model.signed, model.first()) == (3.0, True, 1)
    chosen = [bool(model.flags(model.index(n)) & Qt.ItemFlag.ItemIsSelectable) for n in range(5)]
    assert chosen == [False, True, True, False, False]
    model.show_found(None)
    assert (model.rowCount(), model.first()) == (0, -1)


def test_an_element_that_only_chooses_has_a_value_alone() -> None:
    chooser = with_elements(Source((2,), 7.0, None), way=Way.NONE)
    assert row_words(rows_of(chooser)[1]) == "relu [2]: value 7"
    assert heading_words(chooser).endswith("1 element · amounts not known")


def test_nothing_with_an_influence_is_said_so() -> None:
    rows = rows_of(feed(way=Way.GRADIENT, count=0))
    assert [row_words(row) for row in rows] == [
        "relu, 1×8 float32 · 0 elements · by gradient",
        "None of its elements has any influence here.",
    ]


def test_the_strongest_is_nan_then_the_largest_then_what_an_op_made() -> None:
    assert strongest(found(with_elements(TWO, ONE))) == ((5, 0), (0, 1))
    bad = Source((0, 7), math.nan, math.nan, 1.0)
    assert strongest(found(with_elements(ONE, bad))) == ((5, 0), (0, 7))
    weight = with_elements(ONE, record=OUTSIDE, slot=0)
    assert strongest(found(weight, with_elements(ONE, slot=1))) == ((5, 0), (0, 1))
    only = with_elements(Source((4,), 1.0, None))
    assert strongest(found(only)) == ((5, 0), (4,))
    assert strongest(found(only, only)) is None
    assert strongest(found()) is None


def test_marks_leave_out_what_gave_nothing() -> None:
    nought = Source((0, 5), 1.0, 0.0, 0.0)
    assert marks_of([found(with_elements(ONE, TWO, nought))]) == {
        (5, 0): [((0, 1), 1.0), ((0, 0), pytest.approx(1 / 3))]
    }
    assert marks_of([found(with_elements(nought))]) == {(5, 0): [((0, 5), 1.0)]}


def test_numbers_that_are_none_survive_the_message() -> None:
    bad = Source((0,), math.nan, -math.inf, math.inf)
    sent = plain(to_json(found(with_elements(bad))))
    assert sent["feeds"][0]["elements"][0]["value"] == "NaN"
    back = from_json(Provenance, sent).feeds[0].elements[0]
    assert back.value is not None
    assert math.isnan(back.value)
    assert (back.contribution, back.derivative) == (-math.inf, math.inf)
    with pytest.raises(ValueError, match="cannot be"):
        from_json(Source, {"index": [0], "value": "much", "contribution": None})
