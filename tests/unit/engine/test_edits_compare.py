"""A run with edits against the run without: what differs, in which order, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.compare_runs import Baseline, Comparison, words
from opscope.tracers.engine.history import History
from opscope.tracers.ir import (
    Change,
    Difference,
    OpRecord,
    Phase,
    Run,
    RunState,
    ScopeKind,
    TensorSummary,
)
from tests.fake_program import NumpyBackend

EDITED, CHANGED = Difference.EDITED, Difference.CHANGED
ADDED, REMOVED = Difference.ADDED, Difference.REMOVED


class Backend(NumpyBackend):
    no_edits = ""

    def like(self, value: object, array: object) -> object:
        return np.asarray(array)

    def difference(self, one: object, other: object) -> tuple[bool, float | None]:
        left, right = np.asarray(one), np.asarray(other)
        same = left.tobytes() == right.tobytes()
        return same, float(np.abs(left - right).max())


class Two:
    """Two runs over one graph; ops are named by a letter, "t" a loop's that runs several times."""

    def __init__(self) -> None:
        self.builder = GraphBuilder()
        self.backend = Backend()
        self.run = Run(graph=self.builder.graph)
        self.values = History(1 << 20)
        self.before = Run(graph=self.builder.graph)
        self.held = History(1 << 20)
        self.edited: set[int] = set()

    def add(self, letters: str, *numbers: float, plain: bool = False, error: str = "") -> None:
        """One op for each letter, giving one number each."""
        run, values = (self.before, self.held) if plain else (self.run, self.values)
        for letter, number in zip(letters, numbers, strict=True):
            scope, name = 0, letter
            if letter.isupper():  # inside the op of that letter
                op = self.op(letter.lower())
                name = "inner"
                scope = self.builder.scope(0, letter, ScopeKind.FUNCTION, "", op=op)
            value = np.array([number], np.float64)
            record = OpRecord(
                self.op(name, scope),
                0,
                Phase.FORWARD,
                0.0,
                (),
                () if error else (self.backend.summarize(value),),
                error=error,
            )
            values.put((len(run.records), 0), value, 8)
            run.add_records([record])

    def op(self, name: str, scope: int = 0) -> int:
        found = self.builder.find(scope, name)
        return found if found >= 0 else self.builder.op(scope, name, name)

    def comparison(self, whole: bool = True) -> Comparison:
        baseline = Baseline(list(self.before.records), self.held, whole)
        edited = self.edited.__contains__
        return Comparison(self.run, self.values, self.backend, baseline, edited)

    def told(self, changes: list[Change]) -> list[tuple[str, Difference, int, int]]:
        ops = self.run.graph.ops
        return [(ops[row.op].type, row.how, row.record, row.before) for row in changes]


def test_edited_changed_and_the_same():
    two = Two()
    two.add("abcd", 1, 2, 3, 4, plain=True)
    two.add("abcd", 1, 7, 3, 4.5)
    two.edited = {1}
    found = two.comparison().follow()
    assert two.told(found) == [("b", EDITED, 1, 1), ("d", CHANGED, 3, 3)]
    assert [row.largest for row in found] == [5.0, 0.5]
    assert [row.text for row in found] == ["2 to 7", "4 to 4.5"]


def test_nothing_before_the_first_edit_is_compared():
    two = Two()
    two.add("abc", 1, 2, 3, plain=True)
    two.add("abc", 9, 2, 3)
    two.edited = {1}
    (change,) = two.comparison().follow()
    assert (change.record, change.text, change.largest) == (1, "the same as without", 0.0)


def test_another_way_through_the_model():
    two = Two()
    two.add("abccde", 1, 2, 3, 4, 5, 6, plain=True)
    two.add("axcde", 0, 1, 3, 5, 6)
    two.edited = {0}
    two.run.state = RunState.PAUSED
    comparison = two.comparison()
    wanted = [
        ("a", EDITED, 0, 0),
        ("x", ADDED, 1, -1),
        ("b", REMOVED, -1, 1),
        ("c", REMOVED, -1, 3),
    ]
    assert two.told(comparison.follow()) == wanted
    two.add("c", 4)  # it comes late, but it comes
    assert two.told(comparison.follow()) == wanted[:3]


def test_what_has_not_come_yet_is_not_gone_before_the_end():
    two = Two()
    two.add("abc", 1, 2, 3, plain=True)
    two.add("a", 0)
    two.edited = {0}
    two.run.state = RunState.PAUSED
    comparison = two.comparison()
    assert two.told(comparison.follow()) == [("a", EDITED, 0, 0)]
    two.run.state = RunState.FINISHED
    gone = [("b", REMOVED, -1, 1), ("c", REMOVED, -1, 2)]
    assert two.told(comparison.follow()) == [("a", EDITED, 0, 0), *gone]


def test_a_run_broken_off_tells_of_nothing_behind_its_end():
    two = Two()
    two.add("ab", 1, 2, plain=True)
    two.add("abc", 0, 2, 3)
    two.edited = {0}
    assert two.told(two.comparison(whole=False).follow()) == [("a", EDITED, 0, 0)]
    assert ("c", ADDED, 2, -1) in two.told(two.comparison().follow())


def test_what_is_inside_an_op_that_only_one_run_stepped_into_is_no_change():
    two = Two()
    two.add("abB", 1, 2, 2, plain=True)
    two.add("aAb", 0, 0, 2)
    two.edited = {0}
    assert two.told(two.comparison().follow()) == [("a", EDITED, 0, 0)]


def test_rewinding_forgets_and_compares_anew():
    two = Two()
    two.add("abc", 1, 2, 3, plain=True)
    two.add("abc", 0, 0, 0)
    two.edited = {0}
    comparison = two.comparison()
    assert len(comparison.follow()) == 3
    two.run.forget_from(1, 1)
    two.values.forget_from(1)
    comparison.forget_from(1)
    assert two.told(comparison.follow()) == [("a", EDITED, 0, 0)]
    two.add("bc", 2, 5)
    assert two.told(comparison.follow()) == [("a", EDITED, 0, 0), ("c", CHANGED, 2, 2)]
    two.edited.clear()
    two.run.forget_from(0, 1)
    comparison.forget_from(0)
    two.add("abc", 1, 2, 3)
    assert comparison.follow() == []


def test_values_that_were_let_go_are_compared_by_their_statistics():
    two = Two()
    two.add("abc", 1, 2, 3, plain=True)
    two.add("abc", 0, 2, 4)
    two.edited = {0}
    two.held.clear()
    found = two.comparison().follow()
    assert two.told(found) == [("a", EDITED, 0, 0), ("c", CHANGED, 2, 2)]
    assert [row.largest for row in found] == [None, None]


def test_memory_that_nothing_has_written_is_no_change():
    two = Two()
    empty, reader = two.op("new_empty"), two.op("c")
    for run, values, number in ((two.before, two.held, 3.0), (two.run, two.values, 4.0)):
        plain = run is two.before
        two.add("a", 1 if plain else 2, plain=plain)
        for op, inputs in ((empty, ()), (reader, ((1, 0),))):
            value = np.array([number])
            rows = (two.backend.summarize(value),)
            values.put((len(run.records), 0), value, 8)
            run.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, inputs, rows)])
    two.edited = {0}
    assert two.told(two.comparison().follow()) == [("a", EDITED, 0, 0)]


def test_errors():
    two = Two()
    two.add("a", 1, plain=True)
    two.add("b", 1, plain=True, error="ValueError: no")
    two.add("ab", 0, 2)
    two.edited = {0}
    found = two.comparison().follow()
    assert found[1].text == "no longer raises an error"
    two.run.forget_from(1, 1)
    two.add("b", 1, error="ValueError: no")
    assert two.told(two.comparison().follow()) == [("a", EDITED, 0, 0)]


def shown(**facts: object) -> TensorSummary:
    known = {"shape": (2, 3), "dtype": "float32", "minimum": 0.0, "maximum": 1.0, "mean": 0.5}
    return TensorSummary(**{**known, "rms": 0.6, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        ({}, {"maximum": 5.1}, "max 1 to 5.1"),
        ({}, {"minimum": -9.0, "maximum": 1.5}, "min 0 to -9"),
        ({}, {"mean": 0.25}, "mean 0.5 to 0.25"),
        ({}, {"mean": 0.50000001}, ""),
        ({}, {"shape": (2, 4)}, "shape 2×3 to 2×4"),
        ({}, {"shape": ()}, "shape 2×3 to ()"),
        ({}, {"dtype": "int64"}, "float32 to int64"),
        ({}, {"nan": 1200, "mean": None}, "0 to 1,200 not finite"),
        ({"text": "True"}, {"text": "False"}, "True to False"),
        ({"shape": ()}, {"shape": (), "maximum": -3.5}, "1 to -3.5"),
        (
            {"shape": (1, 1), "dtype": "bool"},
            {"shape": (1, 1), "dtype": "bool", "maximum": 0.0},
            "True to False",
        ),
    ],
)
def test_words(one, other, text):
    assert words(shown(**one), shown(**other)) == text
