"""`opscope.breakpoint` in a user's own script: with and without a run under way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opscope.tracers.ir import Form, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client

from .scripts import attach, next_run, running

TORCH = """
import numpy as np
import torch

import opscope

net = torch.nn.Linear(2, 1, bias=False)
torch.nn.init.ones_(net.weight)
x = torch.tensor([[3.0, 4.0]])
"""
TENSORFLOW = """
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

import opscope

x = tf.constant([[3.0, 4.0]])
"""
OVER = {"granularity": "instruction"}


def types_of(run: Any) -> list[str]:
    return [run.graph.ops[row.op].type for row in run.records]


def numbers(client: Client, record: int, slot: int = 0) -> list[float]:
    piece = client.tensor(TensorRequest(ValueRef(record, slot), Form.PLANE, axes=(0, 1)))
    return np.frombuffer(piece.data, piece.code).tolist()


def local(client: Client, name: str) -> str:
    """A local variable of the innermost frame of the script that has it."""
    for frame in client.request("stackTrace", {"threadId": 1})["stackFrames"]:
        for scope in client.request("scopes", {"frameId": frame["id"]})["scopes"]:
            reference = {"variablesReference": scope["variablesReference"]}
            rows = client.request("variables", reference)["variables"]
            for row in rows:
                if row["name"] == name:
                    return str(row["value"])
    return ""


def test_it_stops_in_a_run_with_the_value_and_the_locals(tmp_path: Path):
    text = (
        TORCH
        + """
def step():
    word = "here"
    y = net(x)
    opscope.breakpoint(y * 2)
    return y


with opscope.debug(net):
    out = step()
print(out.item())
"""
    )
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        client.step("continue")
        assert types_of(run) == ["linear", "mul", "breakpoint"]
        state = client.mirror.state
        assert state is not None
        assert state.note == "breakpoint in script.py:14 asks to stop here."
        assert run.records[2].inputs == ((1, 0),), "it is known where the value comes from"
        assert numbers(client, 2) == [14.0]
        assert local(client, "word") == "'here'"
        client.request("continue")
        client.wait_state("finished")
        client.request("continue")
        assert script.ended() == (0, "7.0\n", "")


@pytest.mark.long
def test_conditions_decide_and_false_ones_leave_no_trace(tmp_path: Path):
    text = (
        TORCH
        + """
with opscope.debug(net):
    for number in range(4):
        y = net(x) * number
        opscope.breakpoint(y, when=False)
        opscope.breakpoint(y, when=lambda v: v.sum() > 15)
        opscope.breakpoint(y, when="value.max() == 7")
        opscope.breakpoint(y, when="value.nonsense > 7")
        opscope.breakpoint(y, when=lambda v: v.nonsense)
"""
    )
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        lines: list[int] = []
        for _ in range(2):
            client.step("continue")
            assert types_of(run)[-1] == "breakpoint"
            lines.append(run.graph.sources[run.head.source].line)
        assert lines == [16, 15]
        client.request("continue")
        client.wait_state("finished")
        assert types_of(run).count("breakpoint") == 2
        assert "gt" not in types_of(run), "what a condition computes is not the program's"
        client.request("continue")
        code, out, errors = script.ended()
    assert (code, out) == (0, "")
    said = [line.split(": ")[1] for line in errors.splitlines()]
    assert said == ["a breakpoint's condition could not be asked, so that it does not stop"] * 2


@pytest.mark.parametrize("head", [TORCH, TENSORFLOW], ids=["torch", "tensorflow"])
def test_without_a_run_it_opens_one_that_holds_the_value_alone(head: str, tmp_path: Path):
    text = (
        head
        + """
def look(value):
    opscope.breakpoint(value, when="value.sum() > 5" if value is x else None)


opscope.breakpoint(x, when="value.sum() > 50")
look(x)
look({"one": x, "two": np.array([[1.0, 2.0]])})
look(7)
print(float(x[0, 0]))
"""
    )
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        found: list[Any] = []
        for _ in range(3):
            run = next_run(client)
            found.append(run)
            assert types_of(run) == ["breakpoint"]
            stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
            assert stack[0]["name"] == "look"
            assert {row["source"]["path"] for row in stack} == {str(script.file)}
            if len(found) < 3:
                assert numbers(client, 0) == [3.0, 4.0]
            if len(found) == 2:
                assert numbers(client, 0, 1) == [1.0, 2.0]
                assert run.graph.ops[0].note == "dict"
            client.request("continue")
        assert (
            found[2].records[0].outputs[0].text == "7" or found[2].records[0].outputs[0].mean == 7
        )
        assert script.ended() == (0, "3.0\n", "")


@pytest.mark.long
def test_after_the_window_was_closed_it_does_nothing(tmp_path: Path):
    text = (
        TORCH
        + """
for number in range(3):
    opscope.breakpoint(x)
    print(number)
"""
    )
    with running(text, tmp_path) as script:
        with Client.start() as client:
            attach(client, script)
            next_run(client)
        assert script.ended() == (0, "0\n1\n2\n", "")


@pytest.mark.long
def test_a_call_of_a_tensorflow_model_stops_in_its_python(tmp_path: Path):
    text = (
        TENSORFLOW
        + """
class Model(tf.Module):
    def __call__(self, x):
        y = x + 1.0
        opscope.breakpoint(y)
        return self.inner(y)

    @tf.function
    def inner(self, y):
        opscope.breakpoint(y)
        return y * 2.0


print(opscope.debug(Model(), x).numpy().sum())
"""
    )
    with running(text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        client.step("continue")
        assert types_of(run) == ["AddV2", "breakpoint"]
        assert run.records[1].inputs == ((0, 0),)
        assert numbers(client, 1) == [4.0, 5.0]
        client.request("continue")
        client.wait_state("finished")
        assert types_of(run) == ["AddV2", "breakpoint", "Mul"]
        client.request("continue")
        code, out, errors = script.ended()
    assert (code, out) == (0, "18.0\n")
    assert errors.startswith("opscope: breakpoint() is passed over while a tf.function is traced")
