"""`opscope trace` through the real command, adapter and debuggee: what it prints and returns."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import opscope
from opscope.app.cli import main

MODELS = """
import os
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(4, 2)

    def forward(self, x):
        print("said by the model")
        return torch.relu(self.line(x))

class Fails(torch.nn.Module):
    def forward(self, x):
        y = torch.relu(x) + 1
        return y @ y

class Dies(torch.nn.Module):
    def forward(self, x):
        y = torch.relu(x)
        if os.environ.get("OPSCOPE_TEST_DIES") and y.sum().item() >= 0:
            os._exit(3)
        return y

class Restless(torch.nn.Module):
    count = 0

    def forward(self, x):
        Restless.count += 1
        return x * Restless.count
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "torch_nets.py").write_text(MODELS)
    return tmp_path


def traced(*words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a trace."""
    code = main(["trace", *words, "--json", "out.json"])
    return code, json.loads(Path("out.json").read_text())


def test_a_pytorch_sample_with_everything_asked_for(folder: Path):
    code, body = traced("sample:unstable_loss", "--verify", "--records")
    assert code == 0
    assert (body["framework"], body["model"]) == ("pytorch", "TrainingStep")
    assert body["map"]["source"] in ("torch.fx", "dry-run")
    assert body["map"]["ops"] == body["run"]["ops"] == len(body["records"])
    assert body["run"]["scopes"] > 0
    assert body["run"]["seconds"] > 0
    assert body["run"]["kept_bytes"] > 1000
    assert body["run"]["error"] is None
    assert not body["synthetic"]
    verify = body["verify"]
    assert verify["equal"] is True
    assert verify["exact"] is False
    assert verify["ratio"] == pytest.approx(verify["traced_seconds"] / verify["plain_seconds"])
    known = {"features", "labels"}
    for index, record in enumerate(body["records"]):
        assert record["index"] == index
        assert record["phase"] == "forward"
        assert record["source"]["file"].endswith("unstable_loss.py")
        assert record["source"]["function"]
        for name in record["inputs"]:
            assert name in known or name.startswith(("encoder.", "classifier."))
        for output in record["outputs"]:
            assert output["value"] not in known
            known.add(output["value"])
    kinds = {finding["kind"]: finding for finding in body["findings"]}
    bad = body["records"][kinds["non-finite"]["record"]]
    assert (bad["type"], bad["outputs"][0]["inf"], bad["outputs"][0]["nan"]) == ("log", 6, 0)
    assert kinds["non-finite"]["rule"] == "log-of-zero"
    assert "It becomes NaN in mul (" in kinds["non-finite"]["message"]
    assert kinds["non-finite"]["source"]["file"].endswith("unstable_loss.py")


def test_a_tensorflow_sample_under_the_exact_settings(folder: Path):
    code, body = traced("sample:saved_model", "--verify", "--exact", "--records")
    assert code == 0
    assert body["framework"] == "tensorflow"
    assert body["map"]["source"] == "tf.function"
    assert body["verify"]["equal"] is True
    assert body["verify"]["exact"] is True
    assert body["verify"]["max_abs_diff"] == 0
    assert len(body["records"]) == body["run"]["ops"] > 3
    names = [output["value"] for record in body["records"] for output in record["outputs"]]
    assert len(set(names)) == len(names)


def test_the_table(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "torch_nets.py:Net", "--input", "3x4"]) == 0
    out, err = capfd.readouterr()
    heading, first, second, line = out.splitlines()
    assert heading.split() == ["#", "op", "scope", "shape", "dtype", "min", "max", "mean"]
    assert first.split()[:5] == ["1", "linear", "line", "3x2", "float32"]
    assert second.split()[:4] == ["2", "relu", "3x2", "float32"]
    assert first.index("3x2") == second.index("3x2") == heading.index("shape")
    assert line.startswith("Net (PyTorch ")
    assert "; 2 ops in 1 scope, " in line
    assert line.endswith("inputs x 3x4 float32 (made up)")
    assert "said by the model" in err


def test_json_alone_on_standard_output(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "torch_nets.py:Net", "--input", "x=1x4:ones", "--json", "-"]) == 0
    body = json.loads(capfd.readouterr().out)
    assert "records" not in body
    assert "verify" not in body
    assert body["inputs"] == [{"name": "x", "shape": [1, 4], "dtype": "float32"}]


def test_a_model_that_fails_after_a_few_ops(folder: Path, capfd: pytest.CaptureFixture[str]):
    code, body = traced("torch_nets.py:Fails", "--input", "2x3", "--records")
    assert code == 1
    assert "cannot be multiplied" in body["run"]["error"]
    assert body["records"][-1]["error"]
    assert body["findings"][-1]["kind"] == "failed"
    assert body["findings"][-1]["record"] == len(body["records"]) - 1
    err = capfd.readouterr().err
    assert err.startswith("opscope: The model failed: matmul")
    shapes = body["run"]["failure"]["shapes"]
    assert shapes[0] == "Axis 1 of input 0 is 3, axis 0 of input 1 is 2."
    assert err.splitlines()[1:] == [f"  {sentence}" for sentence in shapes]


def test_a_failure_is_said_once_on_each_stream(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "torch_nets.py:Fails", "--input", "2x3"]) == 1
    out, err = capfd.readouterr()
    row = next(line for line in out.splitlines() if " failed" in line)
    assert row.split() == ["3", "matmul", "failed"]
    assert out.count("cannot be multiplied") == err.count("cannot be multiplied") == 1
    finding = next(line for line in out.splitlines() if line.startswith("found: "))
    assert finding.endswith("torch_nets.py, line 17)")
    assert err.splitlines()[0].endswith("torch_nets.py, line 17).")


def test_a_failure_between_ops_is_said_too(folder: Path, capfd: pytest.CaptureFixture[str]):
    lines = "import torch", "def net(x):", "    y = torch.relu(x) + 1", "    raise KeyError('gone')"
    (folder / "between.py").write_text("\n".join((*lines, "")))
    assert main(["trace", "between.py:net", "--input", "2x3"]) == 1
    out, err = capfd.readouterr()
    assert out.splitlines()[-1] == "failed: net raised KeyError: 'gone'"
    assert err == "opscope: The model failed: net raised KeyError: 'gone'.\n"
    assert "2 ops in 0 scopes" in out


def test_inputs_that_the_first_op_refuses(folder: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["trace", "torch_nets.py:Net", "--input", "3x5"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "\nopscope: The model does not take these inputs: linear in line raised" in err
    assert "torch_nets.py, line 12).\n  Axis 1 of input 0 (the input x) is 5" in err


def test_a_tensorflow_failure_has_no_node_marks(folder: Path, capfd: pytest.CaptureFixture[str]):
    lines = "import tensorflow as tf", "def net(x):", "    y = tf.nn.relu(x) + 1.0"
    (folder / "tf_net.py").write_text("\n".join((*lines, "    return tf.matmul(y, y)", "")))
    assert main(["trace", "tf_net.py:net", "--input", "2x3"]) in (1, 2)
    out, err = capfd.readouterr()
    assert "function_node" not in out + err
    assert err.count("\n") == 1


@pytest.mark.long
def test_a_pickle_finds_its_class_beside_it(folder: Path, capfd: pytest.CaptureFixture[str]):
    (folder / "deep").mkdir()
    (folder / "deep" / "pickled_net.py").write_text(MODELS)
    make = "import torch, pickled_net; torch.save(pickled_net.Net(), 'whole.pt')"
    subprocess.run([sys.executable, "-c", make], cwd=folder / "deep", check=True)
    words = ["trace", "deep/whole.pt", "--input", "3x4"]
    assert main(words) == 2
    assert "open it with --trust if" in capfd.readouterr().err
    assert main([*words, "--trust"]) == 0
    assert capfd.readouterr().out.splitlines()[1].split()[:2] == ["1", "linear"]
    (folder / "deep" / "pickled_net.py").rename(folder / "pickled_net.py")
    assert main([*words, "--trust"]) == 0


def test_a_run_that_is_not_equal(folder: Path, capfd: pytest.CaptureFixture[str]):
    code, body = traced("torch_nets.py:Restless", "--input", "2x3", "--verify")
    assert code == 1
    assert body["verify"]["equal"] is False
    assert body["verify"]["max_abs_diff"] > 0
    assert capfd.readouterr().err == "opscope: The traced run is not equal to a plain run.\n"


def test_a_model_that_ends_its_process(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPSCOPE_TEST_DIES", "1")
    assert main(["trace", "torch_nets.py:Dies", "--input", "2x3"]) == 1
    err = capfd.readouterr().err
    assert "exit code 3" in err
    assert err.count("\n") == 1


def test_the_samples_and_the_version():
    command = [sys.executable, "-m", "opscope"]
    listed = subprocess.run([*command, "samples"], capture_output=True, text=True, check=True)
    specs = [line.split()[0] for line in listed.stdout.splitlines()]
    assert {"sample:resnet18", "sample:gpt2", "sample:keras_cnn", "sample:char_gru"} <= set(specs)
    said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"opscope {opscope.__version__}\n"
