"""`opscope.debug` where programs are run by others: pytest, torchrun."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN

from .scripts import PATIENCE, next_run
from .test_attached_torch import go_on

TESTS = """
import sys

import torch

import opscope


def test_model():
    print("captured")
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU())
    x = torch.ones(2, 4)
    assert torch.equal(opscope.debug(net, x), net(x))
    print("captured errors", file=sys.stderr)


def test_fails():
    opscope.debug(torch.nn.Linear(2, 2), torch.ones(1, 3))
"""
RANKS = """
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import opscope

dist.init_process_group("gloo")
torch.manual_seed(0)
net = DistributedDataParallel(torch.nn.Linear(4, 3))
x = torch.full((2, 4), float(dist.get_rank()))
for step in range(2):
    with opscope.debug(net):
        loss = net(x).sum()
        loss.backward()
        if dist.get_rank() == 1:
            torch.relu(x)
total = torch.tensor([loss.item()])
dist.all_reduce(total)
norm = net.module.weight.grad.norm().item()
with open(f"rank{dist.get_rank()}.txt", "w") as file:
    print(round(total.item(), 4), round(norm, 4), file=file)
dist.destroy_process_group()
"""


@contextmanager
def begun(words: list[str], folder: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A program under way, which prints all that it has to say in one stream."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OPSCOPE_WINDOW": "", **more},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def waits_at(process: subprocess.Popen[str]) -> str:
    """The socket that it tells of."""
    assert process.stdout is not None
    told: list[str] = []
    for line in process.stdout:
        told.append(line)
        if "waiting for a window" in line:
            assert line.startswith("opscope: "), "a line of its own"
            return line.split()[-1]
    raise AssertionError("".join(told))


def attach_to(client: Client, path: str) -> None:
    client.answer(client.send("attach", {"socket": path}))
    client.request("configurationDone")


@pytest.mark.parametrize(
    "capture",
    [
        "fd",
        pytest.param("sys", marks=pytest.mark.long),
        pytest.param("no", marks=pytest.mark.long),
    ],
)
def test_under_pytest_the_socket_is_told_past_what_it_captures(capture: str, tmp_path: Path):
    (tmp_path / "test_net.py").write_text(TESTS)
    words = ["-m", "pytest", "-p", "no:cacheprovider", f"--capture={capture}", "test_net.py"]
    with begun(words, tmp_path) as process, Client.start() as client:
        attach_to(client, waits_at(process))
        run = next_run(client)
        go_on(client)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear", "relu"]
        client.request("setExceptionBreakpoints", {"filters": []})
        next_run(client)
        client.request("continue")
        client.wait_state("failed")
        client.request("continue")
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "1 failed, 1 passed" in out
    assert "opscope.debug(torch.nn.Linear(2, 2), torch.ones(1, 3))" in out
    assert "tracers" not in out, "its report shows no frame of ours"
    assert ("captured" in out) is (capture == "no")


@pytest.mark.parametrize("rank", [pytest.param("", marks=pytest.mark.long), "1"])
def test_one_rank_of_torchrun_is_looked_at_and_the_other_waits_for_it(rank: str, tmp_path: Path):
    (tmp_path / "train.py").write_text(RANKS)
    words = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d"]
    words += ["--rdzv-endpoint", "localhost:0", "train.py"]
    more = {"OPSCOPE_RANK": rank} if rank else {}
    with begun(words, tmp_path, OMP_NUM_THREADS="1", **more) as process, Client.start() as client:
        attach_to(client, waits_at(process))
        for _ in range(2):
            run = next_run(client)
            go_on(client)
            types = [run.graph.ops[row.op].type for row in run.records]
            assert types[:2] == ["linear", "sum"]
            assert ("relu" in types) is (rank == "1")
        out, _ = process.communicate(timeout=PATIENCE)
        assert [event["event"] for event in client.events].count(NEW_RUN) == 2
    assert process.returncode == 0, out
    assert len(re.findall("opscope: ", out)) == 0, "the other rank says nothing"
    first, second = [(tmp_path / f"rank{n}.txt").read_text() for n in range(2)]
    assert first == second, "gradients and sums are those of both ranks"
