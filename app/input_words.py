"""What an input means, in words, while it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..tracers.protocol.input_forms import (
    Form,
    FromCode,
    FromFile,
    Literal,
    MadeUp,
    parse_input,
)
from ..tracers.protocol.refusal import Refusal

FORMS = (
    ("1x3x224x224", "normal random numbers, float32"),
    ("ids=2x16:int64:0..1000", "by name, another dtype, evenly random in a range"),
    ("16x:zeros", "one axis; also ones, range"),
    ("3.5   7:int64   [[1,2],[3,4]]", "written out"),
    ("x=a.npy   b.npz:name   c.pt", "read from a file"),
    ("cat.png", "a picture; also .jpg"),
    ("text=How are you?", "through the model's own tokenizer"),
    ("data.py:batches@3", "a batch, DataLoader or Dataset; batch 3, from 0"),
)
_PICTURES = ("png", "jpg")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was understood.

    Attributes:
        text: in words, or the sentence about what is wrong.
        wrong: `text` is about a mistake.
        picture: the input is read from a picture.
        name: of the input, "" for a positional one.
    """

    text: str
    wrong: bool = False
    picture: bool = False
    name: str = ""


def meaning(text: str, cwd: str | None = "") -> Meaning:
    """What an input's text means; files are looked for from `cwd`, None where they are not here."""
    try:
        name, form = parse_input(text)
    except Refusal as refusal:
        return Meaning(str(refusal), wrong=True)
    missing = "" if cwd is None else _missing(form, cwd)
    if missing:
        return Meaning(missing, wrong=True, name=name)
    picture = isinstance(form, FromFile) and form.suffix in _PICTURES
    return Meaning(_words(form), picture=picture, name=name)


def _missing(form: Form, cwd: str) -> str:
    path = ""
    if isinstance(form, FromFile):
        path = form.path
    elif isinstance(form, FromCode) and form.where.endswith(".py"):
        path = form.where
    if path and not Path(cwd or ".", Path(path).expanduser()).is_file():
        return f"There is no file {path}."
    return ""


def _words(form: Form) -> str:
    if isinstance(form, MadeUp):
        size = "×".join(map(str, form.shape)) or "scalar"
        return f"{form.dtype} {size}, {_fill(form)}"
    if isinstance(form, Literal):
        return f"written out{', ' + form.dtype if form.dtype else ''}"
    if isinstance(form, FromFile):
        return "a picture" if form.suffix in _PICTURES else f"read from .{form.suffix}"
    if isinstance(form, FromCode):
        if form.index is None:
            return f"from {form.name}"
        return f"batch {form.index} of {form.name}"
    return "through the model's tokenizer" if form.text else "text is empty"


def _fill(form: MadeUp) -> str:
    if form.fill == "uniform":
        return f"random {form.low:g} to {form.high:g}"
    words = {"normal": "normal random", "zeros": "zeros", "ones": "ones", "range": "0, 1, 2, …"}
    return words[form.fill]
