"""Edits as they are written on the command line."""

from __future__ import annotations

import os

import pytest

from opscope.app.headless.edits import CannotEdit, changes_table, read_edit
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.ir import Change, Difference, Edit, EditKind, OpRecord, Phase, Run, ScopeKind

EXPRESSION = EditKind.EXPRESSION


@pytest.fixture
def run() -> Run:
    builder = GraphBuilder()
    made = Run(graph=builder.graph)
    inner = builder.scope(0, "head", ScopeKind.MODULE, "Head")
    relu, product = builder.op(0, "relu", "relu:0"), builder.op(inner, "matmul", "matmul:0")
    for op in (relu, product, relu):
        made.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, (), ())])
    return made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/relu:0=x*2", Edit(7, "/relu:0", EXPRESSION, "x*2", label="/relu:0")),
        (" /relu:0 = x == 2 ", Edit(7, "/relu:0", EXPRESSION, "x == 2", label="/relu:0")),
        ("/relu:0~2=0", Edit(7, "/relu:0", EXPRESSION, "0", turn=1, label="/relu:0~2")),
        ("/relu:0:3=0", Edit(7, "/relu:0", EXPRESSION, "0", slot=3, label="/relu:0:3")),
        (
            "/head/matmul:0 input 1=x.T",
            Edit(
                *(7, "/head/matmul:0", EXPRESSION, "x.T"),
                slot=1,
                is_input=True,
                label="/head/matmul:0 input 1",
            ),
        ),
        (
            "/relu:0=@new.npy",
            Edit(7, "/relu:0", EditKind.FILE, os.path.abspath("new.npy"), label="/relu:0"),
        ),
    ],
)
def test_what_is_written_is_understood(run: Run, text: str, wanted: Edit):
    assert read_edit(run, text, 7) == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/rellu:0=x", "No op of the run is called /rellu:0. Near to it is /relu:0."),
        ("elsewhere=x", "No op of the run is called elsewhere."),
        ("/relu:0", "/relu:0 is no edit; write OP=EXPRESSION"),
        ("/relu:0=", "is no edit"),
        ("=x", "is no edit"),
        ("/relu:0=x +", "The edit of /relu:0 does not apply: This is no expression"),
        ("/relu:0=y", "There is no y here"),
        ("/relu:0=@new.txt", ".npy file"),
    ],
)
def test_what_is_no_edit_is_said(run: Run, text: str, words: str):
    with pytest.raises(CannotEdit) as caught:
        read_edit(run, text, 1)
    assert words in str(caught.value)


def test_the_table_of_changes(run: Run):
    run.changes = [
        Change(0, 0, 0, Difference.EDITED, 0.5, "max 1 to 2"),
        Change(1, -1, 1, Difference.REMOVED),
    ]
    assert list(changes_table(run)) == [
        "#  op      scope                by up to",
        "1  relu           edited             0.5  max 1 to 2",
        "   matmul  head   only without",
    ]
