"""Finds the backend of a model by asking the frameworks that are loaded, and no other."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, cast

from ..protocol.spec import RECORDED
from .backend import Loader
from .lib import as_mapping
from .user_code import missing_framework

_BACKENDS = {"torch": "pytorch", "tensorflow": "tensorflow"}


def prepare(exact: bool) -> None:
    """Set what a framework reads as it is imported; call before any user's code.

    TensorFlow's oneDNN kernels round differently from run to run of other shapes, so exact runs
    go without. Its start-up notices are left out.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if exact:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"


def loader_of(framework: str) -> Loader:
    """The loader of "torch" or "tensorflow", imported now if need be, or of recorded runs.

    Raises Refusal "no-framework" where the interpreter lacks it.
    """
    if framework == RECORDED:
        return _loader(framework)
    if framework not in sys.modules and importlib.util.find_spec(framework) is None:
        raise missing_framework(framework)
    return _loader(_BACKENDS[framework])


def _loader(name: str) -> Loader:
    package = __name__.rpartition(".")[0].rpartition(".")[0]
    module = importlib.import_module(f"{package}.{name}.loader")
    return cast(Loader, module.LOADER)


def framework_of_file(path: str, usual: str) -> str:
    """What opens a saved model: for a Keras file the framework that Keras computes on here."""
    if not path.lower().endswith((".keras", ".h5", ".hdf5")):
        return usual
    chosen = os.environ.get("KERAS_BACKEND", "")
    if not chosen:
        home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
        with contextlib.suppress(OSError, ValueError):
            text = Path(home, "keras.json").read_text(encoding="utf-8")
            chosen = str((as_mapping(json.loads(text)) or {}).get("backend", ""))
    return chosen if chosen in _BACKENDS else usual


def loaded() -> list[str]:
    """Frameworks that the user's code has imported."""
    return [name for name in _BACKENDS if is_loaded(name)]


def framework_of(target: object, near: dict[str, object] | None = None) -> str:
    """The loaded framework that claims a target, "" where none does.

    Where both do (a plain function), the one that its module (`near`) speaks of decides.
    """
    claimed = [name for name in loaded() if loader_of(name).claims(target)]
    if len(claimed) > 1 and near is not None:
        spoken = [name for name in claimed if _speaks_of(name, near)]
        claimed = spoken or claimed
    return claimed[0] if claimed else ""


def is_loaded(name: str) -> bool:
    """The user's code has imported a framework."""
    # A stub left by another package's probing has no version.
    return hasattr(sys.modules.get(name), "__version__")


def _speaks_of(framework: str, names: dict[str, object]) -> bool:
    prefixes = ("tensorflow", "keras") if framework == "tensorflow" else ("torch",)
    for value in list(names.values()):
        module = getattr(value, "__name__", "") if _is_module(value) else ""
        home = module or getattr(value, "__module__", "")
        if isinstance(home, str) and home.partition(".")[0] in prefixes:
            return True
    return False


def _is_module(value: object) -> bool:
    return isinstance(value, type(sys))


def cast_tensor(tensor: object, dtype: str, framework: str) -> object:
    """A tensor in a dtype that NumPy lacks."""
    package: Any = sys.modules[framework]
    if framework == "torch":
        return cast(Any, tensor).to(getattr(package, dtype))
    return package.cast(tensor, dtype)
