"""Checks that this Python can make the virtual environment. Runs on any Python 3."""

import importlib.util
import sys

from system_packages import install

OLDEST = (3, 10)


def main():
    version = ".".join(str(part) for part in sys.version_info[:2])
    if sys.version_info[:2] < OLDEST:
        sys.stderr.write(
            f"Opscope needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {sys.executable} is Python "
            f"{version}. Name another one with:\n    make PYTHON=/path/to/python3 …\n"
        )
        return 1
    lacking = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if not lacking:
        return 0
    why = f"Python {version} at {sys.executable} cannot make virtual environments"
    return 0 if install([f"python{version}-venv"], why) else 1


if __name__ == "__main__":
    sys.exit(main())
