"""Data breakpoints over DAP: on a variable, or a watch that is typed; every message fits."""

from __future__ import annotations

from typing import Any

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client


def opened(client: Client, python: str, spec: str) -> None:
    client.launch({"spec": spec, "python": python})
    assert client.wait_event("stopped")["reason"] == "entry"


def info(client: Client, name: str, **more: int) -> dict[str, Any]:
    return client.request("dataBreakpointInfo", {"name": name, **more})


def watch(client: Client, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return client.request("setDataBreakpoints", {"breakpoints": list(rows)})["breakpoints"]


def test_a_watch_that_is_typed_stops_the_run(client: Client, python: str):
    assert client.capabilities["supportsDataBreakpoints"] is True
    opened(client, python, "loop 5")
    told = info(client, "absmax>8 @ square")
    assert told["dataId"] == "absmax>8 @ square"
    assert told["description"] == "|x| > 8 on square"
    (set_,) = watch(client, {"dataId": told["dataId"]})
    assert set_["verified"]
    body = client.step("continue")
    assert body["reason"] == "data breakpoint"
    assert body["description"] == "Watchpoint: |x| > 8 at loop.square"
    run = client.run
    assert run.records[-1].outputs[0].maximum == 9
    assert watch(client) == []
    client.step("continue")
    assert client.run.state is RunState.FINISHED or client.events[-1]["event"] == "terminated"


def test_a_variable_is_watched_for_changes_or_a_condition(client: Client, python: str):
    opened(client, python, "loop 5")
    while not client.run.records or (
        client.run.graph.ops[client.run.records[-1].op].type != "square"
    ):
        client.step("next", {"granularity": "instruction"})
    client.step("stepIn", {"granularity": "instruction"})
    frame = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    scopes = client.request("scopes", {"frameId": frame["id"]})["scopes"]
    told = None
    for scope in scopes:
        if not (reference := scope["variablesReference"]):
            continue
        rows = client.request("variables", {"variablesReference": reference})["variables"]
        for row in rows:
            if str(row.get("memoryReference", "")).startswith("record:"):
                told = info(client, row["name"], variablesReference=reference)
    assert told is not None
    assert told["dataId"] == "changes>0 @ loop.square"
    (first,) = watch(client, {"dataId": told["dataId"]})
    assert first["verified"]
    assert client.step("continue")["reason"] == "data breakpoint"
    assert client.run.records[-1].outputs[0].maximum == 1
    (first,) = watch(client, {"dataId": told["dataId"], "condition": "output.max() > 4"})
    assert first["verified"]
    assert client.step("continue")["reason"] == "data breakpoint"
    assert client.run.records[-1].outputs[0].maximum == 9


def test_what_cannot_be_watched_is_said(client: Client, python: str):
    opened(client, python, "")
    told = info(client, "loss")
    assert told["dataId"] is None
    assert "no loss to watch" in told["description"]
    rows = watch(client, {"dataId": "absmax<3"}, {"dataId": "nan", "hitCondition": "5"})
    assert [row["verified"] for row in rows] == [False, False]
    assert "watched with >" in rows[0]["message"]
    assert "no rule over hits" in rows[1]["message"]
