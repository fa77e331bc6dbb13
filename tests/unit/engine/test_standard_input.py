"""What the model reads: asked for once, and read again by every run."""

from __future__ import annotations

import io
import os
import threading

import pytest

from opscope.tracers.engine import standard_input
from opscope.tracers.engine.muted import Muted
from opscope.tracers.engine.standard_input import Lines, ReadsInput


class Asked:
    """A user who has typed some lines beforehand; None is the end."""

    def __init__(self, *texts: str | None) -> None:
        self.told: list[bool] = []
        self.lines = Lines(self._ask)
        self.stream = io.TextIOWrapper(io.BufferedReader(self.lines), encoding="utf-8")
        for text in texts:
            self.lines.answer(text)

    def _ask(self, wanted: bool) -> bool:
        self.told.append(wanted)
        return True


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked("one", "two – ∀", "", "x" * 100_000, None)
    monkeypatch.setattr(standard_input, "current", made.lines)
    return made


def test_lines_come_one_by_one(asked: Asked):
    read = [asked.stream.readline() for _ in range(5)]
    assert read == ["one\n", "two – ∀\n", "\n", "x" * 100_000 + "\n", ""]
    assert asked.told == [True, False] * 5
    assert not asked.lines.waiting


def test_bytes_and_the_rest_of_it():
    asked = Asked("a", "b", None)
    assert asked.stream.buffer.read() == b"a\nb\n"
    asked.lines.answer("c")
    assert asked.stream.readline() == "c\n", "the end of a terminal's input is no end for ever"


def test_a_silent_run_reads_the_runs_own_lines_and_asks_nobody(asked: Asked):
    assert asked.stream.readline() == "one\n"  # while the model is loaded
    with standard_input.unasked(), pytest.raises(ReadsInput, match="asked for when it runs"):
        asked.stream.readline()
    assert [asked.stream.readline() for _ in range(2)] == ["two – ∀\n", "\n"]
    known = len(asked.told)
    muted = Muted()
    muted.begin()
    try:
        again = [asked.stream.readline() for _ in range(3)]
    finally:
        muted.end()
    assert again == ["two – ∀\n", "\n", ""]
    assert len(asked.told) == known


def test_a_run_that_goes_live_again_is_asked_for_what_is_new(asked: Asked):
    asked.lines.mark()
    assert asked.stream.readline() == "one\n"
    asked.lines.leave_alone()
    assert asked.stream.readline() == "one\n"
    asked.lines.ask_again()
    assert asked.stream.readline() == "two – ∀\n"
    assert asked.told == [True, False] * 2


def test_where_nobody_can_answer_it_is_the_end():
    lines = Lines(lambda wanted: False)
    assert io.BufferedReader(lines).read() == b""
    assert not lines.waiting


def test_it_waits_for_the_answer():
    lines = Lines(lambda wanted: True)
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append(lines.readline()))
    thread.start()
    lines.answer("late")
    thread.join(5)
    assert read == [b"late\n"]


def test_it_is_descriptor_0_and_no_terminal(asked: Asked):
    assert asked.stream.fileno() == 0
    assert not asked.stream.seekable()
    assert not asked.stream.buffer.raw.isatty() or os.isatty(0)
