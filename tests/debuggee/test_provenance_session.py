"""Where elements came from, asked in real sessions of both frameworks."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import OUTSIDE, ValueKind
from opscope.tracers.ir.provenance import Provenance, Way, strongest
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import from_json
from opscope.tracers.protocol.messages import FETCH, PROVENANCE
from opscope.tracers.protocol.refusal import Refusal

TORCH = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(4, 4)

    def forward(self, x):
        for _ in range(2):
            x = torch.softmax(self.fc(x), dim=-1)
        return torch.log(x - x)


def build():
    torch.manual_seed(0)
    return Net(), (torch.linspace(-1, 1, 8).reshape(2, 4),)


class Heavy(torch.nn.Module):
    def forward(self, x):
        return torch.linalg.svdvals(x).sum() + torch.matrix_exp(x).sum()


def heavy():
    torch.manual_seed(0)
    return Heavy(), (torch.randn(900, 900),)
"""
TENSORFLOW = """
import tensorflow as tf


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.weight = tf.Variable(tf.reshape(tf.linspace(-1.0, 1.0, 16), (4, 4)), name="weight")
        self.table = tf.Variable(tf.reshape(tf.range(12.0), (3, 4)), name="table")

    @tf.function
    def __call__(self, x):
        rows = tf.nn.embedding_lookup(self.table, [2, 0])
        return tf.nn.softmax(tf.matmul(x, self.weight) + rows)


def build():
    return Net(), (tf.reshape(tf.linspace(-1.0, 1.0, 8), (2, 4)),)
"""


def ask(client: Client, record: int, *index: int, **more: Any) -> list[Provenance]:
    body = {"record": record, "slot": 0, "index": list(index), **more}
    rows = client.request(PROVENANCE, body)["path"]
    return [from_json(Provenance, row) for row in rows]


def open_model(client: Client, file: Path, text: str, name: str = "build", **more: Any) -> None:
    file.write_text(text)
    client.launch({"spec": f"{file}:{name}", "python": sys.executable, **more})
    client.wait_event("stopped")


def record_of(client: Client, type_: str) -> int:
    run = client.run
    found = [n for n, row in enumerate(run.records) if run.graph.ops[row.op].type == type_]
    assert found, [run.graph.ops[row.op].type for row in run.records]
    return found[-1]


def test_torch_session_follows_an_element_to_the_input(tmp_path: Path) -> None:
    with Client.start() as client:
        open_model(client, tmp_path / "net.py", TORCH)
        client.step("continue")
        softmax = record_of(client, "softmax")
        (found,) = ask(client, softmax, 1, 2)
        assert found.way is Way.EXACT
        assert [source.index for source in found.feeds[0].elements] == sorted(
            [(1, n) for n in range(4)],
            key=lambda index: -abs(next(
                s.contribution or 0.0 for s in found.feeds[0].elements if s.index == index
            )),
        )  # fmt: skip
        path = ask(client, softmax, 1, 2, steps=20)
        assert path[0] == found
        for one, then in pairwise(path):
            assert strongest(one) == (then.ref, then.index)
        assert path[-1].outside
        assert path[-1].ref[0] == OUTSIDE
        (bad,) = ask(client, record_of(client, "log"), 0, 0)
        assert bad.value == float("-inf"), "words of the message are numbers again"
        assert bad.feeds[0].elements[0].derivative == float("inf")
        with pytest.raises(Refusal, match="no element"):
            ask(client, softmax, 7, 0)
        with pytest.raises(Refusal, match="whole numbers"):
            client.request(PROVENANCE, {"record": softmax, "index": "all"})
        with pytest.raises(Refusal, match="has not run"):
            ask(client, 999, 0)


def test_tensorflow_session_names_variables(tmp_path: Path) -> None:
    with Client.start() as client:
        open_model(client, tmp_path / "net.py", TENSORFLOW)
        client.step("continue")
        (found,) = ask(client, record_of(client, "MatMul"), 1, 2)
        assert {feed.name: feed.role for feed in found.feeds} == {"x": "a", "weight": "b"}
        (found,) = ask(client, record_of(client, "ResourceGather"), 1, 3)
        table = next(feed for feed in found.feeds if feed.elements[0].contribution is not None)
        values = client.run.graph.values
        assert (table.name, table.elements[0].index) == ("table", (0, 3))
        assert values[table.ref[1]].kind is ValueKind.PARAMETER
        path = ask(client, record_of(client, "Softmax"), 0, 0, steps=9)
        assert path[-1].outside


def test_a_session_paused_within_the_run_answers_and_goes_on(tmp_path: Path) -> None:
    with Client.start() as client:
        open_model(client, tmp_path / "net.py", TORCH)
        for _ in range(3):
            client.step("stepIn")
        records = len(client.run.records)
        assert records > 0
        (found,) = ask(client, 0, 0, 1)
        assert found.way is Way.EXACT
        assert len(client.run.records) == records, "nothing of it is recorded"
        client.step("continue")
        assert record_of(client, "log") == len(client.run.records) - 1
        assert not client.run.unseen


def test_what_was_let_go_can_be_fetched_and_asked_again(tmp_path: Path) -> None:
    with Client.start() as client:
        open_model(client, tmp_path / "net.py", TORCH, budget=100)
        client.step("continue")
        softmax = record_of(client, "softmax")
        (found,) = ask(client, softmax, 0, 0)
        assert found.missing
        assert "was let go" in found.problem
        for record, slot in found.missing:
            client.request(FETCH, {"record": record, "slot": slot})
        (found,) = ask(client, softmax, 0, 0)
        assert found.problem == ""
        assert found.feeds[0].count == 4


def test_a_long_search_is_cancelled_and_the_session_answers_meanwhile(tmp_path: Path) -> None:
    with Client.start() as client:
        open_model(client, tmp_path / "net.py", TORCH, "heavy")
        client.step("continue")
        body = {"record": record_of(client, "linalg_svdvals"), "index": [3]}
        seq = client.send(PROVENANCE, body)
        assert client.request("evaluate", {"expression": "1 + 1"})["result"] == "2"
        client.request("cancel", {"requestId": seq})
        with pytest.raises(Refusal) as caught:
            client.answer(seq)
        assert caught.value.code == "cancelled"
        (found,) = ask(client, record_of(client, "sum"))
        assert found.way is Way.EXACT
