"""What a recorded run keeps for the window: whole, and read with care."""

from __future__ import annotations

import json

import pytest

from opscope.app.extras import Extras, Pin, decode, encode, pin_of, pinned
from opscope.tracers.ir import Breakpoint, BreakpointKind, Selection
from opscope.tracers.ir.watchpoint import Watchpoint
from opscope.widgets.graph.bookmarks import Bookmark
from opscope.widgets.notes import MOST_TEXT, Note
from opscope.widgets.tensor.subject import resolve

from . import share_samples as samples

WHOLE = Extras(
    (Breakpoint(BreakpointKind.LINE, "/a/b.py:12", "b.py : 12"),),
    (Watchpoint("nan @ log", stop=False),),
    (Note("/m/log:0", "two\nlines", "log in m"), Note("/m", "of a module", "m", module=True)),
    (Bookmark(2, "log", "/m/log:0", 1.5, -2.0, 0.5, ("/m",), fold=False),),
    (Pin("/m/log:0", 0, 1), Pin("x")),
)


def test_all_of_it_comes_back() -> None:
    assert decode(json.loads(json.dumps(encode(WHOLE)))) == WHOLE


@pytest.mark.parametrize("data", [None, 3, "text", [], [[]], {"notes": {}}, {"notes": 7}])
def test_what_is_no_such_thing_is_nothing(data: object) -> None:
    assert decode(data) == Extras()


def test_hostile_rows_are_left_out_and_the_others_stay() -> None:
    deep: object = "x"
    for _ in range(50):
        deep = [deep]
    data = encode(WHOLE)
    data["breakpoints"] += [
        {"kind": "line", "where": "no line", "label": ""},
        {"kind": "line", "where": "/a.py:" + "9" * 40, "label": ""},
        {"kind": "nonsense", "where": "x", "label": ""},
        {"kind": [], "where": "x", "label": ""},
        {"kind": "op", "where": "x" * 100_000, "label": ""},
        17,
    ]
    data["watchpoints"] += [{"text": 5}, {"text": "x" * 100_000}, {}]
    data["notes"] += [
        {"where": "/m", "text": "   "},
        {"where": "/m", "text": ["list"]},
        {"where": "/m", "text": "x" * (MOST_TEXT + 1)},
        {"where": "/m", "text": "fine", "label": deep},
    ]
    data["views"] += [
        {**data["views"][0], "slot": 99},
        {**data["views"][0], "zoom": 0},
        {**data["views"][0], "across": 10**400},
        {**data["views"][0], "down": "NaN"},
        {**data["views"][0], "open": deep},
    ]
    data["pins"] += [{"where": "x", "nth": 10**30}, {"nth": 1}, None]
    assert decode(data) == WHOLE


def test_very_many_rows_are_not_read() -> None:
    rows = [{"where": f"/m/{number}", "text": "x"} for number in range(5_000)]
    assert len(decode({"notes": rows}).notes) == 1_000
    assert len(decode({"pins": [{"where": "x"}] * 500}).pins) == 12


def test_pins_are_named_by_op_and_execution() -> None:
    run = samples.hostile()
    of_op = resolve(run, Selection(op=1, record=1)).choosing(1)
    of_value = resolve(run, Selection(value=0))
    pins = [pin_of(run, subject) for subject in (of_op, of_value)]
    assert pins == [Pin("/m/log:0", 0, 1), Pin(run.graph.values[0].name)]
    assert pinned(run, [pin for pin in pins if pin is not None]) == [of_op, of_value]


def test_pins_of_what_the_run_has_not_are_left_out() -> None:
    run = samples.hostile()
    gone = [Pin("/m/log:0", 9), Pin("/m/none:0", 0), Pin("/m/log:0", 0, 40), Pin("no value")]
    assert pinned(run, gone) == []
