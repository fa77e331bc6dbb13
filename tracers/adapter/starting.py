"""From launch arguments to a command line, an environment and a folder."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, cast

from ..protocol.refusal import Refusal
from .child import Child

BOOT = Path(__file__).resolve().parent.parent / "boot.py"


def start(launch: dict[str, Any]) -> Child:
    """A debuggee for `launch` arguments. Raises Refusal with one sentence."""
    python = _interpreter(launch.get("python"))
    folder = launch.get("cwd")
    if folder is not None and not (isinstance(folder, str) and os.path.isdir(folder)):
        raise Refusal("bad-folder", f"There is no folder {folder}.")
    environment = _environment(launch)
    asked = script_of(launch)
    if asked is not None:
        environment["OPSCOPE_SCRIPT"] = json.dumps(asked)
    try:
        return Child([python, str(BOOT)], environment, folder, both_ways=asked is not None)
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal("bad-python", f"{python} cannot be started: {why}.") from error


def script_of(launch: dict[str, Any]) -> dict[str, Any] | None:
    """The plain script, or module, that a launch names; None where it names a model.

    Raises Refusal.
    """
    program, module = launch.get("program"), launch.get("module")
    if program is None and module is None:
        return None
    if launch.get("spec") is not None or (program is not None and module is not None):
        raise Refusal("bad-arguments", 'Name one: a "spec", a "program" or a "module".')
    name = module if program is None else program
    words: object = launch.get("args") or []
    if not isinstance(name, str) or not isinstance(words, list):
        raise Refusal("bad-arguments", "A script is named by its path, its args by a list.")
    if module is None:
        name = os.path.join(launch.get("cwd") or os.getcwd(), os.path.expanduser(name))
        if not os.path.exists(name):
            raise Refusal("bad-spec", f"There is no script {name}.")
    return {
        "target": name,
        "module": module is not None,
        "args": [str(word) for word in cast("list[object]", words)],
        "debug": launch.get("noDebug") is not True,
    }


def _interpreter(given: object) -> str:
    if given is None or given == "":
        return sys.executable
    if not isinstance(given, str):
        raise Refusal("bad-python", "The launch's python must be a path.")
    found = shutil.which(os.path.expanduser(given))
    if found is None:
        raise Refusal("bad-python", f"There is no Python that can be run at {given}.")
    return os.path.abspath(found)


def _environment(launch: dict[str, Any]) -> dict[str, str]:
    environment = dict(os.environ)
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    environment.setdefault("PYTHONIOENCODING", "utf-8")
    if "OMP_WAIT_POLICY" not in environment:
        # Between two ops libgomp's threads spin some 10 ms, while the window needs the processor.
        environment.setdefault("GOMP_SPINCOUNT", "30000")
    if launch.get("exact") is True:
        environment["TF_ENABLE_ONEDNN_OPTS"] = "0"
    given = launch.get("env")
    if isinstance(given, dict):
        for name, value in cast("dict[object, object]", given).items():
            if value is None:
                environment.pop(str(name), None)
            else:
                environment[str(name)] = str(value)
    return environment
