"""Ops on other threads: counted by thread, their values named, and the bits as ever."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import nn

from opscope.app.cli import main
from opscope.tracers.ir import OUTSIDE, ValueKind
from opscope.tracers.protocol.refusal import Refusal

from .torch_runs import open_model, same_bits, trace


class Branches(nn.Module):
    """Runs its branches on a pool's threads, as parallel wrappers do."""

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(2))
        self.pool = pool

    def forward(self, x):
        x = x * 2
        if self.pool is not None:
            return torch.stack(list(self.pool.map(lambda part: part(x), self.branches)))
        with ThreadPoolExecutor(2, "branch") as pool:
            return torch.stack([f.result() for f in [pool.submit(b, x) for b in self.branches]])


class Worker(threading.Thread):
    def __init__(self, x):
        super().__init__(name="worker")
        self.x = x

    def run(self):
        self.x = self.x.sin().cos()


def by_thread(x):
    worker = Worker(x + 1)
    worker.start()
    worker.join()
    return worker.x * 3


def test_ops_of_a_pool_are_counted_by_thread_and_their_values_named():
    torch.manual_seed(0)
    model, x = Branches(), torch.ones(3, 4)
    traced = trace(model, x)
    assert traced.types == ["mul", "stack"]
    assert sum(traced.run.unseen.values()) == 4
    assert set(traced.run.unseen) <= {"branch_0", "branch_1"}
    _, stack = traced.records("stack")[0]
    values = [traced.graph.values[slot] for record, slot in stack.inputs if record == OUTSIDE]
    assert [value.kind for value in values] == [ValueKind.CONSTANT] * 2
    assert all(value.name.startswith("relu ") for value in values)
    assert all(" of thread branch_" in value.name for value in values)
    assert same_bits(traced.value(1), model(x).detach())
    assert traced.verify().equal


def test_threads_of_the_models_own_are_counted():
    traced = trace(by_thread, torch.ones(3))
    assert traced.types == ["add", "mul"]
    assert traced.run.unseen == {"worker": 2}
    assert not trace(lambda x: x + 1, torch.ones(3)).run.unseen


def test_a_pool_from_before_the_run_is_counted_and_left_as_it_was():
    submit, start, call = ThreadPoolExecutor.submit, threading.Thread.start, nn.Module.__call__
    with ThreadPoolExecutor(1, "old") as pool:
        pool.submit(torch.ones, 1).result()
        traced = trace(Branches(pool), torch.ones(3, 4), mapped=False)
        assert traced.run.unseen == {"old_0": 4}
    assert ThreadPoolExecutor.submit is submit
    assert threading.Thread.start is start
    assert nn.Module.__call__ is call


def test_a_thread_from_before_the_run_is_noticed_by_its_modules():
    wanted, given = threading.Event(), threading.Event()
    line, box = nn.Linear(4, 4), [torch.ones(1, 4)]

    def serve():
        wanted.wait(20)
        box[0] = line(box[0])
        given.set()

    server = threading.Thread(target=serve, name="server")
    server.start()

    def model(x):
        wanted.set()
        assert given.wait(20)
        return x + box[0]

    traced = trace(model, torch.ones(1, 4), mapped=False)
    server.join()
    assert traced.run.unseen == {"server": 1}


def test_a_run_with_other_threads_is_not_written_as_source():
    with pytest.raises(Refusal, match="at stack: it reads a tensor that was made on another"):
        open_model(Branches(), torch.ones(3, 4)).fx_source()


def test_the_command_line_tells_of_them(tmp_path: Path, capfd):
    file = tmp_path / "threaded.py"
    file.write_text(
        "import threading, torch\n\n\n"
        "def model(x):\n"
        "    made = []\n"
        "    work = lambda: made.append(x.sin() + 1)\n"
        "    thread = threading.Thread(target=work, name='sine')\n"
        "    thread.start()\n"
        "    thread.join()\n"
        "    return made[0] * 2\n"
    )
    report = tmp_path / "report.json"
    words = ["trace", f"{file}:model", "--input", "3x:ones"]
    assert main([*words, "--json", str(report), "--verify"]) == 0, capfd.readouterr()
    told = json.loads(report.read_text(encoding="utf-8"))
    sentence = "2 ops ran on another thread and are not shown (sine: 2)"
    assert [row["message"] for row in told["findings"]] == [sentence]
    assert told["findings"][0]["kind"] == "threads"
    assert told["verify"]["equal"]
    assert sentence in capfd.readouterr().out
