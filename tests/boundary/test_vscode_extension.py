"""The extension for VS Code says nothing that the adapter does not take."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import opscope

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "editors" / "vscode"
MANIFEST: dict[str, Any] = json.loads((HERE / "package.json").read_text("utf-8"))
(DEBUGGER,) = MANIFEST["contributes"]["debuggers"]
LAUNCH: dict[str, Any] = DEBUGGER["configurationAttributes"]["launch"]["properties"]


def test_its_attributes_are_those_that_a_launch_reads():
    read: set[str] = set()
    for folder in ("adapter", "engine"):
        for path in (ROOT / "tracers" / folder).glob("*.py"):
            text = path.read_text("utf-8")
            read.update(re.findall(r'(?:launch|arguments)\.get\("(\w+)"', text))
    assert LAUNCH.keys() <= read
    assert {"spec", "program", "module", "args", "python", "cwd", "stopOnEntry"} <= LAUNCH.keys()
    attach = DEBUGGER["configurationAttributes"]["attach"]
    assert list(attach["properties"]) == ["socket", "join", "window"]


def test_its_snippets_use_what_it_declares():
    shown = [*DEBUGGER["initialConfigurations"]]
    shown += [row["body"] for row in DEBUGGER["configurationSnippets"]]
    assert len(shown) == 6
    for row in shown:
        known = DEBUGGER["configurationAttributes"][row["request"]]["properties"]
        assert row["type"] == DEBUGGER["type"] == "opscope"
        assert row.keys() - {"type", "request", "name"} <= known.keys()


def test_it_is_of_the_programs_version():
    assert MANIFEST["version"] == opscope.__version__
    assert DEBUGGER["languages"] == ["python"]
    assert (HERE / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")


def test_its_script_is_one_that_node_reads():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js, as for `make dap`")
    script = str(HERE / "extension.js")
    done = subprocess.run([node, "--check", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
