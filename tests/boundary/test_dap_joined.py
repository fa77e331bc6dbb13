"""Several clients on one adapter and one debuggee; every message fits the protocol's schema."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import Breakpoint, BreakpointKind, RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import BREAKPOINTS, SEEK, STATE
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.protocol.sharing_messages import CLIENTS, SHARE, SHARED_POINTS
from tests import fake_program
from tests.boundary.dap_schema import Checker

MODEL = str(Path(fake_program.__file__).resolve())
SQUARE, SUB = 'op("square"', 'op("sub"'
EDITOR = {"opscope": False, "clientID": "vscode", "supportsInvalidatedEvent": True}


def line_of(text: str) -> int:
    """The line of the fake model that holds a text."""
    lines = Path(MODEL).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


class Joining:
    """Starts clients that join, and sees that none is left."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.checkers: list[Checker] = []

    def start(self, socket: str, **client: Any) -> Client:
        """A client that has said hello, and no more."""
        command = [sys.executable, "-m", "opscope.tracers.adapter", "--join", socket]
        self.checkers.append(Checker())
        made = Client.start(command, client=client, heard=self.checkers[-1].check)
        self.clients.append(made)
        return made

    def editor(self, socket: str, *lines: int) -> Client:
        """One that knows DAP alone, with breakpoints of its own."""
        made = self.start(socket, **EDITOR)
        made.request("attach", {})
        if lines:
            set_lines(made, *lines)
        made.request("configurationDone")
        assert made.wait_event("stopped")["reason"] == "goto"
        return made

    def window(self, socket: str) -> Client:
        """One that follows the run as a window does."""
        made = self.start(socket)
        made.request("attach", {})
        made.request("configurationDone")
        made.follow_graph()
        return made


@pytest.fixture
def joining() -> Iterator[Joining]:
    made = Joining()
    yield made
    for client in made.clients:
        client.close()
    assert not [fault for checker in made.checkers for fault in checker.faults]


@pytest.fixture
def first(plain_client: Client, python: str) -> Client:
    """An editor that stands before the first op of a loop."""
    plain_client.launch({"spec": "loop 5", "python": python})
    plain_client.wait_event("stopped")
    return plain_client


def set_lines(client: Client, *lines: int, **terms: str) -> list[dict[str, Any]]:
    rows = [{"line": line, **terms} for line in lines]
    body = {"source": {"path": MODEL}, "breakpoints": rows}
    return client.request("setBreakpoints", body)["breakpoints"]


def share(client: Client) -> str:
    return client.request(SHARE)["socket"]


def shown(window: Client) -> list[tuple[str, str]]:
    """The newest that a window was told of the breakpoints."""
    body = next(e["body"] for e in reversed(window.events) if e["event"] == SHARED_POINTS)
    return [(row["kind"], row["where"].removeprefix(f"{MODEL}:")) for row in body["breakpoints"]]


def op_before(client: Client) -> str:
    return client.request("stackTrace", {"threadId": 1})["stackFrames"][0]["name"]


def test_only_the_user_can_come_and_nothing_is_left(first: Client, joining: Joining):
    path = share(first)
    assert share(first) == path, "there is one place to join at"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(Path(path).parent).st_mode) == 0o700
    other = joining.editor(path)
    assert other.close() == 0
    assert first.close() == 0
    assert not Path(path).parent.exists()


def test_both_stop_step_and_look_and_their_numbers_are_their_own(first: Client, joining: Joining):
    other = joining.editor(share(first))
    assert op_before(other) == op_before(first)

    first.step("next", {"granularity": "instruction"})
    other.wait_event("stopped")
    sent = [(each, each.send("stackTrace", {"threadId": 1})) for each in (first, other) * 5]
    names = [client.answer(number)["stackFrames"][0]["name"] for client, number in sent]
    assert len(set(names)) == 1

    before = op_before(first)
    other.step("next", {"granularity": "instruction"})
    assert first.wait_event("stopped")["reason"] == "step"
    assert op_before(first) != before
    first.step("stepBack", {"granularity": "instruction"})
    other.wait_event("stopped")
    assert op_before(other) == before == op_before(first)


def test_a_request_of_one_is_not_cancelled_by_the_other(first: Client, joining: Joining):
    other = joining.editor(share(first))
    number = first.send("stackTrace", {"threadId": 1})
    other.request("cancel", {"requestId": number})
    assert first.answer(number)["stackFrames"]
    with pytest.raises(Refusal, match="already"):
        other.request("launch", {"spec": "loop 5"})


def test_lines_set_in_one_editor_are_told_to_the_other_and_removed_in_either(
    first: Client, joining: Joining
):
    one, two = line_of(SQUARE), line_of(SUB)
    (told,) = set_lines(first, one)
    other = joining.editor(share(first), two)
    new = first.wait_event("breakpoint", where={"reason": "new"})["breakpoint"]
    assert (new["line"], new["source"]["path"], new["verified"]) == (two, MODEL, True)
    came = other.wait_event("breakpoint", where={"reason": "new"})["breakpoint"]
    assert came["line"] == one
    assert len({told["id"], new["id"], came["id"]}) == 3

    assert other.step("continue")["hitBreakpointIds"]
    assert other.step("continue")["hitBreakpointIds"] == [told["id"]]
    set_lines(other, two)  # the user has removed what the first one set
    gone = first.wait_event("breakpoint", where={"reason": "removed"})["breakpoint"]
    assert gone["id"] == told["id"]
    for _ in range(3):
        first.step("continue")
        line = first.request("stackTrace", {"threadId": 1})["stackFrames"][0]["line"]
        assert line == two


def test_an_editor_that_does_not_keep_what_it_is_told_removes_nothing(
    first: Client, joining: Joining
):
    one, two = line_of(SQUARE), line_of(SUB)
    set_lines(first, one)
    other = joining.start(share(first), opscope=False, clientID="other")
    other.request("attach", {})
    other.request("configurationDone")
    other.wait_event("breakpoint", where={"reason": "new"})
    other.wait_event("stopped")
    set_lines(other, two)
    first.wait_event("breakpoint", where={"reason": "new"})
    assert not [e for e in first.events if e.get("body", {}).get("reason") == "removed"]
    for line in (two, one):
        assert other.step("continue")["hitBreakpointIds"]
        assert other.request("stackTrace", {"threadId": 1})["stackFrames"][0]["line"] == line


def test_a_window_and_an_editor_show_the_same_breakpoints(first: Client, joining: Joining):
    one, two = line_of(SQUARE), line_of(SUB)
    set_lines(first, one, condition="index > 3")
    first.request("setFunctionBreakpoints", {"breakpoints": [{"name": "softmax"}]})
    window = joining.window(share(first))
    assert set(shown(window)) >= {("line", str(one))}
    body = next(e["body"] for e in window.events if e["event"] == SHARED_POINTS)
    assert body["breakpoints"][0]["condition"] == "index > 3"

    row = Breakpoint(BreakpointKind.LINE, f"{MODEL}:{two}", log="here")
    kept = [*body["breakpoints"], to_json(row)]
    window.request(BREAKPOINTS, {"breakpoints": kept})
    new = first.wait_event("breakpoint", where={"reason": "new"})["breakpoint"]
    assert new["line"] == two

    set_lines(first, two)  # the first one is removed, the window's is kept, without its message
    window.wait_event(SHARED_POINTS)
    while ("line", str(one)) in shown(window):
        window.wait_event(SHARED_POINTS)
    assert ("line", str(two)) in shown(window)
    window.step("continue")
    first.wait_event("stopped")
    assert op_before(first).startswith("sub")

    window.request(BREAKPOINTS, {"breakpoints": []})
    first.wait_event("breakpoint", where={"reason": "removed"})
    first.request("continue", {"threadId": 1})
    window.wait_state("finished")
    over = first.wait_event("stopped")
    assert over["text"] == "The run is over."


def test_where_one_looks_the_other_looks_and_events_are_each_ones_own(
    first: Client, joining: Joining
):
    window = joining.window(share(first))
    assert window.wait_event(CLIENTS)["others"] == 1
    window.step("continue")
    assert window.run.state is RunState.FINISHED
    first.wait_event("stopped", where={"text": "The run is over."})
    window.request(SEEK, {"record": 3})
    assert first.wait_event("stopped")["reason"] == "goto"
    here = op_before(first)
    first.step("stepBack", {"granularity": "instruction"})
    while window.run.cursor is None or window.run.cursor.record != 2:
        window.wait_event("stopped")
    assert op_before(first) != here
    names = {event["event"] for event in first.events}
    assert not [name for name in names if name.startswith("opscope/")]


def test_one_restarts_and_both_follow(first: Client, joining: Joining):
    window = joining.window(share(first))
    window.step("next")
    assert window.run.records
    first.request("restart", {}, 60)
    window.wait_event("opscope/newRun")
    window.mirror.forget()
    run = window.follow_graph()
    window.wait_state("paused")
    assert run.records == []
    first.wait_event("stopped", where={"reason": "entry"})


@pytest.mark.parametrize("how", ["closes", "disconnects", "is ended"])
def test_the_first_goes_and_the_other_goes_on(first: Client, joining: Joining, how: str):
    line = line_of(SQUARE)
    set_lines(first, line)
    window = joining.window(share(first))
    window.wait_state("paused")
    if how == "disconnects":
        first.request("disconnect")
    elif how == "is ended":
        first.process.send_signal(signal.SIGTERM)
    else:
        first.process.stdin.close()  # type: ignore[union-attr]
    assert window.wait_event(CLIENTS, where={"others": 0}) == {"others": 0}
    assert window.step("continue")["reason"] == "breakpoint"
    assert shown(window) == [("line", str(line))]
    window.request(BREAKPOINTS, {"breakpoints": []})
    window.step("continue")
    window.wait_state("finished")
    if how == "is ended":
        first.process.send_signal(signal.SIGTERM)  # once more: now it is meant
    else:
        window.close()
    assert first.process.wait(30) == 0, "nobody is left"


def test_the_other_goes_and_the_first_goes_on(first: Client, joining: Joining):
    window = joining.window(share(first))
    row = to_json(Breakpoint(BreakpointKind.LINE, f"{MODEL}:{line_of(SUB)}"))
    kind = to_json(Breakpoint(BreakpointKind.TYPE, "square"))
    window.request(BREAKPOINTS, {"breakpoints": [kind, row]})
    first.wait_event("breakpoint", where={"reason": "new"})
    window.close()
    first.step("continue")
    assert op_before(first).startswith("sub"), "what the editor does not show is gone"
    first.request("continue", {"threadId": 1})
    first.wait_event("stopped")
    set_lines(first, line_of(SUB))
    set_lines(first)
    first.request("continue", {"threadId": 1})
    assert first.wait_event("exited")["exitCode"] == 0


def test_exceptions_of_both_stop_the_run(first: Client, joining: Joining):
    window = joining.window(share(first))
    window.request("setExceptionBreakpoints", {"filters": ["nan"]})
    told = first.request("setExceptionBreakpoints", {"filters": ["raised", "uncaught"]})
    assert len(told["breakpoints"]) == 2


def test_nobody_is_joined_where_nobody_is(tmp_path: Path):
    command = [sys.executable, "-m", "opscope.tracers.adapter", "--join", str(tmp_path / "none")]
    with pytest.raises(ConnectionError):
        Client.start(command)


def test_before_a_model_is_open_there_is_nothing_to_join(plain_client: Client, joining: Joining):
    other = joining.start(share(plain_client), **EDITOR)
    with pytest.raises(Refusal, match="Nothing is being debugged there yet"):
        other.request("attach", {})


def test_a_window_is_told_of_the_state_that_it_comes_to(first: Client, joining: Joining):
    first.step("next", {"granularity": "instruction"})
    window = joining.window(share(first))
    window.wait_event(STATE)
    assert window.wait_state("paused").head == window.run.head
    assert len(window.run.records) == window.run.head.record == 1


def test_one_that_does_not_read_holds_up_nobody(first: Client, joining: Joining):
    other = joining.editor(share(first))
    other.process.send_signal(signal.SIGSTOP)
    try:
        told = 0
        while told < 600_000:  # more than the pipe and the socket on the way hold
            first.step("next", {"granularity": "instruction"})
            first.step("stepBack", {"granularity": "instruction"})
            told += len(str(first.events[-1])) * 2
    finally:
        other.process.send_signal(signal.SIGCONT)
    assert op_before(other) == op_before(first)
