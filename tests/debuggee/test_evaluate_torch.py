"""Expressions over values by name, in real sessions of PyTorch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from opscope.tracers.ir import Form, TensorRequest, ValueRef
from opscope.tracers.ir.run import RESULT
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.refusal import Refusal

MODEL = """
import torch


class Block(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.fc = torch.nn.Linear(size, size)
        self.scale = 0.5

    def forward(self, x):
        scores = torch.matmul(x, x.transpose(0, 1))
        weights = torch.softmax(scores * self.scale, dim=-1)
        weights = torch.softmax(weights, dim=-1)
        return torch.relu(self.fc(weights @ x))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.ModuleList(Block(6) for _ in range(2))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x.sum()


def build():
    torch.manual_seed(0)
    return Net(), (torch.linspace(-1, 1, 24).reshape(4, 6),)


class Heavy(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x).sum()


def heavy():
    torch.manual_seed(0)
    return Heavy(), (torch.randn(1800, 1800),)
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, dict[str, Any]]]:
    """A session that stands before the last op, and what torch itself gives."""
    file = tmp_path_factory.mktemp("evaluate") / "named.py"
    file.write_text(MODEL)
    space: dict[str, Any] = {}
    exec(compile(MODEL, str(file), "exec"), space)
    net, (x,) = space["build"]()
    made: dict[str, Any] = {"net": net, "x": x}
    with torch.no_grad():
        for number, block in enumerate(net.blocks):
            first = torch.softmax(torch.matmul(x, x.T) * 0.5, dim=-1)
            second = torch.softmax(first, dim=-1)
            made[f"first{number}"], made[f"second{number}"] = first, second
            x = torch.relu(block.fc(second @ x))
            made[f"relu{number}"] = x
    with Client.start() as client:
        client.launch({"spec": f"{file}:build", "python": sys.executable})
        client.wait_event("stopped")
        stop_before(client, "sum")
        yield client, made


def stop_before(client: Client, type_: str) -> None:
    graph = client.run.graph
    while client.run.place.op < 0 or graph.ops[client.run.place.op].type != type_:
        client.step("stepIn")


def evaluate(client: Client, text: str, **more: Any) -> dict[str, Any]:
    return client.request("evaluate", {"expression": text, **more})


def values(client: Client, body: dict[str, Any]) -> Any:
    known = body["opscope"]
    request = TensorRequest(ValueRef(known["record"], known["slot"]), Form.PLANE)
    piece = client.tensor(request)
    found: Any = np.frombuffer(piece.data, piece.code)
    return found.reshape(piece.shape)


def test_values_by_name(told: tuple[Client, dict[str, Any]]):
    client, made = told
    found = evaluate(client, "blocks.0.softmax.max()")
    assert found["result"] == f"{made['second0'].max().item():.6g}", "the newest of the two"
    found = evaluate(client, "blocks.0.softmax#1 - blocks.0.softmax#2")
    assert found["type"] == "float32"
    assert found["result"].startswith("float32[4×4]")
    assert found["opscope"]["record"] == RESULT
    wanted = (made["first0"] - made["second0"]).numpy()
    assert np.array_equal(values(client, found), wanted)
    weight = made["net"].blocks[1].fc.weight.detach()
    singular: Any = torch.linalg
    for text in ("torch.linalg.svdvals(blocks.1.fc.weight)", "linalg.svdvals(blocks.1.fc.weight)"):
        found = evaluate(client, text)
        assert np.allclose(values(client, found), singular.svdvals(weight).numpy())
    found = evaluate(client, "blocks.1.fc.weight[0, 2:4] * 2")
    assert np.array_equal(values(client, found), (weight[0, 2:4] * 2).numpy())


def test_a_name_alone_is_the_value_itself(told: tuple[Client, dict[str, Any]]):
    client, made = told
    found = evaluate(client, "blocks.1.relu")
    ops = [client.run.graph.ops[record.op] for record in client.run.records]
    last = max(n for n, op in enumerate(ops) if op.type == "relu")
    assert (found["opscope"]["record"], found["opscope"]["slot"]) == (last, 0)
    assert np.array_equal(values(client, found), made["relu1"].numpy())
    linear = evaluate(client, "blocks.0.fc")["opscope"]
    assert ops[int(linear["record"])].type == "linear", "a module that is one op"


def test_special_names_and_locals(told: tuple[Client, dict[str, Any]]):
    client, made = told
    wanted = f"{made['relu1'].max().item():.6g}"
    for text in ("out.max()", "output.max()", "outputs[0].max()", "inputs[0].max()"):
        assert evaluate(client, text)["result"] == wanted
    frames = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    inside = {"frameId": frames[1]["id"]}
    assert evaluate(client, "x.max()", **inside)["result"] == wanted
    assert evaluate(client, "self.blocks.0.scale * 4", **inside)["result"] == "2"
    weight = made["net"].blocks[0].fc.weight.detach()
    found = evaluate(client, "self.blocks.0.fc.weight.sum()", **inside, context="hover")
    assert float(found["result"]) == pytest.approx(weight.sum().item(), rel=1e-5)
    assert found["variablesReference"] == 0


def test_results_open_like_variables(told: tuple[Client, dict[str, Any]]):
    client, made = told
    found = evaluate(client, "blocks.0.softmax + 1", context="watch")
    body = {"variablesReference": found["variablesReference"]}
    first = client.request("variables", body)["variables"][0]
    cells = client.request("variables", {"variablesReference": first["variablesReference"]})
    assert float(cells["variables"][0]["value"]) == pytest.approx(
        made["second0"][0, 0].item() + 1, rel=1e-5
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "blocks.0.softmx.max()",
            "There is no blocks.0.softmx here. Did you mean blocks.0.softmax?",
        ),
        ("blocks.7.fc.shape", "There is no blocks.7.fc here."),
        ("blokcs", "There is no blokcs here."),
        ("blocks.0.softmax#3", "There is no blocks.0.softmax#3 here; # counts ops"),
        ("sum", "sum has not run yet."),
        ("__import__('os')", "__import__ is no function that an expression may call."),
        ("blocks.0.softmax.data", "There is no blocks.0.softmax.data here."),
        ("blocks.0.fc.wieght", "Did you mean blocks.0.fc.weight?"),
        ("max(blocks.0.softmax).data", ".data cannot be used in an expression."),
        ("", "The expression is empty."),
        ("blocks.0.softmax +", "This is no expression"),
        ("blocks.0.softmax @ blocks.0.fc.weight", "blocks.0.softmax @ blocks.0.fc.weight: mat1"),
        ("inv(blocks.0.relu)", "inv needs a square matrix, and this is 4×6."),
        ("svdvals(blocks.0.fc.bias)", "svdvals needs a matrix"),
        ("y = 3", "An expression cannot assign"),
    ],
)
def test_one_sentence_for_every_error(
    told: tuple[Client, dict[str, Any]], text: str, sentence: str
):
    client, _ = told
    with pytest.raises(Refusal) as caught:
        evaluate(client, text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_result_is_kept_apart_from_the_run(told: tuple[Client, dict[str, Any]]):
    client, _ = told
    with pytest.raises(Refusal, match="no longer held"):
        client.tensor(TensorRequest(ValueRef(RESULT, 10_000)))
    for command in ("opscope/pin", "opscope/fetch"):
        with pytest.raises(Refusal, match="cannot be pinned"):
            client.request(command, {"record": RESULT, "slot": 0})
    with pytest.raises(Refusal, match="as text"):
        client.request("evaluate", {"expression": 3})


def labels(client: Client, text: str, **more: Any) -> list[str]:
    body = client.request("completions", {"text": text, "column": len(text) + 1, **more})
    for row in body["targets"]:
        assert text[row["start"] :] == text[len(text) - row["length"] :]
    return [row["label"] for row in body["targets"]]


def test_completions(told: tuple[Client, dict[str, Any]]):
    client, _ = told
    assert "blocks" in labels(client, "2 * bl")
    assert labels(client, "blocks.") == ["0", "1"]
    assert {"softmax", "relu", "fc"} <= set(labels(client, "blocks.0."))
    assert labels(client, "abs(blocks.1.so") == ["softmax"]
    assert "max()" in labels(client, "blocks.0.softmax.")
    assert {"weight", "bias", "max()"} <= set(labels(client, "blocks.0.fc."))
    assert labels(client, "(1).sha") == ["shape"]
    assert "svdvals()" in labels(client, "svd")
    frames = client.request("stackTrace", {"threadId": 1})["stackFrames"]
    assert "self" in labels(client, "se", frameId=frames[1]["id"])
    assert "self" not in labels(client, "se")
    assert "blocks" in labels(client, "self.bl", frameId=frames[1]["id"])


def test_looking_back_shows_what_was_newest_there(told: tuple[Client, dict[str, Any]]):
    client, made = told
    record = next(
        n
        for n, row in enumerate(client.run.records)
        if client.run.graph.ops[row.op].key.endswith("softmax:1")
    )
    client.request("opscope/seek", {"record": record})
    try:
        found = evaluate(client, "blocks.0.softmax.max()")
        assert found["result"] == f"{made['first0'].max().item():.6g}", "the second came later"
        with pytest.raises(Refusal, match="has not run at this point"):
            evaluate(client, "blocks.1.relu")
    finally:
        client.request("opscope/seek", {"record": None})


def test_a_long_one_is_cancelled_and_the_session_answers_meanwhile(tmp_path: Path):
    file = tmp_path / "heavy.py"
    file.write_text(MODEL)
    with Client.start() as client:
        client.launch({"spec": f"{file}:heavy", "python": sys.executable})
        client.wait_event("stopped")
        stop_before(client, "sum")
        seq = client.send("evaluate", {"expression": "svdvals(relu).max() + svdvals(relu).min()"})
        assert evaluate(client, "relu.min()")["result"] == "0", "others need not wait"
        client.request("cancel", {"requestId": seq})
        with pytest.raises(Refusal) as caught:
            client.answer(seq)
        assert caught.value.code == "cancelled"
        assert evaluate(client, "relu.ndim")["result"] == "2"
        client.step("continue")
        assert not client.run.unseen, "no thread of the model's"
