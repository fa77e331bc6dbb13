"""Axes that do not fit, and where they parted: on records made by hand, without a framework."""

from __future__ import annotations

import pytest

from opscope.tracers.engine.axis_calls import Call, Origin
from opscope.tracers.engine.axis_rules import origin
from opscope.tracers.engine.axis_views import blocks
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.misfits import Misfit, find_misfit
from opscope.tracers.engine.shape_errors import sentences
from opscope.tracers.engine.slices import Piece, parse_index
from opscope.tracers.ir import OUTSIDE, OpRecord, Phase, Ref, Run, TensorSummary, ValueKind

Shape = tuple[int, ...]


class Made:
    """A run, one op after the other."""

    def __init__(self) -> None:
        self.builder = GraphBuilder()
        self.run = Run(graph=self.builder.graph)

    def outside(self, name: str, shape: Shape, kind: ValueKind = ValueKind.INPUT) -> Ref:
        return OUTSIDE, self.builder.external(kind, name, shape, "float32")

    def op(self, type_: str, inputs: list[Ref], shape: Shape | None, **given: object) -> Ref:
        """Without a shape the op has failed."""
        record = len(self.run.records)
        attributes = tuple((name, str(value)) for name, value in given.items())
        op = self.builder.op(0, type_, f"{type_}:{record}", attributes=attributes)
        outputs = () if shape is None else (TensorSummary(shape, "float32"),)
        error = "RuntimeError: shapes" if shape is None else ""
        self.run.add_records(
            [OpRecord(op, 0, Phase.FORWARD, 0.0, tuple(inputs), outputs, error=error)]
        )
        return record, 0

    def told(self) -> tuple[str, ...]:
        """Of the last op, which failed."""
        return sentences(self.run, len(self.run.records) - 1)


def test_a_floor_and_a_convolution_part_where_they_came_from_one_value():
    made = Made()
    x = made.op("relu", [made.outside("x", (1, 4, 8, 75))], (1, 4, 8, 75))
    pooled = made.op("max_pool2d", [x], (1, 4, 4, 37), kernel_size=2, stride=None, padding=0)
    skipped = made.op(
        "conv2d",
        [x, made.outside("w", (4, 4, 3, 3), ValueKind.PARAMETER)],
        (1, 4, 4, 38),
        stride=(2, 2),
        padding=(1, 1),
    )
    made.op("add", [pooled, skipped], None)
    assert made.told() == (
        "Axis 3 of input 0 is 37, axis 3 of input 1 is 38.",
        "Input 0: 75 → 37 by a floor in max_pool2d (op 2: kernel 2, stride 2); ceil would give 38.",
        "Input 1: 75 → 38 in conv2d (op 3: kernel 3, stride 2, padding 1).",
        "Both come from axis 3 of relu (op 1), 75.",
    )


def test_a_floor_far_down_is_told_before_nearer_changes():
    """A U-Net: 75 → 37 by a floor, doubled to 74, joined with 75."""
    made = Made()
    x = made.op("relu", [made.outside("x", (1, 4, 75))], (1, 4, 75))
    low = made.op("avg_pool1d", [x], (1, 4, 37), kernel_size=2)
    low = made.op("gelu", [low], (1, 4, 37))
    high = made.op("interpolate", [low], (1, 4, 74), size=None, scale_factor=2)
    made.op("cat", [high, x], None, dim=1)
    assert made.told() == (
        "Axis 2 of input 0 is 74, axis 2 of input 1 is 75.",
        "Input 0: 37 → 74 in interpolate (op 4: scaled by 2).",
        "Input 0: 75 → 37 by a floor in avg_pool1d (op 2: kernel 2, stride 2); ceil would give 38.",
        "Both come from axis 2 of relu (op 1), 75.",
    )


def test_a_flattened_picture_against_a_weight():
    made = Made()
    x = made.op("relu", [made.outside("x", (2, 3, 33, 33))], (2, 3, 33, 33))
    x = made.op("max_pool2d", [x], (2, 3, 16, 16), kernel_size=2)
    x = made.op("flatten", [x], (2, 768), start_dim=1)
    weight = made.outside("fc.weight", (10, 867), ValueKind.PARAMETER)
    made.op("linear", [x, weight], None)
    told = made.told()
    assert told[0] == (
        "Axis 1 of input 0 is 768, axis 1 of input 1 (the parameter fc.weight) is 867."
    )
    assert "3 and 16 and 16 → 768 in flatten (op 3: 3×16×16 merged)" in told[1]
    assert (
        "33 → 16 by a floor in max_pool2d (op 2: kernel 2, stride 2); ceil would give 17"
        in (told[2])
    )


def test_a_count_of_elements_names_the_axes_that_were_rounded():
    made = Made()
    x = made.op("relu", [made.outside("x", (1, 64, 19, 20))], (1, 64, 19, 20))
    x = made.op("max_pool2d", [x], (1, 64, 9, 10), kernel_size=2)
    made.op("view", [x], None, size=(1, 6400))
    told = made.told()
    assert told[0] == "Input 0 has 5,760 elements (1×64×9×10); the op asks for 6,400 for 1×6400."
    assert any("19 → 9 by a floor" in line for line in told)


def test_an_op_without_a_rule_is_said_to_be_unknown():
    made = Made()
    x = made.op("mystery", [made.outside("x", (2, 9))], (2, 5))
    made.op("add", [x, made.outside("y", (2, 6))], None)
    assert made.told() == (
        "Axis 1 of input 0 is 5, axis 1 of input 1 (the input y) is 6.",
        "Input 0: not known before mystery (op 1), which has no rule.",
    )


def test_an_error_that_is_not_about_shapes_says_nothing():
    made = Made()
    made.op("add", [made.outside("x", (2, 9)), made.outside("y", (2, 1))], None)
    assert made.told() == ()


MISFITS: list[tuple[str, list[Shape], dict[str, object], Misfit | None]] = [
    ("add", [(2, 3), (3, 1)], {}, Misfit((0, 0), (1, 0))),
    ("add", [(4, 2, 3), (3,)], {}, None),
    ("where", [(2, 3), (2, 3), (2, 4)], {}, Misfit((0, 1), (2, 1))),
    ("matmul", [(5, 2, 3), (4, 6)], {}, Misfit((0, 2), (1, 0))),
    ("matmul", [(5, 2, 3), (4, 3, 6)], {}, Misfit((0, 0), (1, 0))),
    ("mv", [(2, 3), (4,)], {}, Misfit((0, 1), (1, 0))),
    ("addmm", [(6,), (2, 3), (4, 6)], {}, Misfit((1, 1), (2, 0))),
    ("linear", [(2, 3), (5, 4), (5,)], {}, Misfit((0, 1), (1, 1))),
    ("conv2d", [(1, 3, 8, 8), (4, 2, 3, 3)], {}, Misfit((0, 1), (1, 1))),
    ("conv2d", [(1, 4, 8, 8), (4, 2, 3, 3)], {"groups": 2}, None),
    ("conv_transpose2d", [(1, 3, 8, 8), (4, 2, 3, 3)], {}, Misfit((0, 1), (1, 0))),
    (
        "conv1d",
        [(1, 3, 2), (4, 3, 5)],
        {"padding": (1,)},
        Misfit((0, 2), asks="at least 3 for a window of 5"),
    ),
    (
        "max_pool2d",
        [(1, 3, 1, 8)],
        {"kernel_size": 2},
        Misfit((0, 2), asks="at least 2 for a window of 2"),
    ),
    ("cat", [(2, 3), (2, 4), (1, 3)], {"dim": 1}, Misfit((0, 0), (2, 0))),
    ("stack", [(2, 3), (2, 4)], {}, Misfit((0, 1), (1, 1))),
    ("einsum", [(2, 3), (4, 5)], {"equation": "ij,jk->ik"}, Misfit((0, 1), (1, 0))),
    ("batch_norm", [(2, 3, 4), (5,), (5,)], {}, Misfit((0, 1), (1, 0))),
    ("layer_norm", [(2, 3)], {"normalized_shape": (4,)}, Misfit((0, 1), asks="4")),
    ("group_norm", [(2, 6)], {"num_groups": 4}, Misfit((0, 1), asks="a multiple of its 4 groups")),
    ("view", [(2, 6)], {"size": (5, -1)}, Misfit((0, -1), asks="a multiple of 5 for 5×-1")),
    (
        "expand",
        [(2, 3)],
        {"size": (4, 3)},
        Misfit((0, 0), asks="4, or 1 to be expanded"),
    ),
    ("lstm", [(7, 2, 3), (1, 2, 5), (1, 2, 5), (20, 4)], {}, Misfit((0, 2), (3, 1))),
    ("cross_entropy", [(8, 10, 5), (8, 6)], {}, Misfit((0, 2), (1, 1))),
    (
        "scaled_dot_product_attention",
        [(1, 7, 8), (1, 9, 4), (1, 9, 4)],
        {},
        Misfit((0, 2), (1, 2)),
    ),
]


@pytest.mark.parametrize(("type_", "shapes", "given", "expected"), MISFITS)
def test_axes_that_do_not_fit(
    type_: str, shapes: list[Shape], given: dict[str, object], expected: Misfit | None
):
    assert find_misfit(Call(type_, tuple(shapes), (), given), "") == expected


def test_an_unknown_op_is_read_off_its_message_where_only_two_axes_can_be_meant():
    call = Call("mystery", ((2, 37), (2, 38)), (), {})
    assert find_misfit(call, "") == Misfit((0, 1), (1, 1)), "as one that broadcasts"
    call = Call("mystery", ((37,), (1, 38, 1)), (), {})
    assert find_misfit(call, "expected 37 but got 38") == Misfit((0, 0), (1, 1))
    assert find_misfit(call, "expected something else") is None


ORIGINS: list[tuple[str, list[Shape], Shape, dict[str, object], list[object]]] = [
    ("add", [(3, 1), (4,)], (3, 4), {}, [(0, 0), (1, 0)]),
    ("permute", [(2, 3, 4)], (4, 2, 3), {"dims": (2, 0, 1)}, [(0, 2), (0, 0), (0, 1)]),
    ("transpose", [(2, 3, 4)], (2, 4, 3), {"dim0": 1, "dim1": -1}, [(0, 0), (0, 2), (0, 1)]),
    ("mT", [(2, 3, 4)], (2, 4, 3), {}, [(0, 0), (0, 2), (0, 1)]),
    ("movedim", [(2, 3, 4)], (3, 4, 2), {"source": (0, -1)}, [(0, 1), (0, 2), (0, 0)]),
    ("matmul", [(5, 2, 3), (3, 4)], (5, 2, 4), {}, [(0, 0), (0, 1), (1, 1)]),
    ("bmm", [(5, 2, 3), (5, 3, 4)], (5, 2, 4), {}, [(0, 0), (0, 1), (1, 2)]),
    ("einsum", [(2, 3), (3, 4)], (4, 2), {"equation": "ij,jk->ki"}, [(1, 1), (0, 0)]),
    ("sum", [(2, 3, 4)], (2, 4), {"dim": 1}, [(0, 0), (0, 2)]),
    ("getitem", [(2, 3, 4)], (2, 1, 4), {"index": "(:, 1, None)"}, [(0, 0), None, (0, 2)]),
    ("unsqueeze", [(2, 3)], (2, 1, 3), {"dim": 1}, [(0, 0), None, (0, 1)]),
    ("squeeze", [(2, 1, 3)], (2, 3), {"dim": 1}, [(0, 0), (0, 2)]),
    ("select", [(2, 3, 4)], (2, 4), {"dim": 1, "index": 0}, [(0, 0), (0, 2)]),
    ("stack", [(2, 3), (2, 3)], (2, 2, 3), {"dim": 1}, [(0, 0), None, (0, 1)]),
    ("embedding", [(2, 5), (10, 6)], (2, 5, 6), {}, [(0, 0), (0, 1), (1, 1)]),
    ("linear", [(2, 7, 3), (5, 3)], (2, 7, 5), {}, [(0, 0), (0, 1), (1, 0)]),
    ("gather", [(2, 9), (2, 4)], (2, 4), {"dim": 1}, [(1, 0), (1, 1)]),
    ("repeat", [(3,)], (2, 6), {"repeats": (2, 2)}, [None, (0, 0)]),
    ("view", [(2, 12)], (2, 3, 4), {"size": (2, 3, 4)}, [(0, 0), (0, 1), (0, 1)]),
]


@pytest.mark.parametrize(("type_", "shapes", "output", "given", "expected"), ORIGINS)
def test_where_an_axis_comes_from(
    type_: str, shapes: list[Shape], output: Shape, given: dict[str, object], expected: list[object]
):
    call = Call(type_, tuple(shapes), (output,), given)
    for axis, source in enumerate(expected):
        found = origin(call, 0, axis)
        assert found is not None
        assert found.sources[:1] == (() if source is None else (source,)), axis


def test_what_changes_an_extent_is_told_in_words():
    padded = Call("pad", ((1, 3, 8),), ((1, 3, 11),), {"pad": (1, 2)})
    assert origin(padded, 0, 2) == Origin(((0, 2),), "padded by 1 and 2")
    assert origin(padded, 0, 1) == Origin(((0, 1),))
    sliced = Call("getitem", ((5, 9),), ((5, 4),), {"index": "(…, 1::2)"})
    assert origin(sliced, 0, 1) == Origin(((0, 1),), "the slice 1::2")
    joined = Call("cat", ((2, 3), (2, 4)), ((2, 7),), {"dim": -1})
    assert origin(joined, 0, 1) == Origin(((0, 1), (1, 1)), "3 + 4 joined")
    rounded = Call("max_pool2d", ((1, 8, 9),), ((1, 4, 5),), {"kernel_size": 2, "ceil_mode": True})
    assert origin(rounded, 0, 2) == Origin(((0, 2),), "kernel 2, stride 2")
    assert origin(Call("mystery", ((1,),), ((2,),), {}), 0, 0) is None
    masked = Call("getitem", ((5, 9), (5, 9)), ((7,),), {})
    assert origin(masked, 0, 0) is None, "how many a mask picks is in the data"


def test_blocks_of_a_reshape_hold_the_same_elements():
    assert blocks((2, 3, 4), (6, 4)) == [([0, 1], [0]), ([2], [1])]
    assert blocks((2, 12), (2, 3, 4)) == [([0], [0]), ([1], [1, 2])]
    assert blocks((6, 4), (3, 8)) == [([0, 1], [0, 1])]


def test_an_index_is_taken_apart():
    assert parse_index("1:", 2) == [Piece(0, "1:"), Piece(1, ":")]
    assert parse_index("(0, …, None, :-1)", 3) == [
        Piece(0, None),
        Piece(1, ":"),
        Piece(-1, "None"),
        Piece(2, ":-1"),
    ]
    assert parse_index("(tensor 3, 0)", 2) is None
    assert parse_index("(0, 0, 0)", 2) is None
