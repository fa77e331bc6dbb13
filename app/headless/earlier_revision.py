"""A model's file as it stands in another revision of its Git repository."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile

from ...tracers.protocol.spec import split_name
from .trace import COULD_NOT, CouldNotRun

_PATIENCE = 120.0  # seconds
_WORD = "git:"


def revision_of(derive: tuple[str, ...]) -> str:
    """What B is to be taken from, "" for the files as they are."""
    return next((way.removeprefix(_WORD) for way in derive if way.startswith(_WORD)), "")


def without_revision(derive: tuple[str, ...]) -> list[str]:
    """What is left for the debuggee to do."""
    return [way for way in derive if not way.startswith(_WORD)]


def at_revision(spec: str, revision: str, folder: str, into: str) -> str:
    """The spec of the same name in the repository's files of that revision, which are written into
    a folder. Nothing of the working tree is touched. Raises CouldNotRun."""
    path, name = split_name(spec)
    file = os.path.abspath(os.path.join(folder, os.path.expanduser(path)))
    if not file.endswith(".py"):
        raise _refused(
            f"git:{revision} takes a model as path/file.py:name, since only a file says which"
            " repository it is in."
        )
    top = _git(os.path.dirname(file), "rev-parse", "--show-toplevel").decode().strip()
    asked = f"{revision}^{{commit}}"
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", asked)
    inside = os.path.relpath(os.path.realpath(file), os.path.realpath(top))
    archive = _git(top, "archive", "--format=tar", commit.decode().strip())
    target = os.path.join(into, "revision")
    os.makedirs(target, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            if member.isfile() or member.isdir():
                _unpack(files, member, target)
    earlier = os.path.join(target, inside)
    if not os.path.isfile(earlier):
        raise _refused(f"Revision {revision} has no file {inside}.")
    return f"{earlier}:{name}" if name else earlier


def _unpack(files: tarfile.TarFile, member: tarfile.TarInfo, target: str) -> None:
    place = os.path.abspath(os.path.join(target, member.name))
    if os.path.commonpath([place, target]) != target:
        return
    if member.isdir():
        os.makedirs(place, exist_ok=True)
        return
    os.makedirs(os.path.dirname(place), exist_ok=True)
    content = files.extractfile(member)
    if content is not None:
        with content, open(place, "wb") as file:
            file.write(content.read())


def _git(folder: str, *words: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", folder, *words],
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise _refused("git is not installed here, so no other revision can be read.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(f"git could not read the other revision: {error}.") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [
            "there is no such revision"
        ]
        words_said = lines[-1].removeprefix("fatal: ").rstrip(".")
        raise _refused(f"git could not read the other revision: {words_said}.")
    return done.stdout


def _refused(sentence: str) -> CouldNotRun:
    return CouldNotRun(COULD_NOT, sentence)
