"""Runs the user's file or module as plain Python would, and puts its errors into a sentence."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import linecache
import os
import re
import sys
import sysconfig
import traceback
import types
from collections.abc import Callable
from typing import TypeVar

from ..protocol.refusal import Refusal
from .typed import is_typed

Result = TypeVar("Result")

FRAMEWORKS = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
_WHEEL = {"torch": "torch", "tensorflow": "tensorflow", "keras": "tensorflow"}
_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_NODE = re.compile(r"\{\{function_node [^}]*\}\}\s*")
_files: dict[str, types.ModuleType] = {}


def run_file(path: str) -> types.ModuleType:
    """The module of a Python file; run once, then the same again.

    It sees what a script sees (its folder first in sys.path, sys.argv, `__file__`), but its
    `__name__` is the file's stem, so that its `if __name__ == "__main__"` part stays out.

    Raises:
        Refusal: "bad-model" where it raises, "no-framework" where its framework is missing.
    """
    real = os.path.realpath(path)
    if real in _files:
        return _files[real]
    folder = os.path.dirname(real)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.argv = [path]
    name = _module_name(real)
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise Refusal("bad-spec", f"{path} cannot be read as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    linecache.checkcache(path)
    try:
        guarded(lambda: _execute(module, path), f"{os.path.basename(path)} could not be run")
    except Refusal:
        del sys.modules[name]
        raise
    _files[real] = module
    return module


def look_beside(path: str) -> None:
    """Let code that a file asks for be found in its folder and in the working directory."""
    for folder in (os.getcwd(), os.path.dirname(os.path.realpath(path))):
        if folder not in sys.path:
            sys.path.insert(0, folder)


def said(error: BaseException) -> str:
    """An error's message without colours and TensorFlow's `{{function_node …}}` marks."""
    return _NODE.sub("", _ANSI.sub("", str(error)))


def run_module(name: str) -> types.ModuleType:
    """An importable module, looked for in the working directory first. Raises as `run_file`."""
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    top = name.partition(".")[0]
    if top not in sys.modules and importlib.util.find_spec(top) is None:
        raise Refusal("bad-spec", f"There is no module {top}, neither installed nor in {here}.")
    return guarded(lambda: importlib.import_module(name), f"{name} could not be imported")


def guarded(call: Callable[[], Result], what: str, code: str = "bad-model") -> Result:
    """Call into the user's code; what it raises becomes a Refusal: `what`, error, file, line."""
    try:
        return call()
    except Refusal:
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in _WHEEL and importlib.util.find_spec(missing) is None:
            raise missing_framework(missing) from error
        raise Refusal(code, _sentence(what, error)) from error
    except SystemExit as error:
        raise Refusal(code, _sentence(what, error)) from error
    except Exception as error:
        raise Refusal(code, _sentence(what, error)) from error


def missing_framework(package: str) -> Refusal:
    """The refusal that names the interpreter and what to install."""
    wheel = _WHEEL.get(package, package)
    shown = FRAMEWORKS.get(wheel, package)
    python = sys.executable or "this interpreter"
    return Refusal(
        "no-framework",
        f'{shown} is not installed in {python}; install it with "{python} -m pip install {wheel}", '
        "or choose another interpreter with --python.",
    )


def own_line(error: BaseException) -> tuple[str, int] | None:
    """File and line of the innermost frame that is the user's own code."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        if is_users(frame.filename):
            found = frame.filename, frame.lineno or 1
    return found


def is_users(file: str) -> bool:
    """Not of the standard library, an installed package or Opscope itself."""
    if file.startswith("<"):
        return is_typed(file)
    path = os.path.abspath(file)
    return not path.startswith((*_INSTALLED, _OWN + os.sep))


def is_own(file: str) -> bool:
    """Of the tracers."""
    return os.path.abspath(file).startswith(_OWN + os.sep)


def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({os.path.abspath(paths[name]) + os.sep for name in names})


_INSTALLED = _installed()


def _execute(module: types.ModuleType, path: str) -> None:
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)


def _module_name(path: str) -> str:
    """The file's stem; another name where a module of that name is loaded or in the library."""
    stem = os.path.splitext(os.path.basename(path))[0]
    if stem in sys.modules or stem in sys.stdlib_module_names:
        return f"{stem}_file"
    return stem


def _sentence(what: str, error: BaseException) -> str:
    message = " ".join(said(error).split())
    if isinstance(error, SyntaxError):
        message = error.msg
    if len(message) > 300:
        message = message[:297] + "…"
    kind = type(error).__name__
    raised = f"{kind}: {message}" if message else kind
    line = own_line(error)
    place = f" ({line[0]}, line {line[1]})" if line is not None else ""
    hint = ""
    if "relative import" in message:
        hint = "; a file of a package is opened as package.module:name from the folder above it"
    return f"{what}: {raised}{place}{hint}."
