"""What a debuggee leaves in shared memory, and what a client makes of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from opscope.tracers.ir import (
    Category,
    Frame,
    Graph,
    Op,
    Phase,
    Run,
    Scope,
    ScopeKind,
    Value,
    ValueKind,
)
from opscope.tracers.protocol import leavings
from opscope.tracers.protocol.leavings import Leavings, Left, pack_note, read_left, read_note
from opscope.tracers.protocol.left import take_left


@pytest.fixture
def shared() -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.truncate(leavings.SIZE)
        yield file.fileno()


def test_note_and_words(shared: int):
    left = Leavings(shared)
    assert (read_note(shared), leavings.read_words(shared)) == ("", "")
    left.note(pack_note("softmax in h.5 – x"))
    left.note(pack_note("add"))
    left.say(pack_note("ran out of memory"))
    assert (read_note(shared), leavings.read_words(shared)) == ("add", "ran out of memory")
    left.note(pack_note("∀" * 5000))
    assert read_note(shared).startswith("∀" * 1333)
    assert leavings.read_words(shared) == "ran out of memory"


def test_only_what_was_not_sent_is_left(shared: int):
    left = Leavings(shared)
    for index in range(10):
        left.record(index, index, index % 3, -1)
    for index in range(1, 4):
        left.frame(index, 0, index, index - 2)
    left.sent(7, 2)
    found = read_left(shared)
    assert (found.first, found.records) == (7, ((7, 1, -1), (8, 2, -1), (9, 0, -1)))
    assert (found.first_frame, found.frames) == (2, ((0, 2, 0), (0, 3, 1)))
    left.forget()
    left.record(7, 70, 0, 3)
    assert read_left(shared).records == ((70, 0, 3),)


def test_of_very_many_the_newest_are_left(shared: int):
    left, count = Leavings(shared), leavings.RECORDS + 50
    for index in range(count):
        left.record(index, index, 0, -1)
    left.sent(100, 1)
    found = read_left(shared).records
    assert len(found) == count - 100
    assert found[-1] == (count - 1, 0, -1)
    left.sent(10, 1)
    assert read_left(shared).records == (), "what is between is gone"


def graph() -> Graph:
    made = Graph()
    made.scopes.append(Scope("/m", 0, "m", "m", "M", ScopeKind.MODULE))
    made.scopes.append(Scope("/b", 0, "b", "b", "", ScopeKind.BACKWARD))
    made.values.append(Value(ValueKind.INPUT, -1, 0, "x", (2,), "float32"))
    for index, scope in enumerate((0, 1, 2)):
        made.values.append(Value(ValueKind.OUTPUT, index, 0, "", (2, 3), "float16"))
        made.ops.append(
            Op(f"/{index}", "op", scope, Category.OTHER, "", (), (index,), (index + 1,), -1)
        )
    return made


Rows = tuple[tuple[int, int, int], ...]


def body(first: int = 0, records: Rows = (), frames: Rows = ()) -> dict[str, Any]:
    return asdict(Left(first, 1, records, frames))


def test_a_client_takes_what_it_does_not_have():
    run = Run(graph=graph())
    left = body(records=((0, 0, -1), (1, 1, 9), (2, 2, -1)), frames=((0, 1, -1), (0, 2, -1)))
    assert take_left(run, left)
    assert run.frames == [Frame(-1, 0), Frame(0, 1), Frame(0, 2)]
    assert [row.op for row in run.records] == [0, 1, 2]
    assert [row.inputs for row in run.records] == [((-1, 0),), ((0, 0),), ((1, 0),)]
    assert [row.phase for row in run.records] == [Phase.FORWARD, Phase.FORWARD, Phase.BACKWARD]
    assert run.records[1].source == -1
    summary = run.records[2].outputs[0]
    assert (summary.shape, summary.dtype, summary.mean, summary.kept) == (
        (2, 3),
        "float16",
        None,
        False,
    )
    assert not take_left(run, left), "it has them now"
    assert len(run.records) == 3


def test_rows_whose_ops_or_frames_are_unknown_end_it():
    run = Run(graph=graph())
    assert take_left(run, body(records=((0, 0, -1), (7, 0, -1), (1, 0, -1))))
    assert len(run.records) == 1
    assert not take_left(run, body(first=5, records=((1, 0, -1),)))
    assert not take_left(run, body(first=1, records=((1, 4, -1),), frames=((9, 1, -1),)))
    assert not take_left(run, {})
    assert len(run.frames) == 1
