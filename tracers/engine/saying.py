"""Sentences to the user of a program that is not ours, where he can see them."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Generator
from typing import Any


def say(sentence: str) -> None:
    """On standard error, which is the program's own; past what pytest captures of it."""
    with _uncaptured():
        stream = sys.stderr if sys.stderr is not None else sys.__stderr__
        if stream is not None:
            stream.write(f"opscope: {sentence}\n")
            stream.flush()


@contextlib.contextmanager
def _uncaptured() -> Generator[None, None, None]:
    plugins = _pytest_plugins()
    capture = plugins.getplugin("capturemanager") if plugins is not None else None
    if plugins is None or capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        reporter = plugins.getplugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
        yield


def _pytest_plugins() -> Any:
    """The plugins of the pytest that runs this thread, from its frames; None where none does."""
    if "_pytest.config" not in sys.modules:
        return None
    frame = inspect.currentframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("_pytest."):
            for name in ("item", "session", "config"):
                owner = frame.f_locals.get(name)
                config = getattr(owner, "config", owner)
                plugins = getattr(config, "pluginmanager", None)
                if plugins is not None:
                    return plugins
        frame = frame.f_back
    return None
