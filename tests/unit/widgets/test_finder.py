"""What a query finds in a run: words with their costs, filters, executed ops, growth, rewinding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from opscope.tracers.ir import Run, Selection, TensorSummary
from opscope.widgets.run.finder import Finder
from opscope.widgets.run.found import Found
from opscope.widgets.run.op_table import OpTable

from .backward_samples import Step
from .graph_samples import advance, gpt, paused


@pytest.fixture
def run() -> Run:
    return paused(gpt(4), 60)


def find(run: Run, text: str, table: OpTable | None = None) -> Found:
    finder = Finder(table or OpTable(run))
    finder.begin(text)
    assert finder.advance(60)
    assert finder.found is not None
    return finder.found


def types(run: Run, text: str) -> set[str]:
    return {run.graph.ops[op].type for op in find(run, text).ops.tolist()}


def paths(run: Run, text: str) -> set[str]:
    graph = run.graph
    return {graph.scopes[graph.ops[op].scope].path for op in find(run, text).ops.tolist()}


def change(run: Run, record: int, **facts: object) -> None:
    """Put other facts of the first output into a record."""
    row = run.records[record]
    outputs = (replace(row.outputs[0], **facts), *row.outputs[1:])
    run.update_records({record: replace(row, outputs=outputs)})


def test_every_word_must_be_found_in_type_note_path_shape_or_parameter(run: Run) -> None:
    assert types(run, "softm") == {"softmax"}
    assert paths(run, "h.2 softmax") == {"transformer.h.2.attn"}
    assert types(run, "mask") == {"where"}
    assert types(run, "causalself softmax") == {"softmax"}, "the class of the module around it"
    assert types(run, "c_attn.weight") == {"addmm"}
    assert types(run, "50257") == {"matmul"}
    assert not len(find(run, "softmax conv").ops)


def test_letters_count_only_where_the_word_is_found_nowhere(run: Run) -> None:
    assert types(run, "sfmax") == {"softmax"}
    assert types(run, "add") == {"add", "addmm"}, "no layer_norm in h.0.attn…dd"
    assert not len(find(run, "zzqq").ops)


def test_a_number_is_an_op_too(run: Run) -> None:
    found = find(run, "7")
    assert found.best(1)[0][1] == 6


def test_the_best_come_first(run: Run) -> None:
    found = find(run, "add")
    best = [run.graph.ops[op].type for _, op in found.best(3)]
    assert best == ["add", "add", "add"]
    few, all_ = found.best(3), found.best(10**6)
    assert few == all_[:3]
    assert len(all_) == len(found.ops)
    assert [price for price, _ in all_] == sorted(price for price, _ in all_)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("type:softmax", {"softmax"}),
        ("type:view|transpose scope:h.1", {"view", "transpose"}),
        ("shape:64x12x64", {"view", "transpose"}),
        ("shape:64x50257", {"matmul"}),
        ("param:*.c_fc.*", {"addmm"}),
        ("param:bias scope:attn", {"where"}),
        ("module:LayerNorm", {"layer_norm"}),
        ("/^soft/", {"softmax"}),
        (r"/h\.\d\.mlp$/ type:tanh", {"tanh"}),
        ("/50257/ type:matmul", {"matmul"}),
        (
            "scope:h.3.attn -type:view -type:transpose -addmm",
            {"split", "matmul", "div", "where"} | {"softmax", "reshape"},
        ),
        ("dtype:f32 type:tanh", {"tanh"}),
        ("dtype:bf16", set()),
        ("device:cpu type:tanh", {"tanh"}),
        ("phase:forward type:tanh", {"tanh"}),
        ("phase:backward", set()),
    ],
)
def test_filters(run: Run, text: str, wanted: set[str]) -> None:
    assert types(run, text) == wanted


def test_a_scope_is_all_that_is_in_it(run: Run) -> None:
    assert paths(run, "scope:h.2") == {
        "transformer.h.2",
        *(f"transformer.h.2.{name}" for name in ("ln_1", "attn", "ln_2", "mlp")),
    }
    assert "transformer.h.2" not in paths(run, "scope:h.2.*")


def test_lines(run: Run) -> None:
    graph = run.graph
    line = graph.sources[graph.ops[20].source].line
    found = find(run, f"line:model.py:{line}").ops.tolist()
    assert 20 in found
    assert {graph.sources[graph.ops[op].source].line for op in found} == {line}
    assert not len(find(run, f"line:other.py:{line}").ops)


def test_numbers_are_of_executed_ops(run: Run) -> None:
    change(run, 33, nan=4)
    change(run, 40, nan=1, posinf=2)
    assert find(run, "nan:>0").ops.tolist() == [33, 40]
    assert find(run, "nan:>1").ops.tolist() == [33]
    assert find(run, "nan:>0 inf:>0").ops.tolist() == [40]
    assert find(run, "-nan:>0").ops.tolist() == [
        o for o in range(len(run.graph.ops)) if o not in (33, 40)
    ]
    assert len(find(run, "time:>=100us").ops) == 60
    assert not len(find(run, "time:>1ms").ops)
    change(run, 20, nbytes=5_000_000, minimum=-7.0, maximum=9.0, mean=0.5)
    for text in ("bytes:>1MB", "min:<-6", "max:>8", "mean:0..1"):
        assert find(run, text).ops.tolist() == [20], text


def test_filters_over_executions_ask_one_execution_for_all() -> None:
    run = paused(gpt(1), 4)
    first = run.records[3]
    again = replace(first, duration=5.0)
    run.add_records([again])
    change(run, 3, nan=1)
    assert not len(find(run, "nan:>0 time:>1s").ops)
    found = find(run, "time:>1s")
    assert found.ops.tolist() == [3]
    assert found.records is not None
    assert np.flatnonzero(found.records).tolist() == [4]
    assert found.selection_of(run, 3) == Selection(op=3, record=4)
    assert find(run, "add").selection_of(run, 4) == Selection(op=4)


def test_what_ran_overrules_the_map(run: Run) -> None:
    assert 30 not in find(run, "shape:7x7").ops
    summary = TensorSummary((7, 7), "bfloat16")
    run.update_records({30: replace(run.records[30], outputs=(summary,))})
    assert find(run, "shape:7x7").ops.tolist() == [30]
    assert find(run, "dtype:bf16").ops.tolist() == [30]


def test_a_table_follows_what_is_new_rewound_and_late(run: Run) -> None:
    table = OpTable(run)
    assert len(find(run, "time:>0s", table).ops) == 60
    assert not len(find(run, "nan:>0", table).ops)
    advance(run, 80)
    assert len(find(run, "time:>0s", table).ops) == 80
    change(run, 70, nan=1)
    table.renew([70])
    assert find(run, "nan:>0", table).ops.tolist() == [70]
    run.forget_from(65, 1)
    table.rewind()
    assert len(find(run, "time:>0s", table).ops) == 65
    assert not len(find(run, "nan:>0", table).ops)
    assert len(find(run, "type:softmax", table).ops) == 4


def test_ops_of_a_backward_pass() -> None:
    step = Step()
    back = find(step.run, "phase:back").ops.tolist()
    assert back == list(range(4, 14))
    assert find(step.run, "phase:forward").ops.tolist() == [0, 1, 2, 3, 14, 15]
    assert types(step.run, "param:fc2.weight phase:backward") == {"AccumulateGrad"}


def test_a_problem_is_no_result(run: Run) -> None:
    found = find(run, "nan:x")
    assert found.problem.startswith("nan: wants a number")
    assert not len(found.ops)
    assert not found.mask.any()


def test_the_next_one_is_found_around_the_end(run: Run) -> None:
    found = find(run, "type:softmax")
    ops = found.ops.tolist()
    assert [found.after(-1, 1), found.after(-1, -1)] == [ops[0], ops[-1]]
    assert [found.after(ops[0], 1), found.after(ops[0], -1)] == [ops[1], ops[-1]]
    assert found.after(ops[-1], 1) == ops[0]
    assert found.after(ops[0] + 1, -1) == ops[0]
    assert [found.place_of(ops[2]), found.place_of(ops[2] + 1)] == [2, -1]
    assert find(run, "qqqq").after(3, 1) == -1


def test_fifty_thousand_ops_in_slices() -> None:
    run = paused(gpt(1700), 10**6)
    assert len(run.graph.ops) > 50_000
    finder = Finder(OpTable(run))
    for text in ("h.7.attn transpose", "/^transformer\\.h\\.\\d+\\.attn$/", "shape:*x768 nan:>0"):
        finder.begin(text)
        slices, done = 0, False
        while not done:
            done = finder.advance(0.001)
            slices += 1
        assert slices > 1, text
    assert finder.found is not None
