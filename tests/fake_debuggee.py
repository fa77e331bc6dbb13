"""A debuggee whose model is `fake_program`'s: real processes and pipes, no framework to import.

`interpreter(folder)` makes an executable to be given as the "python" of a launch.
"""

from __future__ import annotations

import runpy
import stat
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def interpreter(folder: Path) -> str:
    """A script that starts this file, whatever it is told to start."""
    path = folder / "fake-python"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def main() -> int:
    """As tracers/boot.py, with the loading replaced."""
    sys.path[0] = str(ROOT)
    runpy.run_path(str(ROOT / "tracers" / "boot.py"))["_mount"](str(ROOT / "tracers"))
    from opscope.tracers.engine import debuggee, loading
    from tests.fake_program import open_program

    loading.open_program = open_program
    return debuggee.main()


if __name__ == "__main__":
    sys.exit(main())
