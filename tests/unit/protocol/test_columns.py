from __future__ import annotations

import json
import math
from typing import Any

import pytest

from opscope.tracers.ir import (
    Category,
    Frame,
    Graph,
    Op,
    OpRecord,
    Phase,
    Scope,
    ScopeKind,
    SourceLine,
    TensorSummary,
    Value,
    ValueKind,
)
from opscope.tracers.protocol.columns import (
    decode_graph,
    decode_records,
    decode_summary,
    encode_graph,
    encode_records,
    encode_summary,
    graph_size,
)


def small_graph() -> Graph:
    graph = Graph()
    graph.scopes.append(Scope("/layer", 0, "layer", "layer", "Linear", ScopeKind.MODULE))
    graph.sources.append(SourceLine("/home/u/model.py", 12, "forward"))
    graph.values.append(Value(ValueKind.INPUT, -1, 0, "x", None, ""))
    graph.values.append(Value(ValueKind.OUTPUT, 0, 0, "", (2, -1), "float32"))
    attributes = (("bias", "True"), ("note", "×"))
    graph.ops.append(
        Op("/layer/linear:0", "linear", 1, Category.MATMUL, "", attributes, (0,), (1,), 0)
    )
    return graph


def through_json(body: object) -> Any:
    return json.loads(json.dumps(body, allow_nan=False))


def test_a_graph_comes_back_equal():
    graph = small_graph()
    assert decode_graph(through_json(encode_graph(graph))) == graph


def test_a_delta_brings_only_what_is_new_and_may_overlap():
    graph = small_graph()
    mirror = decode_graph(encode_graph(graph))
    before = graph_size(graph)
    graph.values.append(Value(ValueKind.PARAMETER, -1, 0, "layer.weight", (3, 4), "float32"))
    delta = through_json(encode_graph(graph, before))
    assert delta["values"]["n"] == 1
    assert decode_graph(delta, mirror) == graph
    assert decode_graph(delta, mirror) == graph, "the same delta again adds nothing"


def test_a_delta_with_rows_missing_is_refused():
    graph = small_graph()
    with pytest.raises(ValueError, match="out of step"):
        decode_graph(encode_graph(graph, graph_size(graph)), Graph())


def test_records_come_back_and_non_finite_numbers_become_null():
    summary = TensorSummary((2, 3), "float32", minimum=-1.0, maximum=math.inf, mean=math.nan, nan=1)
    record = OpRecord(0, 1, Phase.FORWARD, 0.25, ((-1, 0), (3, 1)), (summary,), 0, "boom")
    frames = [Frame(0, 1, 2)]
    records, opened = decode_records(through_json(encode_records([record], frames, 7, 1)))
    assert opened == frames
    assert records[0].inputs == ((-1, 0), (3, 1))
    assert records[0].outputs[0].maximum is None
    assert records[0].outputs[0].mean is None
    assert records[0].outputs[0].minimum == -1.0
    assert records[0].error == "boom"


def test_a_summary_by_itself_comes_back_equal():
    summary = TensorSummary((), "bool", text="True")
    assert decode_summary(through_json(encode_summary(summary))) == summary
