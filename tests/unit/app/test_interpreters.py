"""Pythons are found and asked in the background; a hanging one does not matter."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from opscope.app.interpreter_picker import InterpreterPicker
from opscope.app.interpreters import Prober
from opscope.tracers.protocol.pythons import Interpreter, candidates, read_answer


def script(path: Path, *lines: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return str(path)


def answer(version: list[int], prefix: str, **packages: str) -> str:
    return json.dumps({"version": version, "prefix": prefix, "packages": packages})


def test_an_environment_near_the_model_comes_first(tmp_path: Path) -> None:
    near = script(tmp_path / "project" / ".venv" / "bin" / "python")
    model = tmp_path / "project" / "src" / "deep"
    model.mkdir(parents=True)
    found = candidates(str(model))
    assert found[0] == near
    assert os.path.abspath(sys.executable) in found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"version": ["x"]}', "Segfault\n"])
def test_an_odd_answer_is_no_python(text: str) -> None:
    found = read_answer("/x", text)
    assert found.version == ()
    assert found.problem


def test_answers_in_words() -> None:
    full = read_answer("/x", answer([3, 12, 1], "/p", torch="2.13.0+cpu", numpy="2.1"))
    assert full.text == "Python 3.12 · PyTorch 2.13"
    assert full.problem == ""
    assert full.lacks({"torch"}) == ""
    assert full.lacks({"tensorflow"}) == "This interpreter has no TensorFlow."
    old = read_answer("/x", answer([3, 8, 0], "/p", numpy="1.2"))
    assert "too old" in old.problem
    bare = read_answer("/x", answer([3, 11, 0], "/p"))
    assert "no NumPy" in bare.problem
    assert bare.text == "Python 3.11 · no framework"


def test_this_python_answers(qtbot) -> None:
    prober = Prober()
    with qtbot.waitSignal(prober.answered, timeout=20_000) as seen:
        prober.ask([sys.executable])
    found: Interpreter = seen.args[0]
    assert found.version == tuple(sys.version_info[:3])
    assert found.packages["numpy"]


def test_many_are_asked_and_the_end_is_told(qtbot, tmp_path: Path) -> None:
    line = answer([3, 11, 0], "/p", torch="2.5", numpy="2.0")
    paths = [script(tmp_path / f"python{i}", f"echo '{line}'") for i in range(4)]
    paths.append(str(tmp_path / "none"))
    prober = Prober()
    seen: list[Interpreter] = []
    prober.answered.connect(seen.append)
    with qtbot.waitSignal(prober.finished, timeout=20_000):
        prober.ask(paths)
    assert {found.path for found in seen} == set(paths)
    assert [found.path for found in seen if not found.version] == [paths[-1]]


def test_stopping_ends_what_hangs(qtbot, tmp_path: Path) -> None:
    started = tmp_path / "started"
    path = script(tmp_path / "python", f"touch {started}", "exec sleep 600")
    prober = Prober()
    prober.ask([path])
    qtbot.waitUntil(started.exists)
    prober.stop()  # a process left behind fails the test


def test_the_picker_offers_what_answered(qtbot, tmp_path: Path) -> None:
    line = answer([3, 12, 0], "/other", tensorflow="2.21", numpy="2.0")
    path = script(tmp_path / "python", f"echo '{line}'")
    dead = script(tmp_path / "dead", "exit 1")
    picker = InterpreterPicker("")
    qtbot.addWidget(picker)
    picker.pick(dead)
    picker.pick(path)
    with qtbot.waitSignal(picker.prober.finished, timeout=20_000):
        picker.prober.ask([])
    assert picker.python() == path
    assert picker.box.findData(dead) < 0
    assert picker.box.currentText().startswith("Python 3.12 · TensorFlow 2.21")
    picker.want({"torch"})
    assert picker.note.text() == "This interpreter has no PyTorch."
    picker.pick(sys.executable)
    assert picker.python() == ""
    picker.stop()
