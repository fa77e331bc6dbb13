"""The user's files run as scripts do, and what they raise becomes one sentence."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.engine import user_code
from opscope.tracers.engine.user_code import run_file, run_module
from opscope.tracers.protocol.refusal import Refusal


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory; what is imported from it is forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(user_code, "_files", {})
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_sees_what_a_script_sees(folder: Path):
    write(folder, "sub/widgets.py", "colour = 'own'")
    write(folder, "sub/app.py", "from widgets import colour")
    write(folder, "data.txt", "from here")
    path = write(
        folder,
        "sub/net_of_mine.py",
        "import sys, app\n"
        "name, file, first, argv = __name__, __file__, sys.path[0], sys.argv\n"
        "with open('data.txt') as lines:\n    data = lines.read()\n"
        "colour = app.colour\n"
        "if __name__ == '__main__':\n    raise SystemExit\n",
    )
    module = run_file(path)
    assert module.name == "net_of_mine"
    assert module.file == path
    assert module.first == str(folder / "sub")
    assert module.argv == [path]
    assert module.data == "from here"
    assert module.colour == "own"


def test_a_file_is_run_once(folder: Path):
    path = write(folder, "counted.py", "import sys\nsys.counted = getattr(sys, 'counted', 0) + 1\n")
    assert run_file(path) is run_file(str(folder / "." / "counted.py"))
    assert sys.counted == 1  # pyright: ignore
    del sys.counted  # pyright: ignore


def test_its_classes_can_be_pickled(folder: Path):
    module = run_file(
        write(
            folder,
            "shapes_of_mine.py",
            "from dataclasses import dataclass\n@dataclass\nclass Box:\n    side: int\n",
        )
    )
    assert pickle.loads(pickle.dumps(module.Box(3))) == module.Box(3)


def test_a_file_named_like_a_module_of_the_library_does_not_replace_it(folder: Path):
    import statistics

    module = run_file(write(folder, "statistics.py", "mean = 'mine'"))
    assert module.mean == "mine"
    assert sys.modules["statistics"] is statistics


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ny = x / 0\n", "ZeroDivisionError: division by zero"),
        ("def f(:\n", "SyntaxError"),
        ("import no_such_module_at_all\n", "No module named 'no_such_module_at_all'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("from . import other\n", "package.module:name"),
        ("raise ValueError('a\\nb')\n", "ValueError: a b"),
        ("raise KeyError\n", "KeyError"),
        ("x = 'a\x00b'\n", "null bytes"),
    ],
)
def test_what_a_file_raises_is_one_sentence_with_its_line(folder: Path, text: str, words: str):
    path = write(folder, "broken.py", text)
    with pytest.raises(Refusal) as caught:
        run_file(path)
    sentence = str(caught.value)
    assert caught.value.code == "bad-model"
    assert sentence.startswith("broken.py could not be run: ")
    assert words in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert "broken" not in sys.modules
    if "null" not in words:
        assert f"{path}, line {len(text.splitlines()) if 'y =' in text else 1}" in sentence


def test_the_line_is_the_innermost_of_the_users_own(folder: Path):
    helper = write(folder, "helper_of_mine.py", "import json\ndef load():\n    json.loads('{')\n")
    path = write(folder, "outer.py", "import helper_of_mine\n\nhelper_of_mine.load()\n")
    with pytest.raises(Refusal, match="JSONDecodeError") as caught:
        run_file(path)
    assert f"({helper}, line 3)" in str(caught.value)


def test_a_missing_framework_is_named_with_the_interpreter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(Refusal) as caught:
        run_file(write(folder, "needs_torch.py", "import torch\n"))
    assert caught.value.code == "no-framework"
    assert f"PyTorch is not installed in {sys.executable}" in str(caught.value)
    assert "pip install torch" in str(caught.value)


def test_modules_are_looked_for_in_the_working_directory(folder: Path):
    write(folder, "zoo_of_mine/__init__.py", "")
    write(folder, "zoo_of_mine/sizes.py", "large = 3\n")
    write(folder, "zoo_of_mine/nets.py", "from .sizes import large\n")
    assert run_module("zoo_of_mine.nets").large == 3


def test_a_module_that_is_not_there_is_named(folder: Path):
    with pytest.raises(Refusal, match="no module no_such_package") as caught:
        run_module("no_such_package.nets")
    assert caught.value.code == "bad-spec"
    write(folder, "zoo_of_mine/__init__.py", "")
    with pytest.raises(Refusal, match=r"No module named 'zoo_of_mine\.nets'"):
        run_module("zoo_of_mine.nets")
