"""Whole sessions over a real adapter and a real debuggee; every message fits DAP's schema."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import numpy as np
import pytest

from opscope.tracers.ir import (
    AxisPick,
    Form,
    Place,
    Presence,
    RunState,
    TensorPiece,
    TensorRequest,
    ValueRef,
)
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal
from tests import fake_program

MODEL = str(Path(fake_program.__file__).resolve())


def line_of(text: str) -> int:
    """The line of the fake model that holds a text."""
    lines = Path(MODEL).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def opened(client: Client, python: str, spec: str = "", **more: object) -> Client:
    """The client with a model loaded and stopped before its first op."""
    client.launch({"spec": spec, "python": python, **more})
    assert client.wait_event("stopped")["reason"] == "entry"
    return client


def label(client: Client) -> str:
    """Where the user looks, in a word: an op's type, or a scope's path and a colon."""
    graph, place = client.run.graph, client.run.place
    return graph.ops[place.op].type if place.op >= 0 else f"{graph.scopes[place.scope].path}:"


def walk(client: Client, *commands: str) -> list[str]:
    """Where each command leads."""
    found: list[str] = []
    for command in commands:
        client.step(command)
        found.append(label(client))
    return found


def test_a_model_is_stepped_to_its_end(client: Client, python: str):
    opened(client, python)
    assert client.mirror.map.source == "dry-run"
    assert client.mirror.facts.inputs == (("x", (2, 4), "float32"),)
    assert label(client) == "scale"
    assert walk(client, *["stepIn"] * 5) == ["block:", "matmul", "relu", "add", "loop:"]
    assert walk(client, "next", "stepIn", "stepOut") == ["loop:", "sub", "softmax"]
    assert client.step("next")["state"] == "finished"
    state = client.wait_state("finished")
    assert (state.kept, state.head) == (9, Place(9))
    assert [record.op for record in client.run.records] == list(range(9))
    with pytest.raises(Refusal, match=r"^The run is over; restart to run again\.$"):
        client.request("next", {"threadId": 1})


def test_looking_back_follows_the_rules_of_stepping(client: Client, python: str):
    opened(client, python)
    client.step("continue")
    back = ["softmax", "loop:", "loop:", "block:", "scale"]
    assert walk(client, *["stepBack"] * 5) == back
    assert client.run.state is RunState.FINISHED
    assert client.run.cursor == Place(0, 0, 0, 0, client.run.records[0].source)
    assert walk(client, "next", "stepIn", "stepIn", "stepOut") == [
        "block:",
        "matmul",
        "relu",
        "loop:",
    ]
    assert walk(client, "next", "next") == ["loop:", "softmax"]
    client.step("next")
    assert client.run.cursor is None
    client.step("stepBack", {"move": "into"})
    client.step("stepBack", {"move": "into"})
    assert label(client) == "square"
    client.step("stepBack", {"move": "out"})
    assert label(client) == "loop:"


def test_continue_in_the_past_goes_on_to_live(client: Client, python: str):
    opened(client, python)
    walk(client, *["stepIn"] * 3)
    assert walk(client, "stepBack", "stepBack") == ["matmul", "block:"]
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    client.step("reverseContinue")
    assert client.run.cursor == Place(0, 0, 0, 0, client.run.records[0].source)


def test_seek_and_run_to(client: Client, python: str):
    opened(client, python)
    client.step("opscope/runTo", {"op": 3})
    assert (label(client), client.run.cursor) == ("add", None)
    state = client.request("opscope/seek", {"record": 1})["state"]
    assert state["cursor"]["op"] == 1
    assert state["stack"][0]["name"] == "matmul"
    assert client.request("opscope/seek", {"record": None})["state"]["cursor"] is None
    client.step("opscope/runTo", {"op": 0})
    assert client.run.cursor is not None
    with pytest.raises(Refusal, match="no executed op 99"):
        client.request("opscope/seek", {"record": 99})
    with pytest.raises(Refusal, match="whole number as record"):
        client.request("opscope/seek", {"record": "one"})
    with pytest.raises(Refusal, match="no such op"):
        client.request("opscope/runTo", {"op": 99})


def test_stack_scopes_and_variables(client: Client, python: str):
    opened(client, python)
    walk(client, *["stepIn"] * 3)
    trace = client.request("stackTrace", {"threadId": 1})
    names = [frame["name"] for frame in trace["stackFrames"]]
    assert names == ["relu", "block.act (Relu)", "block (Block)", "net"]
    assert {frame["source"]["path"] for frame in trace["stackFrames"]} == {MODEL}
    lines = [frame["line"] for frame in trace["stackFrames"]]
    assert lines[0] == line_of('self.op("relu"')
    assert lines[2:] == [line_of('"block.act"'), line_of('"block", "Block"')]
    assert int(trace["stackFrames"][0]["instructionPointerReference"], 0) == 0x10000 + 2
    assert client.request("stackTrace", {"threadId": 1, "startFrame": 1, "levels": 1}) == {
        "stackFrames": [trace["stackFrames"][1]],
        "totalFrames": 4,
    }

    scopes = client.request("scopes", {"frameId": trace["stackFrames"][0]["id"]})["scopes"]
    assert [scope["name"] for scope in scopes] == ["Inputs", "Outputs of the last op", "Attributes"]
    rows = client.request("variables", {"variablesReference": scopes[0]["variablesReference"]})
    (row,) = rows["variables"]
    assert row["value"].startswith("float32[2×3] ")
    assert row["indexedVariables"] == 2
    page = {"variablesReference": row["variablesReference"], "start": 1, "count": 1}
    (second,) = client.request("variables", page)["variables"]
    assert (second["name"], second["value"]) == ("[1]", "float32[3]")
    deep = client.request("variables", {"variablesReference": second["variablesReference"]})
    shown = [float(item["value"]) for item in deep["variables"]]
    doubled = np.linspace(-2, 2, 8).reshape(2, 4)
    assert np.allclose(shown, (doubled @ np.arange(12).reshape(4, 3))[1], atol=1e-3)

    memory = {"memoryReference": row["memoryReference"], "count": 100}
    told = client.request("readMemory", memory)
    numbers = np.frombuffer(base64.b64decode(told["data"]), "<f4").reshape(2, 3)
    assert np.allclose(numbers, doubled @ np.arange(12).reshape(4, 3))
    assert told["unreadableBytes"] == 100 - 24
    part = client.request("readMemory", {**memory, "offset": 10, "count": 7})
    assert base64.b64decode(part["data"]) == numbers.tobytes()[10:17]
    with pytest.raises(Refusal, match="names no value"):
        client.request("readMemory", {"memoryReference": "0x10", "count": 1})

    block = client.request("scopes", {"frameId": trace["stackFrames"][2]["id"]})["scopes"]
    weights = client.request("variables", {"variablesReference": block[0]["variablesReference"]})
    assert [row["name"] for row in weights["variables"]] == ["block.weight"]

    client.step("next")
    with pytest.raises(Refusal, match="from an earlier stop"):
        client.request("variables", page)
    with pytest.raises(Refusal, match="from an earlier stop"):
        client.request("scopes", {"frameId": trace["stackFrames"][0]["id"]})


def test_every_kind_of_breakpoint_stops(client: Client, python: str):
    opened(client, python)
    matmul = line_of('self.op("matmul"')
    lines = client.request(
        "setBreakpoints",
        {"source": {"path": MODEL}, "breakpoints": [{"line": matmul}, {"line": 100000}]},
    )["breakpoints"]
    assert [row["verified"] for row in lines] == [True, False]
    names = client.request(
        "setFunctionBreakpoints",
        {"breakpoints": [{"name": "rel*"}, {"name": "loop"}, {"name": "nothing"}]},
    )["breakpoints"]
    assert [row["verified"] for row in names] == [True, True, False]
    listing = client.request(
        "disassemble",
        {"memoryReference": "0x10000", "instructionOffset": -1, "instructionCount": 11},
    )["instructions"]
    assert [row["instruction"].split("  ")[0] for row in listing] == [
        *("", "scale", "matmul", "relu", "add"),
        *("sub", "square", "sub", "square", "softmax", ""),
    ]
    assert listing[2]["line"] == matmul
    addresses = client.request(
        "setInstructionBreakpoints",
        {"breakpoints": [{"instructionReference": listing[9]["address"]}]},
    )["breakpoints"]
    assert addresses[0]["verified"]
    lost = client.request(
        "opscope/breakpoints",
        {
            "breakpoints": [
                {"kind": "op", "where": "/loop/square:0", "label": "square", "enabled": True},
                {"kind": "op", "where": "/gone/add:0", "label": "", "enabled": True},
            ]
        },
    )
    assert lost == {"lost": ["/gone/add:0"], "problems": []}

    stops = [client.step("continue") for _ in range(6)]
    expected = [
        ("breakpoint", lines[0]["id"]),
        ("function breakpoint", names[0]["id"]),
        ("function breakpoint", names[1]["id"]),
        ("instruction breakpoint", None),
        ("function breakpoint", names[1]["id"]),
        ("instruction breakpoint", addresses[0]["id"]),
    ]
    found = [(stop["reason"], stop.get("hitBreakpointIds", [None])[0]) for stop in stops]
    assert found == expected
    assert stops[3]["opscope"]["hits"] == [0]
    # The same ones stop the cursor on its way back.
    for before in reversed(expected[:-1]):
        stop = client.step("reverseContinue")
        assert stop.get("hitBreakpointIds", [None])[0] == before[1]


def test_breakpoints_set_before_the_model_is_loaded(client: Client, python: str):
    told = client.request("setFunctionBreakpoints", {"breakpoints": [{"name": "add"}]})
    assert [row["verified"] for row in told["breakpoints"]] == [False]
    assert client.request("opscope/breakpoints", {"breakpoints": []})["lost"] == []
    client.launch({"spec": "", "python": python, "stopOnEntry": False})
    changed = client.wait_event("breakpoint")["breakpoint"]
    assert (changed["id"], changed["verified"]) == (told["breakpoints"][0]["id"], True)
    assert client.wait_event("stopped")["hitBreakpointIds"] == [changed["id"]]
    assert label(client) == "add"


def test_pieces_of_values(client: Client, python: str):
    opened(client, python)
    client.step("continue")

    def piece(*picks: AxisPick, record: int = 1, form: Form = Form.PLANE) -> TensorPiece:
        return client.tensor(TensorRequest(ValueRef(record), form, picks, bins=3))

    whole = np.frombuffer(piece().data, "<f4").reshape(2, 3)
    expected = np.linspace(-2, 2, 8, dtype=np.float32).reshape(2, 4)
    assert np.allclose(whole, expected @ np.arange(12, dtype=np.float32).reshape(4, 3))
    assert np.array_equal(np.frombuffer(piece(1, (0, 3, 2)).data, "<f4"), whole[1, ::2])
    softmax = piece(record=8, form=Form.SUMMARY)
    assert softmax.picked is not None
    assert softmax.picked.nan == 6
    weight = client.tensor(TensorRequest(ValueRef(1, 1, is_input=True), Form.HISTOGRAM, bins=3))
    assert np.frombuffer(weight.data, weight.code).tolist() == [4, 4, 4]
    assert (weight.low, weight.high, weight.zeros) == (0.0, 11.0, 1)
    as_text = client.request("opscope/tensor", {"record": 1, "slot": 0})
    assert isinstance(as_text["data"], str)
    with pytest.raises(Refusal, match="3 elements, so none is at 7"):
        piece(1, 7)
    with pytest.raises(Refusal, match="has not run yet"):
        piece(record=99)
    with pytest.raises(Refusal, match="names no piece"):
        client.request("opscope/tensor", {"record": "first"})


def test_a_small_budget_lets_the_oldest_go(client: Client, python: str):
    opened(client, python, budget=60)
    client.step("continue")
    state = client.wait_state("finished")
    assert (state.held, state.kept, state.dropped, state.oldest) == (48, 2, 7, 7)
    with pytest.raises(Refusal, match="The output of matmul in block was let go"):
        client.tensor(TensorRequest(ValueRef(1)))
    told = client.request("opscope/records", {"first": 0, "count": 20})
    assert told["records"]["n"] == 9
    assert told["frames"]["n"] == 4


def test_the_runs_own_ops_and_skipped_ones_reach_the_client(client: Client, python: str):
    opened(client, python, spec="loop 3")
    assert len(client.run.graph.ops) == 9
    client.step("continue")
    graph = client.run.graph
    assert [op.type for op in graph.ops[9:]] == ["sub", "square"]
    assert {op.presence for op in graph.ops[9:]} == {Presence.ADDED}
    client.restart({"spec": "loop 1", "python": python})
    client.wait_event("stopped")
    client.step("continue")
    skipped = [op.type for op in client.run.graph.ops if op.presence is Presence.SKIPPED]
    assert skipped == ["sub", "square"]


def test_an_error_in_an_op_ends_the_run_with_its_values(client: Client, python: str):
    opened(client, python, spec="raise in add")
    stop = client.step("continue")
    assert (stop["reason"], client.run.state) == ("exception", RunState.PAUSED)
    assert client.run.message == "add in block raised ValueError: the shapes do not fit"
    assert label(client) == "add"
    assert client.request("exceptionInfo", {"threadId": 1})["exceptionId"] == "ValueError"
    stop = client.step("continue")
    assert (stop["reason"], client.run.state) == ("exception", RunState.FAILED)
    assert client.run.message == "add in block raised ValueError: the shapes do not fit"
    assert client.run.records[-1].error
    assert label(client) == "add"
    assert "fake_program.py" in client.output
    assert "tracers" not in client.output
    info = client.request("exceptionInfo", {"threadId": 1})
    assert info["exceptionId"] == "ValueError"
    assert client.tensor(TensorRequest(ValueRef(2))).shape == (2, 3)
    with pytest.raises(Refusal, match="raised an error and cannot go on"):
        client.request("continue", {"threadId": 1})
    assert walk(client, "stepBack") == ["relu"]
    client.step("next")
    assert (label(client), client.run.cursor) == ("add", None)


def test_an_error_between_ops_shows_the_users_line(client: Client, python: str):
    opened(client, python, spec="raise")
    client.step("continue")
    assert client.run.message == "block raised IndexError: list index out of range"
    top = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    assert top["line"] == line_of('"raise": lambda')


def test_sources_of_the_run_and_no_others(client: Client, python: str, tmp_path: Path):
    opened(client, python)
    sources = client.request("loadedSources")["sources"]
    assert [source["path"] for source in sources] == [MODEL]
    text = client.request("source", {"source": {"path": MODEL}, "sourceReference": 0})
    assert text["content"] == Path(MODEL).read_text("utf-8")
    other = tmp_path / "secret.txt"
    other.write_text("no")
    with pytest.raises(Refusal, match="is no file of this run"):
        client.request("source", {"source": {"path": str(other)}, "sourceReference": 0})


def test_verify_waits_for_the_end(client: Client, python: str):
    opened(client, python)
    with pytest.raises(Refusal, match="once its run is over"):
        client.request("opscope/verify", {"repeats": 1})
    client.step("continue")
    told = client.request("opscope/verify", {"repeats": 1})
    assert (told["equal"], told["max_abs_diff"], told["traced_seconds"]) == (True, 0.0, 1.5)


def test_loading_names_its_stages(client: Client, python: str):
    opened(client, python)
    start = client.wait_event("progressStart")
    assert start["message"] == "Starting Python"
    stages = [
        event["body"]["message"] for event in client.events if event["event"] == "progressUpdate"
    ]
    assert stages == ["Building the model", "Drawing the map", "Tracing"]
    assert client.wait_event("progressEnd")["progressId"] == start["progressId"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"spec": "refused"}, r"^There is no model of that name\.$"),
        ({"spec": "", "python": "/nowhere/python"}, r"no Python .* /nowhere/python\.$"),
        ({"spec": "", "cwd": "/nowhere"}, r"^There is no folder /nowhere\.$"),
        ({"spec": "", "python": "/bin/true"}, r"ended with exit code 0\.$"),
        ({"spec": "dies while loading"}, r"ended with exit code 7: out of luck$"),
    ],
)
def test_a_launch_that_fails_says_why_and_can_be_tried_again(
    client: Client, python: str, arguments: dict[str, object], sentence: str
):
    with pytest.raises(Refusal, match=sentence):
        client.launch({"python": python, **arguments})
    opened(client, python)


def test_nothing_is_served_before_launch(client: Client):
    for command in ("stackTrace", "next", "opscope/graph"):
        with pytest.raises(Refusal, match="send launch first"):
            client.request(command, {"threadId": 1})
    with pytest.raises(Refusal, match="To attach, name"):
        client.request("attach", {})
    with pytest.raises(Refusal, match="nothing can restart"):
        client.request("restart", {})


def test_a_plain_client_steps_by_line_and_sees_the_end(plain_client: Client, python: str):
    client = plain_client
    seq = client.send("launch", {"spec": "", "python": python})
    client.request("setExceptionBreakpoints", {"filters": []})
    client.request("configurationDone", {})
    client.answer(seq)
    client.wait_event("stopped")

    def lines(command: str) -> int:
        client.step(command)
        trace = client.request("stackTrace", {"threadId": 1, "levels": 1})
        return trace["stackFrames"][0]["line"]

    assert lines("stepIn") == line_of('"block", "Block"')
    assert lines("stepIn") == line_of('self.op("matmul"')
    client.request("setBreakpoints", {"source": {"path": MODEL}, "breakpoints": []})
    assert client.request("continue", {"threadId": 1}) == {"allThreadsContinued": True}
    assert client.wait_event("exited")["exitCode"] == 0
    client.wait_event("terminated")
    assert not [event for event in client.events if event["event"].startswith("opscope/")]


def test_a_plain_client_leaves_a_failed_model_by_continue(plain_client: Client, python: str):
    client = plain_client
    client.launch({"spec": "raise in add", "python": python, "stopOnEntry": False})
    assert client.wait_event("stopped")["reason"] == "exception"
    client.request("continue", {"threadId": 1})
    assert client.wait_event("exited")["exitCode"] == 1


def test_terminate_and_disconnect(client: Client, python: str):
    opened(client, python)
    client.request("terminate", {})
    ended = client.wait_event("exited")
    assert ended["opscope"]["signal"] is None
    client.wait_event("terminated")
    with pytest.raises(Refusal, match="Restart to run again"):
        client.request("next", {"threadId": 1})
    client.restart()
    client.request("disconnect", {})
    assert client.process.wait(5) == 0


def test_exact_mode_and_folder_reach_the_debuggee(client: Client, python: str, tmp_path: Path):
    opened(client, python, spec="c print", exact=True, cwd=str(tmp_path))
    client.step("continue")
    assert "from C" in client.output
    assert f"folder {os.path.realpath(tmp_path)}" in client.output
    assert "oneDNN 0" in client.output


def test_without_debugging_nothing_stops(client: Client, python: str):
    client.request("setFunctionBreakpoints", {"breakpoints": [{"name": "*"}]})
    client.launch({"spec": "", "python": python, "noDebug": True})
    client.wait_state("finished")
    assert not [event for event in client.events if event["event"] == "stopped"]
