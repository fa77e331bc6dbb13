"""Microsoft's own test client for debug adapters, over real models; every message fits the schema.

The client is JavaScript and stands in tests/dap_client; `make dap` installs it and runs this.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boundary.dap_schema import Checker

HERE = Path(__file__).resolve().parents[1] / "dap_client"
PACKAGE = HERE / "node_modules" / "@vscode" / "debugadapter-testsupport"
GET_IT = "needs Node.js 18 or newer and its packages; `make dap` installs the packages and runs it"

TORCH = """\
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(4, 4)

    def forward(self, x):
        x = self.dense(x)  # dense
        return torch.relu(x)  # relu


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Block(), Block()

    def forward(self, x, big):
        x = self.first(x)
        x = self.second(x)  # second
        for step in range(4):
            x = torch.tanh(x) + step * 1.0  # loop
        y = torch.log(x - 100.0)  # nan
        return y + x.sum() + big.sum()


class Endless(nn.Module):
    def forward(self, x, big):
        total = x.sum()
        while total > -2.0:
            total = torch.sin(total)
        return total


class Fails(nn.Module):
    def forward(self, x, big):
        wide = torch.relu(x)
        return torch.matmul(wide, wide)  # fails


def inputs():
    torch.manual_seed(0)
    return torch.linspace(-1, 1, 8).reshape(2, 4), torch.ones(1200, 1200)


def build():
    torch.manual_seed(1)
    return Net(), inputs()


def endless():
    return Endless(), inputs()


def fails():
    return Fails(), inputs()
"""
TENSORFLOW = """\
import keras
import tensorflow as tf


class Block(keras.layers.Layer):
    def __init__(self, name):
        super().__init__(name=name)
        self.dense = keras.layers.Dense(4, name="dense")

    def call(self, x):
        x = self.dense(x)  # dense
        return tf.nn.relu(x)  # relu


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = Block("first"), Block("second")

    def call(self, x, big):
        x = self.first(x)
        x = self.second(x)  # second
        for step in range(4):
            x = tf.tanh(x) + step * 1.0  # loop
        y = tf.math.log(x - 100.0)  # nan
        return y + tf.reduce_sum(x) + tf.reduce_sum(big)


@tf.function
def runs_on(x, big):
    total = tf.reduce_sum(x)
    while total > -2.0:
        total = tf.sin(total)
    return total


class Fails(keras.Model):
    def call(self, x, big):
        rows = tf.nn.relu(x)
        return tf.gather(rows, tf.cast(x * 9.0, tf.int32))  # fails


def inputs():
    return tf.reshape(tf.linspace(-1.0, 1.0, 8), (2, 4)), tf.ones((1200, 1200))


def build():
    keras.utils.set_random_seed(1)
    return Net(), inputs()


def endless():
    return runs_on, inputs()


def fails():
    return Fails(), inputs()
"""

TORCH_SCRIPT = """\
import sys

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        x = torch.relu(x)  # step
        return x + 1


print("started with", *sys.argv[1:])
net = Net()
for turn in range(3):
    made = net(torch.ones(2) * turn)
    print("round", turn)
print("done")
sys.exit(3)
"""
TENSORFLOW_SCRIPT = """\
import sys

import keras
import tensorflow as tf


class Net(keras.layers.Layer):
    def call(self, x):
        x = tf.nn.relu(x)  # step
        return x + 1.0


print("started with", *sys.argv[1:])
net = Net()
for turn in range(3):
    made = net(tf.ones(2) * turn)
    print("round", turn)
print("done")
sys.exit(3)
"""


@dataclass(frozen=True)
class Model:
    """A file of models, and what its framework calls their ops."""

    text: str
    script: str
    ops: dict[str, str]
    error: str


MODELS = {
    "torch": Model(
        TORCH,
        TORCH_SCRIPT,
        {"relu": "relu", "tanh": "tanh", "log": "log", "sum": "sum"},
        "RuntimeError",
    ),
    "tensorflow": Model(
        TENSORFLOW,
        TENSORFLOW_SCRIPT,
        {"relu": "Relu", "tanh": "Tanh", "log": "Log", "sum": "Sum"},
        "InvalidArgumentError",
    ),
}


def plan_of(name: str, folder: Path, script: bool = False) -> dict[str, object]:
    """What the client is to do with a model, or with a script, and where."""
    model, file = MODELS[name], folder / "model.py"
    text = model.script if script else model.text
    file.write_text(text)
    rows = list(enumerate(text.splitlines(), 1))
    return {
        "program": str(Path(sys.executable).with_name("opscope")),
        "transcript": str(folder / "messages.jsonl"),
        "results": str(folder / "results.json"),
        "checks": "checks_script.js" if script else "checks.js",
        "file": str(file),
        "lines": {row.rpartition("# ")[2]: number for number, row in rows if "  # " in row},
        "ops": model.ops,
        "slow": " @ ".join(["big"] * 35),
        "error": model.error,
        "script": {"program": str(file), "args": ["one", "two"], "python": sys.executable},
        **{
            launch: {"spec": f"{file}:{launch}", "python": sys.executable}
            for launch in ("build", "endless", "fails")
        },
    }


def needs_node() -> str:
    """Its path; skips the test where it, or the client, is not there."""
    node = shutil.which("node")
    if node is None or not PACKAGE.is_dir():
        pytest.skip(GET_IT)
    return node


def session(plan: dict[str, object], folder: Path) -> tuple[dict[str, str], Checker]:
    """Carry a plan out: what came of each check, and the messages held against the schema."""
    node = needs_node()
    (folder / "plan.json").write_text(json.dumps(plan))
    done = subprocess.run(
        [node, str(HERE / "run.js"), str(folder / "plan.json")],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((folder / "results.json").read_text("utf-8"))
    failed = {check: said for check, said in results.items() if said}
    assert not failed, "\n".join(f"{check}: {said}" for check, said in failed.items())
    checker = Checker()
    for line in (folder / "messages.jsonl").read_text("utf-8").splitlines():
        checker.check(json.loads(line))
    assert not checker.faults
    return results, checker


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_an_editors_session(name: str, tmp_path: Path):
    results, checker = session(plan_of(name, tmp_path), tmp_path)
    assert len(results) >= 18
    assert len(checker.seen) > 60


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_a_plain_script(name: str, tmp_path: Path):
    results, _ = session(plan_of(name, tmp_path, script=True), tmp_path)
    assert len(results) == 4
