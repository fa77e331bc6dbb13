"""Watchpoints on real PyTorch models: they stop the run, and are asked of what ran before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.ir import Edit, EditKind, RunState
from opscope.tracers.ir.watchpoint import Watchpoint
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import to_json
from opscope.tracers.protocol.messages import REWIND, WATCH_ANEW
from opscope.tracers.protocol.refusal import Refusal

from .watch_session import WatchSession

MODEL = """
import torch
from torch import nn


class Gate(nn.Module):
    def forward(self, x, step):
        return torch.relu(x * 3) + step


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = Gate()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0]))

    def forward(self, x):
        x = x * self.weight
        for step in range(4):
            x = self.gate(x, step)
        loss = (x.tanh() * 2000).sum()
        loss.backward()
        return loss


def build():
    return Net(), (torch.tensor([0.5, 0.25]),)


class Wave(nn.Module):
    def forward(self, x, step):
        return torch.sin(x) + step


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.wave = Wave()

    def forward(self, x):
        for step in range(6):
            x = self.wave(x, step)
        return x.sum()


def wide():
    return Wide(), (torch.linspace(0, 1, 1000),)
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WatchSession]:
    with Client.start() as client:
        yield WatchSession(client, tmp_path, MODEL)


def test_the_run_stops_behind_the_op_that_hits(session: WatchSession):
    session.open()
    text = "absmax>8 in forward @ gate*"
    assert session.watch(Watchpoint(text)) == []
    body = session.client.step("continue")
    assert body["reason"] == "data breakpoint"
    assert body["description"] == "Watchpoint: |x| > 8 at gate.mul"
    run = session.client.run
    assert session.last_type() == "mul"
    assert run.state is RunState.PAUSED
    assert run.head.op == -1, "behind the op, so that its value is the last one"
    ((hit,), result) = session.result(text).hits, session.result(text)
    assert (hit.record, hit.slot, hit.index) == (len(run.records) - 1, 0, (0,))
    assert "2 elements are so" in hit.what or "1 element is so" in hit.what
    assert (result.times, result.missed, result.left) == (1, 0, 0)
    session.client.step("continue")
    assert session.last_type() == "relu"
    assert session.result(text).times == 2
    session.watch(Watchpoint(text, stop=False))
    body = session.client.step("continue")
    assert body["state"] == RunState.FINISHED.value
    assert session.types(text)[:3] == ["mul", "relu", "add"], "it goes on to be listed"


def test_backward_ops_and_exploding_gradients_stop_it(session: WatchSession):
    session.open()
    session.watch(Watchpoint("exploding>1e3"), Watchpoint("zero in backward", stop=False))
    body = session.client.step("continue")
    assert body["description"].startswith("Watchpoint: gradient |x| > 1000 at ")
    run = session.client.run
    assert run.records[-1].phase.value == "backward"
    session.watch()
    session.client.step("continue")
    session.watch(Watchpoint("zero in backward", stop=False))
    rows = [run.records[hit.record] for hit in session.result("zero in backward").hits]
    zeros = [r for r in run.records if r.outputs[0].minimum == 0 == r.outputs[0].maximum]
    assert rows == [row for row in zeros if row.phase.value == "backward"] != []
    assert {row.phase.value for row in rows} == {"backward"}


def test_what_ran_before_is_asked_without_running_again(session: WatchSession):
    session.open()
    session.client.step("continue")
    run = session.client.run
    ran = len(run.records)
    texts: dict[str, set[str]] = {
        "nan": set(),
        "range -10..10 in forward @ gate.*": {"mul", "relu", "add"},
        "dead>0.4 @ gate.relu": {"relu"},
        "constant in backward @ *Sum*": {"SumBackward"},
        "saturated>0.9 @ tanh": {"tanh"},
        "output.max() > 20 and op == 'add'": {"add"},
        "changes>10% @ gate.relu": {"relu"},
    }
    assert session.watch(*(Watchpoint(text, stop=False) for text in texts)) == []
    found = {text: set(session.types(text)) for text in texts}
    assert found == texts
    assert len(run.records) == ran
    changes = session.result("changes>10% @ gate.relu").hits
    assert len(changes) == 3, "the first pass is held against none"
    assert changes[0].what.startswith("an element was ")
    assert "in the pass before" in changes[0].what


def test_a_watch_that_is_none_and_one_that_cannot_be_asked_are_told(session: WatchSession):
    session.open()
    problems = session.watch(
        Watchpoint("absmax<3"), Watchpoint("inputs[7].max() > 1 @ gate.relu"), Watchpoint("inf")
    )
    assert [number for number, _ in problems] == [0]
    assert "watched with >" in problems[0][1]
    session.client.step("continue")
    assert "there is no item 7" in session.result("inputs[7].max() > 1 @ gate.relu").problem
    with pytest.raises(Refusal, match="must be a list"):
        session.client.request("opscope/watchpoints", {"watchpoints": 3})


def test_a_rewind_forgets_hits_and_comes_by_once_more(session: WatchSession):
    session.open()
    text = "absmax>0 @ gate.relu"
    session.watch(Watchpoint(text, stop=False))
    session.client.step("continue")
    records = [hit.record for hit in session.result(text).hits]
    assert len(records) == 4
    session.client.step(REWIND, {"record": records[2]})
    session.client.request("threads")
    run = session.client.run
    assert len(run.records) == records[2]
    assert session.result(text).times == 2
    session.watch(Watchpoint(text))
    body = session.client.step("continue")
    assert body["reason"] == "data breakpoint"
    assert len(run.records) == records[2] + 1
    assert session.result(text).times == 3


def test_values_that_were_let_go_are_asked_by_running_anew(session: WatchSession):
    texts = ("output.max() > 0.5 @ sin", "changes>0.7 @ sin", "absmax>0.5 @ sin")
    points = [Watchpoint(text, stop=False) for text in texts]
    session.open("wide", budget=9000)
    session.watch(*points)
    session.client.step("continue")
    results = [session.result(text) for text in texts]
    assert [each.missed for each in results] == [0, 0, 0], "each was asked while it was there"
    expected = [list(each.hits) for each in results]
    assert [len(hits) for hits in expected] == [3, 3, 4]
    texts = tuple(f"{text}*" for text in texts)  # others, of which nothing is known yet
    session.watch(*(Watchpoint(text, stop=False) for text in texts))
    results = [session.result(text) for text in texts]
    assert all(each.missed for each in results)
    assert all(len(each.hits) < len(hits) for each, hits in zip(results, expected, strict=True))
    told = session.client.request(WATCH_ANEW)
    assert told == {"missed": 0}
    results = [session.result(text) for text in texts]
    assert [each.missed for each in results] == [0, 0, 0]
    assert [each.hits for each in results] == expected
    assert session.client.run.state is RunState.FINISHED


def test_the_run_before_a_restart_is_held_against(session: WatchSession):
    session.open()
    text = "changes>1% since run @ gate.add"
    session.watch(Watchpoint(text, stop=False))
    session.client.step("continue")
    run = session.client.run
    assert "no run before this one" in session.result(text).problem
    before: dict[str, list[list[list[float | None]]]] = {}
    for row in run.records:
        numbers = [[out.minimum, out.maximum, out.mean, out.rms] for out in row.outputs]
        before.setdefault(run.graph.ops[row.op].key, []).append(numbers)
    op = next(n for n, row in enumerate(run.graph.ops) if row.key.startswith("/gate#3/add"))
    key = run.graph.ops[op].key
    session.watch(Watchpoint(text, stop=False), before=before)
    assert session.result(text).times == 0
    before[key][0][0][1] = 1.0
    session.watch(Watchpoint(text, stop=False), before=before)
    (hit,) = session.result(text).hits
    assert [hit.record] == run.executions(op)
    assert hit.what.startswith("its greatest was 1 in the run before and is ")


def test_an_edit_that_sets_a_watch_off_stops_there(session: WatchSession):
    session.open()
    text = "absmax>1e5 in forward @ gate*"
    session.watch(Watchpoint(text))
    session.client.step("continue")
    run = session.client.run
    assert run.state is RunState.FINISHED
    key = next(op.key for op in run.graph.ops if op.type == "mul" and "gate" not in op.key)
    edit = Edit(1, key, EditKind.EXPRESSION, "x * 1e6")
    session.client.step("opscope/edits", {"edits": [to_json(edit)]})
    session.client.step("continue")
    assert session.last_type() == "mul"
    assert session.result(text).times == 1


def test_continuing_over_the_past_ends_behind_what_hit(session: WatchSession):
    session.open()
    session.client.step("continue")
    text = "absmax>0 @ gate.relu"
    session.watch(Watchpoint(text))
    records = [hit.record for hit in session.result(text).hits]
    run = session.client.run
    session.client.request("opscope/seek", {"record": 0})
    for record in records:
        session.client.step("continue")
        assert run.cursor is not None
        assert run.cursor.record == record + 1
    session.client.step("reverseContinue")
    assert run.cursor is not None
    assert run.cursor.record == records[-2] + 1
    session.watch(Watchpoint(text, stop=False))
    session.result(text)
    session.client.step("reverseContinue")
    assert run.cursor is not None
    assert run.cursor.record == 0, "it only lists now"
