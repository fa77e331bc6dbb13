"""Each side imports without the other's libraries, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

WALK = """
import importlib, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ImportError(name + " is blocked here")

sys.meta_path.insert(0, Blocked())
count = 0
for package in {packages!r}:
    found = [package]
    for row in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        found.append(row.name)
    for name in found:
        if name.endswith("__main__"):
            continue
        importlib.import_module(name)
        count += 1
print(count)
"""


def imported(packages: list[str], blocked: list[str]) -> int:
    """How many modules of these packages a clean process can import."""
    code = WALK.format(packages=packages, blocked=set(blocked))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_the_window_needs_no_framework():
    packages = ["opscope.app", "opscope.widgets"]
    assert imported(packages, ["torch", "tensorflow", "keras"]) > 20


@pytest.mark.parametrize(
    ("packages", "blocked"),
    [
        (["opscope.tracers.engine", "opscope.tracers.protocol", "opscope.tracers.ir"], []),
        (["opscope.tracers.pytorch"], ["tensorflow", "keras"]),
        (["opscope.tracers.tensorflow"], ["torch"]),
        (["opscope.tracers.recorded"], ["torch", "tensorflow", "keras"]),
        (["opscope.tracers.compare"], ["torch", "tensorflow", "keras"]),
    ],
)
def test_the_debuggee_needs_nothing_of_the_window(packages: list[str], blocked: list[str]):
    window = ["PySide6", "shiboken6", "networkx", "pyqtgraph"]
    allowed = ["torch", "tensorflow", "keras"] if not blocked else []
    assert imported(packages, [*window, *blocked, *allowed]) > 5


def test_the_adapter_is_standard_library_alone():
    third = ["numpy", "torch", "tensorflow", "keras", "PySide6", "networkx", "pyqtgraph"]
    assert imported(["opscope.tracers.adapter"], third) > 4


def test_boot_mounts_two_packages_and_leaves_the_path_alone(tmp_path: Path):
    """The user's own app, widgets and tracers are found; ours are reached as opscope's alone."""
    for name in ("app", "widgets", "tracers", "opscope_user"):
        (tmp_path / f"{name}.py").write_text(f"WHOSE = 'the user’s {name}'\n")
    probe = f"""
import os, runpy, sys
sys.path[:] = [p for p in sys.path if "site-packages" not in p and p not in ("", {str(ROOT)!r})]
sys.path.insert(0, {str(ROOT / "tracers")!r})  # as for a script
sys.argv = [{str(ROOT / "tracers" / "boot.py")!r}]
boot = runpy.run_path(sys.argv[0])
sys.path.pop(0)
before = list(sys.path)
boot["_mount"]({str(ROOT / "tracers")!r})
assert sys.path == before
sys.path.insert(0, {str(tmp_path)!r})
import app, widgets, tracers, opscope, opscope.tracers.ir, opscope.resources.samples
assert "user" in app.WHOSE + widgets.WHOSE and "user" in tracers.WHOSE
assert opscope.tracers.ir.Graph and opscope.__version__
try:
    import opscope.app
except ImportError:
    print("fine")
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", probe], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "fine", done.stderr


def test_an_old_python_is_told_so(tmp_path: Path):
    """The check stands before anything an old Python could stumble over."""
    code = (ROOT / "tracers" / "boot.py").read_text("utf-8")
    newer = tmp_path / "boot.py"
    newer.write_text(code.replace("_OLDEST = (3, 10)", "_OLDEST = (99, 0)"))
    done = subprocess.run(
        [sys.executable, str(newer)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 64
    assert "needs Python 3.10 or newer" in done.stderr
