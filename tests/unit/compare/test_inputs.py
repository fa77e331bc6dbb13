"""A's inputs laid out as B takes them."""

from __future__ import annotations

import pytest

from opscope.tracers.compare.inputs import Input, NoSuchInputs, paired, ways_to_lay_out

PLAIN, LAST, FIRST = (0, 1, 2, 3), (0, 2, 3, 1), (0, 3, 1, 2)


@pytest.mark.parametrize(
    ("shape", "wanted", "other", "first"),
    [
        ((2, 3, 8, 8), (2, 3, 8, 8), True, PLAIN),
        ((2, 3, 8, 8), (2, 8, 8, 3), True, LAST),
        ((2, 8, 8, 3), (2, 3, 8, 8), True, FIRST),
        ((4, 3, 8, 8), (1, 8, 8, 3), True, LAST),  # another batch
        ((1, 3, 8, 8), (2, 12, 12, 3), True, LAST),  # another size
        ((2, 3, 8, 8), None, False, PLAIN),
        ((2, 3, 8, 8), None, True, LAST),
        ((2, 6), None, True, (0, 1)),
        ((2, 6), (2, 6), True, (0, 1)),
    ],
)
def test_the_likeliest_layout_comes_first(
    shape: tuple[int, ...], wanted: tuple[int, ...] | None, other: bool, first: tuple[int, ...]
):
    assert ways_to_lay_out(shape, wanted, other)[0] == first


def test_another_number_of_axes_fits_in_no_way():
    assert ways_to_lay_out((2, 3, 8, 8), (2, 6), True) == []


def test_inputs_are_paired_by_name_and_else_by_place():
    x, mask = Input("x", (2, 3)), Input("mask", (2,))
    assert paired([x, mask], [Input("mask", (2,)), Input("x", (2, 3))]) == [mask, x]
    assert paired([x, mask], [Input("a", (2, 3)), Input("b", (2,))]) == [x, mask]


def test_another_number_of_inputs_is_a_sentence_with_both():
    with pytest.raises(NoSuchInputs, match=r"A takes 1 input \(x 2×3\) and B takes none"):
        paired([Input("x", (2, 3))], [])
