"""Both graphs are drawn beside each other around the place where the runs part."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from opscope.app.share.beside import beside
from opscope.app.share.page import Drawing
from opscope.tracers.compare.result import Cause, Divergence, OpSide, Pair
from tests.unit.app.share_samples import EVIL, hostile


def op(record: int) -> OpSide:
    return OpSide(record, f"op{record}", "log", "m", "Module")


def drawn(pairs: tuple[Pair, ...], at: tuple[int, int] = (1, 1)) -> Drawing:
    found = Divergence(op(at[0]), op(at[1]), (), Cause())
    made = beside(hostile(), hostile(), found, pairs)
    assert made is not None
    return made


def lines(drawing: Drawing, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]+)"', drawing.inside)


def test_values_in_common_are_joined_and_the_ops_that_part_stand_level():
    pairs = (Pair((0, 0), (0, 0), 2e-7), Pair((1, 0), (1, 0), 0.25), Pair((-1, 0), (-1, 0), 0.0))
    drawing = drawn(pairs)
    assert len(lines(drawing, "match")) == 1
    (bold,) = lines(drawing, "part")
    begins, ends = re.findall(r" ([\d.]+)(?=C|$)", bold)
    assert begins == ends  # heights
    assert re.findall(r'class="amount( off)? halo"[^>]*>([^<]+)<', drawing.inside) == [
        (" off", "0.25"),
        ("", "2.0e-07"),
    ]


def test_the_other_graph_moves_down_where_the_place_is_higher_in_it():
    pairs = (Pair((2, 0), (0, 0), 0.5),)
    level = drawn(pairs)
    moved = drawn(pairs, (2, 0))
    assert moved.height > level.height
    begins, ends = re.findall(r" ([\d.]+)(?=C|$)", lines(moved, "part")[0])
    assert begins == ends


def test_ops_that_part_without_a_value_in_common_are_joined_all_the_same():
    drawing = drawn(())
    assert len(lines(drawing, "part")) == 1
    assert "amount" not in drawing.inside


def test_no_name_becomes_markup():
    drawing = drawn((Pair((0, 0), (0, 0), 0.0),))
    assert EVIL not in drawing.inside
    root = ElementTree.fromstring(f"<svg>{drawing.inside}</svg>")
    assert {each.tag for each in root.iter()} <= {"svg", "g", "rect", "path", "text"}


def test_an_op_that_is_none_gives_no_picture():
    found = Divergence(op(1), op(1), (), Cause())
    empty = replace(hostile(), records=hostile().records)
    empty.graph.ops.clear()
    assert beside(empty, hostile(), found, ()) is None
