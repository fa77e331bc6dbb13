"""The query language: what is a word, a pattern or a filter, what each asks, what is wrong."""

from __future__ import annotations

import random
import re
import time

import pytest

from opscope.widgets.run.query import parse, tokens
from opscope.widgets.run.query_filters import FILTERS, BadQuery


def test_of(text: str):
    """The test of the only part of a query."""
    (part,) = parse(text).parts
    assert part.test is not None
    return part.test


test_of.__test__ = False


def problem(text: str) -> str:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    return str(caught.value)


def test_words_patterns_and_filters_are_told_apart() -> None:
    query = parse('conv -relu "two words" /a b/ type:add -nan:>0 gpt2.py:61 aten::mm')
    told = [(part.name, part.word, part.negated) for part in query.parts]
    assert told == [
        ("", "conv", False),
        ("", "relu", True),
        ("", "two words", False),
        ("", "", False),
        ("type", "", False),
        ("nan", "", True),
        ("", "gpt2.py:61", False),
        ("", "aten::mm", False),
    ]
    assert query.words == ("conv", "two words", "gpt2.py:61", "aten::mm")
    assert not query.plain
    assert parse("step over").plain
    assert parse("  ").parts == ()


def test_parts_know_where_they_stand() -> None:
    text = 'h.5 type:"a b" -/x y/'
    spans = [text[token.start : token.end] for token in tokens(text)]
    assert spans == ["h.5", 'type:"a b"', "-/x y/"]
    assert [token.kind for token in tokens(text)] == ["word", "quoted", "pattern"]


def test_what_is_not_closed_goes_on_to_the_end() -> None:
    assert test_of("/a b")("xa b")
    assert parse('"a b').words == ("a b",)


def test_texts_are_held_equal_or_globbed() -> None:
    assert test_of("type:conv")("aten.convolution")
    assert not test_of("type:=conv")("conv2d")
    assert test_of("type:=conv2d")("conv2d")
    assert test_of("type:conv?d")("conv2d")
    assert not test_of("type:conv?d")("conv2d_1")
    assert test_of("type:add|mul")("mul_")
    assert test_of(r"type:/^(add|mul)$/")("MUL")
    assert not test_of("type:[ab]*")("add")
    assert test_of("type:[ab]*")("[ab] of two")


@pytest.mark.parametrize(
    ("value", "path", "fits"),
    [
        ("h.5", "transformer.h.5", True),
        ("h.5", "h.5.attn", True),
        ("h.5", "h.50", False),
        ("h.5.*", "h.5.attn.c_attn", True),
        ("h.5.*", "transformer.h.5.mlp", True),
        ("h.5.*", "h.5", False),
        ("*.attn", "h.5.attn", True),
        ("*.attn", "h.5.attn.inner", False),
    ],
)
def test_paths_go_by_their_parts(value: str, path: str, fits: bool) -> None:
    assert test_of(f"scope:{value}")(path) is fits


@pytest.mark.parametrize(
    ("value", "shape", "fits"),
    [
        ("*x768", (1, 16, 768), True),
        ("*x768", (768,), True),
        ("*x768", (1, 1768), False),
        ("768", (1, 768, 4), True),
        ("768", (7680,), False),
        ("16x768", (1, 16, 768), True),
        ("16x768", (16, 1, 768), False),
        ("1x?x768", (1, 16, 768), True),
        ("1x?x768", (1, 768), False),
        ("1x*x768", (1, 2, 3, 768), True),
        ("1×16×768", (1, 16, 768), True),
        ("[1,16,768]", (1, 16, 768), True),
        ("scalar", (), True),
        ("scalar", (1,), False),
        ("*x768", None, False),
        ("?x4", (-1, 4), True),
    ],
)
def test_shapes_go_by_their_extents(value: str, shape: tuple[int, ...] | None, fits: bool) -> None:
    assert test_of(f"shape:{value}")(shape) is fits


@pytest.mark.parametrize(
    ("value", "dtype", "fits"),
    [
        ("bf16", "bfloat16", True),
        ("f16", "bfloat16", False),
        ("f16", "float16", True),
        ("float16", "bfloat16", False),
        ("f32", "float32", True),
        ("i8", "uint8", False),
        ("int", "int64", True),
        ("float*", "float8_e4m3fn", True),
    ],
)
def test_dtypes_have_short_names(value: str, dtype: str, fits: bool) -> None:
    assert test_of(f"dtype:{value}")(dtype) is fits


@pytest.mark.parametrize(
    ("text", "number", "fits"),
    [
        ("nan:>0", 1.0, True),
        ("nan:>0", 0.0, False),
        ("nan:3", 3.0, True),
        ("nan:!=0", 2.0, True),
        ("max:>1e3", 1000.5, True),
        ("max:>=1,000", 1000.0, True),
        ("min:<-2.5", -3.0, True),
        ("min:<−2.5", -2.0, False),
        ("mean:-1..1", 0.5, True),
        ("mean:-1..1", 1.5, False),
        ("time:>1ms", 0.0011, True),
        ("time:>1ms", 0.0009, False),
        ("time:<=5us", 5e-6, True),
        ("time:1ms..2ms", 0.0015, True),
        ("bytes:>1MB", 1_000_001.0, True),
        ("bytes:>1MiB", 1_000_001.0, False),
        ("bytes:4096", 4096.0, True),
        ("nan:>2k", 2001.0, True),
        ("max:>0", float("nan"), False),
        ("max:!=0", float("nan"), False),
    ],
)
def test_numbers_are_compared(text: str, number: float, fits: bool) -> None:
    assert test_of(text)(number) is fits


@pytest.mark.parametrize(
    ("value", "place", "fits"),
    [
        ("model.py:42", "/home/a/model.py:42", True),
        ("model.py:42", "/home/a/model.py:421", False),
        ("42", "/home/a/other.py:42", True),
        ("40-60", "/home/a/other.py:60", True),
        ("40-60", "/home/a/other.py:61", False),
        ("Model.py", "/home/a/model.py:7", True),
        ("models/*.py:7", "/home/models/gpt.py:7", True),
        ("models/*.py", "/home/other/gpt.py:7", False),
    ],
)
def test_lines_are_of_files(value: str, place: str, fits: bool) -> None:
    assert test_of(f"line:{value}")(place.lower()) is fits


def test_every_example_is_a_query_of_its_filter() -> None:
    for row in FILTERS.values():
        (part,) = parse(row.example).parts
        assert part.name == row.name


def test_one_sentence_says_what_is_wrong() -> None:
    assert problem("typ:conv") == "There is no filter called typ; did you mean type:conv?"
    assert problem("qqqq:1").startswith(
        "There is no filter called qqqq; write text in quotes, or one of type, shape, dtype,"
    )
    assert problem("nan:") == "nan: wants a number, for example nan:>0."
    assert problem("nan:many") == "nan: wants a number, for example nan:>0, not many."
    assert problem("time:>1") == "time: wants a time with its unit, for example time:>1ms, not 1."
    assert problem("phase:up") == "phase: wants forward or backward, not up."
    assert problem("shape:ax4") == (
        "shape: wants extents such as *x768, 1x?x768 or scalar, not ax4."
    )
    assert re.fullmatch(r"/a\(b/ is no pattern: .+ at letter 2\.", problem("/a(b/"))
    assert "1,000 letters" in problem("x" * 1001)


@pytest.mark.parametrize(
    "text", ["/(a+)+$/", "/(a|aa)*b/", "/((a*))*/", "/(?:x{2,})+/", "/a*a*a*a*a*b/"]
)
def test_a_pattern_that_could_take_forever_is_refused(text: str) -> None:
    assert "simpler way" in problem(text)


@pytest.mark.parametrize("text", [r"/h\.\d+\.attn/", r"/(conv|relu)\d/", r"/[(+*]+x/", r"/\(a\)+/"])
def test_a_pattern_that_is_harmless_is_taken(text: str) -> None:
    assert parse(text).parts[0].test is not None


def test_no_text_breaks_the_parser() -> None:
    draw = random.Random(4)
    letters = 'ab:/"-*?>x1.|()[]{}\\ ,µ'
    sentences: list[str] = []
    begin = time.perf_counter()
    for _ in range(3000):
        text = "".join(draw.choice(letters) for _ in range(draw.randrange(14)))
        prefix = draw.choice(["", *[f"{name}:" for name in FILTERS]])
        try:
            query = parse(prefix + text)
        except BadQuery as error:
            sentences.append(str(error))
            continue
        for part in query.parts:
            if part.test is not None:
                for what in ("a.b/x.py:3", "", (1, 2), (), None, 2.0):
                    assert part.test(what) in (True, False)
    assert time.perf_counter() - begin < 20
    assert sentences
    assert [said for said in sentences if said[-1] not in ".?" or "\n" in said] == []
