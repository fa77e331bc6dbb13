"""`opscope run`: which words of a command line name a script, and which are the script's own."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

COULD_NOT = 2

_ABOUT = """\
opscope run [--run] SCRIPT [ARGUMENT …]
opscope run [--run] -m MODULE [ARGUMENT …]

Run a script, or a module as `python -m` does, with a window that lists the models that it calls.
The script runs as plain Python runs it, in this process and with this interpreter. The window can
stop it at the next call of any model; unless --run is given, at the first.

  --run       do not stop at the first call
  -h, --help  show this help

All that follows SCRIPT or MODULE belongs to it.
"""


def script_words(words: Sequence[str], options: Sequence[str]) -> list[str] | None:
    """What is behind `opscope run`, or means the same; None for any other command.

    A bare file.py means its model, as ever; with words behind it that are none of the window's
    options it is a script with arguments. `-m` is a script always.
    """
    if not words:
        return None
    if words[0] == "run":
        return list(words[1:])
    if words[0] == "-m":
        return list(words)
    is_script = len(words) > 1 and words[0].lower().endswith(".py") and os.path.isfile(words[0])
    return list(words) if is_script and not _is_option(words[1], options) else None


def run(words: list[str], say: Callable[[str], None]) -> int:
    """Run what the words name; the exit code where it ends by itself. Raises what it raises."""
    stop = True
    while words and words[0] in ("--run", "-h", "--help"):
        if words.pop(0) != "--run":
            sys.stdout.write(_ABOUT)
            return 0
        stop = False
    module = bool(words) and words[0] == "-m"
    if module:
        words.pop(0)
    wrong = _wrong(words, module)
    if wrong:
        say(wrong)
        return COULD_NOT
    # This process is the script's, and shows no window itself.
    engine: Any = importlib.import_module("opscope.tracers.engine.running")
    engine.run(words[0], words[1:], module=module, stop=stop)
    return 0


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """All that a parser knows by name."""
    return [name for action in parser._actions for name in action.option_strings]


def _wrong(words: list[str], module: bool) -> str:
    if not words:
        what = "a module behind -m" if module else "a script: opscope run train.py"
        return f"run needs {what}; `opscope run -h` says more."
    if module:
        return ""
    if words[0].startswith("-"):
        return f"run has no option {words[0]}; `opscope run -h` shows those that it has."
    if not os.path.exists(words[0]):
        return f"there is no file {words[0]} to run."
    return ""


def _is_option(word: str, options: Sequence[str]) -> bool:
    """One of the window's, shortened or misspelt as it may be."""
    name = word.partition("=")[0]
    if not name.startswith("-") or name == "--":
        return False
    near = difflib.get_close_matches(name, options, 1, 0.8)
    return bool(near) or any(option.startswith(name) for option in options)
