"""Going back in time in real sessions: rewind, fetch, pin, and runs that cannot be repeated."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import Run, RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal

MODELS = '''
import os, random, sys, time
import numpy as np
import torch


class Restless(torch.nn.Module):
    """Everything that a second run could do otherwise, if it were not set back."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.bn = torch.nn.BatchNorm2d(4)
        self.drop = torch.nn.Dropout(0.5)
        self.fc = torch.nn.Linear(256, 5)
        self.register_buffer("total", torch.zeros(5))
        self.own = torch.Generator().manual_seed(3)
        self.dice = random.Random(5)
        self.numbers = np.random.default_rng(7)
        self.calls = 0
        self.seen = []

    def forward(self, x):
        self.calls += 1
        self.seen.append(self.calls)
        print("call", self.calls, "seen", self.seen, flush=True)
        os.system("echo from C")
        x.mul_(2)
        x = self.bn(self.conv(x))
        x.add_(random.random() + np.random.rand() + self.dice.random() + self.numbers.random())
        x = self.drop(torch.relu_(x))
        x = x + torch.rand(x.shape[1:], generator=self.own)
        print("middle")
        x = self.fc(x.flatten(1))
        self.total += x.detach().sum(0)
        with torch.no_grad():
            self.fc.bias.add_(1)
        print("end")
        return (x + self.total + self.fc.bias).sum()


def restless():
    torch.manual_seed(0)
    return Restless().train(), (torch.randn(2, 3, 8, 8),)


class Deep(torch.nn.Module):
    """Forty blocks, 4 kB each value."""

    def __init__(self, act=None):
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(32, 32) for _ in range(40))
        self.act = act

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            x = torch.tanh(layer(x))
            if self.act is not None:
                x = self.act(number, x)
        return x


def deep():
    torch.manual_seed(0)
    return Deep(), (torch.randn(32, 32),)


def marked(words):
    """The test leaves a note beside this file."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.exists(os.path.join(here, words))


def moody():
    """Does in its twentieth block what the note says."""
    def act(number, x):
        if number != 20:
            return x
        if marked("clock"):
            x = x + time.perf_counter()
        if marked("longer"):
            x = x.neg()
        if marked("shorter"):
            raise ValueError("only now")
        if marked("slow"):
            open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "slow"), "w").close()
            n = 0
            while marked("slow"):
                n += 1
        return x.narrow(0, 0, 99 if marked("picky") else 32)
    return Deep(act), (torch.randn(32, 32),)


def recurrent():
    torch.manual_seed(0)
    model = torch.nn.LSTM(4, 5, dropout=0.5, num_layers=2)
    return model.train(), (torch.randn(3, 2, 4),)


def failing():
    def act(number, x):
        if number == 30:
            print("about to fail")
            return x @ torch.ones(7, 7)
        return x
    return Deep(act), (torch.randn(32, 32),)


def stubborn():
    """Catches everything."""
    def act(number, x):
        try:
            return x.cos()
        except BaseException:
            return x.sin()
    return Deep(act), (torch.randn(32, 32),)
'''


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def models(tmp_path: Path) -> Path:
    file = tmp_path / "models.py"
    file.write_text(MODELS)
    return file


def ran(client: Client, models: Path, name: str, **more: Any) -> Run:
    """Open a model and run it to its end."""
    client.launch({"spec": f"{models}:{name}", "python": sys.executable, **more})
    client.wait_event("stopped")
    client.step("continue")
    return settled(client)


def settled(client: Client) -> Run:
    """The run, once statistics that were put off have come."""
    run = client.run
    while any(summary.pending for row in run.records for summary in row.outputs):
        client.wait_event("opscope/summaries")
    return run


def rewind(client: Client, record: int) -> dict[str, Any]:
    body = client.step("opscope/rewind", {"record": record})
    assert body["reason"] == "goto"
    return body


def sees(run: Run, type_: str = "") -> list[Any]:
    """What a run did, or its ops of a type, without the time it took and what is kept of it."""
    found: list[Any] = []
    for row in run.records:
        if type_ not in ("", run.graph.ops[row.op].type):
            continue
        outputs = tuple(replace(summary, kept=True) for summary in row.outputs)
        found.append((row.op, row.frame, row.inputs, outputs, row.error))
    return found


def bits(client: Client, record: int, slot: int = 0) -> bytes:
    """All bytes of a value. Raises Refusal where it is not held."""
    size = client.run.records[record].outputs[slot].nbytes
    memory = {"memoryReference": f"record:{record}:{slot}", "count": size}
    found = base64.b64decode(client.request("readMemory", memory)["data"])
    assert len(found) == size
    return found


def all_bits(client: Client) -> list[bytes]:
    rows = enumerate(client.run.records)
    return [bits(client, index, slot) for index, row in rows for slot in range(len(row.outputs))]


def find(run: Run, type_: str, turn: int = 0) -> int:
    found = [index for index, row in enumerate(run.records) if run.graph.ops[row.op].type == type_]
    return found[turn]


def fetch(client: Client, record: int, slot: int = 0) -> dict[str, Any]:
    return client.request("opscope/fetch", {"record": record, "slot": slot})["state"]


def names(client: Client) -> list[str]:
    return [event["event"] for event in client.events]


def test_a_rewound_run_goes_on_bit_for_bit(client: Client, models: Path):
    run = ran(client, models, "restless")
    assert run.state is RunState.FINISHED
    before, values = sees(run), all_bits(client)
    printed = client.output
    assert printed.count("call 1 seen [1]") == 1
    for record in (find(run, "dropout"), find(run, "batch_norm"), 0, len(before) - 1):
        told = rewind(client, record)
        assert "text" not in told
        assert (run.state, run.head.record, len(run.records)) == (RunState.PAUSED, record, record)
        assert run.head.op == before[record][0]
        assert sees(settled(client)) == before[:record]
        client.step("continue")
        assert run.state is RunState.FINISHED
        assert sees(settled(client)) == before
        assert all_bits(client) == values
    after = client.output.removeprefix(printed)
    assert after.count("call 1 seen [1]") == after.count("from C") == 0, "op 0 comes after them"
    assert (after.count("middle"), after.count("end")) == (3, 3)

    # Stepping goes on from there, too, and a module's call is a place to go back to.
    client.step("stepBack", {"granularity": "instruction"})
    assert run.cursor is not None
    rewind(client, find(run, "batch_norm"))
    assert run.cursor is None
    client.step("next", {"granularity": "instruction"})
    assert run.graph.ops[run.head.op].type == "add_"
    assert client.request("stackTrace", {"threadId": 1})["stackFrames"][-1]["name"].startswith("Re")
    frame = next(n for n, row in enumerate(run.frames) if run.graph.scopes[row.scope].path == "bn")
    client.step("opscope/rewind", {"frame": frame})
    assert (run.head.op, run.head.frame, run.graph.scopes[run.head.scope].path) == (-1, frame, "bn")
    client.step("next", {"granularity": "instruction"})
    assert run.graph.ops[run.head.op].type == "add_", "the module was stepped over"
    client.step("opscope/rewind", {"record": run.head.record})
    assert sees(settled(client)) == before[: run.head.record], "it stood there already"
    with pytest.raises(Refusal, match="no executed op 99"):
        client.request("opscope/rewind", {"record": 99})
    with pytest.raises(Refusal, match="no such call"):
        client.request("opscope/rewind", {"frame": 99})
    client.step("continue")
    assert sees(settled(client)) == before


def test_breakpoints_and_log_messages_count_a_rewound_run_once(client: Client, models: Path):
    client.launch({"spec": f"{models}:deep", "python": sys.executable})
    client.wait_event("stopped")
    points = [
        {"name": "tanh", "hitCondition": "== 10"},
        {"name": "tanh", "logMessage": "tanh {hits}"},
    ]
    client.request("setFunctionBreakpoints", {"breakpoints": points})
    client.step("continue")
    run = client.run
    assert run.head.record == find(run, "tanh", 8) + 2
    said = client.output.count("tanh ")
    rewind(client, 4)
    assert client.output.count("tanh ") == said
    client.step("continue")
    assert run.head.record == find(run, "tanh", 8) + 2, "the tenth of the run, not of the day"
    assert "tanh 10" in client.output
    client.request("setFunctionBreakpoints", {"breakpoints": []})
    client.step("continue")
    assert client.mirror.state is not None
    assert client.mirror.facts.recording_bytes == client.mirror.state.held == sum(sizes(run))


def test_a_run_at_an_error_rewinds_and_comes_there_again(client: Client, models: Path):
    run = ran(client, models, "failing", budget=4096 * 4)
    message, before, place = run.message, sees(run), run.head
    assert "matmul" in message
    failing = place.record
    assert run.records[failing].error
    fetch(client, 5)
    assert held(client, 5)
    assert (run.state, run.message, run.head) == (RunState.PAUSED, message, place)
    assert sees(settled(client)) == before
    assert client.request("exceptionInfo", {"threadId": 1})["exceptionId"] == "RuntimeError"
    for record in (3, failing):
        rewind(client, record)
        assert (run.state, run.message, len(run.records)) == (RunState.PAUSED, "", record)
        assert client.step("continue")["reason"] == "exception"
        assert (run.message, run.head) == (message, place)
        assert sees(settled(client)) == before
    client.step("continue")
    assert run.state is RunState.FAILED
    place = run.head
    fetch(client, 7)
    assert (run.state, run.message, run.head) == (RunState.FAILED, message, place)
    assert sees(settled(client)) == before
    rewind(client, failing)
    assert run.graph.ops[run.head.op].type == "matmul"
    assert client.output.count("about to fail") == 2, "once for each live coming there"


def test_a_model_that_runs_otherwise_is_said_and_stands_there(client: Client, models: Path):
    run = ran(client, models, "moody")
    before, there = sees(run), find(run, "narrow")
    (models.parent / "longer").touch()
    told = rewind(client, 60)
    assert "runs otherwise this time: it came to neg" in told["text"]
    assert (run.state, len(run.records)) == (RunState.PAUSED, there)
    assert run.graph.ops[run.head.op].type == "neg"
    assert sees(settled(client)) == before[:there]
    (models.parent / "longer").unlink()
    client.step("next", {"granularity": "instruction"})
    assert "neg" in [run.graph.ops[row.op].type for row in run.records]
    client.step("continue")
    assert len(run.records) == len(before) + 1

    (models.parent / "picky").touch()
    told = client.step("opscope/rewind", {"record": 0})
    assert "text" not in told
    client.step("continue")
    assert (run.state, len(run.records)) == (RunState.PAUSED, there + 1)
    (models.parent / "picky").unlink()
    told = rewind(client, 10)
    client.step("continue")
    assert sees(settled(client)) == before

    (models.parent / "clock").touch()
    told = client.step("opscope/rewind", {"record": 60})
    assert "came to add" in told["text"]
    client.step("continue")
    changing = sees(settled(client))
    told = rewind(client, 60)
    assert "gave something else with add" in told["text"]
    assert (run.state, len(run.records)) == (RunState.PAUSED, there + 1)
    assert client.mirror.state is not None
    assert client.mirror.state.note == told["text"]
    assert sees(settled(client))[:there] == changing[:there]
    assert sees(run)[there] != changing[there]
    assert len(bits(client, there)) == 4096, "the new value is at hand"
    (models.parent / "clock").unlink()
    client.step("next", {"granularity": "instruction"})
    client.step("continue")
    assert [row[0] for row in sees(run)] == [row[0] for row in changing]


@pytest.mark.parametrize(("name", "words"), [("shorter", "only now"), ("picky", "narrow")])
def test_an_error_that_comes_only_the_second_time(
    client: Client, models: Path, name: str, words: str
):
    run = ran(client, models, "moody")
    there = find(run, "narrow")
    (models.parent / name).touch()
    told = client.step("opscope/rewind", {"record": 60})
    assert told["reason"] == "exception"
    assert run.failure is not None
    assert words in run.message
    assert len(run.records) == there + (name == "picky")
    assert client.mirror.state is not None
    assert "runs otherwise this time: it raised an error" in client.mirror.state.note
    rewind(client, 10)
    assert (run.state, run.message, len(run.records)) == (RunState.PAUSED, "", 10)


def test_pausing_breaks_off_what_is_under_way(client: Client, models: Path):
    run = ran(client, models, "moody", budget=4096 * 8)
    before, there = sees(run), find(run, "narrow")
    slow = models.parent / "slow"
    os.mkfifo(slow)
    seq = client.send("opscope/fetch", {"record": 60, "slot": 0})
    slow.read_bytes()  # waits until the model writes, in the twentieth block
    client.request("pause", {"threadId": 1})
    with pytest.raises(Refusal, match="broken off"):
        client.answer(seq)
    assert (run.state, sees(run), run.head.record) == (RunState.FINISHED, before, len(before))

    client.request("opscope/rewind", {"record": 60})
    slow.read_bytes()
    client.request("pause", {"threadId": 1})
    told = client.wait_event("stopped", where={"reason": "pause"})
    assert f"Paused on the way, before op {there + 1}" in told["text"]
    assert (run.state, len(run.records)) == (RunState.PAUSED, there)
    slow.unlink()
    rows = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    assert any(row["name"] == "act" for row in rows), "in plain Python of the user's"
    client.step("continue")
    assert (run.state, sees(settled(client))) == (RunState.FINISHED, before)
    fetch(client, 60)
    assert held(client, 60)
    assert (run.state, sees(run)) == (RunState.FINISHED, before)


def test_a_model_that_catches_everything_is_left_all_the_same(client: Client, models: Path):
    client.launch({"spec": f"{models}:stubborn", "python": sys.executable})
    client.wait_event("stopped")
    client.step("opscope/runTo", {"op": 60})
    run = client.run
    before = sees(run)
    rewind(client, 20)
    assert (run.state, sees(run)) == (RunState.PAUSED, before[:20])
    client.step("continue")
    assert {run.graph.ops[row.op].type for row in run.records} == {"linear", "tanh", "cos"}


def test_rewinding_inside_an_op_that_was_stepped_into(client: Client, models: Path):
    client.launch({"spec": f"{models}:recurrent", "python": sys.executable})
    client.wait_event("stopped")
    run = client.run
    while run.head.op < 0 or not run.graph.ops[run.head.op].type.startswith("aten."):
        client.step("stepIn", {"granularity": "instruction"})
    client.step("continue")
    before, whole = sees(settled(client), "lstm"), find(run, "lstm")
    assert whole > 10, "its aten ops come before it"
    for record in (whole - 5, 4):
        op = run.records[record].op
        told = rewind(client, record)
        assert "text" not in told, "memory that nothing has written is no difference"
        assert (len(run.records), run.head.op) == (record, op)
        client.step("continue")
        assert sees(settled(client), "lstm") == before
    rewind(client, whole)
    assert run.graph.ops[run.head.op].type == "lstm"
    assert run.head.record < 4, "before an op is before its inside"


def test_values_that_were_let_go_are_fetched(client: Client, models: Path):
    whole = 4096 * 12
    run = ran(client, models, "deep", budget=whole)
    before = sees(run)
    state = client.mirror.state
    assert state is not None
    assert (state.kept, state.dropped, state.held, state.oldest) == (12, 68, whole, 68)
    with pytest.raises(Refusal, match="let go"):
        bits(client, 30)
    client.step("stepBack", {"granularity": "instruction"})
    cursor, heard = run.cursor, len(client.events)
    told = fetch(client, 30)
    assert (run.state, run.cursor, sees(run)) == (RunState.FINISHED, cursor, before)
    assert "opscope/rewound" not in names(client)[heard:]
    assert "stopped" not in names(client)[heard:]
    assert "opscope/summaries" in names(client)[heard:]
    assert told["held"] <= told["budget"]
    first = bits(client, 30)
    assert len(bits(client, 29)) == 4096, "what the op read comes with it"
    rewind(client, 31)
    assert bits(client, 30) == first
    assert [record for record in range(31) if held(client, record)] == list(range(19, 31))
    client.step("next", {"granularity": "instruction"})
    fetch(client, 2)
    assert (run.state, len(run.records), run.cursor) == (RunState.PAUSED, 32, None)
    client.step("continue")
    assert sees(settled(client)) == before
    with pytest.raises(Refusal, match="more than the"):
        restart_with_less(client, models)


def restart_with_less(client: Client, models: Path) -> None:
    client.restart({"spec": f"{models}:deep", "python": sys.executable, "budget": 4000})
    client.wait_event("stopped")
    client.step("continue")
    fetch(client, 3)


def held(client: Client, record: int) -> bool:
    try:
        return bool(bits(client, record))
    except Refusal:
        return False


def test_pinned_values_are_not_let_go(client: Client, models: Path):
    client.launch({"spec": f"{models}:deep", "python": sys.executable, "budget": 4096 * 6})
    client.wait_event("stopped")
    run = client.run
    for _ in range(4):
        client.step("next", {"granularity": "instruction"})
    told = client.request("opscope/pin", {"record": 1, "slot": 0, "pinned": True})
    assert told["pins"] == [[1, 0]]
    first = bits(client, 1)
    client.step("continue")
    assert [record for record in range(len(run.records)) if held(client, record)] == [
        1,
        *range(75, 80),
    ]
    assert bits(client, 1) == first
    with pytest.raises(Refusal, match="fetch it to pin it"):
        client.request("opscope/pin", {"record": 5, "slot": 0, "pinned": True})
    rewind(client, 0)
    client.step("continue")
    assert bits(client, 1) == first, "a pin outlives a rewind"
    told = client.request("opscope/pin", {"record": 1, "slot": 0, "pinned": False})
    assert told["pins"] == []
    fetch(client, 40)
    assert not held(client, 1)


def sizes(run: Run) -> list[int]:
    return [summary.nbytes for row in run.records for summary in row.outputs]
