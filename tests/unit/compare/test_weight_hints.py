"""What is said of two weights that are one."""

from __future__ import annotations

from opscope.tracers.compare.weight_hints import Equal, in_other_layout, said


def dense(name: str, order: tuple[int, ...] = (1, 0), width: int = 8) -> Equal:
    return Equal(f"{name}.weight", f"{name}.kernel", (8, width), (width, 8), order)


def test_a_square_kernel_that_is_not_transposed_as_the_others_are_is_suspicious():
    rows = [dense("a"), dense("b", width=3), dense("c"), dense("d", ())]
    assert list(in_other_layout(rows, True)) == [("d.weight", "d.kernel")]


def test_one_kernel_alone_is_held_against_the_frameworks_layouts():
    assert in_other_layout([dense("a")], True) == {}
    assert "without exchanging" in in_other_layout([dense("a", ())], True)["a.weight", "a.kernel"]
    told = in_other_layout([dense("a")], False)
    assert told["a.weight", "a.kernel"] == "Equal after exchanging input and output axes."


def test_an_embedding_keeps_its_axes():
    rows = [Equal("e.weight", "e.embeddings", (30, 30), (30, 30), order) for order in ((), (1, 0))]
    assert in_other_layout(rows[:1], True) == {}
    assert in_other_layout(rows[1:], True)


def test_height_and_width_exchanged_in_one_convolution():
    row = Equal("c.weight", "c.kernel", (8, 4, 3, 3), (3, 3, 4, 8), (3, 2, 1, 0))
    assert "axes 2 and 3" in in_other_layout([row], True)["c.weight", "c.kernel"]


def test_axes_that_could_not_be_otherwise_are_not_suspicious():
    table = Equal("d.weight", "d.kernel", (8, 3), (8, 3), ())
    assert in_other_layout([dense("a"), dense("b"), dense("c"), table], True) == {}


def test_what_weights_have_to_do_with_each_other():
    assert "blocks 1, 3, 2, 4" in said("gates", (0, 2, 1, 3))
    assert said("gates", (1, 0, 2), expected=True) == ""
    assert "blocks 2, 1, 3" in said("gates", (1, 0, 2))
    assert said("scaled", (0.5,)) == "B's is 0.5 times A's, everywhere."
    assert said("flipped", (2, 3)) == "Equal only after flipping axis 2 and 3."
    assert said("other", ()) == "Same shape, other values."
    assert said("equal", ()) == ""
