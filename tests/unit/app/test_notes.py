"""Notes on ops and modules: one on each, by names, kept per model."""

from __future__ import annotations

import json

from opscope.app.notes import Notes, note_on, noted, where_of
from opscope.app.settings import Settings, decode, encode
from opscope.tracers.ir import Graph, Scope, ScopeKind, Selection
from opscope.tracers.ir.graph import ROOT
from opscope.widgets.notes import MOST_TEXT, Note, Noted

from . import share_samples as samples


def test_a_second_note_on_the_same_replaces_the_first(qtbot) -> None:
    notes = Notes()
    note = Note("/m/log:0", "one")
    notes.put(note)
    notes.put(Note("/m", "of the module", module=True))
    with qtbot.waitSignal(notes.changed, timeout=500):
        notes.put(Note("/m/log:0", "  two\n"))
    assert [row.text for row in notes.rows] == ["two", "of the module"]
    assert notes.find(note) == Note("/m/log:0", "two")
    notes.put(Note("/m/log:0", " \n"))
    assert [row.text for row in notes.rows] == ["of the module"]
    notes.put(Note("/m/log:0", "x" * (MOST_TEXT + 5)))
    assert len(notes.rows[-1].text) == MOST_TEXT


def test_an_op_and_a_module_have_names_and_a_value_has_none() -> None:
    graph = samples.hostile().graph
    on_op, on_module = note_on(graph, Selection(op=1)), note_on(graph, Selection(scope=1))
    assert on_op is not None
    assert on_module is not None
    assert (on_op.where, on_op.module) == ("/m/log:0", False)
    assert (on_module.where, on_module.module) == ("/m", True)
    assert note_on(graph, Selection(value=0)) is None
    assert note_on(graph, Selection(scope=0)) is None
    assert where_of(graph, on_op) == Selection(op=1)
    assert where_of(graph, on_module) == Selection(scope=1)
    assert where_of(graph, Note("/gone", "x")) is None


def test_a_graph_tells_where_notes_are_and_what_is_around_them() -> None:
    graph = samples.hostile().graph
    rows = [Note("/m/log:0", "a"), Note("/m", "b", module=True), Note("/gone", "c")]
    found = noted(graph, rows)
    assert dict(found.ops) == {1: "a"}
    assert dict(found.scopes) == {1: "b"}
    assert found.around == {0, 1}
    assert bool(found)
    assert not noted(graph, [])
    assert noted(graph, [Note("/gone", "c")]) == Noted()


def test_a_note_on_a_module_that_is_drawn_as_its_op_is_shown_there() -> None:
    graph = samples.hostile().graph
    scopes = [ROOT, Scope("/m", 0, "m", "m", "Log", ScopeKind.MODULE)]
    alone = Graph(scopes, graph.ops[1:2], graph.values, graph.sources)
    assert dict(noted(alone, [Note("/m", "b", module=True)]).ops) == {0: "b"}


def test_settings_keep_notes_and_drop_what_is_none() -> None:
    settings = Settings()
    rows = [Note("/m/log:0", "two\nlines", "log in m"), Note("/m", "x", "m", module=True)]
    settings.remember_notes("net.py:build", rows)
    data = json.loads(json.dumps(encode(settings)))
    data["models"]["net.py:build"]["notes"] += [
        {"where": "/a"},
        {"where": 3, "text": "x"},
        {"where": "/a", "text": "  "},
        "nonsense",
    ]
    found = decode(data)
    assert found.notes("net.py:build") == rows
    assert found.notes("other.py:build") == []
    found.remember_breakpoints("net.py:build", [])
    assert found.notes("net.py:build") == rows
