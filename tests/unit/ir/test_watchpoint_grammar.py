"""Watches as they are typed, and in words."""

from __future__ import annotations

import pytest

from opscope.tracers.ir import Category, Graph, Op, OpRecord, Phase, Scope, ScopeKind
from opscope.tracers.ir.expression import BadExpression
from opscope.tracers.ir.watch_words import stop_words, watch_text, watch_words
from opscope.tracers.ir.watchpoint import Since, WatchKind, parse_watch, problem_of


@pytest.fixture
def graph() -> Graph:
    made = Graph()
    made.scopes.append(Scope("/h.0", 0, "", "h.0", "Block", ScopeKind.MODULE))
    made.ops.append(Op("/h.0/softmax[1]:0", "softmax", 1, Category.REDUCE, "", (), (), (), -1))
    made.ops.append(Op("/relu:0", "relu", 0, Category.POINTWISE, "", (), (), (), -1))
    return made


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("nan", WatchKind.NAN, ("NaN", "all ops")),
        ("inf @ h.*", WatchKind.INF, ("Inf", "h.*")),
        ("absmax>1e2 in forward", WatchKind.ABSMAX, ("|x| > 100", "all ops, forward")),
        ("range -1 .. 2.5 @ relu", WatchKind.RANGE, ("outside -1 … 2.5", "relu")),
        ("zero in backward @ h.*", WatchKind.ZERO, ("all zero", "h.*, backward")),
        ("dead>0.25", WatchKind.DEAD, ("zeros > 25%", "all ops")),
        ("saturated", WatchKind.SATURATED, ("saturated > 90%", "all ops")),
        ("constant", WatchKind.CONSTANT, ("constant", "all ops")),
        ("vanishing<1e-6", WatchKind.VANISHING, ("gradient rms < 1e-06", "all ops")),
        ("exploding", WatchKind.EXPLODING, ("gradient |x| > 1000", "all ops")),
        ("changes>0.5", WatchKind.CHANGES, ("changes > 0.5 since last pass", "all ops")),
        ("changes > 5 % since run", WatchKind.CHANGES, ("changes > 5% since last run", "all ops")),
        (
            "output.max() > 3 @ /h.0/softmax[1]:0",
            WatchKind.EXPRESSION,
            ("output.max() > 3", "softmax in h.0"),
        ),
    ],
)
def test_a_watch_in_words(graph: Graph, text: str, kind: WatchKind, words: tuple[str, str]):
    assert parse_watch(text).kind is kind
    assert watch_words(text, graph) == words
    assert problem_of(text) == ""


def test_what_changes_is_relative_or_not_and_since_one_of_two():
    watch = parse_watch("changes>5% since run in forward @ relu")
    assert (watch.number, watch.relative, watch.since) == (0.05, True, Since.RUN)
    assert (watch.phase, watch.where) == (Phase.FORWARD, "relu")
    watch = parse_watch("changes>5")
    assert (watch.number, watch.relative, watch.since) == (5.0, False, Since.PASS)


def test_a_pass_is_asked_for_by_the_phase_of_the_record():
    row = OpRecord(0, 0, Phase.BACKWARD, 0.0, (), ())
    assert parse_watch("nan in backward").asks(row)
    assert not parse_watch("nan in forward").asks(row)
    failed = OpRecord(0, 0, Phase.BACKWARD, 0.0, (), (), error="ValueError: no")
    assert not parse_watch("nan").asks(failed)


def test_an_op_is_named_by_a_key_with_brackets(graph: Graph):
    watch = parse_watch("nan @ /h.0/softmax[1]:0")
    assert [watch.fits(graph, op) for op in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("changes<3", "watched with >"),
        ("changes>3 since monday", "since pass or since run"),
        ("changes>-1", "never below 0"),
        ("changes>many", "is no number"),
        ("nan in forward in backward", "names one pass"),
    ],
)
def test_what_is_none_gets_one_sentence(text: str, words: str):
    with pytest.raises(BadExpression, match=words):
        parse_watch(text)
    assert words in problem_of(text)


def test_parts_make_the_text_and_the_text_the_parts():
    text = watch_text("absmax>3", " h.* ", Phase.BACKWARD)
    assert text == "absmax>3 in backward @ h.*"
    watch = parse_watch(text)
    assert (watch.number, watch.where, watch.phase) == (3.0, "h.*", Phase.BACKWARD)


def test_why_a_run_stops(graph: Graph):
    assert stop_words("absmax>100 @ h.*", graph, 0) == "Watchpoint: |x| > 100 at h.0.softmax"
    assert stop_words("nan", graph, 1) == "Watchpoint: NaN at relu"
