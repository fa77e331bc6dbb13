"""Installs Debian packages where it may, else says what to type. Runs on any Python 3."""

import os
import shutil
import subprocess
import sys


def install(packages, why):
    """True when the packages were installed.

    They are installed only for `make` (OPSCOPE_MAKE), on a system with apt, as root or with a
    sudo that asks nothing.
    """
    sudo = [] if is_root() else ["sudo"]
    words = ", ".join(packages)
    if shutil.which("apt-get") is None:
        sys.stderr.write(f"{why}. Install these with your package manager: {words}\n")
        return False
    if os.environ.get("OPSCOPE_MAKE") and (is_root() or _sudo_asks_nothing()):
        sys.stdout.write(f"{why}. Installing {words}.\n")
        sys.stdout.flush()
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        apt = [*sudo, "apt-get", "--quiet=2"]
        subprocess.call([*apt, "update"], env=quiet)
        options = ["--yes", "--no-install-recommends"]
        if subprocess.call([*apt, "install", *options, *packages], env=quiet) == 0:
            return True
    sys.stderr.write(f"{why}. Install what is missing with:\n")
    sys.stderr.write(f"    sudo apt-get install {' '.join(packages)}\n")
    return False


def is_root():
    """May install by itself; False where there are no user ids."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _sudo_asks_nothing():
    if shutil.which("sudo") is None:
        return False
    with open(os.devnull, "w") as nothing:
        return subprocess.call(["sudo", "-n", "true"], stdout=nothing, stderr=nothing) == 0
