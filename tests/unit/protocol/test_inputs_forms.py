"""Every form of an input, and the arrays that made-up and written-out ones become."""

from __future__ import annotations

import numpy as np
import pytest

from opscope.tracers.engine.arrays import literal_array, made_up
from opscope.tracers.protocol.input_forms import (
    FromCode,
    FromFile,
    Literal,
    MadeUp,
    Words,
    dtype_name,
    parse_input,
)
from opscope.tracers.protocol.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("1x3x224x224", "", MadeUp((1, 3, 224, 224))),
        ("16x", "", MadeUp((16,))),
        ("scalar:float64", "", MadeUp((), "float64")),
        ("ids=2x16:int64:0..1000", "ids", MadeUp((2, 16), "int64", "uniform", 0.0, 1000.0)),
        ("x=2x2:-1..1", "x", MadeUp((2, 2), "float32", "uniform", -1.0, 1.0)),
        ("x=2x2:0.5..1.5e1", "x", MadeUp((2, 2), "float32", "uniform", 0.5, 15.0)),
        ("mask=1x8:bool:ones", "mask", MadeUp((1, 8), "bool", "ones")),
        ("4x4:half", "", MadeUp((4, 4), "float16")),
        ("4x4:torch.bfloat16", "", MadeUp((4, 4), "bfloat16")),
        ("0x3", "", MadeUp((0, 3))),
        ("3", "", Literal(3)),
        ("n=27", "n", Literal(27)),
        ("x=-0.5", "x", Literal(-0.5)),
        ("x=.5:float64", "x", Literal(0.5, "float64")),
        ("flag=true", "flag", Literal(True)),
        ("mask=None", "mask", Literal(None)),
        ("ids=[[1,2],[3,4]]:int32", "ids", Literal([[1, 2], [3, 4]], "int32")),
        ("x=a.npy", "x", FromFile("a.npy", "npy")),
        ("data/a.npz:second", "", FromFile("data/a.npz", "npz", (), ("second",))),
        ("a.pth", "", FromFile("a.pth", "pt")),
        ("x=a.npy:float32", "x", FromFile("a.npy", "npy", (), ("float32",))),
        (
            "x=cat.PNG:resize=224x224,normalise=imagenet",
            "x",
            FromFile("cat.PNG", "png", (("resize", "224x224"), ("normalise", "imagenet"))),
        ),
        ("dog.jpeg:layout=nhwc", "", FromFile("dog.jpeg", "jpg", (("layout", "nhwc"),))),
        ("data.py:batch", "", FromCode("data.py", "batch")),
        ("x=dir/data.py:loader@3", "x", FromCode("dir/data.py", "loader", 3)),
        ("zoo.data:loader", "", FromCode("zoo.data", "loader")),
        ("text=A = b: 3x4", "text", Words("A = b: 3x4")),
    ],
)
def test_forms(text: str, name: str, form: object):
    assert parse_input(text) == (name, form)


def test_bare_whole_numbers_without_a_range_stay_small():
    form = MadeUp((1000,), "int64", "uniform", 0.0, 10.0)
    assert parse_input("1000x:int64") == ("", form)
    values = made_up(form, 0)
    assert set(values.tolist()) == set(range(10))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1x3:flaot32", '"flaot32" is neither a dtype'),
        ("1x3:int64:5..5", "nothing between its ends"),
        ("1x3:int64:1.2.3..5", "is no number"),
        ("1x3:int64:normal", "cannot hold normal numbers"),
        ("3:flaot", '"flaot" is no dtype'),
        ("something", "is no input"),
        ("x=", "is no input"),
        ("x=video.mp4", "is no input"),
        ('"words"', "is no input"),
    ],
)
def test_what_is_no_input_is_said_in_a_sentence(text: str, words: str):
    with pytest.raises(Refusal) as caught:
        parse_input(text)
    assert caught.value.code == "bad-input"
    assert words in str(caught.value)


def test_made_up_inputs_are_the_same_each_time_and_differ_from_each_other():
    form = MadeUp((64, 64))
    first = made_up(form, 0)
    np.testing.assert_array_equal(first, made_up(form, 0))
    assert not np.array_equal(first, made_up(form, 1))
    assert first.dtype == np.float32
    assert abs(float(first.mean())) < 0.1
    assert abs(float(first.std()) - 1) < 0.1


def test_a_range_holds_its_low_end_and_not_its_high_one():
    whole = made_up(MadeUp((5000,), "int16", "uniform", -2.0, 3.0), 0)
    assert whole.dtype == np.int16
    assert set(whole.tolist()) == {-2, -1, 0, 1, 2}
    real = made_up(MadeUp((5000,), "float64", "uniform", -2.0, 3.0), 0)
    assert real.min() >= -2
    assert real.max() < 3


def test_fills():
    assert made_up(MadeUp((2, 3), "int32", "range"), 0).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert made_up(MadeUp((2,), "bool", "ones"), 0).tolist() == [True, True]
    assert made_up(MadeUp((), "uint8", "zeros"), 0).shape == ()
    assert np.iscomplexobj(made_up(MadeUp((2,), "complex64"), 0))


def test_an_input_that_cannot_fit_is_refused_before_it_is_made():
    with pytest.raises(Refusal, match="over 16 GiB"):
        made_up(MadeUp((1 << 20, 1 << 20)), 0)


def test_written_out_numbers():
    assert literal_array(Literal([1, 2])).dtype == np.int64
    assert literal_array(Literal([[0.5], [1]])).dtype == np.float32
    assert literal_array(Literal([True])).dtype == bool
    for ragged in ([[1], [2, 3]], [1, "a"], [None]):
        with pytest.raises(Refusal):
            literal_array(Literal(ragged))


@pytest.mark.parametrize(
    ("text", "name"),
    [("f32", "float32"), ("LONG", "int64"), ("tf.uint8", "uint8"), ("object", ""), ("", "")],
)
def test_dtype_names(text: str, name: str):
    assert dtype_name(text) == name
