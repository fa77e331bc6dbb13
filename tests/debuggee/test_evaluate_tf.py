"""Expressions over values by name, in a real session of TensorFlow."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal

pytestmark = pytest.mark.xdist_group("tensorflow")

MODEL = """
import tensorflow as tf


@tf.function
def model(x):
    for number in tf.range(3):
        x = tf.nn.relu(x * 2.0) - 1.0
    return tf.reduce_sum(x)


def build():
    return model, (tf.constant([[1.0, 2.0, 3.0], [0.0, 5.0, 0.5], [1.0, 1.0, 4.0]]),)
"""


def op_of(client: Client) -> str:
    return client.run.graph.ops[client.run.place.op].type


def test_values_by_name_in_a_loop(tmp_path: Path):
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    with Client.start() as client:
        client.launch({"spec": f"{path}:build", "python": sys.executable})
        client.wait_event("stopped")

        def value(text: str) -> str:
            body: dict[str, Any] = {"expression": text, "context": "watch"}
            return str(client.request("evaluate", body)["result"])

        assert value("x.max()") == "5"
        assert value("det(x)") == "5.5"
        assert value("tf.linalg.trace(x)") == "10"
        assert value("[1, 2][1] + median(x)") == "3"
        assert value("sort(x, dim=0)[0]") == "[0, 1, 0.5]"
        assert value("svdvals(x).norm() - x.norm() < 1e-5") == "True"
        assert value("matrix_rank(inv(x))") == "3"
        assert value("triu(x)[2, 0] + tril(x)[0, 2] + diagonal(x).sum()") == "10"
        client.request("setFunctionBreakpoints", {"breakpoints": [{"name": "Sum"}]})
        while not client.run.records or client.run.place.op < 0 or op_of(client) != "Sum":
            client.step("stepIn")
        largest = ((5.0 * 2 - 1) * 2 - 1) * 2
        assert value("while.Relu.max()") == f"{largest:g}", "of the newest pass"
        with pytest.raises(Refusal, match="inputs of Sum are not known before it runs"):
            value("inputs[0].max() + 1")  # what the loop gives is no op's output
        client.step("stepIn")
        client.request("stepBack", {"threadId": 1})
        client.wait_event("stopped")
        assert value("inputs[0].max() + 1") == f"{largest:g}", "now it is"
        with pytest.raises(Refusal, match="There is no Relo here"):
            value("Relo")
