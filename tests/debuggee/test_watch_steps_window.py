"""A watched step that went wrong, opened in a window at what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.ir import Form, Phase, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN, REWIND
from opscope.tracers.protocol.refusal import Refusal

from .scripts import PATIENCE, attach, running
from .watched_training import TORCH

SCRIPT = (
    TORCH
    + """
def train(watch):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)

    @watch
    def step(x):
        optimizer.zero_grad()
        loss = (net(x) - torch.log(x.sum(1, keepdim=True))).pow(2).mean()
        loss.backward()
        optimizer.step()
        return loss

    for count in range(1, 31):
        x = torch.rand(6, 4)
        if count == 24:
            x[2] = 0
        step(x)
    return state(net, optimizer)


compare(train, open=True)
"""
)


def follow(client: Client) -> None:
    """To the state that the run stands in at its end."""
    client.wait_event(NEW_RUN, timeout=PATIENCE)
    client.mirror.forget()
    client.follow_graph()
    client.wait_state("finished", timeout=PATIENCE)


def test_the_window_stands_behind_the_op_and_says_why(tmp_path: Path):
    with running(SCRIPT, tmp_path) as script, Client.start() as client:
        attach(client, script)
        follow(client)
        run, state = client.run, client.mirror.state
        assert state is not None
        assert state.note == "Step 24: the loss is Inf."
        assert state.cursor is not None
        last = run.records[state.cursor.record - 1]
        assert run.graph.ops[last.op].type == "log"
        assert {row.phase for row in run.records} == {Phase.FORWARD, Phase.BACKWARD}
        names = [value.name for value in run.graph.values]
        weight = ValueRef(-1, names.index("net.0.weight"))
        piece = client.tensor(TensorRequest(weight, Form.PLANE, axes=(0, 1)))
        assert piece.whole.finite  # as it was before the step
        with pytest.raises(Refusal, match="your program's own"):
            client.request(REWIND, {"record": 0})
        client.request("stepBack", {"granularity": "instruction"})
        client.request("next", {"granularity": "instruction"})
        client.request("continue")
        client.request("continue")
        code, out, errors = script.ended()
    assert (code, out) == (0, "equal\n"), errors
    assert "log makes −Inf at [2, 0]" in errors
    assert "did not reproduce" not in errors


def test_without_the_window_it_is_told_as_text(tmp_path: Path):
    with running(SCRIPT, tmp_path) as script:
        with Client.start() as client:
            sent = client.send("attach", {"socket": script.socket})
            client.answer(sent)
        code, out, errors = script.ended()
    assert (code, out) == (0, "equal\n"), errors
    assert "log makes −Inf at [2, 0]" in errors
    assert "ops of step 24" in errors
