"""Bytes that are no messages, from either side, harm nothing."""

from __future__ import annotations

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.framing import MAX_MESSAGE, pack
from opscope.tracers.protocol.refusal import Refusal
from tests.faults.processes import all_gone, family


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Content-Length: 3\r\n\r\n{]}", "not JSON"),
        (b"Content-Length: 2\r\n\r\n[]", "not a JSON object"),
        (b"Content-Length: 2\r\n\r\n{}", "no request"),
        (b"Content-Length: none\r\n\r\n", "without a valid Content-Length"),
        (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", "without a valid Content-Length"),
        (b"x" * 5000, "longer than 4096"),
        (b"Content-Length: 100000\r\n\r\n" + b"[" * 100000, "not JSON"),
        (pack({"seq": 9, "type": "event", "event": "stopped"}), "no request"),
        (b"Content-Length: 4\r\n\r\n\xff\xfe{}", "not JSON"),
    ],
)
def test_malformed_messages_are_told_and_skipped(client: Client, data: bytes, said: str):
    client.write(data)
    assert said in client.wait_event("output")["output"]
    assert client.request("threads")["threads"]


def test_an_oversized_message_is_skipped(client: Client, python: str):
    client.write(b"Content-Length: %d\r\n\r\n" % (MAX_MESSAGE + 1))
    for _ in range(MAX_MESSAGE >> 20):
        client.write(b" " * (1 << 20))
    client.write(b" ")
    assert "over the limit" in client.wait_event("output")["output"]
    client.launch({"spec": "", "python": python})


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("nonsense", {}, "does not know the request nonsense"),
        ("variables", {"variablesReference": "one"}, "whole number as variablesReference"),
        ("variables", {"variablesReference": 2**40}, "from an earlier stop"),
        ("scopes", {}, "whole number as frameId"),
        ("disassemble", {"memoryReference": "here", "instructionCount": 1}, "0x10000"),
        ("setBreakpoints", {"breakpoints": [{"line": 1}]}, "need the path"),
        ("opscope/breakpoints", {"breakpoints": [{"kind": "sea"}]}, "That is no breakpoint"),
        ("opscope/tensor", {"record": -1, "slot": 10**9}, "no such value"),
        ("opscope/tensor", {"record": 0, "picks": [[0, 1, 0]]}, "has not run yet"),
    ],
)
def test_requests_that_make_no_sense_are_refused(
    client: Client, python: str, command: str, arguments: dict[str, object], sentence: str
):
    client.launch({"spec": "", "python": python})
    client.wait_event("stopped")
    with pytest.raises(Refusal, match=sentence):
        client.request(command, arguments)
    client.step("next")


def test_arguments_that_are_no_object(client: Client):
    client.write(pack({"seq": 99, "type": "request", "command": "launch", "arguments": [1]}))
    with pytest.raises(Refusal, match="must be an object"):
        client.answer(99)


@pytest.mark.parametrize("spec", ["garbage", "long line"])
def test_what_the_model_prints_is_only_printed(client: Client, python: str, spec: str):
    client.launch({"spec": spec, "python": python})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    client.request("terminate", {})
    client.wait_event("terminated")
    if spec == "long line":
        assert client.output.count("x") >= 10_000_000
    else:
        assert "Content-Length: 5" in client.output


@pytest.mark.parametrize(
    "part",
    [b"Content-Le", b"Content-Length: 900\r\n\r\n", b'Content-Length: 900\r\n\r\n{"seq": 5, "'],
)
def test_a_client_that_goes_in_the_middle_of_a_message(client: Client, python: str, part: bytes):
    client.launch({"spec": "", "python": python})
    client.wait_event("stopped")
    everyone = family(client.process.pid)
    client.write(part)
    assert client.close() == 0
    assert all_gone(everyone, 2.0)


def test_requests_out_of_order_are_refused_and_harm_nothing(client: Client, python: str):
    for command in ("next", "stackTrace", "evaluate", "opscope/graph", "opscope/input"):
        with pytest.raises(Refusal, match="No model is loaded; send launch first"):
            client.request(command, {"threadId": 1})
    with pytest.raises(Refusal, match="Nothing was launched yet"):
        client.request("restart", {})
    client.request("terminate", {})
    client.request("configurationDone")
    client.launch({"spec": "", "python": python})
    client.wait_event("stopped")
    for command in ("launch", "attach"):
        with pytest.raises(Refusal, match="already loaded"):
            client.request(command, {"spec": "", "python": python, "socket": "/nowhere"})
    client.request("configurationDone")
    client.write(pack({"seq": 900, "type": "response", "request_seq": 1, "command": "launch"}))
    while "no request" not in client.output:
        client.wait_event("output")
    client.step("next")
    assert client.step("continue")["state"] == "finished"
    client.request("terminate", {})
    client.wait_event("terminated")
    with pytest.raises(Refusal, match="Restart to run again"):
        client.request("next", {"threadId": 1})
