"""A restart uses what is loaded, unless a file that it was loaded from has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from opscope.tracers.ir import TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import ANEW
from opscope.tracers.protocol.refusal import Refusal

MODEL = """
import numpy as np
import torch
from torch import nn
from helper import SCALE


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(np.load("data/weight.npy")))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return (x * self.weight * SCALE + torch.rand(2)) * self.calls


def build():
    print("loading", torch.rand(1).item() >= 0)
    return Net(), (torch.ones(2),)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "net.py").write_text(MODEL)
    (tmp_path / "helper.py").write_text("SCALE = 2.0\n")
    np.save(tmp_path / "data" / "weight.npy", np.array([1.0, 3.0], np.float32))
    (tmp_path / "data" / "native.bin").write_bytes(b"weights that native code opens")
    return tmp_path


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


def last(client: Client) -> bytes:
    """The model's output."""
    piece = client.tensor(TensorRequest(ValueRef(len(client.run.records) - 1, 0)))
    assert len(piece.data) == 8
    return piece.data


def test_a_restart_goes_back_to_the_start_with_what_is_loaded(client: Client, folder: Path):
    client.launch({"spec": "net.py:build", "cwd": str(folder)})
    client.wait_state("paused")
    start = client.mirror.state.head
    first = [client.step("next", {"granularity": "instruction"}) for _ in range(2)]
    client.step("continue")
    assert client.run.state.value == "finished"
    types = [client.run.graph.ops[record.op].type for record in client.run.records]
    before = last(client)
    for _ in range(2):
        client.request(ANEW)
        client.follow_graph()
        state = client.wait_state("paused")
        assert state.head == start
        assert client.run.records == []
        again = [client.step("next", {"granularity": "instruction"}) for _ in range(2)]
        assert [body["opscope"]["head"] for body in again] == [
            body["opscope"]["head"] for body in first
        ]
        client.step("continue")
        assert [client.run.graph.ops[record.op].type for record in client.run.records] == types
        assert last(client) == before  # buffers and random state, too
    assert client.output.count("loading") == 1


def test_a_changed_file_asks_for_a_new_process(client: Client, folder: Path):
    client.launch({"spec": "net.py:build", "cwd": str(folder)})
    client.wait_state("paused")
    (folder / "unread.txt").write_text("a new file is none that it was loaded from")
    for name in ("net.py", "helper.py", "data/weight.npy", "data/native.bin"):
        client.request(ANEW)
        file = folder / name
        was = file.stat().st_mtime_ns
        os.utime(file, ns=(1, 1))
        with pytest.raises(Refusal, match=f"{file.name} has changed since the model was loaded"):
            client.request(ANEW)
        os.utime(file, ns=(was, was))
    (folder / "helper.py").unlink()
    with pytest.raises(Refusal, match="has changed"):
        client.request(ANEW)
    assert client.run.state.value == "paused"
