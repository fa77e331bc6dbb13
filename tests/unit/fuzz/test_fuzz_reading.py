"""Whatever is typed, sent or lies in a file: an answer or a sentence, never a traceback."""

from __future__ import annotations

import ast
import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opscope.app.settings import Settings, decode, encode
from opscope.app.settings_store import SettingsStore
from opscope.tracers.engine.arrays import literal_array, made_up, read_array_file
from opscope.tracers.ir.conditions import parse_hits
from opscope.tracers.ir.expression import FUNCTIONS, BadExpression, parse
from opscope.tracers.protocol.framing import Frame, Framer, Malformed, pack
from opscope.tracers.protocol.input_forms import (
    FromFile,
    Literal,
    MadeUp,
    parse_input,
)
from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.protocol.spec import parse_spec

MOST = int(os.environ.get("OPSCOPE_FUZZ", "40"))
# The same cases on every run; `make soak` tries more. A time limit per case would only tell how
# busy the machine is.
tried = settings(
    max_examples=MOST,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
few = settings(tried, max_examples=max(20, MOST // 5))

numbers = st.integers() | st.floats()
leaves = st.none() | st.booleans() | numbers | st.text(max_size=12)
trees = st.recursive(
    leaves, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=8), one)
)
messages = st.dictionaries(st.text(max_size=10), trees, max_size=5)


def is_a_sentence(error: Exception, code: str = "") -> None:
    """It tells a user something, and names no Python."""
    text = str(error)
    assert not code or getattr(error, "code", "") == code
    assert text.strip()
    assert "Traceback" not in text
    assert text.rstrip().endswith((".", "?", "…")), text


# The protocol.


@tried
@given(st.lists(messages, max_size=4), st.randoms(use_true_random=False))
def test_messages_come_through_in_whatever_pieces(rows: list[Any], dice: Any) -> None:
    stream = b"".join(pack(row) for row in rows)
    framer, found = Framer(), list[Any]()
    while stream:
        size = dice.randint(1, 40)
        found += framer.feed(stream[:size])
        stream = stream[size:]
    assert all(isinstance(item, Frame) for item in found)
    told = [item.message for item in found]
    assert told == [
        json.loads(json.dumps(json.loads(pack(row).split(b"\r\n\r\n", 1)[1]))) for row in rows
    ]


@tried
@given(st.lists(st.binary(max_size=200), max_size=6), messages)
def test_noise_between_messages_is_told_and_skipped(noise: list[bytes], row: Any) -> None:
    framer = Framer()
    for piece in noise:
        for item in framer.feed(piece):
            assert isinstance(item, (Frame, Malformed))
            assert not isinstance(item, Malformed) or item.why
    # A broken header ends where the next blank line is, at the latest.
    found: list[Any] = []
    for _ in range(3):
        found += framer.feed(b"\r\n\r\n" + pack(row))
    assert framer.feed(b"") == []
    assert found


pieces = st.sampled_from(
    [
        b"Content-Length: ",
        b"content-length:",
        b"Opscope-Blob: ",
        b"\r\n",
        b"\r\n\r\n",
        b"0",
        b"2",
        b"17",
        b"-1",
        b"999999999999999",
        b"99999999999999999999999",
        b"{}",
        b"[]",
        b'{"seq":1,"type":"request","command":"launch","body":{}}',
        b"{" * 3000,
        b"[" * 3000,
        b"\xff\xfe\x00",
        b"NaN",
    ]
)


@tried
@given(st.lists(pieces | st.binary(max_size=20), max_size=24))
def test_hostile_headers_and_bodies(parts: list[bytes]) -> None:
    framer = Framer(frozenset({"opscope/graph"}))
    for item in framer.feed(b"".join(parts)):
        assert isinstance(item, (Frame, Malformed))
        if isinstance(item, Frame):
            assert isinstance(item.message, dict)


# What a user types.

words = st.sampled_from(
    [
        *(
            "sample:",
            "mlp",
            "model.py",
            ":build",
            "/",
            "..",
            "~",
            "~nobody/",
            "x",
            ".pt2",
            ".opscope",
        ),
        *(
            "a.b",
            ":",
            "\x00",
            "é",
            "file with spaces.py",
            "C:\\",
            ".h5",
            "x" * 300,
            "\n",
            ".opscope",
        ),
    ]
)


@tried
@given(st.lists(words, max_size=6).map("".join) | st.text(max_size=60))
def test_specs(text: str) -> None:
    try:
        made = parse_spec(text, os.path.dirname(__file__))
    except Refusal as error:
        is_a_sentence(error, "bad-spec")
    else:
        assert made.where


forms = st.sampled_from(
    [
        *("1x3x4", "x=", "ids=", "2x", "scalar", ":int64", ":bool", ":0..10", ":-1..1"),
        *(
            ":1e999..2",
            ":zeros",
            ":range",
            "[1,2]",
            "[[1],[2,3]]",
            "[",
            "]",
            "1e999",
            "nan",
            "None",
        ),
        *(
            "9" * 5000,
            "9" * 5000 + "x2",
            "a.npy",
            "a.npz:key",
            "f.py:name@3",
            "text=hello",
            "=",
            ":",
        ),
        *("[" * 5000, "true", "@", "99999999999x99999999999", "0x0x3", ".5", "1..2..3", "uint8"),
        *(":uint8:300..900", ":int8:-1000..1000", ":float16:0..1e30", ":int64:0..1e300"),
    ]
)


@tried
@given(st.lists(forms, min_size=1, max_size=5).map("".join) | st.text(max_size=60))
def test_inputs(text: str) -> None:
    try:
        name, form = parse_input(text)
        if isinstance(form, MadeUp):
            assert made_up(form, 0).shape == form.shape
        elif isinstance(form, Literal) and isinstance(form.value, list):
            literal_array(form)
    except Refusal as error:
        is_a_sentence(error, "bad-input")
    else:
        assert not name or name.isidentifier()


bits = st.sampled_from(
    [
        *(
            "output",
            "inputs[0]",
            "x",
            ".max()",
            "abs(",
            ")",
            "(",
            " and ",
            " or ",
            "not ",
            "==",
            ">",
        ),
        *(
            "1",
            "1e3",
            "[",
            "]",
            ":",
            ",",
            "lambda: ",
            "__class__",
            ".__dict__",
            "import os",
            "open(",
        ),
        *(
            "'a'",
            "f'{x}'",
            "x := 1",
            "9**9**9",
            "-" * 500,
            "(" * 500,
            "shape",
            ".T",
            " if ",
            " else ",
        ),
        *("await x", "*x", "**", "\x00", "é", "\n", "#", "1if", "0xfor x in y", "yield", "`"),
    ]
)


@tried
@given(st.lists(bits, max_size=8).map("".join) | st.text(max_size=40))
def test_conditions(text: str) -> None:
    for read in (parse, parse_hits):
        try:
            read(text)
        except BadExpression as error:
            is_a_sentence(error)


@tried
@given(st.lists(bits, max_size=8).map("".join))
def test_no_condition_reaches_pythons_insides(text: str) -> None:
    try:
        tree = parse(text).tree
    except BadExpression:
        return
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.Lambda, ast.NamedExpr, ast.Await, ast.Yield, ast.ListComp))
        assert not (isinstance(node, ast.Name) and node.id.startswith("__"))
        assert not (isinstance(node, ast.Attribute) and node.attr.startswith("_"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id in FUNCTIONS


# Files.


@tried
@given(trees)
def test_settings_of_any_shape(data: Any) -> None:
    try:
        made = decode(data)
    except ValueError:
        assert not isinstance(data, dict)
        return
    assert decode(json.loads(json.dumps(encode(made)))) == made


fields = list(encode(Settings()))


@tried
@given(st.dictionaries(st.sampled_from(fields), trees, max_size=6))
def test_settings_with_fields_of_the_wrong_kind(data: Any) -> None:
    made = decode(data)
    assert decode(json.loads(json.dumps(encode(made)))) == made


rows = st.dictionaries(
    st.sampled_from(
        [
            *(
                "spec",
                "name",
                "when",
                "kind",
                "where",
                "condition",
                "hits",
                "log",
                "enabled",
                "text",
            ),
            *(
                "slot",
                "across",
                "down",
                "zoom",
                "open",
                "apart",
                "anchor",
                "title",
                "module",
                "stop",
            ),
        ]
    ),
    trees | st.sampled_from(["op", "type", "module", "line", "a.py:3", "a.py:x", 1, 9, 0.5]),
)
kept = st.dictionaries(
    st.sampled_from(["inputs", "image", "breakpoints", "views", "watches", "watchpoints", "notes"]),
    st.lists(rows, max_size=3) | trees,
)


@tried
@given(st.lists(rows, max_size=3), st.dictionaries(st.text(max_size=6), kept, max_size=3))
def test_settings_with_hostile_rows(recents: Any, models: Any) -> None:
    made = decode({"recents": recents, "models": models})
    assert decode(json.loads(json.dumps(encode(made)))) == made


@few
@given(st.binary(max_size=300) | st.text(max_size=80).map(str.encode) | st.just(b"[" * 90_000))
def test_a_settings_file_of_any_bytes_is_set_aside(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "settings.json")
        path.write_bytes(data)
        store = SettingsStore(path)
        assert store.settings == decode(encode(store.settings))
        if store.warning:
            is_a_sentence(ValueError(store.warning))
            assert Path(f"{path}.unreadable").read_bytes() == data
        assert store.save() == ""
        assert SettingsStore(path).warning == ""


def saved(kind: str) -> bytes:
    """A good file."""
    file = io.BytesIO()
    if kind == "npy":
        np.save(file, np.arange(12.0).reshape(3, 4))
    else:
        np.savez(file, a=np.arange(5), b=np.ones((2, 2), "float32"))
    return file.getvalue()


GOOD = {kind: saved(kind) for kind in ("npy", "npz")}


def read(kind: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"x.{kind}")
        Path(path).write_bytes(data)
        try:
            read_array_file(FromFile(path, kind), "torch")
        except Refusal as error:
            is_a_sentence(error, "bad-input")


@tried
@given(st.sampled_from(["npy", "npz"]), st.binary(max_size=400))
def test_array_files_of_any_bytes(kind: str, data: bytes) -> None:
    read(kind, data)
    read(kind, GOOD[kind][:10] + data)


@tried
@given(
    st.sampled_from(["npy", "npz"]),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 700),
)
def test_array_files_with_changed_bytes(kind: str, changes: Any, end: int) -> None:
    data = bytearray(GOOD[kind])
    for place, byte in changes:
        data[place % len(data)] = byte
    read(kind, bytes(data))
    read(kind, bytes(data[:end]))
