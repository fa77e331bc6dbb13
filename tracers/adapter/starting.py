"""From launch arguments to a command line, an environment and a folder."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from ..protocol.refusal import Refusal
from .child import Child

BOOT = Path(__file__).resolve().parent.parent / "boot.py"


def start(launch: dict[str, Any]) -> Child:
    """A debuggee for `launch` arguments. Raises Refusal with one sentence."""
    python = _interpreter(launch.get("python"))
    folder = launch.get("cwd")
    if folder is not None and not (isinstance(folder, str) and os.path.isdir(folder)):
        raise Refusal("bad-folder", f"There is no folder {folder}.")
    try:
        return Child([python, str(BOOT)], _environment(launch), folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal("bad-python", f"{python} cannot be started: {why}.") from error


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
    return environment
