"""`opscope compare MODEL --against WAY` on Keras models and TensorFlow's functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.app.cli import main
from tests.debuggee.compare_asked import Compared, compared
from tests.debuggee.compare_same_models import write

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def against(capsys: pytest.CaptureFixture[str], name: str, way: str, *more: str) -> Compared:
    return compared(capsys, f"keras_same.py:{name}", f"--against={way}", *more)


@pytest.mark.long
@pytest.mark.parametrize("way", ["bfloat16", "float16", "float64"])
def test_another_dtype_is_equal_within_its_digits(capsys: pytest.CaptureFixture[str], way: str):
    found = against(capsys, "net", way)
    assert found.code == 0, found.text
    assert found.told["b"]["dtype"] == way
    assert found.told["tally_a"]["unmatched"] == 0


@pytest.mark.long
def test_training_differs_by_its_modes_alone(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "net", "train")
    assert found.code == 1
    assert found.told["b"]["training"] is True
    assert [row["b"]["module"] for row in found.told["divergences"]] == ["norm", "drop"]
    assert {row["cause"]["kind"] for row in found.told["divergences"]} == {"mode"}
    assert any("1 BatchNorm, 1 dropout, and nothing else" in note for note in found.told["notes"])


@pytest.mark.long
def test_xla_is_equal_and_parts_where_it_draws_random_numbers(capsys: pytest.CaptureFixture[str]):
    found = against(capsys, "net", "jit")
    assert found.code == 0
    stages = found.told["compilation"]["graphs"][0]["stages"]
    assert [row["name"] for row in stages] == ["tf.function", "XLA"]
    assert stages[1]["error"] < 1e-5
    found = against(capsys, "random", "jit")
    assert found.code == 1
    assert found.place("a") == ("RandomUniform", "")
    assert found.cause == ("proved", "random")


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "way", "said"),
    [
        ("random", "float16", "is no Keras model"),
        ("random", "train", "takes no argument called training"),
        ("net", "compile", "compile is for PyTorch"),
        ("net", "weights:keras_same.py", "does not hold the weights of"),
    ],
)
def test_a_way_that_does_not_fit_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], name: str, way: str, said: str
):
    assert main(["compare", f"keras_same.py:{name}", "--against", way]) == 2
    told = capsys.readouterr().err
    assert said in told
