"""Rewind, fetch and pin over DAP, with plain clients too; every message fits its schema."""

from __future__ import annotations

from typing import Any

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests.boundary.dap_schema import Checker

SMALL = 24 * 4  # bytes: four of the model's values


def opened(client: Client, python: str, spec: str = "", **more: Any) -> Client:
    client.launch({"spec": spec, "python": python, **more})
    assert client.wait_event("stopped")["reason"] == "entry"
    return client


def types(client: Client) -> list[str]:
    return [client.run.graph.ops[row.op].type for row in client.run.records]


def test_rewinding_a_finished_run(client: Client, python: str):
    opened(client, python)
    client.step("continue")
    run = client.run
    before, frames = list(run.records), list(run.frames)
    assert run.state is RunState.FINISHED
    told = client.step("opscope/rewind", {"record": 4})
    assert (told["reason"], told["threadId"], told["allThreadsStopped"]) == ("goto", 1, True)
    assert run.state is RunState.PAUSED
    assert run.records == before[:4]
    event = next(e for e in client.events if e["event"] == "opscope/rewound")
    assert event["body"] == {"records": 4, "frames": 4}
    client.step("stepOut", {"granularity": "instruction"})
    assert types(client)[-1] == "square", "out of one pass of the loop"
    client.step("continue")
    assert [(row.op, row.frame, row.outputs) for row in run.records] == [
        (row.op, row.frame, row.outputs) for row in before
    ]
    assert run.frames == frames


def test_rewinding_to_a_scope(client: Client, python: str):
    opened(client, python)
    client.step("continue")
    run = client.run
    frame = next(n for n, row in enumerate(run.frames) if row.turn == 1)
    client.step("opscope/rewind", {"frame": frame})
    assert (run.head.op, run.head.frame, len(run.frames)) == (-1, frame, frame + 1)
    client.step("next", {"granularity": "instruction"})
    assert run.graph.ops[run.head.op].type == "softmax"


def test_rewinding_where_the_run_is_paused_and_where_it_failed(client: Client, python: str):
    opened(client, python, "raise in softmax")
    client.step("opscope/runTo", {"op": 3})
    client.step("opscope/rewind", {"record": 1})
    assert types(client) == ["scale"]
    assert client.step("continue")["reason"] == "exception"
    message = client.run.message
    client.step("continue")
    assert client.run.state is RunState.FAILED
    client.step("opscope/rewind", {"record": 0})
    assert (client.run.state, client.run.message) == (RunState.PAUSED, "")
    assert client.step("continue")["reason"] == "exception"
    assert client.run.message == message


def test_fetching_a_value_that_was_let_go(client: Client, python: str):
    opened(client, python, budget=SMALL)
    client.step("continue")
    assert client.mirror.state is not None
    assert client.mirror.state.dropped > 0
    memory = {"memoryReference": "record:1:0", "count": 8}
    with pytest.raises(Refusal, match="was let go"):
        client.request("readMemory", memory)
    told = client.request("opscope/fetch", {"record": 1, "slot": 0})
    assert told["state"]["state"] == "finished"
    assert client.request("readMemory", memory)["data"]
    row = next(e for e in client.events if e["event"] == "opscope/summaries")["body"]
    assert 1 in row["index"]
    assert client.run.records[1].outputs[0].kept
    with pytest.raises(Refusal, match="has not run yet"):
        client.request("opscope/fetch", {"record": 99, "slot": 0})


@pytest.mark.parametrize("where", ["at an op", "at a scope", "between two ops"])
def test_a_fetch_comes_back_to_where_the_run_stood(client: Client, python: str, where: str):
    opened(client, python, budget=SMALL)
    graph = client.run.graph
    if where == "between two ops":
        point = {"name": "square", "condition": "output.max() > 0"}
        client.request("setFunctionBreakpoints", {"breakpoints": [point]})
        client.step("continue")
    else:
        client.step(
            "opscope/runTo", {"op": next(n for n, op in enumerate(graph.ops) if "square" in op.key)}
        )
        if where == "at a scope":
            client.step("stepOut", {"granularity": "instruction"})
    head, before = client.run.head, list(client.run.records)
    assert (head.op < 0) is (where != "at an op")
    heard = len(client.events)
    client.request("opscope/fetch", {"record": 0, "slot": 0})
    names = [event["event"] for event in client.events[heard:]]
    assert not {"stopped", "opscope/rewound", "opscope/records"} & set(names)
    assert client.run.head == head
    assert len(client.run.records) == len(before)
    assert client.request("readMemory", {"memoryReference": "record:0:0", "count": 8})["data"]
    client.step("stepIn", {"granularity": "instruction"})
    expected = {"at an op": "square", "at a scope": "square", "between two ops": "softmax"}[where]
    place = client.run.head
    told = types(client)[-1] if where != "between two ops" else graph.ops[place.op].type
    assert told == expected


def test_pinning(client: Client, python: str):
    opened(client, python, budget=SMALL)
    client.step("next", {"granularity": "instruction"})
    told = client.request("opscope/pin", {"record": 0, "slot": 0, "pinned": True})
    assert told["pins"] == [[0, 0]]
    client.step("continue")
    assert client.request("readMemory", {"memoryReference": "record:0:0", "count": 8})["data"]
    told = client.request("opscope/pin", {"record": 0, "slot": 0, "pinned": False})
    assert told["pins"] == []


def test_a_plain_client_is_told_that_what_it_knows_is_stale(checker: Checker, python: str):
    plain = {"opscope": False, "supportsInvalidatedEvent": True}
    with Client.start(heard=checker.check, client=plain) as client:
        opened(client, python, budget=SMALL)
        client.step("opscope/runTo", {"op": 6})
        stack = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        client.request("opscope/fetch", {"record": 0, "slot": 0})
        assert client.wait_event("invalidated")["areas"] == ["stacks", "variables"]
        with pytest.raises(Refusal, match="earlier stop"):
            client.request("scopes", {"frameId": stack[0]["id"]})
        again = client.request("stackTrace", {"threadId": 1})["stackFrames"]
        assert [row["name"] for row in again] == [row["name"] for row in stack]
        assert client.step("opscope/rewind", {"record": 2})["reason"] == "goto"
        assert types(client) == ["scale", "matmul"]


def test_what_cannot_be_gone_back_to(client: Client, python: str):
    opened(client, python)
    with pytest.raises(Refusal, match="no executed op 5"):
        client.request("opscope/rewind", {"record": 5})
    with pytest.raises(Refusal, match="no executed op -1"):
        client.request("opscope/rewind", {})
    with pytest.raises(Refusal, match="whole number"):
        client.request("opscope/rewind", {"record": "three"})
    client.step("continue")
    with pytest.raises(Refusal, match="no executed op 99"):
        client.request("opscope/rewind", {"record": 99})
