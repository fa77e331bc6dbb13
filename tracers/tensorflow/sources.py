"""Where in the user's code an op was made."""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..engine.typed import is_typed
from ..ir import SourceLine

# Files of TensorFlow that stand between a call and what it calls.
_WRAPPERS = (
    "traceback_utils.py",
    "dispatch.py",
    "tf_decorator.py",
    "weak_tensor_ops.py",
    "autograph/impl/api.py",
)
_OWN = str(Path(__file__).resolve().parents[1]) + "/"


def _installed_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = sysconfig.get_paths()
    return tuple(str(Path(paths[name]).resolve()) + "/" for name in names)


_INSTALLED = _installed_folders()


@lru_cache(maxsize=4096)
def is_users(file: str) -> bool:
    """Not the standard library, not an installed package, not this debugger."""
    if not file or file.startswith("<"):
        return is_typed(file)
    path = str(Path(file).resolve())
    if path.startswith((*_INSTALLED, _OWN)):
        return False
    return not {"site-packages", "dist-packages"} & set(Path(path).parts)


def file_of(file: str) -> str:
    """How a file is called everywhere; what was typed into a notebook has a name of its own."""
    return file if file.startswith("<") else str(Path(file).resolve())


def user_frames(op: Any) -> tuple[SourceLine, ...]:
    """The user's frames of the call that made an op, innermost first; autograph undone."""
    found = [
        SourceLine(file_of(frame[0]), frame[1], frame[2].removeprefix("tf__"))
        for frame in _traceback(op) or ()
        if is_users(frame[0])
    ]
    return tuple(reversed(found))


def last_maker(op: Any) -> str:
    """The name of the library function that the user's innermost frame called, "" for none.

    Python frames of TensorFlow's decorators are passed over.
    """
    return innermost_call(list(_traceback(op) or ()))


def innermost_call(frames: Sequence[Any]) -> str:
    """As `last_maker`, of frames that start with file, line and function, outermost first."""
    last = max((k for k, frame in enumerate(frames) if is_users(frame[0])), default=-1)
    if last < 0:
        return ""
    for frame in frames[last + 1 :]:
        if not frame[0].endswith(_WRAPPERS):
            return frame[2]
    return ""


def is_imported(graph: Any) -> bool:
    """The graph comes from a file: its ops do not know where they were made."""
    ops = graph.get_operations()
    return all(_traceback(op) is None for op in ops if op.type != "Placeholder")


def _traceback(op: Any) -> Any:
    try:
        return op.traceback
    except AttributeError:
        return None
