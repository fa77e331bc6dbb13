"""Edits in real sessions: where the run stands then, what is told, and that undoing undoes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import Difference, Edit, EditKind, Run, RunState, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import CHANGES, EDITS, FETCH, REWIND
from opscope.tracers.protocol.refusal import Refusal

EDITED, CHANGED = Difference.EDITED, Difference.CHANGED
ADDED, REMOVED = Difference.ADDED, Difference.REMOVED

MODELS = """
import os
import torch


class Fails(torch.nn.Module):
    def forward(self, x):
        print("said by the model")
        wide = torch.relu(x) + 1
        product = torch.matmul(wide, wide)
        return product.sum()


class Random(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 4)
        self.norm = torch.nn.BatchNorm1d(4)

    def forward(self, x):
        x = torch.dropout(self.line(x), 0.5, True)
        x = self.norm(x)
        x.mul_(2)
        for _ in range(3):
            x = torch.tanh(x)
            if x.sum() > 3:
                x = x - torch.rand(4)
        return x


class Endless(torch.nn.Module):  # for as long as there is a file of that name
    def __init__(self, path, computes):
        super().__init__()
        self.path, self.computes = path, computes

    def forward(self, x):
        y = torch.relu(x)
        while os.path.exists(self.path):
            if self.computes:
                y = y + 0
        return y


def endless(computes=True):
    return Endless(__file__ + ".end", computes), (torch.ones(3),)


def idling():
    return endless(False)


def fails():
    return Fails(), (torch.linspace(-1, 1, 12).reshape(3, 4),)


def random():
    torch.manual_seed(5)
    return Random().train(), (torch.linspace(-1, 1, 12).reshape(3, 4),)
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start() as made:
        yield made


@pytest.fixture
def models(tmp_path: Path) -> Path:
    path = tmp_path / "edited_models.py"
    path.write_text(MODELS)
    return path


def finish(client: Client, spec: str, entry: bool = False) -> Run:
    client.launch({"spec": spec, "stopOnEntry": entry, "python": sys.executable})
    client.wait_state("paused" if entry else "finished")
    client.request("threads")
    return client.run


def edit(client: Client, *edits: Edit) -> dict[str, Any]:
    """Replace the edits; what is told once the run stands."""
    forget(client)
    client.request(EDITS, {"edits": [to_json(row) for row in edits]})
    return told(client)


def go_on(client: Client, command: str = "continue", **arguments: Any) -> dict[str, Any]:
    forget(client)
    client.step(command, arguments)
    return told(client)


def told(client: Client) -> dict[str, Any]:
    body = client.wait_event(CHANGES)
    client.request("threads")  # summaries that were put off have come
    return body


def forget(client: Client) -> None:
    client._unseen = [event for event in client._unseen if event["event"] != CHANGES]


def bytes_of(client: Client, record: int, slot: int = 0) -> bytes:
    return client.tensor(TensorRequest(ValueRef(record, slot))).data


def everything(client: Client) -> list[tuple[str, bytes | None]]:
    """Key and bytes of every record's first output."""
    run = client.run
    return [
        (run.graph.ops[row.op].key, bytes_of(client, index) if row.outputs[0].shape else None)
        for index, row in enumerate(run.records)
        if row.outputs
    ]


def find(run: Run, type_: str) -> tuple[int, str]:
    """The first record of a type of op, and its key."""
    index = next(i for i, row in enumerate(run.records) if run.graph.ops[row.op].type == type_)
    return index, run.graph.ops[run.records[index].op].key


def test_routing_changes_and_comes_back(client: Client):
    run = finish(client, "sample:routing")
    before = everything(client)
    record, key = find(run, "softmax")
    flipped = Edit(1, key, EditKind.EXPRESSION, "(8, 7, 6, 5, 0, 0, 0, 0)", label="output")

    body = edit(client, flipped)
    assert body["problems"] == body["notes"] == []
    assert run.edits == [flipped]
    assert run.state is RunState.PAUSED
    assert len(run.records) == record + 1  # right after the op
    assert [(change.record, change.how) for change in run.changes] == [(record, EDITED)]
    assert bytes_of(client, record) != before[record][1]

    go_on(client)
    assert run.state is RunState.FINISHED
    hows = {change.how for change in run.changes}
    assert hows == {EDITED, CHANGED, REMOVED}
    assert min(change.record for change in run.changes if change.record >= 0) == record
    topk = next(change for change in run.changes if change.record == record + 1)
    assert topk.how is CHANGED
    assert topk.largest is not None
    assert topk.largest >= 7.0
    for change in run.changes:
        assert (change.record < 0) == (change.how is REMOVED)
        assert (change.before < 0) == (change.how is ADDED)
        if change.record >= 0:
            assert run.records[change.record].op == change.op
        else:
            assert run.graph.ops[change.op].key == before[change.before][0]
    assert all(change.text or change.largest for change in run.changes if change.how is CHANGED)
    ran = {(run.graph.ops[row.op].key) for row in run.records}
    gone = {run.graph.ops[change.op].key for change in run.changes if change.how is REMOVED}
    assert gone.isdisjoint(ran)

    body = edit(client)
    assert body["edits"] == body["problems"] == body["notes"] == run.changes == []
    assert len(run.records) == record + 1
    assert bytes_of(client, record) == before[record][1]
    client.step("continue")
    assert run.state is RunState.FINISHED
    assert everything(client) == before


def test_edits_made_before_their_op_runs(client: Client, models: Path):
    run = finish(client, f"{models}:random", entry=True)
    for _ in range(2):
        client.step("next")
    head = run.head
    rows = [Edit(1, "/mul_:0", EditKind.ZERO), Edit(2, "/tanh:1", EditKind.CONSTANT, "2")]

    body = edit(client, *rows)
    assert run.changes == body["problems"] == []
    assert run.head == head  # the run stands where it stood
    assert client.output == ""
    body = go_on(client)
    assert run.state is RunState.FINISHED
    assert [id_ for id_, _ in body["notes"]] == [1]
    changed = {run.graph.ops[change.op].key: change for change in run.changes}
    assert changed["/mul_:0"].how is changed["/tanh:1"].how is EDITED
    assert changed["/tanh:0"].how is CHANGED
    assert changed["/rand:0"].how is ADDED
    assert "/line/linear:0" not in changed
    with_both = everything(client)

    # Turned off, the second goes back to right after its op, and the first still applies.
    body = edit(client, rows[0], Edit(2, "/tanh:1", EditKind.CONSTANT, "2", enabled=False))
    assert run.graph.ops[run.records[-1].op].key == "/tanh:1"
    go_on(client)
    assert "/rand:0" not in {run.graph.ops[change.op].key for change in run.changes}
    edit(client, *rows)
    go_on(client)
    assert everything(client) == with_both

    # Going back in time keeps the edits.
    record = find(run, "tanh")[0]
    go_on(client, REWIND, record=record)
    assert len(run.records) == record
    assert [change.how for change in run.changes] == [EDITED]
    go_on(client)
    assert everything(client) == with_both


def test_an_edit_before_its_op_stands_before_it(client: Client, models: Path):
    run = finish(client, f"{models}:random")
    record, key = find(run, "tanh")
    edit(client, Edit(1, key, EditKind.NOISE, "0.5", is_input=True))
    assert run.state is RunState.PAUSED
    assert (run.head.record, len(run.records)) == (record, record)
    assert run.graph.ops[run.head.op].key == key
    go_on(client, "next")
    assert run.changes[0].how is EDITED
    noisy = bytes_of(client, record)
    edit(client, Edit(1, key, EditKind.NOISE, "0.25", is_input=True))
    go_on(client, "next")
    assert bytes_of(client, record) != noisy
    edit(client, Edit(1, key, EditKind.NOISE, "0.5", is_input=True))
    go_on(client, "next")
    assert bytes_of(client, record) == noisy


def test_a_failing_op_goes_on_with_another_input(client: Client, models: Path):
    client.launch({"spec": f"{models}:fails", "stopOnEntry": False, "python": sys.executable})
    client.wait_state("paused", "failed")
    client.request("threads")
    run = client.run
    record, key = find(run, "matmul")
    assert run.records[record].error
    assert len(run.records) == record + 1
    mended = Edit(1, key, EditKind.EXPRESSION, "x.T", slot=1, is_input=True)
    body = edit(client, mended)
    assert body["problems"] == []
    assert run.state is RunState.PAUSED
    assert (run.head.record, len(run.records)) == (record, record)
    body = go_on(client)
    assert run.state is RunState.FINISHED
    assert not run.message
    assert [change.how for change in run.changes] == [EDITED, ADDED]
    assert run.changes[0].text == "no longer raises an error"
    assert "another" not in client.output
    assert client.output.count("said by the model") == 1  # new runs are silent
    assert "3×4" in body["notes"][0][1]

    edit(client)
    client.step("continue")
    client.wait_state("paused", "failed")
    assert run.records[-1].error


def test_what_cannot_be_is_said(client: Client, models: Path):
    run = finish(client, f"{models}:random")
    before = everything(client)
    body = edit(
        client,
        Edit(1, "/tanh:0", EditKind.EXPRESSION, "x +"),
        Edit(2, "/tanh:0", EditKind.FILE, "/nowhere/x.npy"),
        Edit(3, "/sinh:0", EditKind.ZERO),
        Edit(4, "/tanh:1", EditKind.EXPRESSION, "x[:, :3]"),
    )
    problems = dict(body["problems"])
    assert set(problems) == {1, 2, 4}  # whether /sinh:0 comes is not known yet
    assert "3×3 does not broadcast to 3×4" in problems[4]
    assert run.graph.ops[run.records[-1].op].key == "/tanh:1"
    body = go_on(client)
    assert dict(body["problems"])[3] == "The model has no op /sinh:0."
    assert run.changes == []
    assert everything(client) == before

    for arguments, words in (
        ({}, "needs a list of edits"),
        ({"edits": [{"id": 1}]}, "That is no edit"),
        ({"edits": [to_json(Edit(1, "/tanh:0", EditKind.ZERO))] * 2}, "the same id"),
        ({"edits": [{**to_json(Edit(1, "a", EditKind.ZERO)), "kind": "magic"}]}, "That is no edit"),
    ):
        with pytest.raises(Refusal, match=words):
            client.request(EDITS, arguments)
    assert [row.id for row in run.edits] == [1, 2, 3, 4]


def test_values_of_an_edited_run_are_fetched_as_they_were(client: Client, models: Path):
    client.launch(
        {
            "spec": f"{models}:random",
            "stopOnEntry": False,
            "python": sys.executable,
            "budget": 200,
        }
    )
    client.wait_state("finished")
    run = client.run
    edit(client, Edit(1, "/mul_:0", EditKind.CONSTANT, "3"))
    go_on(client)
    record = find(run, "mul_")[0]
    with pytest.raises(Refusal):
        bytes_of(client, record)
    count = len(run.records)
    client.request(FETCH, {"record": record, "slot": 0})
    assert bytes_of(client, record) == b"\x00\x00\x40\x40" * 12
    assert (run.state, len(run.records)) == (RunState.FINISHED, count)
    assert run.changes[0].how is EDITED


@pytest.mark.parametrize("name", ["endless", "idling"])
def test_the_run_without_edits_can_be_broken_off(client: Client, models: Path, name: str):
    run = finish(client, f"{models}:{name}", entry=True)
    Path(f"{models}.end").touch()
    head = run.head
    forget(client)
    client.request(EDITS, {"edits": [to_json(Edit(1, "/relu:0", EditKind.CONSTANT, "5"))]})
    assert client.request("threads")
    client.request("pause", {"threadId": 1})
    told(client)
    assert (run.state, run.head) == (RunState.PAUSED, head)
    assert "The run without edits was broken off after" in client.output
    Path(f"{models}.end").unlink()
    go_on(client)
    assert run.state is RunState.FINISHED
    assert run.records[0].outputs[0].maximum == 5.0
    assert len(run.edits) == 1


def test_the_run_without_edits_can_be_ended(client: Client, models: Path):
    finish(client, f"{models}:endless", entry=True)
    Path(f"{models}.end").touch()
    client.request(EDITS, {"edits": [to_json(Edit(1, "/relu:0", EditKind.ZERO))]})
    client.request("terminate")
    client.wait_event("terminated")
    assert "Traceback" not in client.output
