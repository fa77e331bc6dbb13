"""Graphs of TensorFlow 1: Switch, Merge and loops from Enter to Exit; SavedModels of its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Graph, Presence, Run, ScopeKind
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.tensorflow.loader import LOADER

pytestmark = pytest.mark.xdist_group("tensorflow")
v1: Any = tf.compat.v1


@pytest.fixture(autouse=True)
def control_flow_of_old() -> Iterator[None]:
    v1.disable_control_flow_v2()
    yield
    v1.enable_control_flow_v2()


class Opened:
    """A graph, mapped, run once and compared with TensorFlow's own run."""

    def __init__(self, path: Path, *inputs: Any, part: str = "") -> None:
        options = LoadOptions(path.name, exact=True, part=part)
        target = LOADER.open_artefact(str(path), options, lambda _: None)
        program = LOADER.open(target, (inputs, {}), options, lambda _: None)
        builder = GraphBuilder()
        program.draw_map(Recorder(program.backend, builder), lambda _: None)
        builder.mapping = False
        recorder = Recorder(program.backend, builder)
        program.execute(recorder)
        recorder.finish()
        self.graph: Graph = builder.graph
        self.run: Run = recorder.run
        assert all(op.presence is not Presence.ADDED for op in self.graph.ops)
        result = program.verify(lambda: Recorder(program.backend, builder))
        assert result.equal, result.max_abs_diff

    def types(self) -> list[str]:
        return [self.graph.ops[record.op].type for record in self.run.records]

    def turns(self) -> list[tuple[str, tuple[int, ...]]]:
        return [
            (self.graph.ops[record.op].type, self.run.turns(record.frame))
            for record in self.run.records
        ]


def write(folder: Path, build: Callable[[], None]) -> Path:
    graph = tf.Graph()
    with graph.as_default():
        build()
    file = folder / "net.pb"
    file.write_bytes(graph.as_graph_def().SerializeToString())
    return file


def test_the_side_not_taken_does_not_run(tmp_path: Path):
    def build() -> None:
        x = v1.placeholder(tf.float32, [3], name="x")
        positive = v1.cond(
            tf.reduce_sum(x) > 0, lambda: tf.exp(x) + 1.0, lambda: tf.sin(x) * tf.constant(2.0)
        )
        number = v1.cond(tf.reduce_sum(x) > 100, lambda: tf.constant(1.0), lambda: tf.constant(2.0))
        tf.multiply(positive, number, name="y")

    file = write(tmp_path, build)
    above = Opened(file, tf.constant([1.0, 2.0, 3.0]))
    assert {"Exp", "AddV2"} <= set(above.types())
    assert "Sin" not in above.types()
    below = Opened(file, tf.constant([-1.0, -2.0, -3.0]))
    assert "Sin" in below.types()
    assert "Exp" not in below.types()
    skipped = {op.type for op in below.graph.ops if op.presence is Presence.SKIPPED}
    assert {"Exp", "AddV2"} <= skipped
    assert not {"Switch", "Merge"} & {op.type for op in below.graph.ops}


def test_loops_are_gone_through_pass_by_pass(tmp_path: Path):
    def build() -> None:
        x = v1.placeholder(tf.float32, [2], name="x")

        def outer(k: Any, total: Any) -> Any:
            def inner(j: Any, row: Any) -> Any:
                return j + 1, v1.cond(j < 1, lambda: row * x, lambda: row - x)

            return k + 1, total + v1.while_loop(lambda j, _: j <= k, inner, [0, x])[1]

        tf.identity(v1.while_loop(lambda k, _: k < 3, outer, [0, x * 0.5])[1], name="y")

    opened = Opened(write(tmp_path, build), tf.constant([1.5, -2.0]))
    loops = [scope.path for scope in opened.graph.scopes if scope.kind is ScopeKind.LOOP]
    assert len(loops) == 2
    assert opened.turns().count(("LessEqual", (2, 3))) == 1  # the third pass asks four times
    assert max(turns for name, turns in opened.turns() if name == "LessEqual") == (2, 3)
    assert [turns for name, turns in opened.turns() if name == "Mul" and len(turns) == 2] == [
        (0, 0),
        (1, 0),
        (2, 0),
    ]
    assert [turns for name, turns in opened.turns() if name == "Sub"] == [(1, 1), (2, 1), (2, 2)]


def save(folder: Path, resource: bool) -> Path:
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 4], name="x")
        scale = v1.placeholder_with_default(2.0, [], name="scale")
        weight = v1.get_variable(
            "weight", initializer=np.ones((4, 2), np.float32), use_resource=resource
        )
        y = v1.cond(tf.reduce_sum(x) > 0, lambda: x @ weight * scale, lambda: x @ weight)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(folder / "model"), {"x": x}, {"y": y})
    return folder / "model"


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_a_saved_model_of_its_time(tmp_path: Path, resource: bool):
    opened = Opened(save(tmp_path, resource), tf.ones((3, 4)))
    assert "MatMul" in opened.types()
    assert opened.run.records[-1].outputs[0].maximum == 8.0
    with pytest.raises(Refusal, match="no function other"):
        Opened(tmp_path / "model", tf.ones((3, 4)), part="other")
