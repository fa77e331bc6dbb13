"""The grammar of expressions: what it takes, and what it refuses whatever it is fed."""

from __future__ import annotations

import warnings

import pytest

from opscope.tracers.ir.expression import MOST_LETTERS, BadExpression, parse


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("output.max() > 5", {"output"}),
        ("0 < output.mean() <= 1 and index % 10 == 0", {"output", "index"}),
        ("isnan(output).any() or not isfinite(inputs[0]).all()", {"output", "inputs"}),
        ("output[..., 0, 1:-1:2, None].abs().sum(dim=-1, keepdim=True)", {"output"}),
        ("shape == (2, 3) and dtype in ('float32', \"bfloat16\")", {"shape", "dtype"}),
        ("where(x > 0, x, 0) @ x.T ** 2 if hits != 3 else ~(x == 1) & (x < 2) | (x > 4)", None),
        ("max", {"max"}),
        ("'relu' in op and module is not None", {"op", "module"}),
        ("[1, 2.5e3, True, None, -x]", {"x"}),
    ],
)
def test_takes_what_conditions_need(text, names):
    parsed = parse(f"  {text} ")
    assert parsed.text == text
    if names is not None:
        assert parsed.names == names


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("__import__('os').system('true')", "cannot be used"),
        ("__builtins__", "__builtins__"),
        ("x.__class__", ".__class__"),
        ("x.__class__()", ".__class__()"),
        ("().__class__.__mro__", ".__mro__"),
        ("x.data", ".data"),
        ("x.grad_fn", ".grad_fn"),
        ("x.max", "write it with ()"),
        ("x.add_(1)", ".add_()"),
        ("x.numpy()", ".numpy()"),
        ("x.shape()", ".shape()"),
        ("open('/etc/passwd')", "open is no function"),
        ("eval('1')", "eval is no function"),
        ("getattr(x, 'data')", "getattr is no function"),
        ("rand(3)", "rand is no function"),
        ("[y for y in x]", "a comprehension"),
        ("{y for y in x}", "a comprehension"),
        ("{1: 2}", "a dictionary"),
        ("lambda: 1", "lambda"),
        ("(y := 3)", "an assignment"),
        ("f'{x}'", "an f-string"),
        ("max(*x)", "a star"),
        ("max(**x)", "no **"),
        ("max(x, key=len)", "takes no key"),
        ("x.max(out=y)", "takes no out"),
        ("1 << 9", "a shift"),
        ("x ^ y", "^"),
        ("x = 3", "use =="),
        ("x += 1", "cannot assign"),
        ("import os", "no expression"),
        ("x; y", "no expression"),
        ("x\ny", "no expression"),
        ("await x", "await"),
        ("(yield)", "yield"),
        ("x()()", "Only listed functions"),
        ("x[0](1)", "Only listed functions"),
        ("b'bytes'", "b'bytes'"),
        ("2j", "2j"),
        ("'\\d'", "a backslash"),
        ("1if x else 2", "a space"),
        ("0xfor x", "a space"),
        ("x >", "no expression"),
        ("x\0", "no expression"),
    ],
)
def test_refuses_all_else_in_one_sentence(text, word):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BadExpression) as refused:
            parse(text)
    sentence = str(refused.value)
    assert word in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "text",
    [
        "(" * 400 + "x" + ")" * 400,
        "-" * 900 + "x",
        "x" + "[0]" * 300,
        "+".join("x" * 400),
        "x.abs()" + ".abs()" * 120,
        "9" * (MOST_LETTERS + 1),
        "not " * 240 + "x",
    ],
)
def test_bounds_size_and_depth(text):
    with pytest.raises(BadExpression):
        parse(text)
