"""DAP's setVariable on a real model: what is set is read; what cannot be changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.tracers.ir import RunState
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import CHANGES
from opscope.tracers.protocol.refusal import Refusal
from tests.boundary.dap_schema import Checker

MODEL = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0]))

    def forward(self, x):
        x = x * self.weight
        x = torch.relu(x)
        x = x + 1
        return x.sum()


def build():
    return Net(), (torch.tensor([[1.0, -2.0], [3.0, 4.0]]),)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Opens the model with a client; the run stands before its second op."""
    file = tmp_path / "model.py"
    file.write_text(MODEL)
    checker, clients = Checker(), list[Client]()

    def opened(**client: Any) -> Client:
        made = Client.start(heard=checker.check, client=client)
        clients.append(made)
        made.launch({"spec": f"{file}:build", "python": sys.executable})
        made.wait_event("stopped")
        made.step("next", {"granularity": "instruction"})
        return made

    yield opened
    for client in clients:
        client.close()
    assert not checker.faults


def rows(client: Client, scope: str) -> tuple[int, list[dict[str, Any]]]:
    frame = client.request("stackTrace", {"threadId": 1})["stackFrames"][0]
    scopes = client.request("scopes", {"frameId": frame["id"]})["scopes"]
    reference = next(row for row in scopes if row["name"] == scope)["variablesReference"]
    told = client.request("variables", {"variablesReference": reference})["variables"]
    return reference, told


def set_(client: Client, reference: int, name: str, value: str) -> dict[str, Any]:
    arguments = {"variablesReference": reference, "name": name, "value": value}
    return client.request("setVariable", arguments)


def last(client: Client) -> float | None:
    return client.run.records[-1].outputs[0].maximum


def test_an_output_is_set_and_what_follows_reads_it(start: Any):
    client: Client = start(opscope=False)
    client.step("next", {"granularity": "instruction"})
    reference, (out,) = rows(client, "Outputs of the last op")
    assert out["value"] == "float32[2×2] 0 … 8"
    assert set_(client, reference, out["name"], "x * 10")["value"] == "float32[2×2] 0 … 80"
    assert client.wait_event("stopped")["reason"] == "goto"
    _, (out,) = rows(client, "Outputs of the last op")
    assert out["value"] == "float32[2×2] 0 … 80"
    client.step("next", {"granularity": "instruction"})
    _, (given,) = rows(client, "Inputs")
    assert given["value"] == "float32[2×2] 0 … 80"
    client.step("next", {"granularity": "instruction"})
    assert last(client) == 81


def test_an_element_of_an_input_and_then_another(start: Any):
    client: Client = start(opscope=False)
    for row, number in (("[0]", "100"), ("[1]", "200")):
        _, (given,) = rows(client, "Inputs")
        lines = client.request("variables", {"variablesReference": given["variablesReference"]})
        inside = next(line for line in lines["variables"] if line["name"] == row)
        assert set_(client, inside["variablesReference"], "[1]", number)["value"] == number
        assert client.wait_event("stopped")["reason"] == "goto"
    _, (given,) = rows(client, "Inputs")
    assert given["value"] == "float32[2×2] 1 … 200"
    client.step("next", {"granularity": "instruction"})
    _, (out,) = rows(client, "Outputs of the last op")
    assert out["value"] == "float32[2×2] 1 … 200"
    text = client.request("evaluate", {"expression": "relu.sum()"})["result"]
    assert float(text) == 1 + 100 + 3 + 200


def test_what_does_not_fit_changes_nothing(start: Any):
    client: Client = start(opscope=False)
    reference, (given,) = rows(client, "Inputs")
    for value, sentence in (
        ("open('x')", "open is no function"),
        ("y + 1", "There is no y here"),
        ("x[:, :1].reshape(1, 2) @ x @ inputs[5]", "no item 5"),
        ("", "empty"),
    ):
        with pytest.raises(Refusal, match=sentence):
            set_(client, reference, given["name"], value)
    assert not client.run.edits
    client.step("continue")
    assert last(client) == 16


def test_in_the_window_the_run_is_held_against_the_one_without(start: Any):
    client: Client = start()
    reference, (given,) = rows(client, "Inputs")
    set_(client, reference, given["name"], "0")
    assert client.wait_event(CHANGES)["edits"][0]["text"] == "0"
    client.step("continue")
    assert (client.run.state, last(client)) == (RunState.FINISHED, 4)
    told = client.wait_event(CHANGES)
    assert told["problems"] == []
    assert told["changes"]["n"] >= 1
