"""What the user asked to open, on the command line or in the open dialog."""

from __future__ import annotations

from dataclasses import dataclass

from .remote.host import Host


@dataclass(frozen=True, slots=True)
class LaunchChoice:
    """A model to open, and how.

    Attributes:
        spec: "path/file.py:name", "module:name", an artefact's path or "sample:NAME"; "" for none.
        inputs: as written after --input, in order.
        python: the interpreter that runs the model, "" for this one.
        trusted: files that run code when opened may do so.
        exact: bit-equal to the framework's own run, where that costs speed.
        socket: where a program of the user's waits to be looked at, "" for none.
        join: where an editor's session is joined, "" for none.
        custom: a Python file with the classes that a Keras file needs, "" for none.
        theme: "dark", "light", or "" for what was used last.
        cwd: folder that relative paths start from, "" for the current one.
        host: the machine that all paths are on and the model runs on, None for this computer.
        image: how pictures become tensors: ("resize", "224"), ("normalise", "imagenet"),
            ("layout", "channels-first"); what is not named is guessed from the model.
        derive: what is made of the model before it runs, one after another ("bfloat16", "train").
        seeded: random weights shall be the same in every process.
    """

    spec: str = ""
    inputs: tuple[str, ...] = ()
    python: str = ""
    trusted: bool = False
    exact: bool = False
    theme: str = ""
    cwd: str = ""
    image: tuple[tuple[str, str], ...] = ()
    custom: str = ""
    socket: str = ""
    join: str = ""
    derive: tuple[str, ...] = ()
    seeded: bool = False
    host: Host | None = None

    @property
    def key(self) -> str:
        """By which what was chosen for the model is remembered: "gpu1:net.py:build" on a host."""
        return self.spec if self.host is None else f"{self.host.name}:{self.spec}"
