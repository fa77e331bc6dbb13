"""The filters of the query language: what each is called, what it wants, and what it asks."""

from __future__ import annotations

import math
import operator
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fnmatch import translate

# What is asked of: a text in lower case, the extents of a shape, a number.
What = str | float | tuple[int, ...] | None
Test = Callable[[What], bool]


class BadQuery(Exception):
    """What is typed is no query; the message is one sentence for the user."""


class Kind(str, Enum):
    """What a filter looks at."""

    TEXT = "text"
    PATH = "path"  # a text of parts with dots between them
    SHAPE = "shape"
    LINE = "line"  # a file and a line in it
    NUMBER = "number"  # of an executed op
    SECONDS = "seconds"
    BYTES = "bytes"


_WANTS = {
    Kind.TEXT: "a text",
    Kind.PATH: "a path",
    Kind.SHAPE: "a shape",
    Kind.LINE: "a file, a line of it or both",
    Kind.NUMBER: "a number",
    Kind.SECONDS: "a time with its unit",
    Kind.BYTES: "a size",
}
_SAYS = {
    Kind.TEXT: "part of it, =all of it, a glob, one|another, or /a pattern/",
    Kind.PATH: "parts of it between dots, a glob, one|another, or /a pattern/",
    Kind.SHAPE: "extents in a row, or all with * for any axes and ? for one",
    Kind.LINE: "file:line, file:from-to, a file or a line alone",
    Kind.NUMBER: "compared by > >= < <= != or low..high",
    Kind.SECONDS: "compared like numbers, with ns, us, ms, s or min",
    Kind.BYTES: "compared like numbers, with kB, MB, GB or KiB, MiB, GiB",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        about: what it looks at, in a few words.
        values: the only values that there are; () for any.
    """

    name: str
    kind: Kind
    about: str
    example: str
    values: tuple[str, ...] = ()

    @property
    def executed(self) -> bool:
        """It looks at executed ops, not at ops."""
        return self.kind in (Kind.NUMBER, Kind.SECONDS, Kind.BYTES)

    @property
    def says(self) -> str:
        """How its value is written, for the help."""
        return " or ".join(self.values) if self.values else _SAYS[self.kind]

    @property
    def wants(self) -> str:
        """What its value is, for a sentence."""
        return " or ".join(self.values) if self.values else _WANTS[self.kind]

    def test(self, value: str, is_pattern: bool) -> Test:
        """What the value asks. Raises BadQuery."""
        if is_pattern and self.kind in (Kind.TEXT, Kind.PATH, Kind.LINE):
            return pattern(value)
        tests = [self._one(one) for one in value.split("|") if one]
        if not tests:
            raise BadQuery(f"{self.name}: wants {self.wants}, for example {self.example}.")
        return tests[0] if len(tests) == 1 else lambda what: any(test(what) for test in tests)

    def _one(self, value: str) -> Test:
        if self.values:
            chosen = [one for one in self.values if one.startswith(value.lower())]
            if not chosen:
                raise BadQuery(f"{self.name}: wants {self.wants}, not {value}.")
            return lambda what: what in chosen
        if self.kind is Kind.SHAPE:
            return _shape(value)
        if self.kind is Kind.LINE:
            return _line(value)
        if self.executed:
            return self._number(value)
        value = _DTYPES.get(value.lower(), value) if self.name == "dtype" else value
        return _text(value.lower(), dotted=self.kind is Kind.PATH)

    def _number(self, value: str) -> Test:
        units = _UNITS[self.kind]
        low, dots, high = value.partition("..")
        if dots:
            least, most = self._amount(low, units), self._amount(high, units)
            return lambda what: isinstance(what, float) and least <= what <= most
        sign = next((sign for sign in _SIGNS if value.startswith(sign)), "")
        compare = _SIGNS[sign] if sign else operator.eq
        amount = self._amount(value[len(sign) :], units)
        return lambda what: isinstance(what, float) and what == what and compare(what, amount)

    def _amount(self, text: str, units: dict[str, float]) -> float:
        found = _AMOUNT.fullmatch(text.strip().replace("−", "-").replace(",", ""))
        unit = found[2].lower().replace("μ", "µ") if found is not None else ""
        if found is None or (unit and unit not in units) or (not unit and "" not in units):
            said = f"not {text}" if text.strip() else "and there is none"
            raise BadQuery(f"{self.name}: wants {self.wants}, for example {self.example}, {said}.")
        factor = units[unit]
        return float(found[1]) * factor if factor >= 1 else float(found[1]) / round(1 / factor)


_AMOUNT = re.compile(r"([-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf))([a-zµμ]*)", re.I)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_UNITS: dict[Kind, dict[str, float]] = {
    Kind.NUMBER: {"": 1.0, "k": 1e3, "m": 1e6},
    Kind.SECONDS: {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0},
    Kind.BYTES: {
        "": 1.0,
        "b": 1.0,
        "k": 1e3,
        "kb": 1e3,
        "m": 1e6,
        "mb": 1e6,
        "g": 1e9,
        "gb": 1e9,
        "kib": 2.0**10,
        "mib": 2.0**20,
        "gib": 2.0**30,
    },
}
_DTYPES = {
    "f16": "=float16",
    "fp16": "=float16",
    "half": "=float16",
    "bf16": "bfloat16",
    "f32": "=float32",
    "fp32": "=float32",
    "f64": "=float64",
    "fp64": "=float64",
    "i8": "=int8",
    "i16": "=int16",
    "i32": "=int32",
    "i64": "=int64",
    "u8": "uint8",
    "u16": "uint16",
    "u32": "uint32",
    "u64": "uint64",
    "c64": "complex64",
    "c128": "complex128",
    "f8": "float8",
    "fp8": "float8",
    "float16": "=float16",
    "int8": "=int8",
    "int16": "=int16",
    "int32": "=int32",
    "int64": "=int64",
}

FILTERS = {
    row.name: row
    for row in (
        Filter("type", Kind.TEXT, "type of the op", "type:conv"),
        Filter("shape", Kind.SHAPE, "shape of an output", "shape:*x768"),
        Filter("dtype", Kind.TEXT, "dtype of an output", "dtype:bf16"),
        Filter("device", Kind.TEXT, "device of an output", "device:cuda"),
        Filter("scope", Kind.PATH, "path of a module around it", "scope:h.5.*"),
        Filter("module", Kind.TEXT, "class of a module around it", "module:Attention"),
        Filter("param", Kind.PATH, "name of a parameter it reads", "param:*.weight"),
        Filter("attr", Kind.TEXT, "an argument, as name=value", "attr:dim=-1"),
        Filter("line", Kind.LINE, "line of source it comes from", "line:model.py:42"),
        Filter("phase", Kind.TEXT, "pass it is in", "phase:backward", ("forward", "backward")),
        Filter("nan", Kind.NUMBER, "NaN in its outputs", "nan:>0"),
        Filter("inf", Kind.NUMBER, "infinities in its outputs", "inf:>0"),
        Filter("min", Kind.NUMBER, "least element of an output", "min:<-100"),
        Filter("max", Kind.NUMBER, "greatest element of an output", "max:>1e4"),
        Filter("mean", Kind.NUMBER, "mean of the first output", "mean:-1..1"),
        Filter("time", Kind.SECONDS, "how long it took", "time:>1ms"),
        Filter("bytes", Kind.BYTES, "size of its outputs", "bytes:>1MB"),
    )
}

# A pattern that tries too many ways would hold the window up, and cannot be stopped.
_NESTED = "repeats what repeats or has alternatives itself, which can take forever"
_MOST_REPEATS = 4


def pattern(text: str) -> Test:
    """A regular expression that is found somewhere in a text, whatever the case."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read otherwise
            found = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        where = getattr(error, "pos", None)
        place = f" at letter {where + 1}" if isinstance(where, int) else ""
        why = getattr(error, "msg", str(error))
        raise BadQuery(f"/{text}/ is no pattern: {why}{place}.") from None
    trouble = _trouble(text)
    if trouble:
        raise BadQuery(f"/{text}/ {trouble}; write it in a simpler way.")
    return lambda what: isinstance(what, str) and found.search(what) is not None


def _trouble(text: str) -> str:
    """Why a valid regular expression may take exponential or very long time; "" where not."""
    risky: list[bool] = [False]  # of each open group: it holds a repeat or an alternative
    repeats, at, closed = 0, 0, False
    while at < len(text):
        letter = text[at]
        many = letter in "*+" or re.match(r"\{\d*,\d*\}", text[at:]) is not None
        if letter == "\\":
            at += 1
        elif letter == "[":
            at = _class_end(text, at)
        elif letter == "(":
            risky.append(False)
        elif letter == ")":
            inner = risky.pop()
            risky[-1] = risky[-1] or inner
            closed = inner
            at += 1
            continue
        elif letter == "|":
            risky[-1] = True
        elif many:
            if closed:
                return _NESTED
            risky[-1] = True
            repeats += 1
            if repeats > _MOST_REPEATS:
                return f"has more than {_MOST_REPEATS} repeats"
        closed = False
        at += 1
    return ""


def _class_end(text: str, at: int) -> int:
    """Where a class in brackets ends."""
    at += 1
    at += text[at : at + 1] == "^"
    at += text[at : at + 1] == "]"
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at


def _text(value: str, dotted: bool) -> Test:
    """A lower-case text: held by the other, equal to it after "=", or a glob for the whole."""
    if value.startswith("=") and len(value) > 1:
        whole = value[1:]
        return lambda what: what == whole
    if "*" in value or "?" in value:
        return _glob(value, dotted)
    if dotted:
        parts = f".{value}."
        return lambda what: isinstance(what, str) and parts in f".{what}."
    return lambda what: isinstance(what, str) and value in what


def _glob(value: str, dotted: bool) -> Test:
    found = re.compile(translate(value.replace("[", "[[]")))
    if not dotted:
        return lambda what: isinstance(what, str) and found.match(what) is not None
    inner = re.compile(translate("*." + value.replace("[", "[[]")))
    return lambda what: (
        isinstance(what, str) and (found.match(what) is not None or inner.match(what) is not None)
    )


def _shape(value: str) -> Test:
    """Extents in a row somewhere; with "*" (any axes) or "?" (one), the whole shape."""
    text = value.lower().strip("[]()").replace("×", "x").replace(",", "x").replace(" ", "")
    if text in ("scalar", ""):
        return lambda what: what == ()
    wanted = text.split("x")
    for part in wanted:
        if not re.fullmatch(r"\d+|\*+|\?", part):
            raise BadQuery(f"shape: wants extents such as *x768, 1x?x768 or scalar, not {value}.")
    if not any(part[0] in "*?" for part in wanted):
        run = "x" + "x".join(wanted) + "x"
        return lambda what: isinstance(what, tuple) and run in f"x{_joined(what)}x"
    steps = "".join(
        r"(?:-?\d+x)*?" if part[0] == "*" else r"-?\d+x" if part == "?" else f"{part}x"
        for part in wanted
    )
    found = re.compile(steps)
    return lambda what: isinstance(what, tuple) and found.fullmatch(_joined(what) + "x") is not None


def _joined(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _line(value: str) -> Test:
    """ "model.py:42", "42", "40-60", "model.py" or "models/*.py"; asked of "path/model.py:42"."""
    file, _, lines = value.lower().replace("\\", "/").rpartition(":")
    span = re.fullmatch(r"(\d+)(?:-(\d+))?", lines)
    if span is None:
        file, low, high = value.lower().replace("\\", "/"), 0.0, math.inf
    else:
        low = float(span[1])
        high = float(span[2] or span[1])
    globbed = "*" in file or "?" in file
    asked = re.compile(translate(("*/" + file.lstrip("/")).replace("[", "[[]")))

    def holds(what: What) -> bool:
        if not isinstance(what, str):
            return False
        path, _, number = what.rpartition(":")
        path = "/" + path.lstrip("/")
        named = asked.match(path) is not None if globbed else file in path
        return named and number.isdecimal() and low <= int(number) <= high

    return holds
