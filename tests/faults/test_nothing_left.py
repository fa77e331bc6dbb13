"""Whoever goes away first, no process stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from opscope.tracers.protocol.client import Client
from tests.faults.processes import all_gone, family


def running(client: Client, python: str, spec: str) -> set[int]:
    """Everyone below the client, once the model misbehaves (or stands at its first op)."""
    client.launch({"spec": spec, "python": python})
    client.wait_event("stopped")
    words = {"fork": "worker started\n", "hang": "holding\n", "spin": "spinning\n"}
    if spec:
        client.request("continue", {"threadId": 1})
        client.wait_event("output", where={"output": words[spec]})
    return family(client.process.pid)


@pytest.mark.parametrize("spec", ["", "spin", "hang", "fork"])
def test_closing_the_client_ends_everyone(client: Client, python: str, spec: str):
    everyone = running(client, python, spec)
    assert len(everyone) == (4 if spec == "fork" else 3), "adapter, guard, debuggee, worker"
    assert client.close() == 0
    assert all_gone(everyone)


@pytest.mark.parametrize("spec", ["", "hang", "fork"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_killing_the_adapter_ends_everyone(
    client: Client, python: str, spec: str, number: signal.Signals
):
    everyone = running(client, python, spec)
    os.kill(client.process.pid, number)
    client.process.wait(5)
    assert all_gone(everyone)


def test_killing_the_client_ends_everyone(python: str):
    code = """
import sys
from opscope.tracers.protocol.client import Client
client = Client.start()
client.launch({"spec": "hang", "python": sys.argv[1]})
client.wait_event("stopped")
client.request("continue", {"threadId": 1})
client.wait_event("output", where={"output": "holding\\n"})
print("running", flush=True)
client.wait_event("never", 60)
"""
    command = [sys.executable, "-c", code, python]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        everyone = family(process.pid)
        assert len(everyone) == 4
        process.kill()
    assert all_gone(everyone)


def test_an_adapter_started_for_nothing_ends_with_its_input():
    command = [sys.executable, "-m", "opscope.tracers.adapter"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=10, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    refused = subprocess.run([*command, "x"], capture_output=True, timeout=10, check=False)
    assert refused.returncode == 2
    assert b"opscope adapter takes" in refused.stderr


def test_no_descriptor_of_ours_reaches_what_the_model_starts(client: Client, python: str):
    client.launch({"spec": "descriptors", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    client.request("terminate", {})
    client.wait_event("terminated")
    assert "descriptors 0 1 2" in client.output
