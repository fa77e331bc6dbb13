"""What the user asked for on the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LaunchChoice:
    """A model to open, and how.

    Attributes:
        spec: "path/file.py:name", "module:name", an artefact's path or "sample:NAME"; "" for none.
        inputs: as written after --input, in order.
        python: the interpreter that runs the model, "" for this one.
        trusted: files that run code when opened may do so.
        exact: bit-equal to the framework's own run, where that costs speed.
        theme: "dark", "light", or "" for what was used last.
    """

    spec: str = ""
    inputs: tuple[str, ...] = ()
    python: str = ""
    trusted: bool = False
    exact: bool = False
    theme: str = ""
