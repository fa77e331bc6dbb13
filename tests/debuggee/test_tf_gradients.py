"""Train steps: gradient ops in a backward scope, tied to their forward ops and values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import NOTHING, OUTSIDE, Graph, Phase, Run, ScopeKind, ValueKind
from opscope.tracers.tensorflow.loader import LOADER

from .tf_gates import Entering
from .tf_zoo import ZOO

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # Keras 3 copies variables in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]


class Stepped:
    """A function, run once with everything kept."""

    def __init__(self, target: Any, args: tuple[Any, ...]) -> None:
        program = LOADER.open(target, (args, {}), LoadOptions(exact=True), lambda _: None)
        builder = GraphBuilder()
        program.draw_map(Recorder(program.backend, builder), lambda _: None)
        builder.mapping = False
        self.program = program
        self.history = History(1 << 28)
        recorder = Recorder(program.backend, builder, Entering(), self.history)
        program.execute(recorder)
        recorder.finish()
        self.run: Run = recorder.run
        self.graph: Graph = builder.graph

    def type(self, record: int) -> str:
        return self.graph.ops[self.run.records[record].op].type

    def scopes(self, record: int) -> list[str]:
        chain = self.graph.scope_chain(self.graph.ops[self.run.records[record].op].scope)
        return [self.graph.scopes[scope].path for scope in chain][1:]

    def backward(self) -> list[int]:
        records = enumerate(self.run.records)
        return [index for index, record in records if record.phase is Phase.BACKWARD]

    def gradients(self) -> dict[str, Any]:
        """Of the values from outside, by name."""
        found: dict[str, Any] = {}
        for index in self.backward():
            for slot, ref in enumerate(self.run.records[index].gradient_of):
                if ref[0] == OUTSIDE:
                    found[self.graph.values[ref[1]].name] = self.history.get((index, slot))
        return found


def test_a_train_step_has_a_backward_pass_tied_to_the_forward_one():
    target, args = ZOO["adam_step"]()
    stepped = Stepped(target, args)
    backward = stepped.backward()
    kinds = [stepped.graph.scopes[scope].kind for scope in range(len(stepped.graph.scopes))]
    assert kinds.count(ScopeKind.BACKWARD) == 1
    assert [stepped.scopes(index)[0] for index in backward] == ["backward"] * len(backward)
    assert backward == list(range(backward[0], backward[-1] + 1))
    tied: dict[str, list[str]] = {}
    for index in backward:
        forward = stepped.run.records[index].forward
        assert 0 <= forward < backward[0], stepped.type(index)
        op = stepped.graph.ops[stepped.run.records[index].op]
        assert op.forward == stepped.run.records[forward].op
        tied.setdefault(stepped.type(forward), []).append(stepped.type(index))
    assert tied["Relu"] == ["ReluGrad"]
    assert tied["BiasAdd"] == ["BiasAddGrad"]
    assert tied["MatMul"].count("MatMul") == 3  # the input needs no gradient
    relu = next(index for index in backward if stepped.type(index) == "ReluGrad")
    assert stepped.scopes(relu)[1:] == stepped.scopes(stepped.run.records[relu].forward)
    last = stepped.run.records[-1]
    assert last.phase is Phase.FORWARD
    assert stepped.scopes(len(stepped.run.records) - 1)[0].startswith("adam")


def test_gradients_are_those_of_a_plain_tape():
    weight = tf.Variable(tf.constant([[1.0, -2.0], [0.5, 3.0]]), name="weight")

    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            hidden = tf.tanh(x @ weight)
            loss = tf.reduce_sum(hidden * hidden + hidden)
        return tape.gradient(loss, weight)

    x = tf.constant([[0.3, -0.7], [1.5, 0.2], [0.1, 0.9]])
    stepped = Stepped(step, (x,))
    expected = step(x).numpy()
    found = stepped.gradients()
    assert set(found) == {"weight"}
    assert np.array_equal(found["weight"].numpy(), expected)
    kinds = {value.name: value.kind for value in stepped.graph.values}
    assert kinds["weight"] is ValueKind.PARAMETER
    inner = [
        (stepped.type(ref[0]), stepped.history.get((index, slot)))
        for index in stepped.backward()
        for slot, ref in enumerate(stepped.run.records[index].gradient_of)
        if ref != NOTHING and ref[0] >= 0
    ]
    tanh = next(value for name, value in inner if name == "Tanh")
    hidden = np.tanh(x.numpy() @ weight.numpy())
    assert np.allclose(tanh.numpy(), 2 * hidden + 1)  # the sum over all that read it


def test_a_loops_gradient_belongs_to_the_loop():
    target, args = ZOO["gradients_through_branches_and_loops"]()
    stepped = Stepped(target, args)
    scopes = {scope.path: scope.kind for scope in stepped.graph.scopes}
    assert scopes["while"] is ScopeKind.LOOP
    assert scopes["backward.while"] is ScopeKind.LOOP
    assert stepped.backward()


def test_an_assignment_reads_the_old_value_and_gives_the_new_one():
    weight = tf.Variable([1.0, -2.0], name="weight")

    @tf.function
    def step(x: Any) -> Any:
        weight.assign_sub(0.5 * x)
        before = weight * 1.0
        weight.assign(weight * 2.0)
        return before

    stepped = Stepped(step, (tf.constant([2.0, 4.0]),))
    graph, records = stepped.graph, stepped.run.records
    subtract, assign = (
        next(k for k in range(len(records)) if stepped.type(k) == kind)
        for kind in ("AssignSubVariableOp", "AssignVariableOp")
    )
    old, new = records[subtract].inputs[0], stepped.history.get((subtract, 0))
    assert old[0] == OUTSIDE
    assert np.asarray(stepped.program.value(graph.values[old[1]])).tolist() == [1.0, -2.0]
    assert np.asarray(new).tolist() == [0.0, -4.0]
    assert records[assign].inputs[0] == (subtract, 0)
    assert np.asarray(stepped.history.get((assign, 0))).tolist() == [0.0, -8.0]
    reads = [k for k in range(len(records)) if stepped.type(k) == "ReadVariableOp"]
    assert {records[read].inputs[0] for read in reads} == {(subtract, 0)}
    drawn = graph.ops[records[reads[0]].op]
    assert drawn.inputs == (graph.ops[records[subtract].op].outputs[0],)
    assert weight.numpy().tolist() == [0.0, -8.0]
