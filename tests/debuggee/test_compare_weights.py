"""`opscope compare` pairs the weights of two runs, and says what is suspicious about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.debuggee.compare_asked import Told, compared
from tests.debuggee.compare_models import write

pytestmark = pytest.mark.xdist_group("tensorflow")

RECURRENT = """
import keras
import numpy as np
import tensorflow as tf
import torch
from torch import nn

X = np.linspace(-1, 1, 80).reshape(2, 5, 8).astype("float32")


class Net(nn.Module):
    def __init__(self, kind):
        super().__init__()
        torch.manual_seed(0)
        self.rnn = kind(8, 12, batch_first=True)
        self.head = nn.Linear(12, 12)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def lstm():
    return Net(nn.LSTM).eval(), (torch.from_numpy(X),)


def gru():
    return Net(nn.GRU).eval(), (torch.from_numpy(X),)


def port(net, layer, gates, transposed, joined):
    def turned(weight):
        blocks = np.split(weight, len(gates), -1)
        return np.concatenate([blocks[gate] for gate in gates], -1)

    made = keras.Sequential([layer, keras.layers.Dense(12, name="head")])
    made(tf.constant(X))
    w = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    biases = turned(w["rnn.bias_ih_l0"]), turned(w["rnn.bias_hh_l0"])
    layer.set_weights([turned(w["rnn.weight_ih_l0"].T), turned(w["rnn.weight_hh_l0"].T),
                       joined(biases)])
    head = w["head.weight"].T if transposed else w["head.weight"]
    made.layers[1].set_weights([head, w["head.bias"]])
    return made, (tf.constant(X),)


def keras_lstm(gates=(0, 1, 2, 3), transposed=True):
    return port(lstm()[0], keras.layers.LSTM(12, name="rnn"), gates, transposed, sum)


def keras_lstm_wrong():
    return keras_lstm((0, 2, 1, 3), False)


def keras_gru():
    return port(gru()[0], keras.layers.GRU(12, name="rnn"), (1, 0, 2), True, np.stack)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    (tmp_path / "recurrent.py").write_text(RECURRENT)


def hints(told: Told) -> dict[str, str]:
    return {row["a"] or row["b"]: row["hint"] for row in told["weights"] if row["hint"]}


@pytest.mark.long
def test_gates_and_axes_that_are_exchanged_are_said(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "recurrent.py:lstm", "recurrent.py:keras_lstm_wrong")
    rows = {row["a"]: row for row in found.told["weights"]}
    assert rows["rnn.weight_ih_l0"]["b"] == "rnn.cell.kernel"
    assert rows["rnn.weight_hh_l0"]["b"] == "rnn.cell.recurrent_kernel"
    assert rows["rnn.bias_ih_l0 + rnn.bias_hh_l0"]["b"] == "rnn.cell.bias"
    assert all(row["error"] < 1e-6 for row in rows.values())
    told = hints(found.told)
    assert len(told) == 4
    assert sum("blocks 1, 3, 2, 4" in hint for hint in told.values()) == 3
    assert "without exchanging input and output axes" in told["head.weight"]
    assert "weight: A's head.weight is B's head.kernel. Equal without" in found.text


@pytest.mark.long
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_right_port_has_no_suspicious_weight(capsys: pytest.CaptureFixture[str], kind: str):
    found = compared(capsys, f"recurrent.py:{kind}", f"recurrent.py:keras_{kind}")
    assert hints(found.told) == {}
    assert len(found.told["weights"]) == 5
    assert all(row["error"] < 1e-6 for row in found.told["weights"])


@pytest.mark.long
def test_kernels_are_paired_whatever_their_layout(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "keras_nets.py:cnn_transposed")
    rows = {row["a"]: row for row in found.told["weights"]}
    assert len(rows) == 28
    assert rows["stem.weight"]["order"] == [3, 2, 0, 1]
    assert rows["block2.bn1.running_var"]["b"] == "block2.bn1.moving_variance"
    assert list(hints(found.told)) == ["mix.weight"]


@pytest.mark.long
def test_other_values_and_weights_of_one_run_alone_are_listed(
    capsys: pytest.CaptureFixture[str],
):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_weights")
    assert hints(found.told) == {"block2.conv1.weight": "Same shape, other values."}
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_own_padding")
    assert hints(found.told) == {}
