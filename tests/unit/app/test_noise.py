"""What is left of a debuggee's errors without the frameworks' own words."""

from __future__ import annotations

import pytest

from opscope.app.noise import Noise

NOTICE = "I0000 00:00:1795492774.150343   15100 port.cc:153] oneDNN custom operations are on.\n"
HEAD = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
FAKE = "E1124 03:59:32.653 15091 site-packages/torch/_subclasses/fake_tensor.py:3090] failed\n"


@pytest.mark.parametrize("line", [NOTICE, HEAD, FAKE])
@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_noise_goes_and_all_else_stays_however_it_is_cut(line: str, size: int):
    said = f"loading\n{line}UserWarning: odd\nIt is slow\nWARNING: All is lost\nE12\n{line}end\n"
    noise = Noise()
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    heard = "".join(noise.without("stderr", piece) for piece in pieces)
    assert heard == said.replace(line, "")


def test_a_line_that_is_no_noise_is_told_before_it_ends():
    noise = Noise()
    assert noise.without("stderr", "epoch 1: ") == "epoch 1: "
    assert noise.without("stderr", "I0000 is not at the start\n") == "I0000 is not at the start\n"


def test_what_the_model_prints_is_never_touched():
    assert Noise().without("stdout", NOTICE) == NOTICE


def test_a_log_of_the_users_own_is_kept():
    line = "E1124 03:59:32.653 15091 models/train.py:12] a bad step\n"
    assert Noise().without("stderr", line) == line
