from __future__ import annotations

from pytestqt.qtbot import QtBot

from opscope.app.points import Points, point_on_line, point_on_op
from opscope.tracers.ir import Breakpoint, BreakpointKind, Category, Graph, Op, Scope, ScopeKind


def graph_of_two() -> Graph:
    graph = Graph()
    graph.scopes.append(Scope("/h.5", 0, "h.5", "h.5", "Block", ScopeKind.MODULE))
    for index, scope in enumerate((0, 1)):
        key = f"{graph.scopes[scope].key}/relu:0"
        graph.ops.append(Op(key, "relu", scope, Category.POINTWISE, "", (), (), (index,), -1))
    return graph


def test_toggling_sets_and_removes_and_tells(qtbot: QtBot):
    points = Points()
    point = point_on_op(graph_of_two(), 1)
    assert point == Breakpoint(BreakpointKind.OP, "/h.5/relu:0", "relu in h.5")
    with qtbot.waitSignal(points.changed, timeout=500):
        points.toggle(point)
    assert points.on_ops(graph_of_two()) == {1}
    with qtbot.waitSignal(points.changed, timeout=500):
        points.toggle(point)
    assert points.rows == []


def test_a_disabled_point_stays_listed_and_marks_nothing():
    points = Points()
    line = point_on_line("/home/u/model.py", 12)
    points.add(line)
    assert points.on_lines() == {"/home/u/model.py": {12}}
    points.enable(line, False)
    assert points.on_lines() == {}
    assert [row.enabled for row in points.rows] == [False]
    points.add(line)
    assert [row.enabled for row in points.rows] == [True], "setting it again enables it"


def test_line_points_are_labelled_by_file_name():
    assert point_on_line("/home/u/model.py", 12).label == "model.py : 12"
