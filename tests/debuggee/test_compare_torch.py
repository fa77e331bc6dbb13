"""`opscope compare` on PyTorch models before and after a change, live and recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.app.cli import main
from tests.debuggee.compare_asked import compared
from tests.debuggee.compare_models import write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def record(spec: str, path: str) -> None:
    assert main(["trace", spec, "--save", path]) == 0


def test_a_model_equals_itself_bit_for_bit(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn")
    assert found.code == 0
    assert found.told["equal"] is True
    assert found.told["largest"] == 0.0
    assert (
        found.told["tally_a"]
        == found.told["tally_b"]
        == {
            "matched": found.told["a"]["ops"],
            "merged": 0,
            "unmatched": 0,
        }
    )
    assert {(row["a"], row["b"]) for row in found.told["modules"]} >= {
        ("block1.conv1", "block1.conv1"),
        ("head", "head"),
    }
    assert "evaluation mode" in found.text


@pytest.mark.long
@pytest.mark.parametrize(
    ("b", "op", "kind", "name"),
    [
        ("cnn_eps", ("batch_norm", "block2.bn1"), "eps", "eps"),
        ("cnn_slope", ("leaky_relu", ""), "negative_slope", "negative_slope"),
        ("cnn_pool", ("avg_pool2d", "pool"), "count_include_pad", "count_include_pad"),
    ],
)
def test_a_changed_argument_is_found_and_proved(
    capsys: pytest.CaptureFixture[str], b: str, op: tuple[str, str], kind: str, name: str
):
    found = compared(capsys, "nets.py:cnn", f"nets.py:{b}")
    assert found.code == 1
    assert found.place("a") == found.place("b") == op
    assert found.cause == ("proved", kind)
    differing = [row[0] for row in found.first["attributes"] if row[3]]
    assert differing == [name]
    assert found.first["a"]["file"].endswith("nets.py")
    assert found.first["a"]["line"] > 0


@pytest.mark.long
def test_a_dropout_left_on_is_told_before_and_proved(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_training")
    assert found.code == 1
    assert found.place("b") == ("dropout", "drop")
    assert found.cause == ("proved", "left out")
    assert "dropout on in 1 op" in found.text
    assert found.told["b"]["dropout"] == 1


@pytest.mark.long
def test_a_softmax_over_another_axis_inside_what_the_other_side_does_in_one_op(
    capsys: pytest.CaptureFixture[str],
):
    found = compared(capsys, "nets.py:encoder", "nets.py:encoder_axis")
    assert found.code == 1
    assert found.place("a") == ("scaled_dot_product_attention", "layers.1")
    assert found.place("b")[1] == "layers.1"
    assert found.cause == ("proved", "axis")


@pytest.mark.long
def test_attention_spelled_out_equals_attention_in_one_op(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:encoder_spelled", "nets.py:encoder")
    assert found.code == 0
    assert found.told["tally_a"]["merged"] > 0
    assert found.told["tally_a"]["unmatched"] == found.told["tally_b"]["unmatched"] == 0


@pytest.mark.long
def test_another_weight_is_named(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_weights")
    assert found.place("a") == found.place("b") == ("conv2d", "block2.conv1")
    assert found.cause == ("hinted", "weight")
    assert "A's block2.conv1.weight is not B's block2.conv1.weight" in found.text


@pytest.mark.long
def test_an_lstm_against_its_cells_written_out(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:recurrent", "nets.py:cells")
    assert found.code == 0
    assert found.told["tally_b"]["merged"] > 50
    found = compared(capsys, "nets.py:recurrent", "nets.py:cells_weights")
    assert found.code == 1
    assert found.place("a") == ("lstm", "rnn")
    assert found.cause == ("hinted", "weight")
    assert "bias_hh_l0" in found.text


@pytest.mark.long
def test_bfloat16_equals_float32_within_its_digits(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_half")
    assert found.code == 0
    assert "A computes in float32, B in bfloat16" in found.text
    assert any("few digits" in note for note in found.told["notes"])
    assert 1e-4 < found.told["largest"] < 3e-2


@pytest.mark.long
def test_a_large_eps_shows_in_bfloat16(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_half_eps")
    assert found.code == 1
    assert found.place("b") == ("batch_norm", "block2.bn1")
    assert found.cause == ("proved", "eps")


@pytest.mark.long
def test_two_recorded_runs_are_told_apart_by_their_arguments(capsys: pytest.CaptureFixture[str]):
    record("nets.py:cnn", "a.opscope")
    record("nets.py:cnn_eps", "b.opscope")
    found = compared(capsys, "a.opscope", "b.opscope")
    assert found.code == 1
    assert found.place("a") == found.place("b") == ("batch_norm", "block2.bn1")
    assert found.cause == ("hinted", "eps")
    assert found.told["a"]["recorded"] is True
    assert compared(capsys, "a.opscope", "a.opscope").code == 0


@pytest.mark.long
def test_a_recorded_run_and_a_live_one_either_way_around(capsys: pytest.CaptureFixture[str]):
    record("nets.py:cnn", "a.opscope")
    for a, b in (("a.opscope", "nets.py:cnn_eps"), ("nets.py:cnn_eps", "a.opscope")):
        found = compared(capsys, a, b)
        assert found.code == 1
        assert found.place("a") == found.place("b") == ("batch_norm", "block2.bn1")
        assert found.cause == ("proved", "eps")
        assert found.first["a"]["attributes"] != found.first["b"]["attributes"]


@pytest.mark.long
def test_b_without_inputs_is_given_those_of_a(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_bare")
    assert found.code == 0
    assert found.told["largest"] == 0.0


@pytest.mark.long
def test_inputs_of_the_command_line_go_to_both(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_eps", "--input", "1x3x8x8")
    assert found.code == 1
    assert found.told["b"]["inputs"] == [["x", [1, 3, 8, 8]]]
    assert found.cause == ("proved", "eps")


@pytest.mark.long
@pytest.mark.parametrize(
    ("a", "b", "said", "kept"),
    [
        ("fails", "cnn", "A failed: matmul raised RuntimeError", "B ran to its end"),
        ("cnn", "fails", "B failed: matmul raised RuntimeError", "A ran to its end"),
        ("cnn", "two", "A takes 1 input (x 2×3×12×12) and B takes 2 inputs", ""),
        ("cnn", "encoder", "no order of axes makes the one the other", ""),
        ("cnn", "other", "no value in common", ""),
        ("cnn", "nothing", "nets.py has no name nothing", ""),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], a: str, b: str, said: str, kept: str
):
    assert main(["compare", f"nets.py:{a}", f"nets.py:{b}"]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("opscope:") == 1
    assert kept in told.out


@pytest.mark.long
def test_recorded_runs_of_other_inputs_are_refused(capsys: pytest.CaptureFixture[str]):
    record("nets.py:cnn", "a.opscope")
    record("nets.py:encoder", "b.opscope")
    assert main(["compare", "a.opscope", "b.opscope"]) == 2
    assert "not made on the same inputs" in capsys.readouterr().err


def test_nothing_is_run_where_the_result_has_no_folder(capsys: pytest.CaptureFixture[str]):
    assert main(["compare", "nets.py:cnn", "nets.py:cnn", "--json", "no/where.json"]) == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.long
def test_the_folder_of_what_was_handed_over_is_gone(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
):
    private = folder / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    assert main(["compare", "nets.py:cnn", "nets.py:cnn_eps"]) == 1
    assert list(private.iterdir()) == []
