"""An LSTM, pass by pass, and a train step with Adam, in the real window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from opscope.tracers.ir import OUTSIDE, Phase, RunState, ScopeKind, Selection

from .conftest import Window


def test_an_lstm_is_stepped_pass_by_pass(window: Window, model_file: Callable[[str, str], str]):
    window.open(model_file("lstm_net.py", "build"))
    graph = window.run.graph
    loop = next(i for i, op in enumerate(graph.ops) if op.type in ("While", "StatelessWhile"))
    assert "memory" in {graph.scopes[n].path for n in graph.scope_chain(graph.ops[loop].scope)}
    while window.run.head.op != loop:
        window.press(Qt.Key.Key_F11)
    window.press(Qt.Key.Key_F11)
    assert graph.scopes[window.run.head.scope].kind is ScopeKind.LOOP
    turns = [window.run.turns(window.run.head.frame)]
    while len(turns) < 5:
        window.press(Qt.Key.Key_F10)
        turns.append(window.run.turns(window.run.head.frame))
    assert turns == [(0,), (1,), (2,), (3,), (4,)]
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED
    products = [
        window.run.turns(record.frame)
        for record in window.run.records
        if graph.ops[record.op].type == "MatMul"
    ]
    assert [products.count((turn,)) for turn in range(5)] == [2] * 5, "input and state, each pass"
    assert window.op_types()[-1] == "BiasAdd"


def test_a_train_step_shows_a_weight_before_and_after(
    window: Window, model_file: Callable[[str, str], str]
):
    window.open(model_file("lstm_net.py", "train"))
    window.press(Qt.Key.Key_F5)
    run = window.run
    assert run.state is RunState.FINISHED
    assert {record.phase for record in run.records} == {Phase.FORWARD, Phase.BACKWARD}

    def reads(record: int) -> set[str]:
        """Variables whose start values an op reads."""
        refs = (ref for ref in run.records[record].inputs if ref[0] == OUTSIDE and ref[1] >= 0)
        return {run.graph.values[slot].name for _, slot in refs}

    update = next(
        record
        for record, kind in enumerate(window.op_types())
        if kind == "AssignSubVariableOp" and "weight" in reads(record)
    )
    window.bench.select(Selection(op=run.records[update].op, record=update))
    window.settle()
    inspector = window.bench.inspector
    new = inspector.value.summary
    assert new is not None
    assert new.shape == (2, 1)
    # Adam's first step is its learning rate, 0.1, against the gradient's sign.
    assert (new.minimum, new.maximum) == pytest.approx((-1.9, 0.9), abs=1e-3)
    inspector.header.chosen.emit(1)  # its first input, in the picker's menu
    window.settle()
    old = inspector.value.summary
    assert old is not None
    assert (old.minimum, old.maximum) == (-2.0, 1.0)
