"""Expressions over tensors of both frameworks: same words, same numbers, nothing disturbed."""

from __future__ import annotations

import importlib
import time

import numpy as np
import pytest

from opscope.tracers.engine.expressions import Expression
from opscope.tracers.protocol.refusal import Refusal

GRID = np.array([[-2.0, 0.5, 3.0], [4.0, -1.5, 0.0]], dtype=np.float32)


@pytest.fixture(params=["pytorch", "tensorflow"])
def lab(request):
    """(functions, how an array becomes a tensor)."""
    if request.param == "pytorch":
        torch = importlib.import_module("torch")
        backend = importlib.import_module("opscope.tracers.pytorch.backend").TorchBackend()
        return backend.functions, torch.as_tensor
    tf = importlib.import_module("tensorflow")
    backend = importlib.import_module("opscope.tracers.tensorflow.values").TensorFlowBackend()
    return backend.functions, tf.constant


def value(text, lab, **names):
    functions, tensor = lab
    found = Expression(text).evaluate({"x": tensor(GRID), **names}, functions)
    return np.asarray(found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x.max()", 4.0),
        ("max(x)", 4.0),
        ("x.max(dim=1)", [3.0, 4.0]),
        ("x.max(0)", [4.0, 0.5, 3.0]),
        ("x.min(axis=-1, keepdims=True)", [[-2.0], [-1.5]]),
        ("max(x.max(), 10)", 10.0),
        ("x.mean()", GRID.mean()),
        ("x.std()", GRID.std(ddof=1)),
        ("var(x, dim=0)", GRID.var(axis=0, ddof=1)),
        ("x[0, 0].std()", 0.0),
        ("norm(x)", np.linalg.norm(GRID)),
        ("abs(x).sum()", np.abs(GRID).sum()),
        ("x.T", GRID.T),
        ("x @ x.T", GRID @ GRID.T),
        ("-x * 2 + 1 - x / 2", -GRID * 2 + 1 - GRID / 2),
        ("x ** 2 % 3", GRID**2 % 3),
        ("x // 2", GRID // 2),
        ("x[1, ::2]", GRID[1, ::2]),
        ("x[..., None, 0]", GRID[..., 0][:, None]),
        ("x[x > 0]", GRID[GRID > 0]),
        ("where(x > 0, x, 0)", np.where(GRID > 0, GRID, 0)),
        ("(x > 0) & (x < 1) | ~(x < 3)", (GRID > 0) & (GRID < 1) | ~(GRID < 3)),
        ("clamp(x, -1, 1)", GRID.clip(-1, 1)),
        ("x.clamp(min=0)", GRID.clip(0)),
        ("clip(x, max=1)", GRID.clip(None, 1)),
        ("maximum(x, 1)", np.maximum(GRID, 1)),
        ("softmax(x, dim=-1).sum(dim=-1)", [1.0, 1.0]),
        ("sigmoid(x)", 1 / (1 + np.exp(-GRID))),
        ("relu(x).count_nonzero()", 3),
        ("x.argmax(dim=1)", [2, 0]),
        ("argmax(x)", 3),
        ("zeros_like(x) + full_like(x, 2)", np.full_like(GRID, 2)),
        ("x.reshape(3, 2)", GRID.reshape(3, 2)),
        ("flip(x)", GRID[::-1, ::-1]),
        ("cumsum(x)", GRID.cumsum(axis=-1)),
        ("x.prod()", GRID.prod()),
        ("x.any() and not x.all()", True),
        ("log2(x.abs() + 1)", np.log2(np.abs(GRID) + 1)),
        ("isclose(x, x + 0.000001, atol=0.0001).all()", True),
        ("allclose(x, 0)", False),
        ("nan_to_num(x / 0 * 0).sum()", 0.0),
        ("x.shape == (2, 3) and x.size == 6 and x.numel() == 6 and len(x) == 2", True),
        ("x.size(0) + x.size(-1) + x.ndim + x.dim()", 9),
        ("x.dtype == 'float32' and 'cpu' in x.device.lower()", None),
        ("x[0, 1].item() + 1", 1.5),
        ("int(x[1, 0]) % 3 == 1 and float(x.sum()) == 4", True),
        ("x.int().mean()", GRID.astype(np.int32).mean()),
        ("-3 < x.min() < 0", True),
        ("0 < x.min() < 3", False),
        ("2 if x.max() > 3 else 1", 2),
        ("sqrt(16) + abs(-2) + round(2.6) + min(3, 1, 2) + sum((1, 2)) + mean((1, 3))", 15),
    ],
)
def test_gives_what_numpy_gives(text, wanted, lab):
    if wanted is None:
        with pytest.raises(Refusal, match=r"\.lower\(\) cannot be used"):
            Expression(text)
        return
    np.testing.assert_allclose(value(text, lab), wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x > 0", "use any"),
        ("y + 1", "there is no y here; known are"),
        ("x + inputs[5]", "there is no item 5, only 1"),
        ("10 ** 10 ** 10", "power is too large"),
        ("'ab' * 10", "cannot be combined"),
        ("'%99999d' % 5", "cannot be combined"),
        ("1 / 0", "division by zero"),
        ("round(5, -1000000000)", "digits"),
        ("thing + 1", "thing holds a Thing"),
        ("thing.shape", "thing holds a Thing"),
        ("x in x", "any(x == …)"),
        ("x is x", "only None"),
        ("max(x, 0)", "maximum(a, b)"),
        ("softmax(3)", "needs a tensor"),
        ("wide * tall", "elements, too many"),
        ("where(x[0, 0] > 0, wide, tall)", "elements, too many"),
        ("tall @ wide", "elements, too many"),
        ("x @ x", ""),
        ("x.sum(dim=7)", ""),
    ],
)
def test_a_failing_evaluation_gives_one_sentence(text, word, lab):
    functions, tensor = lab

    class Thing:
        def __getattribute__(self, name):
            raise AssertionError("the user's code ran")

        def __add__(self, other):
            raise AssertionError("the user's code ran")

    line = np.zeros(50_000, np.float32)
    names = {
        "x": tensor(GRID),
        "inputs": [tensor(GRID)],
        "wide": tensor(line[None, :]),
        "tall": tensor(line[:, None]),
        "thing": Thing(),
    }
    started = time.perf_counter()
    with pytest.raises(Refusal) as refused:
        Expression(text).holds(names, functions)
    assert time.perf_counter() - started < 5
    sentence = str(refused.value)
    assert refused.value.code == "bad-expression"
    assert sentence.startswith(text)
    assert word in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x", "float32[2×3]"),
        ("x.max()", "4"),
        ("x[0]", "[-2, 0.5, 3]"),
        ("x.shape", "(2, 3)"),
        ("x.mean() / 3", "0.222222"),
        ("'relu'", "relu"),
        ("None", "None"),
    ],
)
def test_says_values_in_few_words(text, wanted, lab):
    functions, tensor = lab
    assert Expression(text).say({"x": tensor(GRID)}, functions) == wanted


def test_torch_is_left_as_it_was():
    torch = importlib.import_module("torch")
    functions = importlib.import_module("opscope.tracers.pytorch.functions").TorchFunctions()
    seen = []

    class Spy(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append(func)
            return func(*args, **(kwargs or {}))

    class Named(torch.Tensor):
        def __add__(self, other):
            raise AssertionError("the user's code ran")

    x = torch.tensor(GRID, requires_grad=True)
    hidden = x * 2
    version, random = hidden._version, torch.get_rng_state()
    own = torch.tensor(GRID).as_subclass(Named)
    expression = Expression("where(y > 0, y, 0).sum() + (y @ y.T).softmax(-1).max() + z.norm()")
    with Spy(), torch.autocast("cpu", dtype=torch.bfloat16):
        found = expression.evaluate({"y": hidden, "z": own}, functions)
        halves = Expression("y @ y.T").evaluate({"y": hidden}, functions)
    assert seen == []
    assert not found.requires_grad
    assert halves.dtype == torch.float32
    assert hidden._version == version
    assert hidden.grad_fn is not None
    assert torch.equal(torch.get_rng_state(), random)
    hidden.sum().backward()
    assert torch.equal(x.grad, torch.full((2, 3), 2.0))


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_torch_values_of_every_kind_are_read():
    torch = importlib.import_module("torch")
    functions = importlib.import_module("opscope.tracers.pytorch.functions").TorchFunctions()
    kinds = {
        "bf": torch.tensor(GRID).bfloat16(),
        "sparse": torch.tensor(GRID).to_sparse(),
        "meta": torch.zeros(2, 3, device="meta"),
        "quant": torch.quantize_per_tensor(torch.tensor(GRID), 0.5, 0, torch.qint8),
        "size": torch.zeros(4, 5).shape,
        "kind": torch.bfloat16,
        "number": np.float32(2.5),
    }
    text = (
        "(bf.max(), sparse.sum(), meta.shape, quant.max(), size[1], kind == 'bfloat16', number * 2)"
    )
    assert Expression(text).say(kinds, functions) == "(4, 4, (2, 3), 4, 5, True, 5)"
    with torch.inference_mode():
        inside = torch.ones(3)
        assert Expression("inside.sum() == 3").holds({"inside": inside}, functions)
    with pytest.raises(Refusal, match="meta"):
        Expression("meta.sum() > 0").holds(kinds, functions)


def test_tensorflow_values_without_numbers_are_told():
    tf = importlib.import_module("tensorflow")
    functions = importlib.import_module(
        "opscope.tracers.tensorflow.functions"
    ).TensorFlowFunctions()
    assert Expression("x[0] == 'a' and x.shape == (2,)").holds(
        {"x": tf.constant(["a", "b"])}, functions
    )
    with pytest.raises(Refusal, match="no elements"):
        Expression("x.sum()").evaluate({"x": tf.Variable(1.0).handle}, functions)
    with tf.GradientTape() as tape:
        x = tf.constant(GRID)
        tape.watch(x)
        Expression("(x * 3).sum()").evaluate({"x": x}, functions)
        total = tf.reduce_sum(x)
    np.testing.assert_array_equal(tape.gradient(total, x), np.ones_like(GRID))
