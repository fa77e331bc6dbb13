"""Edits of a TensorFlow program in a real session: rewound, compared, and undone bit for bit."""

from __future__ import annotations

import sys
from pathlib import Path

from opscope.tracers.ir import Difference, Edit, EditKind, RunState, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import CHANGES, EDITS

MODEL = """
import tensorflow as tf

total = tf.Variable(tf.zeros([3]))


@tf.function
def steered(x):
    total.assign_add(tf.reduce_sum(x, 0))
    y = x * 2.0 + tf.random.uniform([3], seed=3)
    if tf.reduce_sum(y) > 0.0:
        y = tf.nn.relu(y)
    else:
        y = tf.nn.softplus(y)
    return y + total


def build():
    return steered, (tf.constant([[1.0, 2.0, 3.0]]),)
"""


def values(client: Client) -> list[tuple[str, bytes]]:
    run = client.run
    return [
        (run.graph.ops[row.op].key, client.tensor(TensorRequest(ValueRef(index, 0))).data)
        for index, row in enumerate(run.records)
        if row.outputs
    ]


def test_the_side_taken_changes_and_comes_back(tmp_path: Path):
    file = tmp_path / "steered.py"
    file.write_text(MODEL)
    with Client.start() as client:
        client.launch({"spec": f"{file}:build", "stopOnEntry": False, "python": sys.executable})
        client.wait_state("finished")
        client.request("threads")
        run, before = client.run, values(client)
        edit = Edit(1, "/Greater:0", EditKind.CONSTANT, "0")
        client.request(EDITS, {"edits": [to_json(edit)]})
        client.wait_event(CHANGES)
        assert run.state is RunState.PAUSED
        assert run.graph.ops[run.records[-1].op].type == "Greater"
        client.step("continue")
        assert client.wait_event(CHANGES)["problems"] == []
        told = {run.graph.ops[row.op].type: (row.how, row.text) for row in run.changes}
        assert told["Greater"] == (Difference.EDITED, "True to False")
        assert told["Softplus"][0] is Difference.ADDED
        assert told["Relu"][0] is Difference.REMOVED
        assert told["AddV2"][0] is Difference.CHANGED
        assert "Mul" not in told
        client.request(EDITS, {"edits": []})
        client.wait_event(CHANGES)
        client.step("continue")
        assert values(client) == before
