"""A TensorFlow function in the real window: into a loop, pass by pass."""

from __future__ import annotations

from PySide6.QtCore import Qt

from opscope.tracers.ir import RunState, ScopeKind

from .conftest import Window


def test_a_loop_is_entered_and_stepped_pass_by_pass(window: Window):
    window.open("sample:char_gru")
    facts, drawn = window.main.session.facts, window.main.session.map
    assert facts is not None
    assert facts.framework == "TensorFlow"
    assert drawn is not None
    assert drawn.source == "tf.function"
    graph = window.run.graph
    loop = next(i for i, op in enumerate(graph.ops) if op.type in ("While", "StatelessWhile"))
    while window.run.head.op != loop:
        window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F11)
    scope = graph.scopes[window.run.head.scope]
    assert scope.kind is ScopeKind.LOOP
    turns = [window.run.turns(window.run.head.frame)]
    for _ in range(3):
        window.press(Qt.Key.Key_F10)
        turns.append(window.run.turns(window.run.head.frame))
    assert turns == [(0,), (1,), (2,), (3,)], "over runs one whole pass"

    inside = len(window.run.records)
    window.press(Qt.Key.Key_F11)
    window.press(Qt.Key.Key_F11)
    assert len(window.run.records) == inside + 1
    assert window.run.turns(window.run.records[-1].frame) == (3,)
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    body = [op for op, row in enumerate(graph.ops) if row.scope == window.run.head.scope]
    assert all(record.outputs for record in window.run.records)
    passes = {window.run.turns(record.frame) for record in window.run.records}
    assert len(passes) > 20, "every letter of the sentence is a pass"
    assert body


def test_a_loop_stepped_over_is_one_op(window: Window):
    window.open("sample:char_gru")
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    types = window.op_types()
    assert sum(kind in ("While", "StatelessWhile") for kind in types) == 1
    assert {window.run.turns(record.frame) for record in window.run.records} == {()}


def test_a_keras_model_shows_its_layers_and_lines(window: Window):
    window.open("sample:keras_cnn")
    graph = window.run.graph
    paths = {scope.path for scope in graph.scopes}
    assert {"stem", "blocks.0", "blocks.0.conv1"} <= paths
    window.press(Qt.Key.Key_F10)
    window.press(Qt.Key.Key_F10)
    line = graph.sources[window.run.place.source]
    assert line.file.endswith("keras_cnn.py")
    window.until(lambda: "class ShapeClassifier" in window.bench.source.code.toPlainText())
