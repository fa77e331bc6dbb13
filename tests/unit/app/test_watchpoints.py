"""The user's watchpoints: what is kept, sent and remembered, and the dialog's texts."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from PySide6.QtCore import Signal
from pytestqt.qtbot import QtBot

from opscope.app.session import Session
from opscope.app.settings import Settings, decode, encode
from opscope.app.watchpoint_dialog import WatchpointDialog
from opscope.app.watchpoint_form import OFFERS, about_place
from opscope.app.watchpoints import Watchpoints
from opscope.tracers.ir import Category, Graph, Op, Scope, ScopeKind
from opscope.tracers.ir.watchpoint import WatchHit, WatchKind, Watchpoint
from opscope.tracers.protocol.columns import Strings
from opscope.tracers.protocol.columns import encode as encode_rows
from opscope.tracers.protocol.messages import WATCH_ANEW, WATCHPOINTS

from ..widgets import run_samples as samples
from .fake_session import FakeSession

NAN, LARGE = Watchpoint("nan"), Watchpoint("absmax>4 @ h.*", stop=False)


class Watched(FakeSession):
    """One that is told of hits."""

    watched = Signal(object)


@pytest.fixture
def graph() -> Graph:
    made = Graph()
    made.scopes.append(Scope("/h.0", 0, "", "h.0", "Block", ScopeKind.MODULE))
    made.ops.append(Op("/h.0/softmax:0", "softmax", 1, Category.REDUCE, "", (), (), (), -1))
    made.ops.append(Op("/relu:0", "relu", 0, Category.POINTWISE, "", (), (), (), -1))
    return made


@pytest.fixture
def session() -> Watched:
    return Watched(samples.gpt2(20).run)


@pytest.fixture
def points(session: Watched) -> Watchpoints:
    return Watchpoints(cast(Session, session), session)


def told(text: str, start: int, times: int, **more: Any) -> dict[str, Any]:
    """As the debuggee tells: a hit at each record from one on."""
    strings = Strings()
    hits = encode_rows([WatchHit(n, 0, "so") for n in range(start, times)], WatchHit, strings)
    row = {"text": text, "from": start, "hits": hits, "times": times, "missed": 0, "left": 0}
    return {"watchpoints": [{**row, "problem": "", **more}], "strings": strings.rows}


def test_every_change_is_sent_as_a_whole(points: Watchpoints, session: Watched):
    points.put(NAN)
    points.put(LARGE)
    points.put(Watchpoint("inf"), NAN)
    assert [row.text for row in points.rows] == ["inf", LARGE.text]
    points.toggle(points.rows[0])
    points.toggle_stop(points.rows[1])
    sent = [asked.arguments["watchpoints"] for asked in session.asked]
    assert [asked.command for asked in session.asked] == [WATCHPOINTS] * 5
    assert sent[-1] == [
        {"text": "inf", "stop": True, "enabled": False},
        {"text": LARGE.text, "stop": True, "enabled": True},
    ]
    points.put(Watchpoint("inf"), points.rows[1])
    assert [row.text for row in points.rows] == ["inf"], "there is one of each"
    points.remove(points.rows[0])
    assert points.rows == []


def test_hits_are_followed_and_a_rewind_forgets_them(points: Watchpoints, session: Watched):
    points.load([NAN, LARGE])
    session.watched.emit(told("nan", 0, 3))
    session.watched.emit(told("nan", 2, 19, missed=4))
    assert [hit.record for hit in points.result(NAN).hits] == list(range(19))
    assert points.result(NAN).missed == 4
    assert points.hit_records() == list(range(19))
    assert session.run is not None
    session.run.forget_from(10, 1)
    session.rewound.emit()
    assert points.hit_records() == list(range(10))
    points.toggle(NAN)
    assert points.hit_records() == []
    session.opened.emit()
    assert session.asked[-1].command == WATCHPOINTS
    assert points.result(NAN).times == 0


def test_what_was_missed_is_asked_once_at_a_time(
    points: Watchpoints, session: Watched, qtbot: QtBot
):
    points.ask_anew()
    points.ask_anew()
    assert [asked.command for asked in session.asked] == [WATCH_ANEW]
    assert points.asking_anew
    with qtbot.waitSignal(points.refused, timeout=500) as why:
        session.asked[0].fail("It runs otherwise.")
    assert why.args == ["It runs otherwise."]
    assert not points.asking_anew


def test_the_run_before_a_restart_is_sent_with_those_that_compare(
    points: Watchpoints, session: Watched
):
    points.note_run()
    points.put(NAN)
    assert "before" not in session.asked[-1].arguments
    run = session.run
    assert run is not None
    row = run.records[4]
    key = run.graph.ops[row.op].key
    points.put(Watchpoint(f"changes>1 since run @ {key}"))
    output = row.outputs[0]
    numbers = [output.minimum, output.maximum, output.mean, output.rms]
    table = session.asked[-1].arguments["before"]
    assert list(table) == [key]
    assert table[key][0][0] == numbers


def test_they_are_remembered_per_model():
    settings = Settings()
    settings.remember_watchpoints("a.py:build", [NAN, LARGE])
    again = decode(json.loads(json.dumps(encode(settings))))
    assert again.watchpoints("a.py:build") == [NAN, LARGE]
    assert again.watchpoints("b.py:build") == []
    broken = json.loads(json.dumps(encode(settings)))
    broken["models"]["a.py:build"]["watchpoints"] = [{"stop": 1}, {"text": "nan"}, 3]
    assert decode(broken).watchpoints("a.py:build") == [NAN]


@pytest.mark.parametrize(
    "text",
    [
        *("nan", "inf", "absmax>3", "range -1..2", "zero", "dead>0.5", "saturated>0.9"),
        *("constant", "vanishing<0.001", "exploding>30", "changes>0.5", "changes>10% since run"),
        *("output.max() > 3", "absmax>3 in forward @ h.0.*", "zero in backward @ /relu:0"),
    ],
)
def test_the_dialog_gives_back_what_it_was_given(qtbot: QtBot, graph: Graph, text: str):
    point = Watchpoint(text, stop=False)
    dialog = WatchpointDialog(graph, None, point)
    qtbot.addWidget(dialog)
    assert dialog.ok.isEnabled()
    assert dialog.watchpoint() == point


def test_every_condition_begins_with_numbers_that_hold(qtbot: QtBot, graph: Graph):
    dialog = WatchpointDialog(graph)
    qtbot.addWidget(dialog)
    kinds = [offer.kind for offer in OFFERS]
    assert kinds == list(dict.fromkeys(kinds))
    assert set(kinds) == set(WatchKind)
    for number, kind in enumerate(kinds):
        dialog.kind.setCurrentIndex(number)
        assert dialog.ok.isEnabled() is (kind is not WatchKind.EXPRESSION)
    dialog.expression.setText("output.max( > 3")
    assert not dialog.ok.isEnabled()
    dialog.expression.setText("output.max() > 3")
    assert dialog.watchpoint() == Watchpoint("output.max() > 3")
    assert dialog.summary.text() == "output.max() > 3 on all ops"


def test_a_place_says_how_much_it_names(graph: Graph):
    assert about_place(graph, "").startswith("All 2 ops of this graph")
    assert about_place(graph, "/relu:0") == "Op 2 of this graph, relu."
    assert about_place(graph, "h.*") == "1 op in this graph."
    assert about_place(graph, "conv*") == "0 ops in this graph."
