"""A model in the words of the user."""

from __future__ import annotations

from opscope.app.naming import facts_line, facts_title, short_bytes, short_number, window_words
from opscope.tracers.ir import ModelFacts

FACTS = ModelFacts(
    "GPT2",
    "PyTorch",
    "2.13",
    parameters=2_690_000,
    device="cpu",
    dtype="float32",
    training=False,
    seconds=0.0312,
    recording_bytes=11_430_000,
    inputs=(("ids", (1, 64), "int64"), ("x", (), "float32")),
    synthetic=True,
)


def test_the_title_has_the_size_and_every_input():
    assert facts_title(FACTS) == (
        "2.69 M parameters · ids 1×64 int64 (synthetic) · x scalar float32 (synthetic)"
    )


def test_the_line_has_device_kind_mode_time_and_bytes():
    assert facts_line(FACTS) == (
        "cpu · float32 · eval mode · about 31 ms · a full recording takes 10.9 MiB"
    )


def test_what_is_not_known_is_left_out():
    assert facts_line(ModelFacts("m", "PyTorch", "2", device="cpu")) == "cpu"
    assert facts_title(ModelFacts("m", "PyTorch", "2")) == "0 parameters"


def test_the_windows_sentences_name_no_options():
    said = "give each one a shape, like --input x=1x16 --input y=1x16."
    assert window_words(said) == "give each one a shape, like x=1x16 y=1x16."


def test_numbers_and_bytes():
    assert [short_number(n) for n in (7, 1_234, 25_557_032)] == ["7", "1.23 k", "25.6 M"]
    assert [short_bytes(n) for n in (12, 2048, 3 << 30)] == ["12 B", "2 KiB", "3 GiB"]
