"""`opscope compare` with ops that the user says are one, or are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.app.cli import main
from tests.debuggee.compare_asked import compared
from tests.debuggee.compare_models import write

SAME = ("nets.py:cnn", "nets.py:cnn")
CONV, NORM = "/block2/conv1/conv2d:0", "/block2/bn1/batch_norm:0"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)


def test_what_is_pinned_is_one_whatever_its_elements(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, *SAME, "--pin", f"{NORM}={CONV}")
    assert found.code == 1
    keys = {row["key"]: number for number, row in enumerate(_ops(found.told))}
    pinned = [pair for pair in found.told["pairs"] if pair["a"] == [keys[NORM], 0]]
    assert [pair["b"] for pair in pinned] == [[keys[CONV], 0]]
    assert pinned[0]["local"] > 0.1
    places = {each["b"]["key"] for each in found.told["divergences"]}
    assert places == {CONV, NORM}


def _ops(told: dict[str, list[dict[str, dict[str, object]]]]) -> list[dict[str, object]]:
    """Of the divergences, with a record of A for every key that they name."""
    rows: dict[object, dict[str, object]] = {}
    for each in told["divergences"]:
        for side in ("a", "b"):
            rows[each[side]["record"]] = each[side]
    last = max(int(str(record)) for record in rows)
    return [rows.get(record, {"key": ""}) for record in range(last + 1)]


@pytest.mark.long
def test_what_is_forbidden_is_not_one(capsys: pytest.CaptureFixture[str]):
    free = compared(capsys, *SAME)
    found = compared(capsys, *SAME, "--forbid", f"{NORM}={NORM}")
    assert found.code == 0
    assert len(found.told["pairs"]) == len(free.told["pairs"]) - 1
    assert found.told["tally_a"]["merged"] == 1


@pytest.mark.long
def test_as_many_divergences_are_told_as_are_wished_for(capsys: pytest.CaptureFixture[str]):
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_two", "--most", "1")
    assert len(found.told["divergences"]) == 1
    assert any("more than 1" in note for note in found.told["notes"])
    assert any(pair["after"] == 1 for pair in found.told["pairs"])


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pin", "/block2/bn1/batchnorm:0=/head/linear:0"], f"is {NORM} meant?"),
        (["--pin", f"{NORM}=/head/linear:0"], "no order of axes makes the one the other"),
        (["--forbid", NORM], "and the key of B's op"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
):
    assert main(["compare", *SAME, *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("opscope:") == 1


def test_the_words_are_checked_before_anything_runs(capsys: pytest.CaptureFixture[str]):
    for words, said in (
        (["--most", "0"], "0 is no whole number from 1"),
        (["--markdown", "page.html"], "page.html does not end in .md"),
    ):
        with pytest.raises(SystemExit):
            main(["compare", *SAME, *words])
        assert said in capsys.readouterr().err


@pytest.mark.long
def test_the_result_is_written_as_markdown_and_as_a_page(capsys: pytest.CaptureFixture[str]):
    words = ("--markdown", "page.md", "--html", "page.html")
    found = compared(capsys, "nets.py:cnn", "nets.py:cnn_two", *words)
    assert found.code == 1
    for name in ("page.md", "page.html"):
        text = Path(name).read_text()
        assert "Divergence 2" in text
        assert "block2.bn1.running" in text.replace("\\_", "_")
