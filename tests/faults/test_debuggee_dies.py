"""Whatever ends the debuggee, the client is told how, and can run again."""

from __future__ import annotations

import os
import signal

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests.faults.processes import all_gone, family, stop


@pytest.mark.parametrize(
    ("spec", "code", "name", "words"),
    [
        ("segfault", 139, "SIGSEGV", "Fatal Python error: Segmentation fault"),
        ("abort", 134, "SIGABRT", "Fatal Python error: Aborted"),
        ("kill", 137, "SIGKILL", ""),
        ("exit", 3, None, ""),
        ("exit 0", 0, None, ""),
    ],
)
def test_a_death_is_told_and_restart_works(
    client: Client, python: str, spec: str, code: int, name: str | None, words: str
):
    client.launch({"spec": spec, "python": python})
    client.wait_event("stopped")
    seq = client.send("continue", {"threadId": 1})
    ended = client.wait_event("exited")
    client.wait_event("terminated")
    assert client.answer(seq) == {"allThreadsContinued": True}
    assert ended["exitCode"] == code
    assert (ended["opscope"]["signal"], ended["opscope"]["lastOp"]) == (name, "relu in block.act")
    sentence = ended["opscope"]["sentence"]
    assert (name or f"exit code {code}") in sentence
    assert "the last op it began was relu in block.act" in sentence
    assert sentence in client.output
    assert words in client.output
    assert client.process.poll() is None
    with pytest.raises(Refusal, match="Restart to run again"):
        client.request("next", {"threadId": 1})

    client.restart({"spec": "", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_requests_that_wait_fail_with_the_sentence(client: Client, python: str):
    client.launch({"spec": "", "python": python})
    client.wait_event("stopped")
    debuggee = next(e for e in client.events if e["event"] == "process")["body"]["systemProcessId"]
    stop(debuggee)  # it cannot answer any more
    seqs = [client.send("stackTrace", {"threadId": 1}), client.send("opscope/graph", {})]
    client.request("threads")
    os.kill(debuggee, signal.SIGKILL)
    for seq in seqs:
        with pytest.raises(Refusal, match="was killed by SIGKILL"):
            client.answer(seq)


def test_what_is_printed_last_is_not_lost(client: Client, python: str):
    client.launch({"spec": "last words", "python": python})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})
    client.wait_event("exited")
    assert client.output.count("line\n") >= 5000
    assert "the very last" in client.output


def test_killing_the_debuggee_takes_its_workers_along(client: Client, python: str):
    client.launch({"spec": "fork", "python": python})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})
    client.wait_event("output", where={"output": "worker started\n"})
    everyone = family(client.process.pid) - {client.process.pid}
    assert len(everyone) == 3
    client.request("terminate", {})
    client.wait_event("terminated")
    assert all_gone(everyone)


def test_a_fork_in_the_model_does_not_disturb_the_run(client: Client, python: str):
    client.launch({"spec": "fork and wait", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    assert "from the worker\n" in client.output


def test_leaving_python_by_sys_exit_is_an_error_of_the_model(client: Client, python: str):
    client.launch({"spec": "sys.exit", "python": python})
    client.wait_event("stopped")
    assert client.step("continue")["reason"] == "exception"
    assert client.run.message == "block raised SystemExit: 4"
