"""A model that does not come to its next op is paused where it can be, and ended where not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests import fake_program

MODEL = str(Path(fake_program.__file__).resolve())


def set_off(client: Client, python: str, spec: str, words: str) -> None:
    """Launch, and let run until the model misbehaves."""
    client.launch({"spec": spec, "python": python})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})
    client.wait_event("output", where={"output": words})


def test_an_endless_python_loop_is_paused_stepped_out_of_and_ended(client: Client, python: str):
    set_off(client, python, "spin", "spinning\n")
    with pytest.raises(Refusal, match="is running; pause it first"):
        client.request("stackTrace", {"threadId": 1})
    assert client.step("pause")["reason"] == "pause"
    top = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    source = Path(MODEL).read_text("utf-8").splitlines()
    assert any(word in source[top["line"] - 1] for word in ("count()", "if n < 0"))
    assert client.run.graph.scopes[client.run.place.scope].path == "block"
    client.request("continue", {"threadId": 1})
    assert client.step("pause")["reason"] == "pause"
    started = time.monotonic()
    client.request("terminate", {})
    ended = client.wait_event("exited")
    assert time.monotonic() - started < 2.0
    assert ended["opscope"]["signal"] is None


def test_a_running_loop_ends_by_interrupt(client: Client, python: str):
    set_off(client, python, "spin", "spinning\n")
    client.request("terminate", {})
    assert client.wait_event("exited")["exitCode"] == 130


def test_a_native_loop_shows_its_stacks_and_is_killed(client: Client, python: str):
    set_off(client, python, "hang", "holding\n")
    client.request("opscope/stacks", {})
    while "hold_the_interpreter" not in client.output:
        client.wait_event("output", timeout=10)
    pause = client.send("pause", {"threadId": 1})  # nobody can hear it
    started = time.monotonic()
    client.request("terminate", {})
    ended = client.wait_event("exited")
    assert ended["opscope"]["signal"] == "SIGKILL"
    with pytest.raises(Refusal, match="was killed by SIGKILL"):
        client.answer(pause)
    assert 0.7 < time.monotonic() - started < 5.0
    client.restart({"spec": "", "python": python})
    client.wait_event("stopped")


def test_restart_ends_a_loop_at_once(client: Client, python: str):
    set_off(client, python, "spin", "spinning\n")
    client.restart({"spec": "", "python": python})
    client.wait_event("stopped")
    assert not [event for event in client.events if event["event"] == "exited"]


def test_a_pause_between_ops_stops_at_the_next(client: Client, python: str):
    client.launch({"spec": "loop 1000000", "python": python, "stopOnEntry": False})
    client.wait_event("opscope/state", where={"state": "running"})
    stop = client.step("pause")
    assert stop["reason"] == "pause"
    assert client.run.place.record == len(client.run.records) > 0
    client.step("stepIn")
    assert client.run.state is RunState.PAUSED


def test_reading_input_is_an_error_and_no_hang(client: Client, python: str):
    client.launch({"spec": "input", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.message.startswith("block raised EOFError")


def test_deep_recursion_in_the_model(client: Client, python: str):
    client.launch({"spec": "recurse", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_endless_recursion_is_an_error_of_the_model(client: Client, python: str):
    client.launch({"spec": "recurse forever", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.message.startswith("block raised RecursionError")
