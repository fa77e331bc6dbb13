"""Which edits fall where, which differ from those before, and what is left to say of them."""

from __future__ import annotations

import numpy as np
import pytest

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.edits import Edits
from opscope.tracers.engine.replacements import fitted
from opscope.tracers.ir import Edit, EditKind, OpRecord, Phase, Run
from opscope.tracers.ir.edit_terms import edit_problem, noise_of, number_of
from opscope.tracers.ir.expression import BadExpression
from opscope.tracers.protocol.refusal import Refusal
from tests.fake_program import NumpyBackend
from tests.unit.engine.test_edits_compare import Backend

ZERO = EditKind.ZERO


def run_of(*types: str) -> Run:
    builder = GraphBuilder()
    run = Run(graph=builder.graph)
    for type_ in types:
        op = builder.find(0, type_)
        op = op if op >= 0 else builder.op(0, type_, type_)
        run.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, (), ())])
    return run


def test_a_framework_whose_values_cannot_be_edited():
    class Closed(Backend):
        no_edits = "Not these."

    for backend, words in ((NumpyBackend(), "Values of NumPy cannot be edited"), (Closed(), "Not")):
        edits = Edits(run_of("a"), backend)
        assert edits.replace([]) == []
        with pytest.raises(Refusal, match=words):
            edits.replace([Edit(1, "/a", ZERO)])
        assert edits.rows == []


def test_what_is_new_gone_changed_or_toggled():
    edits = Edits(run_of("a"), Backend())
    one, two = Edit(1, "/a", ZERO), Edit(2, "/a", EditKind.CONSTANT, "3")
    assert edits.replace([one, two]) == [one, two]
    assert edits.replace([one, two]) == []
    assert edits.replace([Edit(1, "/a", ZERO, label="another name"), two]) == []
    assert edits.replace([one]) == [two]
    assert edits.replace([Edit(1, "/a", ZERO, enabled=False)]) == [one]
    assert edits.replace([Edit(1, "/a", ZERO, enabled=False), two]) == [two]
    bad = Edit(1, "/a", EditKind.CONSTANT, "three")
    assert edits.replace([bad, two]) == []  # what cannot apply changes nothing
    assert edits.problems(False)[1].startswith("three is no number")


def test_an_edit_falls_on_one_execution():
    run = run_of("a", "b", "a", "a")
    edits = Edits(run, Backend())
    rows = [Edit(1, "/a", ZERO, turn=1), Edit(2, "/a", ZERO, turn=3), Edit(3, "/c", ZERO)]
    edits.replace(rows)
    assert [edits.record_of(row) for row in rows] == [2, -1, -1]
    op = run.records[0].op
    assert edits.at(op, 0) is None
    assert edits.at(op, 2) == [rows[0]]
    assert edits.at(op, 4) == [rows[1]]
    assert edits.at(run.records[1].op, 1) is None
    problems = edits.problems(True)
    assert problems[2] == "a ran 3 times, so its execution 4 never came."
    assert problems[3] == "The model has no op /c."
    assert edits.problems(False) == {}


def test_what_happened_is_forgotten_with_the_records():
    edits = Edits(run_of("a", "a"), Backend())
    rows = [Edit(1, "/a", ZERO), Edit(2, "/a", ZERO, turn=1, slot=4)]
    edits.replace(rows)
    value = np.ones(3, np.float32)
    assert (edits.outputs(rows[:1], 0, [value], [])[0] == np.zeros(3)).all()
    assert edits.outputs(rows[1:], 1, [value], []) == {}
    assert edits.edited(0)
    assert not edits.edited(1)
    assert edits.first_edited() == 0
    assert edits.problems(False) == {2: "The op gives 1 value; it has no output 4."}
    edits.forget_from(1)
    assert edits.problems(False) == {}
    edits.anew()
    assert edits.at(0, 0) == rows[:1]
    assert not edits.edited(0)


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), (" -0.5 ", -0.5), ("1e-3", 0.001), ("2j", 2j), ("true", True), ("False", False)],
)
def test_constants(text, number):
    found = number_of(text)
    assert found == number
    assert type(found) is type(number)


def test_constants_that_are_none():
    assert number_of("-inf") == float("-inf")
    for text in ("", "x", "1 2", "1,5", "__import__('os')"):
        with pytest.raises(BadExpression):
            number_of(text)
    for text in ("", "nan", "inf", "-1", "wide"):
        with pytest.raises(BadExpression):
            noise_of(text)
    assert noise_of("0") == 0.0
    assert edit_problem(Edit(1, "a", EditKind.FILE, "x.NPY")) == ""
    assert edit_problem(Edit(1, "a", EditKind.ZERO, "whatever")) == ""


@pytest.mark.parametrize(
    ("array", "dtype", "words"),
    [
        ([[1.0], [2.0]], "float32", ""),
        (float("nan"), "bfloat16", ""),
        (float("nan"), "int8", "not whole"),
        (1.5, "int64", "not whole"),
        (300, "uint8", "0 to 255"),
        (-1, "uint8", "0 to 255"),
        (255.0, "uint8", ""),
        (True, "int32", ""),
        (2, "bool", "0, 1"),
        (1j, "float64", "complex"),
        (1.0, "complex64", ""),
        ([1.0, 2.0, 3.0, 4.0], "float32", "4 does not broadcast to 2×3"),
        ("text", "float32", "no number"),
        (1.0, "resource", "cannot be replaced"),
    ],
)
def test_numbers_fit_the_dtype_and_the_shape(array, dtype, words):
    if words:
        with pytest.raises(Refusal, match=words):
            fitted(array, (2, 3), dtype)
    else:
        assert fitted(array, (2, 3), dtype).shape == (2, 3)
