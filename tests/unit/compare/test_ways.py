"""The words that make one model's second run."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.compare.ways import WAYS, NoSuchWay, derived, parse_way, unfit


@pytest.mark.parametrize("text", ["bfloat16", "train", "compile", "compile:aot_eager", "git:HEAD"])
def test_a_way_is_read_and_written_alike(text: str):
    assert parse_way(text).text == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bfloat", "did you mean bfloat16"),
        ("sideways", "write one of bfloat16"),
        ("weights", "needs FILE after a colon"),
        ("git", "needs REVISION after a colon"),
        ("train:fast", "takes nothing after a colon"),
        ("weights:/nowhere/at-all.pt", "There is no file"),
    ],
)
def test_what_is_no_way_is_said_in_a_sentence(text: str, said: str):
    with pytest.raises(NoSuchWay, match=said):
        parse_way(text)


def test_a_file_of_weights_is_found_from_the_folder(tmp_path: Path):
    (tmp_path / "w.pt").write_bytes(b"")
    assert parse_way("weights:w.pt", str(tmp_path)).more == str(tmp_path / "w.pt")


def test_train_is_held_against_evaluation_whatever_the_model_is_in():
    assert derived(parse_way("train")) == (("eval",), ("train",))
    assert derived(parse_way("float16")) == ((), ("float16",))


def test_every_way_has_a_title_and_names_what_else_fits():
    assert all(way.title and way.says.endswith(".") for way in WAYS)
    assert "--against jit" in unfit(parse_way("compile"), "TensorFlow")
    assert "--against compile" in unfit(parse_way("jit"), "PyTorch")
    assert unfit(parse_way("train"), "PyTorch") == ""
