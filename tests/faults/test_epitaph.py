"""What is told of a process that was killed: whether memory had run out, if the system says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.adapter import epitaph
from opscope.tracers.adapter.child import Child
from opscope.tracers.adapter.epitaph import Registrar, last_words, sentence_of

MEMORY = "Memory had probably run out"


@pytest.fixture
def killed() -> Iterator[Child]:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    child = Child([sys.executable, "-c", code], dict(os.environ), None)
    child.wait()
    yield child
    child.close()


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in the place of the system's counts."""
    path = tmp_path / "vmstat"
    path.write_text("nr_free_pages 7\noom_kill 3\n")
    monkeypatch.setattr(epitaph, "_KILLS", str(path))
    return path


def test_a_kill_for_memory_is_told(killed: Child, counts: Path):
    registrar = Registrar()
    counts.write_text("nr_free_pages 7\noom_kill 4\n")
    found = registrar.epitaph(killed, -9)
    assert found.sentence.startswith("The model's Python was killed by SIGKILL (Killed).")
    assert MEMORY in found.sentence
    assert found.body["exitCode"] == 137
    assert found.body["opscope"]["sentence"] == found.sentence


@pytest.mark.parametrize("text", ["nr_free_pages 7\noom_kill 3\n", "", "oom_kill many\n"])
def test_nothing_is_said_of_memory_otherwise(killed: Child, counts: Path, text: str):
    registrar = Registrar()
    counts.write_text(text)
    assert MEMORY not in registrar.epitaph(killed, -9).sentence
    counts.write_text("oom_kill 9\n")
    assert MEMORY not in registrar.epitaph(killed, 3).sentence


def test_a_process_that_ended_itself_says_why():
    assert sentence_of(1, None, "", "ran out of memory") == "The model's Python ran out of memory."
    assert sentence_of(3, None, "add in m") == (
        "The model's Python ended with exit code 3; the last op it began was add in m."
    )


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ("", ""),
        ("one\ntwo \n\n", "two"),
        (
            "std::bad_alloc\nFatal Python error: Aborted\n\nThread 0x7\nExtension modules: a\n",
            "std::bad_alloc",
        ),
        (
            "F0 Check failed: memory\n*** Check failure stack trace: ***\n  @  0x1\n",
            "F0 Check failed: memory",
        ),
        ("Fatal Python error: Segmentation fault\n\nCurrent thread\n", ""),
    ],
)
def test_last_words_are_the_models_own(errors: str, words: str):
    assert last_words(errors) == words
