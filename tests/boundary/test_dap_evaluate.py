"""DAP's evaluate, completions and cancel; every message fits its schema."""

from __future__ import annotations

import pytest

from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal


def opened(client: Client, python: str) -> Client:
    client.launch({"spec": "", "python": python})
    assert client.wait_event("stopped")["reason"] == "entry"
    return client


def test_a_plain_client_evaluates_and_completes(plain_client: Client, python: str):
    client = opened(plain_client, python)
    for name in ("EvaluateForHovers", "CompletionsRequest", "CancelRequest"):
        assert client.capabilities[f"supports{name}"] is True
    for context in ("watch", "repl", "hover", "variables"):
        found = client.request("evaluate", {"expression": "x.max() + 1", "context": context})
        assert float(found["result"]) == 2
    found = client.request("evaluate", {"expression": "block.weight * 2", "context": "watch"})
    assert found["indexedVariables"] == 4
    rows = client.request("variables", {"variablesReference": found["variablesReference"]})
    assert [row["name"] for row in rows["variables"]] == ["[0]", "[1]", "[2]", "[3]"]
    told = client.request("completions", {"text": "abs(block.w", "column": 12})["targets"]
    assert [row["label"] for row in told] == ["weight"]
    assert (told[0]["start"], told[0]["length"]) == (10, 1)
    with pytest.raises(Refusal, match="has not run yet"):
        client.request("evaluate", {"expression": "block.matmul"})


def test_what_is_over_cannot_be_cancelled(client: Client, python: str):
    opened(client, python)
    seq = client.send("evaluate", {"expression": "x.min()"})
    assert float(client.answer(seq)["result"]) == -1
    client.request("cancel", {"requestId": seq})
    client.request("cancel", {})
    assert client.request("evaluate", {"expression": "x.min() == -1"})["result"] == "True"


def test_the_past_and_the_end_are_asked_as_well(client: Client, python: str):
    opened(client, python)
    client.step("continue")
    top = client.request("evaluate", {"expression": "block.matmul.max()"})["result"]
    assert client.request("evaluate", {"expression": f"block.matmul.max() == {top}"})
    client.request("opscope/seek", {"record": 1})
    with pytest.raises(Refusal, match="has not run at this point of the run"):
        client.request("evaluate", {"expression": "block.matmul.max()"})
    frame = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    client.request("opscope/seek", {"record": None})
    with pytest.raises(Refusal, match="earlier stop"):
        client.request("evaluate", {"expression": "x.max()", "frameId": frame["id"]})
