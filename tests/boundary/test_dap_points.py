"""Conditions, hit counts and log points over DAP; every message fits its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from tests import fake_program

MODEL = str(Path(fake_program.__file__).resolve())


def line_of(text: str) -> int:
    """The line of the fake model that holds a text."""
    lines = Path(MODEL).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def opened(client: Client, python: str, spec: str = "") -> Client:
    client.launch({"spec": spec, "python": python})
    assert client.wait_event("stopped")["reason"] == "entry"
    return client


def functions(client: Client, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return client.request("setFunctionBreakpoints", {"breakpoints": list(rows)})["breakpoints"]


def turn(client: Client) -> int:
    """Which op ran last, counted over the run."""
    return client.run.head.record


def test_the_client_is_told_what_breakpoints_can_do(client: Client, python: str):
    told = client.capabilities
    for name in ("ConditionalBreakpoints", "HitConditionalBreakpoints", "LogPoints"):
        assert told[f"supports{name}"] is True


def test_a_condition_before_the_op(client: Client, python: str):
    opened(client, python, "loop 5")
    (told,) = functions(client, {"name": "sub", "condition": "index >= 8 and inputs[0].max() > 0"})
    assert told["verified"]
    stop = client.step("continue")
    assert stop["hitBreakpointIds"] == [told["id"]]
    assert (turn(client), client.run.graph.ops[client.run.head.op].type) == (8, "sub")
    client.step("continue")
    assert turn(client) == 10


def test_a_condition_on_the_output_stops_after_the_op(client: Client, python: str):
    opened(client, python, "loop 5")
    functions(client, {"name": "square", "condition": "output.max() > 8 and shape == (2, 3)"})
    client.step("continue")
    head = client.run.head
    assert client.run.graph.ops[client.run.records[-1].op].type == "square"
    assert client.run.records[-1].outputs[0].maximum == 9
    assert (head.record, head.op) == (len(client.run.records), -1)
    client.step("next")
    after = client.run.head
    assert (after.record, after.op, after.frame) == (head.record, -1, head.frame + 1)
    client.step("continue")
    assert client.run.records[-1].outputs[0].maximum == 16
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    client.step("reverseContinue")
    assert client.run.cursor is not None
    assert client.run.records[client.run.cursor.record - 1].outputs[0].maximum == 16
    client.step("reverseContinue")
    assert client.run.records[client.run.cursor.record - 1].outputs[0].maximum == 9


def test_a_condition_on_the_last_ops_output_stops_before_the_end(client: Client, python: str):
    opened(client, python)
    functions(client, {"name": "softmax", "condition": "isnan(output).any()"})
    stop = client.step("continue")
    assert stop["reason"] == "function breakpoint"
    assert client.run.state is RunState.PAUSED
    assert client.run.records[-1].outputs[0].nan == 6
    client.step("continue")
    assert client.run.state is RunState.FINISHED


@pytest.mark.parametrize(
    ("rule", "turns"),
    [("2", [2]), (">= 4", [4, 5]), ("% 2", [2, 4]), ("< 2", [1]), ("== 3", [3])],
)
def test_rules_over_hits(client: Client, python: str, rule: str, turns: list[int]):
    opened(client, python, "loop 5")
    (told,) = functions(client, {"name": "sub", "hitCondition": rule})
    assert told["verified"]
    found: list[int] = []
    while client.step("continue").get("reason"):
        if client.run.state is not RunState.PAUSED:
            break
        found.append((turn(client) - 4) // 2 + 1)
    assert found == turns
    back: list[int] = []
    while client.step("reverseContinue").get("hitBreakpointIds"):
        assert client.run.cursor is not None
        back.append((client.run.cursor.record - 4) // 2 + 1)
    assert back == turns[::-1]


def test_hits_count_where_the_condition_holds(client: Client, python: str):
    opened(client, python, "loop 6")
    functions(client, {"name": "sub", "condition": "index % 4 == 0", "hitCondition": "2"})
    client.step("continue")
    assert turn(client) == 8
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_a_log_point_says_its_message_and_does_not_stop(client: Client, python: str):
    opened(client, python, "loop 3")
    line = line_of('self.op("square"')
    (told,) = client.request(
        "setBreakpoints",
        {
            "source": {"path": MODEL},
            "breakpoints": [
                {"line": line, "logMessage": "pass {turn}: {inputs[0].max()} {{{missing}}}"}
            ],
        },
    )["breakpoints"]
    assert told["verified"]
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    said = [
        event["body"]["output"]
        for event in client.events
        if event["event"] == "output" and event["body"].get("category") == "console"
    ]
    assert [text.partition(" {")[0] for text in said] == ["pass 0: 0", "pass 1: 1", "pass 2: 2"]
    assert "there is no missing here" in said[0]


def test_a_line_breakpoint_asks_local_variables(client: Client, python: str):
    opened(client, python, "loop 4")
    line = line_of('self.op("square"')
    client.request(
        "setBreakpoints",
        {"source": {"path": MODEL}, "breakpoints": [{"line": line, "condition": "turn == 2"}]},
    )
    client.step("continue")
    assert turn(client) == 4 + 2 * 2 + 1
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_a_condition_that_fails_stops_once_and_says_why(client: Client, python: str):
    opened(client, python, "loop 4")
    (told,) = functions(client, {"name": "sub", "condition": "inputs[7].max() > 3"})
    stop = client.step("continue")
    assert stop["hitBreakpointIds"] == [told["id"]]
    assert "cannot be asked: inputs[7].max() > 3: there is no item 7, only 1." in stop["text"]
    assert stop["opscope"]["note"] == stop["text"]
    client.step("continue")
    assert client.run.state is RunState.FINISHED


def test_what_is_wrong_with_an_expression_is_told(client: Client, python: str):
    opened(client, python)
    rows = functions(
        client,
        {"name": "sub", "condition": "output.max( > 3"},
        {"name": "sub", "condition": "open('x')"},
        {"name": "sub", "condition": "nothing > 3"},
        {"name": "sub", "hitCondition": "often"},
        {"name": "block", "condition": "output.max() > 3"},
        {"name": "relu", "condition": "output.max() > 300"},
        {"name": "gone", "condition": "index > 3"},
    )
    assert [row["verified"] for row in rows] == [False] * 5 + [True, False]
    texts = [row.get("message", "") for row in rows]
    for text, word in zip(
        texts,
        (
            *(
                "no expression",
                "open is no function",
                "There is no nothing here",
                "often is no rule",
            ),
            *("not known as a module is entered", "", "nothing of that name"),
        ),
        strict=True,
    ):
        assert word in text
    (row,) = client.request(
        "setInstructionBreakpoints",
        {"breakpoints": [{"instructionReference": "0x10001", "condition": "x.data"}]},
    )["breakpoints"]
    assert (row["verified"], ".data cannot be used" in row["message"]) == (False, True)
    own = {"kind": "op", "where": client.run.graph.ops[1].key, "condition": "1 +"}
    told = client.request("opscope/breakpoints", {"breakpoints": [own]})
    assert told["lost"] == []
    ((index, sentence),) = told["problems"]
    assert (index, "no expression" in sentence) == (0, True)
    stop = client.step("continue")
    assert stop.get("state") == "finished", "what is wrong never stops"


def test_a_condition_set_later_is_asked_of_what_has_run(client: Client, python: str):
    opened(client, python, "loop 5")
    client.step("continue")
    functions(client, {"name": "square", "condition": "output.max() >= 4", "hitCondition": "% 2"})
    client.step("reverseContinue")
    assert client.run.cursor is not None
    assert client.run.records[client.run.cursor.record - 1].outputs[0].maximum == 9
    stop = client.step("reverseContinue")
    assert "hitBreakpointIds" not in stop
