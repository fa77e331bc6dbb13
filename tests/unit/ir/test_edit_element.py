"""An edit of one element: how it is written, and what is no such thing."""

from __future__ import annotations

import pytest

from opscope.tracers.ir import Edit, EditKind
from opscope.tracers.ir.edit_terms import edit_problem, element_of, element_text
from opscope.tracers.ir.expression import BadExpression


def test_what_is_written_is_read_back():
    assert element_of(element_text((0, 12), " -1.5 ")) == ((0, 12), -1.5)
    assert element_of("[3]=nan")[0] == (3,)


@pytest.mark.parametrize("text", ["", "3 = 1", "[] = 1", "[-1] = 1", "[1, x] = 1", "[1] = y"])
def test_what_is_no_element_is_said(text: str):
    with pytest.raises(BadExpression):
        element_of(text)
    assert edit_problem(Edit(1, "/relu:0", EditKind.ELEMENT, text))


def test_a_good_one_has_no_problem():
    assert edit_problem(Edit(1, "/relu:0", EditKind.ELEMENT, "[0, 2] = 1e-3")) == ""
