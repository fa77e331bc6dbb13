"""What is to be said of an edit while it is typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from ..tracers.ir import OUTSIDE, Edit, EditKind, OpRecord, Run, TensorSummary
from ..tracers.ir.edit_terms import edit_problem, number_of
from ..tracers.ir.expression import parse
from ..widgets.tensor.formatting import shape_text

_TENSOR = tuple(kind for kind in EditKind if kind is not EditKind.ELEMENT)
_PLAIN = (EditKind.EXPRESSION, EditKind.CONSTANT)  # what may become of a value that is no tensor


@dataclass(frozen=True, slots=True)
class Editable:
    """A value that can be replaced.

    Attributes:
        label: "output 0", "input 1".
        shape: None where it is not known yet.
        tensor: it is one, as far as is known.
    """

    label: str
    slot: int
    is_input: bool
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    tensor: bool = True

    @property
    def text(self) -> str:
        """As it stands in a list to choose from."""
        form = f"{shape_text(self.shape)} {self.dtype}".strip() if self.tensor else self.dtype
        return "   ".join(part for part in (self.label, form) if part)


def editables(run: Run, op: int, record: int) -> tuple[Editable, ...]:
    """Outputs and inputs of an op as it ran in a record; -1: as the map expects it to run."""
    if 0 <= record < len(run.records):
        row = run.records[record]
        outputs = [_known(f"output {n}", n, False, value) for n, value in enumerate(row.outputs)]
        return (*outputs, *_inputs(run, row))
    graph, expected = run.graph, run.graph.ops[op]
    found: list[Editable] = []
    for slot, index in enumerate(expected.outputs):
        value = graph.values[index]
        found.append(Editable(f"output {slot}", slot, False, value.shape, value.dtype))
    for slot, index in enumerate(expected.inputs):
        value = graph.values[index] if index >= 0 else None
        shape, dtype = (None, "") if value is None else (value.shape, value.dtype)
        found.append(Editable(f"input {slot}", slot, True, shape, dtype))
    return tuple(found) or (Editable("output 0", 0, False),)


def _inputs(run: Run, row: OpRecord) -> list[Editable]:
    found: list[Editable] = []
    for slot, (source, part) in enumerate(row.inputs):
        label = f"input {slot}"
        if 0 <= source < len(run.records) and part < len(run.records[source].outputs):
            found.append(_known(label, slot, True, run.records[source].outputs[part]))
        elif source == OUTSIDE and 0 <= part < len(run.graph.values):
            value = run.graph.values[part]
            found.append(Editable(label, slot, True, value.shape, value.dtype))
    return found


def _known(label: str, slot: int, is_input: bool, value: TensorSummary) -> Editable:
    tensor = bool(value.shape) or not value.text
    return Editable(label, slot, is_input, value.shape if tensor else None, value.dtype, tensor)


def kinds_of(value: Editable) -> tuple[EditKind, ...]:
    """What a value may be replaced by."""
    return _TENSOR if value.tensor else _PLAIN


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence, and whether the edit can be made as it stands."""

    fine: bool
    sentence: str = ""


def check(kind: EditKind, text: str, value: Editable, here: bool = True) -> Verdict:
    """Look at what was typed; where that is nothing yet, say what is asked for. `here`: the model
    runs on this computer, so that its files can be looked at."""
    text = text.strip()
    if kind is EditKind.ZERO:
        return Verdict(True, "Every element becomes 0.")
    if not text:
        return Verdict(False, _ASKS[kind])
    problem = edit_problem(Edit(0, "", kind, text))
    if problem:
        return Verdict(False, problem)
    if kind is EditKind.EXPRESSION:
        plain = value.tensor and not parse(text).names
        return Verdict(True, "It does not read x: every element is the same." if plain else "")
    if kind is EditKind.FILE:
        return _file(text, value) if here else Verdict(True)
    return _constant(text, value) if kind is EditKind.CONSTANT else Verdict(True)


_ASKS = {
    EditKind.EXPRESSION: "x is the value; inputs[0], inputs[1], … are what the op reads.",
    EditKind.CONSTANT: "A number for every element; nan and inf are numbers, too.",
    EditKind.FILE: "A NumPy array of the same shape, or of one that broadcasts to it.",
    EditKind.NOISE: "Standard deviation of normal noise, which is the same in every run.",
}


def _constant(text: str, value: Editable) -> Verdict:
    number = number_of(text)
    if isinstance(number, complex):
        if value.dtype and not value.dtype.startswith("complex"):
            return Verdict(False, f"{text} is complex, and the value is {value.dtype}.")
    elif value.dtype.startswith(("int", "uint")):
        whole = math.isfinite(number) and number == int(number)
        if not whole:
            return Verdict(False, f"{text} is no whole number, and the value is {value.dtype}.")
    return Verdict(True)


def _file(text: str, value: Editable) -> Verdict:
    path = Path(text).expanduser()
    if not path.is_file():
        return Verdict(False, f"There is no file {path}.")
    try:
        shape, dtype = _header(path)
    except (OSError, ValueError):
        return Verdict(False, f"{path.name} does not hold a NumPy array of numbers.")
    told = f"{shape_text(shape)} {dtype!s}"
    if value.shape is None or -1 in value.shape:
        return Verdict(True, f"{told}.")
    wanted = shape_text(value.shape)
    if not _broadcasts(shape, value.shape) and value.is_input:
        return Verdict(True, f"{told}, where it was {wanted}.")  # what an op may have failed over
    if not _broadcasts(shape, value.shape):
        return Verdict(False, f"{path.name} is {told}, which does not fit {wanted}.")
    return Verdict(True, f"{told}." if shape == value.shape else f"{told}, broadcast to {wanted}.")


def _header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of a .npy file. Raises OSError or ValueError."""
    with path.open("rb") as file:
        old = npy.read_magic(file) == (1, 0)
        shape, _, dtype = (npy.read_array_header_1_0 if old else npy.read_array_header_2_0)(file)
    if dtype.hasobject:
        raise ValueError("objects")
    return shape, dtype


def _broadcasts(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(given, wanted) == wanted
    except ValueError:
        return False
