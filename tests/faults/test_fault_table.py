"""Whatever a model does to its process, the user reads a sentence, keeps the run and has nothing
left behind."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import Phase, RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import INPUT, REWIND, SAVE
from opscope.tracers.protocol.refusal import Refusal
from tests.faults.processes import all_gone, family
from tests.faults.table import ALL, BEFORE, MODELS, ROWS, Row

OVER = ("finished", "failed", "died")


def launch(client: Client, python: str, model: str, **more: Any) -> None:
    """Open a model of the table and let it run."""
    spec = model if "/" in model else str(MODELS / f"{model}.py")
    client.launch({"spec": spec, "python": python, **more})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})


def said(client: Client, words: str) -> None:
    """Wait until something is printed."""
    while words not in client.output:
        client.wait_event("output")


def stop(client: Client) -> dict[str, Any]:
    """The user's Stop; the body of `exited`."""
    client.request("terminate", {})
    return client.wait_event("exited")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.model)
def test_a_row(client: Client, python: str, tmp_path: Path, row: Row):
    launch(client, python, row.model, cwd=str(tmp_path))
    everyone = family(client.process.pid)
    if row.ends == "died":
        ended = client.wait_event("exited")
    else:
        client.wait_state(row.ends)
        ended = stop(client)
    assert ended["exitCode"] == row.code
    assert re.search(row.says, f"{client.output}{client.run.message}")
    assert len(client.run.records) == row.ops
    assert [op.type for op in client.run.graph.ops[:4]] == ["scale", "matmul", "relu", "add"]
    assert client.close() == 0
    assert all_gone(everyone, 2.0)


def test_files_under_the_protocols_numbers_stay_clean(client: Client, python: str, tmp_path: Path):
    launch(client, python, "closes_all", cwd=str(tmp_path))
    sentence = client.wait_event("exited")["opscope"]["sentence"]
    assert "had closed the debugger's own descriptors, so that it had to end" in sentence
    assert len(client.run.records) >= BEFORE
    files = sorted(tmp_path.glob("file *"))
    assert len(files) == 20
    assert [file.stat().st_size for file in files] == [0] * 20


@pytest.mark.parametrize("spec", ["segfault", "abort", "exit", "kill"])
def test_what_ran_before_a_death_is_kept(client: Client, python: str, spec: str):
    client.launch({"spec": spec, "python": python})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})
    client.wait_event("exited")
    run = client.run
    assert [run.graph.ops[record.op].type for record in run.records] == ["scale", "matmul", "relu"]
    assert [run.graph.scopes[run.frames[r.frame].scope].path for r in run.records] == [
        "",
        "block",
        "block.act",
    ]
    assert run.records[1].inputs == ((0, 0), (-1, 1))
    assert [record.outputs[0].shape for record in run.records] == [(2, 4), (2, 3), (2, 3)]
    assert {record.phase for record in run.records} == {Phase.FORWARD}
    assert not any(record.outputs[0].kept for record in run.records)


def test_nothing_that_was_sent_is_told_twice(client: Client, python: str):
    client.launch({"spec": "kill", "python": python})
    client.wait_event("stopped")
    client.step("stepIn")
    known = len(client.run.records)
    mean = client.run.records[0].outputs[0].mean
    client.request("continue", {"threadId": 1})
    left = client.wait_event("exited")["opscope"]["left"]
    assert (left["first"], len(left["records"])) == (known, BEFORE - known)
    assert len(client.run.records) == BEFORE
    assert client.run.records[0].outputs[0].mean == mean


@pytest.mark.long
def test_a_million_lines_come_in_few_messages(client: Client, python: str):
    launch(client, python, "prints_lines")
    client.wait_state(*OVER)
    assert client.run.state is RunState.FINISHED
    assert client.output.count("line ") == 1_000_000
    assert client.output.endswith("line 999999\n")
    printed = [event for event in client.events if event["event"] == "output"]
    assert len(printed) < 5000
    assert len(client.run.records) == ALL


def test_a_model_that_prints_for_ever_is_paused_and_stopped(client: Client, python: str):
    launch(client, python, "prints_forever")
    said(client, "line\n")
    assert client.step("pause")["reason"] == "pause"
    client.request("continue", {"threadId": 1})
    assert stop(client)["exitCode"] in (0, 130)
    assert len(client.run.records) == BEFORE


def test_a_deadlock_is_paused_at_its_line_and_stopped(client: Client, python: str):
    launch(client, python, "deadlock")
    said(client, "locked")
    assert client.step("pause")["reason"] == "pause"
    top = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    source = (MODELS / "deadlock.py").read_text().splitlines()
    assert "second.acquire()" in source[top["line"] - 1]
    assert len(client.run.records) == BEFORE
    client.request("continue", {"threadId": 1})
    assert stop(client)["exitCode"] in (0, 130)


def test_a_native_call_without_an_end_shows_its_stacks_and_is_killed(client: Client, python: str):
    launch(client, python, "native_wait")
    said(client, "waiting")
    client.request("opscope/stacks", {})
    said(client, "native_wait.py")
    client.send("pause", {"threadId": 1})
    started = time.monotonic()
    ended = stop(client)
    assert ended["opscope"]["signal"] == "SIGKILL"
    assert time.monotonic() - started < 5
    assert len(client.run.records) == BEFORE


def test_stop_asked_for_twice_kills_at_once(client: Client, python: str):
    launch(client, python, "takes_signals")
    said(client, "spinning")
    client.request("terminate", {})
    assert stop(client)["opscope"]["signal"] == "SIGKILL"
    assert "handled" not in client.output


def test_a_model_that_handles_the_pauses_signal_is_told_of(client: Client, python: str):
    launch(client, python, "takes_signals")
    said(client, "spinning")
    client.request("pause", {"threadId": 1})
    said(client, "The model handles SIGUSR1 itself, so that a pause waits for its next op.")
    assert stop(client)["opscope"]["signal"] == "SIGKILL"
    assert f"handled {signal.SIGUSR1.value}\n" not in client.output
    assert f"handled {signal.SIGINT.value}\n" in client.output


def test_a_signal_that_would_end_the_model_is_not_sent(client: Client, python: str):
    launch(client, python, "drops_signals")
    said(client, "spinning")
    client.request("pause", {"threadId": 1})
    said(client, "a pause waits for its next op")
    with pytest.raises(Refusal, match="has taken SIGUSR2 away"):
        client.request("opscope/stacks", {})
    assert stop(client)["exitCode"] == 130


@pytest.mark.parametrize("way", ["stop", "close", "SIGTERM", "SIGKILL"])
def test_workers_end_with_the_model(client: Client, python: str, way: str):
    launch(client, python, "sleeping_workers")
    while client.output.count("worker started") < 3:
        client.wait_event("output")
    everyone = family(client.process.pid)
    assert len(everyone) >= 5
    if way == "stop":
        stop(client)
        everyone.discard(client.process.pid)
    elif way == "close":
        client.close()
    else:
        os.kill(client.process.pid, signal.Signals[way])
    assert all_gone(everyone, 2.0)


def test_a_run_that_does_not_fit_on_the_disk_leaves_the_old_file(
    client: Client, python: str, tmp_path: Path
):
    path = tmp_path / "run.opscope"
    path.write_bytes(b"the old one")
    launch(client, python, "small_files")
    client.wait_state("finished")
    with pytest.raises(Refusal, match=r"run\.opscope could not be written: File too large\."):
        client.request(SAVE, {"path": str(path)})
    assert path.read_bytes() == b"the old one"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["fake-python", "run.opscope"]
    assert client.request("stackTrace", {"threadId": 1})["stackFrames"], "it goes on"


class TestInput:
    """What a model reads is asked for."""

    @pytest.fixture
    def client(self):
        with Client.start(client={"supportsInput": True}) as made:
            yield made

    def test_lines_are_asked_for_one_by_one(self, client: Client, python: str):
        launch(client, python, "asks")
        client.wait_event(INPUT, where={"wanted": True})
        assert client.output.endswith("Your name? ")
        client.request(INPUT, {"text": "Ada – ∀"})
        client.wait_event(INPUT, where={"wanted": False})
        client.wait_event(INPUT, where={"wanted": True})
        client.request(INPUT, {"text": ""})
        client.wait_state("finished")
        assert client.output.endswith("Your name? Hello Ada – ∀.\nMore: '\\n'\n")
        with pytest.raises(Refusal, match="reads nothing now"):
            client.request(INPUT, {"text": "more"})

    def test_a_run_done_anew_reads_the_same_lines(self, client: Client, python: str):
        launch(client, python, "asks")
        for text in ("Ada", "x"):
            client.wait_event(INPUT, where={"wanted": True})
            client.request(INPUT, {"text": text})
        client.wait_state("finished")
        client.request(REWIND, {"record": 5})
        client.wait_event("stopped")
        assert len(client.run.records) == 5
        client.step("continue")
        assert client.run.state is RunState.FINISHED
        asked = [event["body"] for event in client.events if event["event"] == INPUT]
        assert asked == [{"wanted": True}, {"wanted": False}] * 2

    def test_the_end_of_the_input(self, client: Client, python: str):
        launch(client, python, "reads_all")
        client.wait_event(INPUT, where={"wanted": True})
        client.request(INPUT, {"text": "one"})
        client.wait_event(INPUT, where={"wanted": True})
        client.request(INPUT, {"end": True})
        client.wait_state("finished")
        assert client.output.endswith("b'one\\n'\n")

    def test_a_model_that_waits_for_a_line_is_paused_and_stopped(self, client: Client, python: str):
        launch(client, python, "asks")
        client.wait_event(INPUT, where={"wanted": True})
        assert client.step("pause")["reason"] == "pause"
        top = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
        assert "input(" in (MODELS / "asks.py").read_text().splitlines()[top["line"] - 1]
        client.request("continue", {"threadId": 1})
        assert stop(client)["exitCode"] in (0, 130)
        assert len(client.run.records) == BEFORE

    def test_an_editors_user_types_it_in_the_console(self, python: str):
        with Client.start(client={"opscope": False}) as client:
            launch(client, python, "asks")
            said(client, "The model reads a line: type it in the debug console.")
            answer = client.request("evaluate", {"expression": "Ada", "context": "repl"})
            assert answer["result"] == ""
            while client.output.count("type it in the debug console") < 2:
                client.wait_event("output")
            assert "Hello Ada." in client.output
            client.request("evaluate", {"expression": "2 + 2", "context": "repl"})
            client.wait_event("exited")
            assert "More: '2 + 2\\n'" in client.output
