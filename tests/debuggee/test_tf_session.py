"""A TensorFlow function in a real debuggee: pausing and line breakpoints inside graph code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from opscope.tracers.ir import Form, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client

pytestmark = pytest.mark.xdist_group("tensorflow")

MODEL = """\
import tensorflow as tf

@tf.function
def step(n):
    return n * 3 % 7 + 1

@tf.function
def endless(n):
    start = n * 2
    while n > 0:
        n = step(n)
    return n + start

def build():
    return endless, (tf.constant(1),)
"""


def test_an_endless_loop_can_be_paused_stepped_and_ended(tmp_path: Path):
    path = tmp_path / "model.py"
    path.write_text(MODEL)
    with Client.start() as client:
        client.launch({"spec": f"{path}:build", "python": sys.executable})
        assert client.wait_event("stopped")["reason"] == "entry"
        run = client.run
        assert run.graph.ops[run.head.op].key == "/Mul:0"
        while run.graph.scopes[run.place.scope].path != "while":  # at first perhaps before it
            client.request("continue", {"threadId": 1})
            client.wait_state("running")
            client.request("pause", {"threadId": 1})
            assert client.wait_event("stopped")["reason"] == "pause"
        client.step("stepIn")
        assert run.graph.ops[run.place.op].key == "/while/cond/Greater:0"
        piece = client.tensor(TensorRequest(ValueRef(0), Form.PLANE))
        assert int.from_bytes(piece.data, "little") == 2
        source = {"path": str(path)}
        client.request("setBreakpoints", {"source": source, "breakpoints": [{"line": 5}]})
        passes: list[tuple[int, ...]] = []
        for _ in range(2):
            assert client.step("continue")["reason"] == "breakpoint"
            assert run.graph.ops[run.place.op].key == "/while/step/Mul:0"
            passes.append(run.turns(run.place.frame))
        assert passes == [(0,), (1,)]
        client.request("setBreakpoints", {"source": source, "breakpoints": []})
        client.request("continue", {"threadId": 1})
    pid = client.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
