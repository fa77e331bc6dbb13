"""Why questions and counts of zeros in real sessions, and the numbers as a file on the command
line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opscope.app.cli import main
from opscope.tracers.ir.reason import Question, Reason
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import from_json
from opscope.tracers.protocol.messages import WHY, ZEROS
from opscope.tracers.protocol.refusal import Refusal

MODELS = {
    "torch": """
import torch

def model(x):
    return torch.relu(x).half() * 2

def given():
    return model, (torch.tensor([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]]),)
""",
    "tf": """
import tensorflow as tf

@tf.function
def model(x):
    return tf.cast(tf.nn.relu(x), tf.float16) * 2

def given():
    return model, (tf.constant([[1.0, 0.0, -2.0], [4.0, 5.0, 6.0]]),)
""",
}
PATIENCE = 120.0  # seconds; a debuggee imports a framework meanwhile


@pytest.fixture(params=sorted(MODELS))
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same model in either framework."""
    file = tmp_path / f"{request.param}_model.py"
    file.write_text(MODELS[request.param])
    return f"{file}:given"


@pytest.fixture
def client(spec: str) -> Iterator[Client]:
    """At the end of a run."""
    with Client.start() as made:
        launched = made.send("launch", {"spec": spec, "stopOnEntry": False, "noDebug": True})
        made.request("configurationDone")
        made.answer(launched, PATIENCE)
        made.follow_graph()
        made.wait_state("finished", timeout=PATIENCE)
        yield made


def ask(client: Client, **arguments: Any) -> Reason:
    return from_json(Reason, client.request(WHY, arguments)["reason"])


def test_an_element_and_a_value_are_explained(client: Client):
    reason = ask(client, record=2, slot=0, index=[0, 2])
    assert reason.question is Question.ZERO
    assert reason.rule == "relu-cut"
    assert [step.record for step in reason.steps] == [2, 1, 0]
    assert reason.steps[-1].index == (0, 2)
    assert reason.cause == 2
    large = ask(client, record=2, question="large")
    assert large.question is Question.LARGE
    assert Question.ZERO in large.offers


def test_what_cannot_be_asked_is_refused(client: Client):
    with pytest.raises(Refusal, match="not all equal"):
        ask(client, record=2, question="constant")
    with pytest.raises(Refusal, match="one of zero, constant, large, not-finite"):
        ask(client, record=2, question="sad")
    with pytest.raises(Refusal, match="whole numbers as index"):
        ask(client, record=2, index="here")
    with pytest.raises(Refusal, match="has not run yet"):
        ask(client, record=9)


def test_zeros_are_counted(client: Client):
    asked = [[0, 0], [1, 0], [2, 0]]
    found: list[int | None] = []
    while len(found) < len(asked):
        found += client.request(ZEROS, {"values": asked[len(found) :]})["zeros"]
    assert found == [2, 2, 2]
    with pytest.raises(Refusal, match="Op 8 has no output 0"):
        client.request(ZEROS, {"values": [[7, 0]]})


def test_the_numbers_are_written_as_csv(spec: str, tmp_path: Path):
    path = tmp_path / "numbers.csv"
    assert main(["trace", spec, "--health", str(path)]) == 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["record"] for row in rows] == ["1", "2", "3"]
    assert [float(row["zeros"]) for row in rows] == pytest.approx([2 / 6] * 3)
    assert [row["dtype_before"] for row in rows] == ["", "float32", ""]
    assert float(rows[2]["headroom"]) == pytest.approx(12 / 65504)


def test_a_folder_that_is_not_there_is_told(spec: str, tmp_path: Path, capsys: Any):
    missing = tmp_path / "no" / "numbers.csv"
    assert main(["trace", spec, "--health", str(missing)]) == 2
    assert "There is no folder" in capsys.readouterr().err
