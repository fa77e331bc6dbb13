"""Every kind of tensor in every view: something right, or one sentence why there is nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from opscope.tracers.ir import RunState, Selection
from opscope.widgets.tensor.stage import Stage
from opscope.widgets.tensor.tabs import View

from .conftest import MODELS, Window

PICTURE = (View.HEAT, View.IMAGES, View.TABLE, View.HISTOGRAM)
LINE = (View.HEAT, View.TABLE, View.HISTOGRAM)
NO_DATA = "This meta tensor has a shape but no data."

# (type of the op, which of that type, dtype, views, the first element or what is said)
Kind = tuple[str, int, str, tuple[View, ...], str]

TORCH: list[Kind] = [
    ("sin", 0, "float32", PICTURE, "\u22120.9093"),
    ("double", 0, "float64", PICTURE, "\u22122"),
    ("half", 0, "float16", PICTURE, "\u22122"),
    ("bfloat16", 0, "bfloat16", PICTURE, "\u22122"),
    ("to", 0, "float8_e4m3fn", PICTURE, "\u22122"),
    ("to", 1, "float8_e5m2", PICTURE, "\u22122"),
    ("gt", 0, "bool", PICTURE, "false"),
    ("long", 0, "int64", PICTURE, "\u22122"),
    ("to", 2, "uint8", PICTURE, "254"),
    ("to", 3, "uint16", PICTURE, "65534"),
    ("complex", 0, "complex64", PICTURE, "\u22122 + 2i"),
    ("conj", 0, "complex64", PICTURE, "\u22122 \u2212 2i"),
    ("quantize_per_tensor", 0, "quint8", PICTURE, "\u22121"),
    ("quantize_per_channel", 0, "qint8", PICTURE, "\u22122"),
    ("to_sparse", 0, "float32", PICTURE, "\u22122"),
    ("to_sparse", 1, "float32", PICTURE, "\u22122"),
    ("to_sparse_csr", 0, "float32", PICTURE, "\u22122"),
    ("to_sparse_csc", 0, "float32", PICTURE, "\u22122"),
    ("to_sparse_bsr", 0, "float32", PICTURE, "\u22122"),
    ("_nested_tensor_from_tensor_list", 0, "float32", (), "2 tensors: 3×4×5, 1×4×5"),
    ("_nested_view_from_jagged", 0, "float32", (), "2 tensors: 4×5, 2×5"),
    ("empty_like", 0, "float32", PICTURE, NO_DATA),
    ("sum", 0, "float32", (View.HEAT,), "60"),
    ("getitem", -1, "float32", (), "An empty tensor: its shape is 0×3×4×5."),
    ("flatten", 0, "float32", LINE, "\u22122"),
    ("unsqueeze", 0, "float32", PICTURE, "\u22122"),
    ("log", 0, "float32", PICTURE, "NaN"),
    ("reciprocal", 0, "float32", PICTURE, "+Inf"),
    ("ones_like", 0, "float32", PICTURE, "1"),
]

TENSORFLOW: list[Kind] = [
    ("Sin", 0, "float32", PICTURE, "\u22120.9093"),
    ("Cast", 0, "float64", PICTURE, "\u22122"),
    ("Cast", 1, "float16", PICTURE, "\u22122"),
    ("Cast", 2, "bfloat16", PICTURE, "\u22122"),
    ("Cast", 3, "float8_e4m3fn", PICTURE, "\u22122"),
    ("Cast", 4, "float8_e5m2", PICTURE, "\u22122"),
    ("Greater", 0, "bool", PICTURE, "false"),
    ("Cast", 5, "int64", PICTURE, "\u22122"),
    ("Complex", 0, "complex64", PICTURE, "\u22122 + 2i"),
    ("QuantizeV2", 0, "qint8", PICTURE, "\u221286"),
    ("AsString", 0, "string", (View.TABLE,), "-2.000000"),
    ("StringJoin", 0, "string", (), "'-2.000000 and more'"),
    ("Mul", 0, "float32", LINE, "2"),  # the values of a ragged tensor
    ("RaggedTensorToTensor", 0, "float32", PICTURE, "1"),
    ("SparseToDense", 0, "float32", PICTURE, "0"),
    ("SparseDenseCwiseMul", 0, "float32", LINE, "2"),  # the values of a sparse one
    ("TensorListReserve", 0, "variant", (), "<TensorList>"),
    ("TensorListSetItem", 0, "float32", PICTURE, "\u22122"),
    ("LookupTableFindV2", 0, "int32", LINE, "\u22121"),
    ("Sum", 0, "float32", (View.HEAT,), "60"),
    ("Reshape", 0, "float32", LINE, "\u22122"),
    ("Log", 0, "float32", PICTURE, "NaN"),
    ("Reciprocal", 0, "float32", PICTURE, "+Inf"),
    ("RaggedTensorToVariant", 0, "variant", (), "<RaggedTensorVariant("),
    ("ReadVariableOp", 0, "float32", LINE, "2"),
]


def finish(window: Window, name: str) -> None:
    window.main.resize(1600, 1000)
    window.open(f"{MODELS / name}:build")
    window.press(Qt.Key.Key_F5)
    assert window.run.state is RunState.FINISHED, window.run.message


def said(stage: Stage) -> str:
    """What stands in the place of a picture; "" where there is one."""
    notice = stage.notice
    if not notice.isVisible():
        return ""
    if notice.shows() is notice.sentence:
        return notice.sentence.text
    return notice.number.value if notice.shows() is notice.number else notice.text.toPlainText()


def look(window: Window, view: View) -> str:
    """Turn to a view; the first element that it shows, or what it says."""
    value = window.bench.inspector.value
    value.show_view(view)
    window.settle()
    picture = value.stage.grab().toImage()  # a table asks for its pages while it is painted
    window.settle()
    picture = value.stage.grab().toImage()
    across, down = range(0, picture.width(), 3), range(0, picture.height(), 3)
    assert len({picture.pixel(x, y) for x in across for y in down}) > 1, "a blank pane"
    words = said(value.stage)
    if words:
        return words
    if view is View.TABLE:
        assert value.table.isVisible()
        return str(value.table.model.data(value.table.model.index(0, 0)))
    if view is View.IMAGES:
        assert value.images.isVisible()
        assert len(value.images.grid.shown) > 0
    elif view is View.HISTOGRAM:
        assert value.histogram.isVisible()
        summary = value.summary
        assert summary is not None
        held = summary.minimum is not None or summary.dtype.startswith("complex")
        assert ("nothing to count" in value.histogram.words) is not held
    else:
        shown = value.curve if value.curve.isVisible() else value.heat
        assert shown.isVisible()
        assert shown.plane is not None
    return ""


def check(window: Window, kind: Kind) -> None:
    type_, nth, dtype, views, first = kind
    run, inspector = window.run, window.bench.inspector
    ops = [index for index, op in enumerate(run.graph.ops) if op.type == type_]
    if nth < 0:
        ops = [op for op in ops if 0 in run.records[run.executions(op)[0]].outputs[0].shape]
    window.bench.select(Selection(op=ops[nth], record=run.executions(ops[nth])[0]))
    window.settle()
    value = inspector.value
    assert inspector.header.chips.chips[0] == (dtype, ""), kind
    if not views:
        assert said(value.stage).startswith(first), kind
        assert not value.open
        return
    offered = {view for view, tab in value.tabs.tabs.items() if not tab.isHidden()}
    assert {view for view in offered if view not in (View.PASSES, View.RUNS)} == set(views), kind
    for view in views:
        shown = look(window, view)
        if view is View.TABLE or shown:
            assert shown == first, (kind, view)
    value.more.want(True)
    window.settle()
    told = value.details.isVisible() and bool(value.details.values or value.details.remark)
    assert told is (dtype != "string"), kind
    value.more.want(False)


@pytest.mark.parametrize(
    ("name", "kinds"), [("kinds_torch.py", TORCH), ("kinds_tf.py", TENSORFLOW)], ids=["torch", "tf"]
)
def test_every_kind_in_every_view(window: Window, name: str, kinds: list[Kind]):
    finish(window, name)
    for kind in kinds:
        check(window, kind)


@pytest.mark.parametrize("name", ["kinds_torch.py", "kinds_tf.py"])
def test_whatever_an_op_reads_or_gives_shows_something(window: Window, name: str):
    """Also weights, tables, variables: everything that can be picked above the value."""
    finish(window, name)
    run, inspector = window.run, window.bench.inspector
    seen = 0
    for record, row in enumerate(run.records):
        window.bench.select(Selection(op=row.op, record=record))
        window.settle()
        for place in range(len(inspector.subject.choices)):
            inspector.header.chosen.emit(place)
            window.settle()
            look(window, inspector.value.view)
            seen += 1
    assert seen > len(run.records)
