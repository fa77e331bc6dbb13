"""`opscope compare` across PyTorch and TensorFlow: a model written twice, with one mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.app.cli import main
from tests.debuggee.compare_asked import compared
from tests.debuggee.compare_models import write

pytestmark = pytest.mark.xdist_group("tensorflow")

Place = tuple[str, str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("model", ["cnn", "encoder"])
def test_a_model_equals_its_port(capsys: pytest.CaptureFixture[str], model: str):
    found = compared(capsys, f"nets.py:{model}", f"keras_nets.py:{model}")
    assert found.code == 0
    assert found.told["equal"] is True
    assert found.told["largest"] < 1e-5
    assert found.told["tally_a"]["unmatched"] == found.told["tally_b"]["unmatched"] == 0
    assert found.told["tally_b"]["merged"] > 0
    local = [pair["local"] for pair in found.told["pairs"] if pair["local"] is not None]
    assert len(local) > 15
    assert max(local) < 1e-6
    modules = {row["a"]: row["b"] for row in found.told["modules"]}
    named = {"cnn": ("block2.bn2", "block2.bn2"), "encoder": ("layers.1.norm1", "second.norm1")}
    assert modules[named[model][0]] == named[model][1]


@pytest.mark.parametrize(
    ("a", "b", "ours", "theirs", "kind"),
    [
        ("cnn", "cnn_eps", ("batch_norm", "block2.bn1"), ("AddV2", "block2.bn1"), "eps"),
        *[
            pytest.param(*row, marks=pytest.mark.long)
            for row in [
                ("cnn", "cnn_residual", ("add", "block2"), ("Relu", "block2"), "left out"),
                ("cnn", "cnn_activation", ("leaky_relu", ""), ("Relu", ""), "activation"),
                ("cnn", "cnn_transposed", ("linear", "mix"), ("MatMul", "mix"), "weight"),
                ("cnn_own_padding", "cnn", ("conv2d", "down"), ("Conv2D", "down"), "padding"),
                (
                    "cnn_pool",
                    "cnn",
                    ("avg_pool2d", "pool"),
                    ("AvgPool", "pool"),
                    "count_include_pad",
                ),
                (
                    *("encoder", "encoder_eps"),
                    *(("layer_norm", "layers.1.norm1"), ("AddV2", "second.norm1"), "eps"),
                ),
                ("encoder", "encoder_gelu", ("gelu", "layers.1"), ("Mul", "second"), "gelu"),
                (
                    *("encoder", "encoder_scale"),
                    *(("scaled_dot_product_attention", "layers.1"), ("RealDiv", "second"), "scale"),
                ),
                (
                    *("encoder", "encoder_transposed"),
                    *(("linear", "layers.1.k"), ("MatMul", "second.k"), "weight"),
                ),
                (
                    *("encoder_spelled", "encoder_axis"),
                    *(("softmax", "layers.1"), ("Transpose", "second"), "axis"),
                ),
            ]
        ],
    ],
)
def test_a_mistake_in_a_port_is_named_on_both_sides_and_proved(
    capsys: pytest.CaptureFixture[str], a: str, b: str, ours: Place, theirs: Place, kind: str
):
    found = compared(capsys, f"nets.py:{a}", f"keras_nets.py:{b}")
    assert found.code == 1
    assert found.place("a") == ours
    assert found.place("b") == theirs
    assert found.cause == ("proved", kind)
    assert found.first["b"]["file"].endswith("keras_nets.py")


@pytest.mark.long
def test_a_softmax_in_several_ops_against_attention_in_one(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:encoder", "keras_nets.py:encoder_axis")
    assert found.place("a") == ("scaled_dot_product_attention", "layers.1")
    assert found.place("b")[1] == "second"
    assert found.cause == ("proved", "axis")


@pytest.mark.long
def test_either_framework_may_come_first(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "keras_nets.py:encoder_gelu", "nets.py:encoder")
    assert found.code == 1
    assert found.place("b") == ("gelu", "layers.1")
    assert found.cause == ("proved", "gelu")


@pytest.mark.long
def test_two_runs_of_tensorflow(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "keras_nets.py:cnn", "keras_nets.py:cnn_eps")
    assert found.place("a") == found.place("b") == ("AddV2", "block2.bn1")
    assert found.cause == ("proved", "eps")
    assert [row for row in found.first["attributes"] if row[3]] == [["y", "0.001", "1e-05", True]]
    found = compared(capsys, "keras_nets.py:encoder", "keras_nets.py:encoder_gelu")
    assert found.place("a")[1] == found.place("b")[1] == "second"
    assert found.cause == ("hinted", "gelu")


@pytest.mark.long
def test_a_picture_is_laid_out_as_the_other_framework_has_it(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "keras_nets.py:cnn_function")
    assert found.code == 0
    assert "A's 2×3×12×12 laid out as 2×12×12×3 for B" in found.text
    assert found.told["b"]["inputs"] == [["x", [2, 12, 12, 3]]]


@pytest.mark.long
def test_a_recorded_run_of_one_framework_and_a_live_one_of_the_other(
    capsys: pytest.CaptureFixture[str],
):
    assert main(["trace", "nets.py:cnn", "--save", "a.opscope"]) == 0
    found = compared(capsys, "a.opscope", "keras_nets.py:cnn_eps")
    assert found.place("a") == ("batch_norm", "block2.bn1")
    assert found.place("b") == ("AddV2", "block2.bn1")
    assert found.cause == ("proved", "eps")
