"""`opscope.debug` in the midst of programs: threads, forks, generators, interrupts, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN, STATE

from .scripts import PATIENCE, attach, next_run, running
from .test_attached_torch import OVER, go_on

BEGIN = """
import torch

import opscope

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
x = torch.randn(6, 4)
"""


def runs(text: str, folder: Path, ops: list[list[str]]) -> tuple[int, str, str]:
    """What a script ends with, whose runs have these ops."""
    with running(BEGIN + text, folder) as script, Client.start() as client:
        attach(client, script)
        for expected in ops:
            run = next_run(client)
            go_on(client)
            assert [run.graph.ops[row.op].type for row in run.records] == expected
        return script.ended()


def test_a_block_inside_a_block_is_part_of_it(tmp_path: Path):
    text = """
with opscope.debug(net):
    a = net(x)
    with opscope.debug(net[0]):
        b = net[0](x)
    c = opscope.debug(net[2], b)
print(tuple(c.shape))
with opscope.debug(net[0]):
    net[0](x)
"""
    forward = ["linear", "relu", "linear"]
    ops = [[*forward, "linear", "linear"], ["linear"]]
    assert runs(text, tmp_path, ops) == (0, "(6, 1)\n", "")


def test_a_run_of_another_thread(tmp_path: Path):
    text = """
import threading

def work():
    print(opscope.debug(net, x).sum().item().hex())

thread = threading.Thread(target=work)
thread.start()
thread.join()
print(net(x).sum().item().hex())
"""
    code, out, errors = runs(text, tmp_path, [["linear", "relu", "linear"]])
    assert (code, errors) == (0, "")
    first, second = out.splitlines()
    assert first == second


def test_a_second_thread_runs_plainly_meanwhile(tmp_path: Path):
    text = """
import threading

with opscope.debug(net):
    found = []
    thread = threading.Thread(target=lambda: found.append(opscope.debug(net, x)))
    thread.start()
    thread.join()
    out = net(x)
assert torch.equal(found[0], out)
"""
    assert runs(text, tmp_path, [["linear", "relu", "linear"]]) == (0, "", "")


def test_workers_of_a_loader_run_plainly(tmp_path: Path):
    text = """
class Data(torch.utils.data.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        with torch.no_grad():
            return opscope.debug(net[0], torch.full((4,), float(index)))

if __name__ == "__main__":
    loader = torch.utils.data.DataLoader(
        Data(), batch_size=3, num_workers=2, multiprocessing_context="fork"
    )
    with opscope.debug(net):
        total = sum(net[1](batch).sum() for batch in loader)
    with torch.no_grad():
        again = sum(net[1](net[0](torch.full((4,), float(n)))).sum() for n in range(6))
    print(torch.allclose(total, again))
"""
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        go_on(client)
        assert [run.graph.ops[row.op].type for row in run.records].count("relu") == 2
        assert "linear" not in {op.type for op in run.graph.ops}
        assert script.ended() == (0, "True\n", "")


@pytest.mark.parametrize("when", ["before an op", "at the end"])
def test_an_interrupt_of_a_held_script_is_the_scripts(when: str, tmp_path: Path):
    text = """
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
try:
    opscope.debug(net, x)
except KeyboardInterrupt as error:
    import traceback
    print("interrupted", [row.name for row in traceback.extract_tb(error.__traceback__)][0])
print(torch.overrides._get_current_function_mode_stack(), torch.nn.Module.__call__.__name__)
opscope.debug(net[0], x)
"""
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        client.step("next", OVER)
        if when == "at the end":
            client.request("continue")
            client.wait_state("finished")
        script.process.send_signal(signal.SIGINT)
        told = client.wait_state("running")
        assert "interrupted" in told.note or "KeyboardInterrupt" in told.note
        run = next_run(client)
        go_on(client)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear"]
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == "interrupted <module>\n[] _wrapped_call_impl\n"


def test_an_interrupt_ends_a_script_as_ever(tmp_path: Path):
    text = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    text += "opscope.debug(net, x)\n"
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        script.process.send_signal(signal.SIGINT)
        code, _, errors = script.ended()
        assert client.wait_event("exited", timeout=PATIENCE)["opscope"]["sentence"]
    assert code == -signal.SIGINT
    assert errors.endswith("KeyboardInterrupt\n")
    assert str(Path(__file__).parents[2] / "tracers") not in errors


def test_errors_keep_their_type_and_show_the_users_frames_alone(tmp_path: Path):
    text = """
import traceback

class Mine(Exception):
    pass

class Net(torch.nn.Module):
    def forward(self, x, kind):
        try:
            return torch.relu(x) @ torch.ones(5)
        except RuntimeError as error:
            if kind == 1:
                raise Mine("own") from error
            raise

for kind in (0, 1):
    try:
        opscope.debug(Net(), torch.ones(2, 3), kind)
    except (RuntimeError, Mine) as error:
        print(type(error).__name__, "tracers" in traceback.format_exc())
    try:
        with opscope.debug(Net()):
            torch.ones(3)
            Net()(torch.ones(2, 3), kind)
    except (RuntimeError, Mine) as error:
        print(type(error).__name__, "tracers" in traceback.format_exc())
        rows = [row.name for row in traceback.extract_tb(error.__traceback__)]
        print(rows[0], rows[-1])
"""
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        client.request("setExceptionBreakpoints", {"filters": []})
        for _ in range(4):
            next_run(client)
            client.request("continue")
            client.wait_state("failed")
            client.request("continue")
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    own = "RuntimeError False\nRuntimeError False\n<module> forward\n"
    assert out == own + own.replace("RuntimeError", "Mine")


def test_generators_and_coroutines(tmp_path: Path):
    text = """
import asyncio
import contextlib

def batches():
    with opscope.debug(net):
        for row in x:
            yield net(row)

print(len(list(batches())))
for out in batches():
    break
del out
import gc
gc.collect()

@contextlib.contextmanager
def looked_at():
    with opscope.debug(net):
        yield

with looked_at():
    net[0](x)

async def step(index):
    with opscope.debug(net):
        first = net[0](x)
        await asyncio.sleep(0)
        return net[1](first)

async def main():
    return await asyncio.gather(step(0), step(1))

print([tuple(each.shape) for each in asyncio.run(main())])
print(torch.overrides._get_current_function_mode_stack())
"""
    forward = ["linear", "relu", "linear"]
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        go_on(client)
        types = [run.graph.ops[row.op].type for row in run.records]
        assert [name for name in types if name in forward] == forward * 6
        next_run(client)
        client.request("continue")  # the generator is dropped after its first batch
        next_run(client)
        go_on(client)
        run = next_run(client)
        go_on(client)
        # The other task's ops fall into the block that was first.
        types = [run.graph.ops[row.op].type for row in run.records]
        assert types == ["linear", "linear", "relu"]
        code, out, errors = script.ended()
    assert (code, errors) == (0, "")
    assert out == "6\n[(6, 8), (6, 8)]\n[]\n"


def test_a_program_that_ends_inside_a_block_ends(tmp_path: Path):
    text = """
import sys

with opscope.debug(net):
    net(x)
    sys.exit(5)
"""
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        run = next_run(client)
        client.request("continue")
        assert script.ended() == (5, "", "")
        told = client.wait_event("exited", timeout=PATIENCE)["opscope"]["sentence"]
        assert told == "The program has ended, or has let go of the debugger."
        states = [row["body"]["state"] for row in client.events if row["event"] == STATE]
        assert RunState.FAILED.value in states
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear", "relu", "linear"]
        assert [row["event"] for row in client.events].count(NEW_RUN) == 1


def test_a_generator_that_another_thread_closes_lets_go(tmp_path: Path):
    text = """
import threading

def batches():
    with opscope.debug(net):
        yield net(x)

rows = batches()
next(rows)
thread = threading.Thread(target=rows.close)
thread.start()
thread.join()
print(tuple(net(x).shape), tuple(opscope.debug(net[0], x).shape))
"""
    with running(BEGIN + text, tmp_path) as script, Client.start() as client:
        attach(client, script)
        next_run(client)
        client.request("continue")
        run = next_run(client)
        go_on(client)
        assert [run.graph.ops[row.op].type for row in run.records] == ["linear"]
        assert script.ended() == (0, "(6, 1) (6, 8)\n", "")


def test_a_window_that_fails_says_why_and_holds_no_pipe_of_the_scripts(tmp_path: Path):
    file = tmp_path / "script.py"
    file.write_text(BEGIN + "print(opscope.debug(net, x).shape)\n")
    window = tmp_path / "window.py"
    window.write_text("import sys\nsys.exit('opscope: no screen is there.')\n")
    done = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "OPSCOPE_WINDOW": f"{sys.executable} {window}"},
    )
    assert done.stdout == "torch.Size([6, 1])\n"
    told = ["no screen is there.", "no window came; everything runs as ever."]
    assert done.stderr.splitlines() == [f"opscope: {sentence}" for sentence in told]
    window.write_text(
        "import os, pathlib, signal, socket, sys\n"
        "pathlib.Path(__file__).with_name('pid').write_text(str(os.getpid()))\n"
        "line = socket.socket(socket.AF_UNIX)\n"
        "line.connect(sys.argv[-1])\n"
        "line.close()\n"
        "signal.pause()\n"
    )
    begun = subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
        env={**os.environ, "OPSCOPE_WINDOW": f"{sys.executable} {window}"},
    )
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
    assert (begun.stdout, begun.stderr) == ("torch.Size([6, 1])\n", "")


def test_without_unix_sockets_one_sentence_says_so(tmp_path: Path):
    file = tmp_path / "script.py"
    file.write_text(
        "import socket\ndel socket.AF_UNIX\n" + BEGIN + "print(opscope.debug(net, x).shape)\n"
    )
    done = subprocess.run(
        [sys.executable, str(file)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0
    assert done.stdout == "torch.Size([6, 1])\n"
    told = "attaching needs a system with Unix sockets (Linux, macOS); everything runs as ever."
    assert done.stderr == f"opscope: {told}\n"
