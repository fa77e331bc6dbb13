"""Which breakpoints there are, who set them, and what they stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.engine.points import Points, code_lines
from opscope.tracers.ir import Breakpoint, BreakpointKind, Category, Graph, Op, Scope, ScopeKind
from opscope.tracers.protocol.refusal import Refusal


def graph() -> Graph:
    made = Graph()
    made.scopes.append(Scope("/h.0", 0, "h.0", "h.0", "Block", ScopeKind.MODULE))
    for key in ("relu:0", "add:0"):
        row = Op(f"/h.0/{key}", key[:-2], 1, Category.OTHER, "", (), (), (), -1)
        made.ops.append(row)
    return made


def test_those_of_a_client_are_pending_until_the_graph_is_known():
    points = Points()
    rows = [{"name": "relu"}, {"name": "h.*"}, {"name": "gone"}]
    told = points.set_functions({"breakpoints": rows, "ids": [5, 6, 7]})
    assert [(row["id"], row["verified"]) for row in told] == [(5, False), (6, False), (7, False)]
    address = {"breakpoints": [{"instructionReference": "0x10000", "offset": 1}], "ids": [8]}
    points.set_instructions(address)
    assert len(points.all()) == 6  # the address says nothing yet
    known = points.know(graph())
    assert [row["verified"] for row in known] == [True, True, False, True]
    assert points.all()[-1] == Breakpoint(BreakpointKind.OP, "/h.0/add:0")


def test_hits_go_back_to_their_owners():
    points = Points()
    points.know(graph())
    points.set_window([{"kind": "op", "where": "/h.0/relu:0", "label": "", "enabled": True}])
    points.set_functions({"breakpoints": [{"name": "relu"}], "ids": [3]})
    assert points.owners((0, 1, 2)) == ((0,), [3])


def test_a_request_replaces_what_it_set_before(tmp_path: Path):
    points = Points()
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("x = 1\n\n\ny = 2\n")
    one = {"source": {"path": str(tmp_path / "a.py")}}
    two = {"source": {"path": str(tmp_path / "b.py")}}
    points.set_lines({**one, "breakpoints": [{"line": 1}, {"line": 4}]})
    points.set_lines({**two, "breakpoints": [{"line": 2}]})
    points.set_lines({**one, "breakpoints": []})
    assert [point.where for point in points.all()] == [f"{tmp_path / 'b.py'}:4"]


def test_lost_ones_of_the_window_are_named(tmp_path: Path):
    points = Points()
    points.know(graph())
    lines = tmp_path / "m.py"
    lines.write_text("def f():\n    # nothing\n    return 1\n")
    rows = [
        Breakpoint(BreakpointKind.TYPE, "re*"),
        Breakpoint(BreakpointKind.TYPE, "conv*"),
        Breakpoint(BreakpointKind.MODULE, "h.0"),
        Breakpoint(BreakpointKind.MODULE, "h.1"),
        Breakpoint(BreakpointKind.LINE, f"{lines}:3"),
        Breakpoint(BreakpointKind.LINE, f"{lines}:2"),
    ]
    told = points.set_window([{"kind": row.kind.value, "where": row.where} for row in rows])
    assert told["lost"] == ["conv*", "h.1", f"{lines}:2"]
    assert code_lines(str(lines)) == {1, 3}
    assert code_lines(str(tmp_path / "gone.py")) == frozenset()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [("all", "must be a list"), ([{"kind": "op"}], "no breakpoint"), ([3], "no breakpoint")],
)
def test_nonsense_is_refused(rows: object, sentence: str):
    with pytest.raises(Refusal, match=sentence):
        Points().set_window(rows)
