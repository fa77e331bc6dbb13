"""The list of edits: sent as a whole, undone, redone, and taken back where it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opscope.app.commands import When
from opscope.app.edits import Edits, label_of, selection_of, turn_of
from opscope.tracers.ir import Edit, EditKind, RunState, Selection
from opscope.tracers.protocol.messages import EDITS

from ..widgets import run_samples as samples
from .fake_session import FakeSession

SOFTMAX = Edit(1, "/h.5/attn/softmax:0", EditKind.ZERO, label="output of softmax in h.5.attn")
RELU = Edit(2, "/h.1/relu:0", EditKind.NOISE, "0.1", label="output of relu in h.1")


class Obliging(FakeSession):
    """Takes every list, unless it is told to keep a test waiting."""

    def request(self, command, arguments, answer=None, failure=None):
        super().request(command, arguments, answer, failure)
        if not self.slow:
            self.asked[-1].succeed()

    slow = False


@pytest.fixture
def session() -> Obliging:
    return Obliging(samples.gpt2(231).run)


@pytest.fixture
def edits(session: FakeSession) -> Edits:
    return Edits(session)  # type: ignore[arg-type]


def sent(session: FakeSession) -> list[list[int]]:
    """Ids of each list that was sent, those that are off negated."""
    assert all(asked.command == EDITS for asked in session.asked)
    return [
        [row["id"] if row["enabled"] else -row["id"] for row in asked.arguments["edits"]]
        for asked in session.asked
    ]


def test_every_change_sends_the_whole_list(session, edits, qtbot):
    with qtbot.waitSignal(edits.changed, timeout=500):
        edits.put(SOFTMAX)
    edits.put(RELU)
    edits.toggle(SOFTMAX)
    edits.remove(RELU)
    assert sent(session) == [[1], [1, 2], [-1, 2], [-1]]
    assert session.asked[0].arguments["edits"][0] == {
        "id": 1,
        "where": "/h.5/attn/softmax:0",
        "kind": "zero",
        "text": "",
        "turn": 0,
        "slot": 0,
        "is_input": False,
        "enabled": True,
        "label": "output of softmax in h.5.attn",
    }


def test_undo_and_redo_walk_through_the_lists(session, edits):
    edits.put(SOFTMAX)
    edits.put(RELU)
    edits.put(replace(RELU, text="0.5"))
    edits.undo()
    assert edits.rows == [SOFTMAX, RELU]
    edits.undo()
    edits.undo()
    assert edits.rows == []
    assert edits.facts == When.REDOABLE
    edits.redo()
    edits.redo()
    assert edits.rows == [SOFTMAX, RELU]
    assert edits.facts == When.UNDOABLE | When.REDOABLE
    assert sent(session) == [[1], [1, 2], [1, 2], [1, 2], [1], [], [1], [1, 2]]


def test_what_undo_would_do_is_named(edits):
    edits.put(SOFTMAX)
    assert edits.stack.undoText() == "Edit output of softmax in h.5.attn"
    edits.toggle(SOFTMAX)
    assert edits.stack.undoText() == "Switch Off output of softmax in h.5.attn"
    edits.remove(SOFTMAX)
    assert edits.stack.undoText() == "Remove Edit of output of softmax in h.5.attn"
    edits.undo()
    assert edits.stack.redoText() == "Remove Edit of output of softmax in h.5.attn"


def test_a_refused_edit_is_taken_back_and_leaves_no_step(session, edits, qtbot):
    edits.put(SOFTMAX)
    session.slow = True
    edits.put(RELU)
    with qtbot.waitSignal(edits.refused, timeout=500) as told:
        session.asked[-1].fail("This run cannot be edited.")
    assert told.args == ["This run cannot be edited."]
    assert edits.rows == [SOFTMAX]
    assert edits.stack.count() == 1
    assert sent(session) == [[1], [1, 2]], "nothing more is sent for it"


def test_a_refused_undo_can_be_tried_again(session, edits):
    edits.put(SOFTMAX)
    session.slow = True
    edits.undo()
    assert edits.rows == []
    assert edits.facts == When(0), "one at a time"
    session.asked[-1].fail("Not now.")
    assert edits.rows == [SOFTMAX]
    assert edits.facts == When.UNDOABLE
    edits.undo()
    assert edits.rows == []


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.DIED, RunState.LOADING])
def test_nothing_changes_while_the_run_cannot_go_back(session, edits, qtbot, state):
    edits.put(SOFTMAX)
    session.run.state = state
    with qtbot.waitSignal(edits.refused, timeout=500) as told:
        edits.put(RELU)
    assert "pause" in told.args[0]
    edits.undo()
    assert edits.rows == [SOFTMAX]
    assert edits.facts == When(0)
    assert len(session.asked) == 1


def test_an_edit_that_changes_nothing_is_no_step(session, edits):
    edits.put(SOFTMAX)
    edits.put(SOFTMAX)
    assert edits.stack.count() == 1
    assert len(session.asked) == 1


def test_a_new_process_is_told_the_edits_again(session, edits):
    session.opened.emit()
    assert session.asked == [], "there are none"
    edits.put(SOFTMAX)
    session.opened.emit()
    assert sent(session) == [[1], [1]]
    edits.forget()
    session.opened.emit()
    assert sent(session) == [[1], [1]]
    assert edits.stack.count() == 0


def test_what_the_debuggee_says_of_edits_is_kept(session, edits, qtbot):
    edits.put(SOFTMAX)
    with qtbot.waitSignal(edits.changed, timeout=500):
        session.edited.emit({1: "The expression gave 2×3."}, {})
    assert edits.problems == {1: "The expression gave 2×3."}
    session.edited.emit({}, {1: "Made by copy: the output is a view."})
    assert edits.problems == {}
    assert edits.notes == {1: "Made by copy: the output is a view."}


def test_ids_are_never_given_twice(edits):
    assert [edits.new_id() for _ in range(3)] == [1, 2, 3]
    edits.put(SOFTMAX)
    edits.remove(SOFTMAX)
    assert edits.new_id() == 4


def test_an_edit_names_the_execution_it_is_made_on():
    run = samples.looped(3, done=True)
    tanh = next(index for index, op in enumerate(run.graph.ops) if op.type == "tanh")
    second = run.executions(tanh)[1]
    assert turn_of(run, tanh, second) == 1
    assert turn_of(run, tanh, -1) == 3, "the next one"
    assert label_of(run, tanh, 0, False, 1) == "output of tanh in refine, time 2"
    assert label_of(run, tanh, 1, True, 0) == "input 1 of tanh in refine, time 1"
    edit = Edit(1, run.graph.ops[tanh].key, EditKind.ZERO, turn=1)
    assert selection_of(run, edit) == Selection(op=tanh, record=second)
    assert selection_of(run, replace(edit, turn=9)) == Selection(op=tanh)
    assert selection_of(run, replace(edit, where="/gone:0")).empty


def test_the_only_output_of_an_op_has_no_number():
    run = samples.gpt2(231).run
    split = next(index for index, op in enumerate(run.graph.ops) if op.type == "split")
    assert label_of(run, split, 2, False) == "output 2 of split in h.0.attn"
    assert label_of(run, 0, 0, False) == "output of arange in embeddings"
