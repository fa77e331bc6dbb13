"""What editors ask for besides: filters of values, modules, goto, setting; every message fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests import fake_program

MODEL = str(Path(fake_program.__file__).resolve())


def line_of(text: str) -> int:
    """The line of the fake model that holds a text."""
    lines = Path(MODEL).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def opened(client: Client, python: str, spec: str = "", *filters: str) -> None:
    client.request("setExceptionBreakpoints", {"filters": list(filters)})
    client.launch({"spec": spec, "python": python})
    assert client.wait_event("stopped")["reason"] == "entry"


def last_type(client: Client) -> str:
    return client.run.graph.ops[client.run.records[-1].op].type


def test_nan_that_comes_up_stops_the_run(client: Client, python: str):
    filters = {row["filter"] for row in client.capabilities["exceptionBreakpointFilters"]}
    assert filters == {"raised", "uncaught", "nan", "inf"}
    opened(client, python, "", "nan")
    stop = client.step("continue")
    assert stop["reason"] == "exception"
    assert stop["description"].startswith("NaN comes up at softmax: 6 elements are so, first")
    assert (last_type(client), client.run.state) == ("softmax", RunState.PAUSED)
    info = client.request("exceptionInfo", {"threadId": 1})
    assert (info["exceptionId"], info["breakMode"]) == ("NaN", "always")
    assert info["description"] == f"{stop['text']}."
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    with pytest.raises(Refusal, match="stands at no error"):
        client.request("exceptionInfo", {"threadId": 1})


def test_a_filter_that_is_not_set_stops_nothing(client: Client, python: str):
    opened(client, python, "", "inf")
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    with pytest.raises(Refusal, match=r'"uncaught" for errors, and "nan" and "inf" for values'):
        client.request("setExceptionBreakpoints", {"filters": ["all"]})


def test_filters_outlive_a_restart_and_errors_have_their_own(client: Client, python: str):
    opened(client, python, "raise in add", "nan", "uncaught")
    assert client.step("continue")["description"] == "The model raised an error"
    client.restart({"spec": "", "python": python})
    client.wait_event("stopped")
    assert client.step("continue")["text"].startswith("NaN comes up")


def test_modules_are_the_models_own(client: Client, python: str):
    opened(client, python)
    assert client.capabilities["supportsModulesRequest"] is True
    told = client.request("modules", {})
    assert [(row["id"], row["name"]) for row in told["modules"]] == [
        (".", "net"),
        ("block", "block"),
        ("block.act", "block.act"),
    ]
    assert told["totalModules"] == 3
    assert told["modules"][1]["type"] == "Block"
    page = client.request("modules", {"startModule": 1, "moduleCount": 1})
    assert page == {"modules": [told["modules"][1]], "totalModules": told["totalModules"]}
    for _ in range(3):
        client.step("stepIn", {"granularity": "instruction"})
    frames = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    assert [row.get("moduleId") for row in frames] == ["block.act", "block.act", "block", "."]


def targets(client: Client, line: int) -> list[dict[str, Any]]:
    arguments = {"source": {"path": MODEL}, "line": line}
    return client.request("gotoTargets", arguments)["targets"]


def test_goto_goes_back_and_skips_nothing(client: Client, python: str):
    opened(client, python, "loop 3")
    line = line_of('self.op("square"')
    assert targets(client, line) == [], "what has not run is no target"
    client.step("continue")
    found = targets(client, line)
    assert [row["label"] for row in found] == [
        f"Back to square in loop, pass {turn} (op {record + 1})"
        for turn, record in ((3, 9), (2, 7), (1, 5))
    ]
    assert {row["line"] for row in found} == {line}
    stop = client.step("goto", {"targetId": found[1]["id"]})
    assert (stop["reason"], client.run.state) == ("goto", RunState.PAUSED)
    assert client.run.head.record == 7
    client.step("next", {"granularity": "instruction"})
    assert last_type(client) == "square"
    with pytest.raises(Refusal, match="no executed op 99"):
        client.request("goto", {"threadId": 1, "targetId": 99})
    with pytest.raises(Refusal, match="path of its source"):
        client.request("gotoTargets", {"source": {"name": "x"}, "line": 1})


def test_what_cannot_be_set_is_said(client: Client, python: str):
    opened(client, python)
    client.step("stepIn", {"granularity": "instruction"})
    frame = client.request("stackTrace", {"threadId": 1})["stackFrames"][-1]
    scopes = client.request("scopes", {"frameId": frame["id"]})["scopes"]
    attributes = next(row for row in scopes if row["name"] == "Attributes")
    arguments = {"variablesReference": attributes["variablesReference"], "name": "path"}
    with pytest.raises(Refusal, match="Only what an op reads or gives can be set"):
        client.request("setVariable", {**arguments, "value": "3"})
