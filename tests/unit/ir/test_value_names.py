"""Values by name: what a text means to Python, and which values names stand for."""

from __future__ import annotations

import ast

import pytest

from opscope.tracers.ir import (
    NOTHING,
    OUTSIDE,
    Category,
    Op,
    OpRecord,
    Phase,
    Place,
    Run,
    Scope,
    ScopeKind,
    TensorSummary,
    Value,
    ValueKind,
)
from opscope.tracers.ir.expression import BadExpression
from opscope.tracers.ir.value_names import ValueNames, name_of, with_names

KNOWN = {"h.5.attn.softmax", "relu#2", "fc", "fc.weight", "h.0.relu#1.1"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("h.5.attn.softmax.max()", {"h.5.attn.softmax"}),
        ("fc.weight.T @ fc", {"fc.weight", "fc"}),
        ("relu#2[0] - 1.5e3", {"relu#2"}),
        ("h.0.relu#1.1 + 1", {"h.0.relu#1.1"}),
        ("torch.linalg.svdvals(fc.weight)[0]", {"svdvals", "fc.weight"}),
        ("np.abs(x).max() if fc.weight.ndim == 2 else 0", {"abs", "x", "fc.weight"}),
        ("'h.5.attn.softmax' in text", {"text"}),
        ("other.shape", {"other"}),
    ],
)
def test_names_become_words_of_the_same_length(text: str, names: set[str]):
    plain = with_names(text, KNOWN.__contains__)
    assert len(plain) == len(text)
    tree = ast.parse(plain.strip(), mode="eval")
    assert {name_of(node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)} == names


@pytest.mark.parametrize("text", ["relu#3", "fc + relu#9.max()", "h.6.attn.softmax", "fc.0"])
def test_what_is_not_there_is_said(text: str):
    with pytest.raises(BadExpression, match="There is no"):
        with_names(text, KNOWN.__contains__)


def run_of_two() -> Run:
    """A block with two relus around a module that is one op, and a weight."""
    run = Run()
    graph = run.graph
    graph.scopes.append(Scope("h/0", 0, "0", "h.0", "Block", ScopeKind.MODULE))
    graph.scopes.append(Scope("h/0/fc", 1, "fc", "h.0.fc", "Linear", ScopeKind.MODULE))
    graph.values.append(Value(ValueKind.PARAMETER, -1, 0, "h.0.fc.weight", (2, 2), "float32"))
    graph.values.append(Value(ValueKind.PARAMETER, -1, 0, "dense/kernel:0", (2,), "float32"))
    for scope, type_ in ((1, "relu"), (2, "linear"), (1, "relu"), (0, "split")):
        key = f"{scope}/{type_}:{len(graph.ops)}"
        graph.ops.append(Op(key, type_, scope, Category.OTHER, "", (), (), (), -1))
    return run


def ran(run: Run, *ops: int) -> None:
    outputs = (TensorSummary((), "float32"), TensorSummary((), "float32"))
    run.add_records([OpRecord(op, 0, Phase.FORWARD, 0.0, (), outputs) for op in ops])
    run.head = Place(len(run.records))


def test_the_newest_shown_execution():
    run = run_of_two()
    names = ValueNames(run)
    relu, second = names.find("h.0.relu"), names.find("h.0.relu#2")
    module, slot = names.find("h.0.fc"), names.find("split.1")
    assert relu is not None
    assert second is not None
    assert module is not None
    assert slot is not None
    assert names.newest(relu) == NOTHING
    ran(run, 0, 1, 2, 3, 0)
    assert names.newest(relu) == (4, 0), "the block ran once more"
    assert names.newest(second) == (2, 0)
    assert names.newest(module) == (1, 0)
    assert names.newest(slot) == (3, 1)
    run.cursor = Place(2)
    assert names.newest(relu) == (0, 0)
    assert names.newest(second) == NOTHING


def test_values_from_outside_and_what_is_unknown():
    names = ValueNames(run_of_two())
    weight, kernel = names.find("h.0.fc.weight"), names.find("dense.kernel.0")
    assert weight is not None
    assert kernel is not None
    assert names.newest(weight) == (OUTSIDE, 0)
    assert names.newest(kernel) == (OUTSIDE, 1)
    for name in ("h", "h.0", "relu", "h.0.relu#3", "h.0.relu#0", "relu#1"):
        assert names.find(name) is None


def test_names_below_a_path_follow_the_graph():
    run = run_of_two()
    names = ValueNames(run)
    assert set(names.below("")) == {"h", "dense", "split"}
    assert names.below("h.0") == {"relu": "op", "fc": "module"}
    assert names.below("h.0.fc") == {"weight": "parameter", "linear": "op"}
    assert names.below("nothing") == {}
    run.graph.ops.append(Op("k", "tanh", 1, Category.OTHER, "", (), (), (), -1))
    assert "tanh" in names.below("h.0")
